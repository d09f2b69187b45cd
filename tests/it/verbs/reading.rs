//! `show`, `why`, `log`, `url`, `cache`: what is known of a version, a file, a content.

use super::furnished;
use crate::lab::Lab;

fn two_versions() -> Lab {
    let lab = furnished();
    lab.release("anna", "a.csv", "1\n");
    lab.release("anna", "a.csv", "2\n");
    lab
}

fn digest(text: &str) -> String {
    git_data::flow::hash::Digest::of(text.as_bytes()).hex()
}

#[test]
fn why_explains_a_name_a_version_a_file_and_digits() {
    let lab = two_versions();
    lab.write("anna/copy", "1\n");
    for (what, version) in
        [("a.csv", "v2"), ("a.csv@v1", "v1"), ("copy", "v1"), ("./a.csv", "v2"), (&digest("1\n")[..8], "v1")]
    {
        let json = lab.run("anna", &format!("git data why {what} --json")).ok().json();
        assert_eq!(json["versions"][0]["version"], version, "{what}");
        let commit = &json["versions"][0]["introduced"];
        assert_eq!(commit["author"], "anna", "{what}");
        assert!(commit["subject"].as_str().unwrap().contains(version), "{json}");
        let refs: Vec<&str> = json["needed_by"].as_array().unwrap().iter().filter_map(|r| r.as_str()).collect();
        assert!(refs.contains(&"main") && refs.contains(&"origin/main"), "{refs:?}");
    }
    lab.write("outside", "other\n");
    lab.run("anna", "git data why ../outside").fails(1).explains().says("git data prepare NAME ../outside");
    lab.write("anna/a.csv", "changed\n");
    lab.run("anna", "git data why ./a.csv").fails(1).explains().says("git data prepare a.csv ");
    lab.run("anna", "git data why nothing").fails(1).explains().says("not a dataset");
    lab.run("anna", "git data why .git").fails(1).explains().says("is a directory");
    lab.run("anna", &format!("git data why {}", &digest("1\n")[..7])).fails(1).explains().says("at least 8 digits");
}

#[test]
fn digits_of_several_contents_are_ambiguous() {
    let lab = two_versions();
    let text = lab.text("anna/manifest.json");
    let (one, two) = (digest("1\n"), digest("2\n"));
    let near = format!("{}{}", &two[..8], &one[8..]);
    lab.write("anna/manifest.json", text.replace(&one[..16], &near[..16]));
    let what = &two[..8];
    lab.run("anna", &format!("git data why {what}")).fails(1).explains().says("several contents").says("a.csv@v1");
    assert_eq!(
        lab.run("anna", &format!("git data show {what} --json")).ok().json()["versions"].as_array().unwrap().len(),
        2
    );
}

#[test]
fn show_and_log_name_versions() {
    let lab = two_versions();
    lab.run("anna", "git data show a.csv").ok().says("a.csv v2");
    lab.run("anna", "git data show a.csv@v1").ok().says("a.csv v1").says("Add a.csv").says("published");
    lab.run("anna", "git data show a.csv@v7").fails(1).explains().says("it has v2, v1");
    lab.run("anna", "git data show a.csv@7").fails(2).explains();
    lab.run("anna", "git data show b.csv").fails(1).explains().silent_about("did you mean");
    lab.run("anna", "git data show a").fails(1).explains().says("did you mean a.csv?");
    lab.run("anna", "git data log a.csv -n 1").ok().says("v2").silent_about("v1");
    lab.run("anna", "git data log nope").fails(1).explains();
    lab.run("anna", "git data list a.csv nope").fails(1).explains();
}

#[test]
fn a_link_leads_to_the_bytes() {
    let lab = two_versions();
    for (flags, content) in [("", "2\n"), ("--version v1", "1\n"), ("--for 2h", "2\n")] {
        let ran = lab.run("anna", &format!("git data url a.csv {flags}")).ok();
        let path = ran.stdout.trim_end().strip_prefix("file://").unwrap();
        assert_eq!(std::fs::read_to_string(path).unwrap(), content);
        assert_eq!(ran.stderr, "");
    }
    for time in ["8d", "0s", "soon"] {
        lab.run("anna", &format!("git data url a.csv --for {time}")).fails(2).explains();
    }
    lab.write("anna/b.csv", "1\n");
    lab.run("anna", "git data prepare b.csv b.csv --branch b --commit").ok();
    lab.run("anna", "git data url b.csv").fails(1).explains().says("no live version");
    lab.run("anna", "git switch --quiet main").ok();
    lab.run("anna", "git merge --quiet b").ok();
    lab.run("anna", "git push --quiet origin main").ok();
    lab.run("anna", "git data url b.csv").ok().says("note: b.csv v1 is merged");
}

#[test]
fn the_cache_never_gives_up_what_any_branch_has_not_published() {
    let lab = two_versions();
    // Both versions of main are in the cache, and so is a proposal of bert's that anna only fetched.
    lab.run("anna", "git data pull a.csv --version v1 -o old").ok();
    lab.update("bert");
    lab.write("bert/new.csv", "from bert\n");
    lab.run("bert", "git data prepare new.csv new.csv --pr").ok();
    lab.run("anna", "git fetch --quiet").ok();
    lab.run("anna", "git switch --quiet data/new.csv-v1").ok();
    lab.run("anna", "git data pull new.csv --staged").ok();
    lab.run("anna", "git switch --quiet main").ok();
    lab.run("anna", "git branch --quiet -D data/new.csv-v1").ok();
    let cached = |text: &str| {
        let hex = digest(text);
        lab.has(&format!("home/anna/cache/git-data/sha256/{}/{hex}", &hex[..2]))
    };
    assert!(cached("from bert\n") && cached("1\n"), "the test needs both");
    lab.run("anna", "git data cache prune --limit nonsense").fails(2).explains();
    lab.run("anna", "git data cache prune --dry-run").ok();
    assert!(cached("1\n"));
    lab.run("anna", "git data cache prune").ok();
    assert!(!cached("1\n") && cached("from bert\n"));
    lab.run("anna", "git data cache size").ok().says("10 B");
    // Published, it may go.
    lab.merge("data/new.csv-v1");
    lab.publish();
    lab.update("anna");
    lab.run("anna", "git data cache prune").ok();
    assert!(!cached("from bert\n"));
}
