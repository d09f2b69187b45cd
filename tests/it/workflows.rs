//! The workflow files that `init` writes: what they may not hold, and that their scripts do what they are for.

mod real;
mod runner;
mod steps;

use self::runner::{REVISION, Runner, files};
use crate::tidy::rules;

const NAMES: [&str; 3] = ["data-check.yml", "data-publish.yml", "data-sweep.yml"];

#[test]
fn what_is_written_is_pinned_and_keeps_data_out_of_scripts() {
    let runner = Runner::new(&[]);
    let table = include_str!("../../.github/actions.tsv");
    for name in NAMES {
        let text = runner.workflow(name);
        assert_eq!(rules::pinned(name, &text, table), [""; 0]);
        for job in steps::jobs(&text) {
            assert!(!job.steps.is_empty(), "{name}: {}", job.name);
            for step in job.steps {
                let script = step.run.unwrap_or_default();
                assert!(!script.contains("${{"), "{name}: {}: {}", job.name, step.name);
            }
        }
    }
}

#[test]
fn what_is_there_is_kept_and_said_to_differ() {
    let runner = Runner::new(&[]);
    let again = runner.ok("author", "git data init --workflows");
    assert!(again.contains("Everything is in place"), "{again}");
    runner.ok("author", "echo '# mine' >>.github/workflows/data-publish.yml");
    let again = runner.ok("author", "git data init --workflows");
    assert!(again.contains("rm .github/workflows/data-publish.yml && git data init --workflows"), "{again}");
    assert!(runner.workflow("data-publish.yml").ends_with("# mine\n"));
    runner.ok("author", "rm .github/workflows/data-publish.yml && git data init --workflows");
    assert!(!runner.workflow("data-publish.yml").ends_with("# mine\n"));
}

#[test]
fn the_publisher_is_never_the_latest() {
    let runner = Runner::new(&[]);
    assert!(runner.text("author/.gitdata").ends_with(&format!("\trevision = {REVISION}\n")));
    let other = "a".repeat(40);
    let command = format!("! git data init --workflows --publisher {other} 2>&1");
    let refused = runner.ok("author", &command);
    assert!(refused.contains(&format!("hint: git config -f .gitdata publish.revision {other}")), "{refused}");
    let refused = runner.ok("author", "! git data init --workflows --publisher main 2>&1");
    assert!(refused.contains("40 hex digits"), "{refused}");
    let release = format!("! git data init --workflows --publisher 1.2.3:{} 2>&1", "ab".repeat(32));
    let refused = runner.ok("author", &release);
    assert!(refused.contains("hint: git config -f .gitdata --remove-section publish"), "{refused}");
    runner.ok("author", "git config -f .gitdata --remove-section publish");
    let refused = runner.ok("author", "! git data init --workflows 2>&1");
    assert!(refused.contains("never the latest"), "{refused}");
}

#[test]
fn on_github_they_are_written_unasked_and_elsewhere_not() {
    let runner = Runner::new(&[]);
    let init = "git data init --staging s3://s --production s3://p";
    let publisher = format!("--publisher {REVISION} --publisher-repository https://github.com/o/git-data");
    let fresh = |name: &str, remote: &str, more: &str| {
        runner.ok("", &format!("git init --quiet -b main {name} && git -C {name} remote add origin {remote}"));
        runner.ok(name, &format!("{init} {more}"))
    };
    fresh("github", "git@github.com:o/r.git", &publisher);
    assert!(runner.text("github/.github/workflows/data-publish.yml").contains("github.repository == 'o/r'"));
    let said = fresh("nameless", "https://github.com/o/r", "");
    assert!(said.contains("--publisher REVISION"), "{said}");
    fresh("unwanted", "https://github.com/o/r", &format!("{publisher} --no-workflows"));
    fresh("elsewhere", "https://example.org/o/r", &publisher);
    for name in ["nameless", "unwanted", "elsewhere"] {
        assert!(!runner.path(name).join(".github").exists(), "{name}");
    }
    assert!(files(&runner.path("elsewhere/policies")).is_empty());
    fresh("policies", "https://github.com/o/r", "--policies policies --account 123456789012");
    let written = files(&runner.path("policies/policies"));
    assert!(written.contains(&"publish-trust.json".to_owned()) && written.len() == 16, "{written:?}");
    assert!(runner.text("policies/policies/publish-trust.json").contains("repo:o/r:environment:data-production"));
}

