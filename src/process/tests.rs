//! Real programs: `git` everywhere, `sh` where there is one.

use super::*;

#[test]
fn a_missing_program_is_named_with_a_hint() {
    let error = Run::new("git-data-no-such-program").arg("x").output().unwrap_err();
    assert_eq!(error.message, "`git-data-no-such-program` was not found on this machine");
    assert_eq!(error.hints, ["install git-data-no-such-program, and see that it is on your PATH"]);
}

#[test]
fn a_missing_directory_is_not_called_a_missing_program() {
    let error = Run::new("git").cwd("/no/such/directory").output().unwrap_err();
    assert_eq!(error.message, "/no/such/directory is not a directory");
}

#[test]
fn a_failure_names_the_command_the_code_and_the_words() {
    let run = Run::new("git").args(["ls-remote", "--", "file:///no/such/a b"]);
    let error = run.ok().unwrap_err();
    assert_eq!(error.message, "git ls-remote -- 'file:///no/such/a b' failed with exit code 128");
    assert!(error.causes()[0].contains("does not appear to be a git repository"), "{:?}", error.causes());
}

#[test]
fn credentials_and_long_arguments_are_not_shown() {
    let run = Run::new("git").args(["fetch", "https://me:hunter2@host/x.git", &"a".repeat(500), ""]);
    let shown = run.shown();
    assert!(!shown.contains("hunter2") && shown.len() < 250, "{shown}");
    assert!(shown.starts_with("git fetch https://…@host/x.git aaa") && shown.ends_with("a… ''"), "{shown}");
}

#[cfg(unix)]
mod unix {
    use super::*;

    fn sh(script: &str) -> Run {
        Run::new("sh").arg("-c").arg(script)
    }

    #[test]
    fn much_output_on_both_pipes_and_much_input_never_deadlock() {
        let input = vec![b'x'; 3 << 20];
        let ran = sh("head -c 3000000 /dev/zero >&2; cat; head -c 3000000 /dev/zero >&2").stdin(input.clone()).output();
        let ran = ran.unwrap();
        assert_eq!((ran.code, ran.stdout == input, ran.stderr.len()), (0, true, 6_000_000));
    }

    #[test]
    fn a_child_that_ignores_its_input_is_no_error() {
        assert_eq!(sh("exit 7").stdin(vec![0; 1 << 20]).output().unwrap().code, 7);
    }

    #[test]
    fn a_child_that_takes_too_long_is_killed() {
        let start = std::time::Instant::now();
        let error = sh("sleep 600 & sleep 600").timeout(Duration::from_millis(50)).output().unwrap_err();
        assert!(error.message.contains("did not end in time"), "{error}");
        assert!(start.elapsed() < Duration::from_secs(300), "the grandchild was waited for");
        assert_eq!(sh("echo in time").timeout(Duration::from_secs(300)).text().unwrap(), "in time");
    }

    #[test]
    fn the_locale_is_fixed_and_variables_come_and_go() {
        let run = sh("echo $LC_ALL,$LANGUAGE,$A,${HOME-none}").env("A", "a b").env_remove("HOME");
        assert_eq!(run.text().unwrap(), "C,,a b,none");
    }

    #[test]
    fn a_signal_is_an_exit_code() {
        assert_eq!(sh("kill -9 $$").output().unwrap().code, 137);
    }
}

#[cfg(unix)]
#[test]
fn a_bare_program_gets_nothing_but_where_things_are() {
    let said = Run::new("env").bare().env("ASKED", "1").text().unwrap();
    let names: Vec<&str> = said.lines().filter_map(|line| line.split_once('=')).map(|(name, _)| name).collect();
    assert!(names.contains(&"PATH") && names.contains(&"ASKED"), "{names:?}");
    let known = |name: &&str| super::BARE.contains(name) || ["ASKED", "LC_ALL"].contains(name);
    assert!(names.iter().all(known), "{names:?}");
}