#[test]
fn installing_checks_the_sha256() {
    let archive = tempfile::tempdir().unwrap();
    let file = archive.path().join("a.tar.gz");
    std::fs::write(archive.path().join("git-data-publish"), "#!/bin/sh\necho installed\n").unwrap();
    let tar = format!(
        "cd '{0}' && chmod +x git-data-publish && tar -czf a.tar.gz git-data-publish",
        archive.path().display()
    );
    assert!(std::process::Command::new("bash").args(["-c", &tar]).status().unwrap().success());
    let sha256 = git_data::flow::hash::Digest::of(&std::fs::read(&file).unwrap()).hex();
    for (sha256, good) in [(sha256, true), ("ab".repeat(32), false)] {
        let publisher = format!("--publisher-repository https://github.com/o/git-data --publisher v1.2.3:{sha256}");
        let runner = Runner::new(&[&publisher]);
        let url =
            "https://github.com/o/git-data/releases/download/v1.2.3/git-data-1.2.3-x86_64-unknown-linux-musl.tar.gz";
        let fetch = "while [[ $1 != --output ]]; do shift; done; [[ $3 == \"$URL\" ]]";
        let copy = format!("cp '{}' \"$2\"", file.display());
        runner.stand_in("bin/curl", &format!("URL={url}\n{fetch}\n{copy}"));
        runner.checkout("main");
        let ran = runner.execute("data-publish.yml", "copy", "Install the publisher, by version and SHA-256");
        let place = runner.path("temp/git-data/bin/git-data-publish");
        if good {
            ran.ok();
            assert_eq!(runner.ok("", &format!("'{}'", place.display())), "installed");
        } else {
            ran.fails();
            assert!(!place.exists());
        }
    }
}

#[test]
fn building_names_one_revision() {
    let runner = Runner::new(&[]);
    let calls = runner.path("calls").display().to_string();
    for program in ["cargo", "rustup"] {
        runner.stand_in(&format!("bin/{program}"), &format!("echo {program} \"$@\" >>'{calls}'"));
    }
    runner.checkout("main");
    runner.execute("data-check.yml", "structure", "Install the publisher, built from one revision").ok();
    let rust = env!("CARGO_PKG_RUST_VERSION");
    let root = runner.path("temp/git-data").display().to_string();
    let wanted = format!(
        "rustup toolchain install {rust} --profile minimal --no-self-update\n\
         cargo +{rust} install --locked --quiet --git https://github.com/o/git-data --rev {REVISION} --root {root} git-data\n"
    );
    assert_eq!(runner.text("calls"), wanted);
}

/// A branch with a proposal; gives the commits of main and of the proposal.
fn proposal(runner: &Runner) -> (String, String) {
    runner.ok("author", "printf 'a,b\\n1,2\\n' >prices.csv");
    runner.ok("author", "git data prepare prices.csv prices.csv -m First --branch data/prices --push");
    (runner.ok("author", "git rev-parse origin/main"), runner.ok("author", "git rev-parse data/prices"))
}

#[test]
fn the_commits_to_compare_are_fetched_for_every_event() {
    let mut runner = Runner::new(&[]);
    let (base, head) = proposal(&runner);
    runner.ok("origin.git", &format!("git update-ref refs/pull/7/head {head}"));
    runner.ok("origin.git", "git update-ref -d refs/heads/data/prices");
    let step = "Fetch the commits to compare";
    for (number, base_of, head_of) in [("", base.as_str(), head.as_str()), ("7", "", "")] {
        expressions(&mut runner, number, base_of, head_of);
        runner.checkout("main");
        let ran = runner.execute("data-check.yml", "bytes", step).ok();
        assert_eq!((ran.outputs["base"].as_str(), ran.outputs["head"].as_str()), (base.as_str(), head.as_str()));
        runner.ok("work", &format!("git cat-file -e {head}:manifest.json"));
        assert_eq!(runner.ok("work", "git rev-parse HEAD"), base, "nothing of the proposal is checked out");
    }
    for number in ["7;touch x", "$(touch x)", "../heads/main", "-7", "0", "7 "] {
        expressions(&mut runner, number, "", "");
        assert!(runner.execute("data-check.yml", "structure", step).fails().words().contains("not the number"));
        assert!(!runner.path("work/x").exists());
    }
}

fn expressions(runner: &mut Runner, number: &str, base: &str, head: &str) {
    let pairs = [
        ("inputs.pull-request", number),
        ("github.event.pull_request.base.sha || github.event.merge_group.base_sha", base),
        ("github.event.pull_request.head.sha || github.event.merge_group.head_sha", head),
        ("steps.commits.outputs.base", base),
        ("steps.commits.outputs.head", head),
        ("needs.bytes.outputs.head", head),
        ("github.event.pull_request.number", number),
        ("needs.structure.outputs.report", "{\"of\": \"structure\"}"),
        ("needs.bytes.outputs.report", ""),
        ("needs.copy.outputs.published", ""),
        ("secrets.GIT_DATA_SIGNING_KEY", ""),
        ("github.token", "t0ken"),
        ("steps.app.outputs.token || github.token", "t0ken"),
        ("github.server_url", "https://github.com"),
        ("inputs.dry-run && '--dry-run' || ''", ""),
    ];
    runner.known = pairs.into_iter().map(|(name, value)| (name, value.to_owned())).collect();
    let ours = "github.event_name != 'pull_request' || (github.event.pull_request.head.repo.full_name == github.repository \
                && github.event.pull_request.user.login != 'dependabot[bot]')";
    runner.known.insert(ours, "true".to_owned());
}

#[test]
fn the_token_reaches_git_for_its_host_and_no_file() {
    let mut runner = Runner::new(&[]);
    expressions(&mut runner, "", "", "");
    runner.checkout("main");
    let ask = "for host in github.com example.org; do printf 'protocol=https\\nhost=%s\\n' $host | \
               GIT_TERMINAL_PROMPT=0 git credential fill; done >&2";
    runner.stand_in("temp/git-data/bin/git-data-publish", ask);
    let ran = runner.execute("data-publish.yml", "finalize", "Record what was copied").fails();
    assert!(ran.words().contains("host=github.com\nusername=x-access-token\npassword=t0ken\n"), "{}", ran.words());
    assert!(ran.words().contains("could not read Username for 'https://example.org'"), "{}", ran.words());
    assert!(!runner.text("work/.git/config").contains("t0ken"));
}

#[test]
fn every_verb_is_called_as_the_publisher_reads_it() {
    let mut runner = Runner::new(&[]);
    expressions(&mut runner, "", "BASE", "HEAD");
    runner.install_recorder();
    runner.checkout("main");
    let steps = [
        ("data-check.yml", "structure", "Check the structure"),
        ("data-check.yml", "bytes", "Prove the bytes"),
        ("data-check.yml", "comment", "Write the comment"),
        ("data-publish.yml", "copy", "Copy what is pending, verified"),
        ("data-publish.yml", "finalize", "Record what was copied"),
        ("data-sweep.yml", "mark", "Mark what may go"),
        ("data-sweep.yml", "delete", "Delete what is marked"),
        ("data-sweep.yml", "record", "Record what is gone"),
        ("data-sweep.yml", "janitor", "Clean staging"),
    ];
    for (workflow, job, step) in steps {
        runner.execute(workflow, job, step).ok();
    }
    let temp = runner.path("temp").display().to_string();
    let wanted = "check|--base|BASE|--head|HEAD|--part|structure|--format|json|\n\
                  check|--base|BASE|--head|HEAD|--part|bytes|--html|TEMP/pages|--format|json|\n\
                  check|--comment||--report|TEMP/structure.json|--report|TEMP/bytes.json|\n\
                  copy|--remote|origin|--branch|main|\n\
                  finalize|--remote|origin|--branch|main|\n\
                  sweep|--step|mark|\n\
                  sweep|--step|delete|\n\
                  sweep|--step|record|\n\
                  janitor|\n";
    assert_eq!(runner.text("calls").replace(&temp, "TEMP"), wanted);
    runner.known.insert("inputs.dry-run && '--dry-run' || ''", "--dry-run".to_owned());
    runner.execute("data-sweep.yml", "mark", "Mark what may go").ok();
    runner.execute("data-sweep.yml", "janitor", "Clean staging").ok();
    assert!(runner.text("calls").ends_with("sweep|--step|mark|--dry-run|\njanitor|--dry-run|\n"));
}

#[test]
fn a_red_check_stays_red() {
    let mut runner = Runner::new(&[]);
    expressions(&mut runner, "7", "BASE", "HEAD");
    runner.stand_in("temp/git-data/bin/git-data-publish", "echo '{\"red\":1}'; exit 5");
    runner.checkout("main");
    runner.execute("data-check.yml", "bytes", "Prove the bytes").fails();
    let handed = runner.execute("data-check.yml", "bytes", "Hand the report on").ok();
    assert_eq!(handed.outputs["report"], "{\"red\":1}\n", "red or not, the pull request is told");
    let ran = runner.execute("data-check.yml", "bytes", "Say what a maintainer can do").ok();
    assert!(ran.summary.contains("gh workflow run data-check.yml -f pull-request=7\n"), "{}", ran.summary);
}

#[test]
fn a_fork_is_believed_only_what_a_maintainers_run_proved() {
    let mut runner = Runner::new(&[]);
    let (base, head) = proposal(&runner);
    expressions(&mut runner, "", &base, &head);
    runner.checkout("main");
    for (answer, state) in [("echo success", "success"), ("echo failure", "failure"), ("true", "")] {
        runner.stand_in("bin/gh", &format!("[[ $2 == repos/o/r/commits/{head}/status?* ]]\n{answer}"));
        assert_eq!(runner.execute("data-check.yml", "bytes", "proven").ok().outputs["state"], state);
    }
    runner.stand_in("bin/gh", "exit 1");
    runner.execute("data-check.yml", "bytes", "proven").fails();
    let calls = runner.path("calls").display().to_string();
    runner.stand_in("bin/gh", &format!("echo \"$@\" >>'{calls}'; case $2 in *runs\\?*) echo 99 ;; esac"));
    runner.execute("data-check.yml", "report", "Tell it, and run its red check again").ok();
    let calls = runner.text("calls");
    assert!(
        calls.contains(&format!("api repos/o/r/statuses/{head} --silent -f state=success -f context=git-data/bytes"))
    );
    assert!(calls.ends_with("api --method POST repos/o/r/actions/runs/99/rerun-failed-jobs --silent\n"), "{calls}");
}

#[test]
fn only_what_is_pending_starts_a_publisher() {
    let mut runner = Runner::new(&[]);
    let any = |runner: &Runner| {
        runner.checkout("main");
        runner.execute("data-publish.yml", "pending", "Look").ok().outputs["any"].clone()
    };
    assert_eq!(any(&runner), "false");
    proposal(&runner);
    assert_eq!(any(&runner), "false", "a proposal is nothing to publish");
    runner.ok("author", "git push --quiet origin data/prices:main");
    assert_eq!(any(&runner), "true");

    // What was migrated may lack a receipt: a merge looks for it, the hourly run does not.
    let text = runner.text("author/manifest.json").replace("\"pending\"", "\"published\"");
    std::fs::write(runner.path("author/manifest.json"), &text).unwrap();
    let push = "git switch -q data/prices && git commit -qam more && git push -q origin data/prices:main";
    runner.ok("author", push);
    assert_eq!(any(&runner), "false");
    let text = text.replace("\"size\"", "\"key\": \"old/prices.csv\",\n \"size\"");
    std::fs::write(runner.path("author/manifest.json"), text).unwrap();
    runner.ok("author", push);
    assert_eq!(any(&runner), "true");
    runner.event = "schedule";
    assert_eq!(any(&runner), "false");
}

/// What the publisher proved reaches the attesting job, line by line, past names and values that GitHub reads as its own.
#[test]
fn the_digests_that_were_published_are_those_that_are_attested() {
    let mut runner = Runner::new(&["--attest"]);
    expressions(&mut runner, "", "", "");
    assert!(runner.text("author/.gitdata").ends_with("\tattest = true\n"), "a later init writes the same again");
    assert!(runner.ok("author", "git data init --workflows").contains("Everything is in place"));
    runner.install();
    runner.checkout("main");
    runner.execute("data-publish.yml", "copy", "Copy what is pending, verified").ok();
    let nothing = runner.execute("data-publish.yml", "copy", "Say which digests are published").ok();
    assert_eq!(nothing.outputs.get("published"), None, "nothing was pending: the job that attests is left out");

    proposal(&runner);
    runner.ok(
        "author",
        "printf 'c\\n' >costs.csv && git data prepare costs.csv costs.csv -m Costs --commit && git push -q",
    );
    runner.ok("author", "git push --quiet origin data/prices:main");
    for round in ["copied now", "copied by a run that ended before it was attested"] {
        runner.checkout("main");
        runner.execute("data-publish.yml", "copy", "Copy what is pending, verified").ok();
        let said = runner.execute("data-publish.yml", "copy", "Say which digests are published").ok();
        runner.known.insert("needs.copy.outputs.published", said.outputs["published"].clone());
        runner.execute("data-publish.yml", "attest", "Write the digests down").ok();
        let of = |file: &str| runner.ok("author", &format!("sha256sum <{file}")).replace("  -", "");
        let wanted = format!("{}  costs.csv@v1\n{}  prices.csv@v1\n", of("costs.csv"), of("prices.csv"));
        assert_eq!(runner.text("temp/published.sha256"), wanted, "{round}");
        runner.ok("", "rm temp/published.sha256");
    }
    // More than GitHub takes: red and said, and not a run that can never end well.
    runner.ok("", "yes 0123456789 | head -n 1001 >temp/published.sha256");
    let refused = runner.execute("data-publish.yml", "copy", "Say which digests are published").fails();
    assert!(refused.words().contains("recorded without an attestation") && refused.outputs.is_empty());
}

/// The secret of the environment, as GitHub gives it to one step.
#[test]
fn ssh_keygen_signs_in_the_workflow_with_the_secret_of_its_environment() {
    if !crate::lab::has_ssh_keygen() {
        return;
    }
    let mut runner = Runner::new(&[]);
    expressions(&mut runner, "", "", "");
    runner.install();
    runner.ok("", "ssh-keygen -q -t ed25519 -N '' -C robot@example.org -f key");
    runner.ok("author", "printf 'robot@example.org %s\\n' \"$(cat ../key.pub)\" >.gitdata-signers");
    runner.ok("author", "git config -f .gitdata data.verifySignature true && git add . && git commit -qm sign && git push -q origin main");
    proposal(&runner);
    runner.ok("author", "git push --quiet origin data/prices:main");
    runner.checkout("main");
    let copy = || runner.execute("data-publish.yml", "copy", "Copy what is pending, verified");
    assert!(
        copy().fails().words().contains("there is no key to sign with"),
        "nothing is published that nobody could pull"
    );
    assert_eq!(files(&runner.path("production")).iter().filter(|file| !file.starts_with(".store")).count(), 0);

    // A form on a web page takes the last line end away.
    let key = runner.text("key").trim_end().to_owned();
    runner.known.insert("secrets.GIT_DATA_SIGNING_KEY", key.clone());
    let ran = runner.execute("data-publish.yml", "copy", "Copy what is pending, verified").ok();
    assert!(ran.words().contains("signed by robot@example.org (ED25519 SHA256:"), "{}", ran.words());
    let secret = key.lines().nth(1).unwrap();
    assert!(!ran.words().contains(secret), "{}", ran.words());
    for folder in ["work", "production", "staging", "temp", "home"] {
        for file in files(&runner.path(folder)) {
            let bytes = std::fs::read(runner.path(folder).join(&file)).unwrap();
            assert!(!String::from_utf8_lossy(&bytes).contains(secret), "{folder}/{file} holds the key");
        }
    }
    runner.checkout("main");
    runner.execute("data-publish.yml", "finalize", "Record what was copied").ok();
    runner.ok("author", "git switch -q main && git pull -q origin main && rm prices.csv");
    let pulled = runner.ok("author", "git data pull");
    assert!(pulled.contains("signed by robot@example.org"), "{pulled}");
}
