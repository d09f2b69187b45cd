//! The scripts of the written workflows with the programs themselves: each job in a checkout of its own, with its variables only.

use super::runner::{Ran, Runner, files};
use super::{expressions, proposal};

const GH: &str = "case \"$*\" in *graphql*) echo 'github-actions[bot]' ;; *--paginate*) ;; \
                  *) cat >\"$HOME/told\"; echo https://github.com/o/r/pull/7#issuecomment-1 ;; esac";

/// The check of a proposal: both jobs, and the one that tells it. Gives how the bytes ended, and what the pull request is told.
fn check(runner: &mut Runner, base: &str, head: &str) -> (Ran, String) {
    expressions(runner, "", base, head);
    let mut of = |job: &str, step: &str, known: &'static str| {
        runner.checkout("main");
        let fetched = runner.execute("data-check.yml", job, "Fetch the commits to compare").ok();
        assert_eq!((fetched.outputs["base"].as_str(), fetched.outputs["head"].as_str()), (base, head));
        let ran = runner.execute("data-check.yml", job, step);
        let handed = runner.execute("data-check.yml", job, "Hand the report on").ok();
        runner.known.insert(known, handed.outputs["report"].clone());
        runner.ok("", "rm temp/report.json");
        ran
    };
    let structure = of("structure", "Check the structure", "needs.structure.outputs.report").ok();
    assert!(structure.summary.contains("git data: the structure is well"), "{}", structure.summary);
    let bytes = of("bytes", "Prove the bytes", "needs.bytes.outputs.report");
    runner.known.insert("github.event.pull_request.number", "7".to_owned());
    // It has no checkout: nothing but the reports is there.
    runner.ok("", "rm -rf work && mkdir work");
    runner.execute("data-check.yml", "comment", "Write the comment").ok();
    let told: serde_json::Value = serde_json::from_str(&runner.text("home/told")).unwrap();
    (bytes, told["body"].as_str().unwrap().to_owned())
}

#[test]
fn a_check_is_red_when_the_commit_landed_and_the_bytes_did_not() {
    let mut runner = Runner::new(&[]);
    runner.install();
    runner.stand_in("bin/gh", GH);
    let (base, head) = proposal(&runner);
    let digest = runner.ok("author", "sha256sum <prices.csv").replace("  -", "");
    let row = format!("| `prices.csv` | v1 | 8 B | `{digest}` | ");

    let (bytes, told) = check(&mut runner, &base, &head);
    let page = bytes.ok().summary;
    assert!(page.contains("git data: the bytes are well") && page.contains(&format!("{row}in staging")), "{page}");
    let opening = format!("<!-- git-data-check -->\n### git data: ready to merge\n\nChecked at `{head}`.\n");
    assert!(told.starts_with(&opening) && told.contains(&row), "{told}");

    let staged = runner.path("staging").join(&digest);
    std::fs::remove_file(&staged).unwrap();
    let (bytes, told) = check(&mut runner, &base, &head);
    let bytes = bytes.fails();
    assert!(bytes.words().contains("::error file=manifest.json,line="), "{}", bytes.words());
    for page in [&bytes.summary, &told] {
        assert!(
            page.contains("not ready to merge") && page.contains("**not proven:** prices.csv v1 is not in staging")
        );
    }

    std::fs::write(&staged, "a,b\n9,9\n").unwrap();
    let (bytes, told) = check(&mut runner, &base, &head);
    assert!(bytes.fails().summary.contains("staging holds other bytes for prices.csv v1"));
    assert!(told.contains("not ready to merge"), "{told}");
}

/// From the merge to the bytes: the scripts of `data-publish.yml` with the publisher itself, as on the host.
#[test]
fn what_is_merged_is_live_after_the_workflow() {
    let mut runner = Runner::new(&[]);
    expressions(&mut runner, "", "", "");
    runner.install();
    proposal(&runner);
    runner.ok("author", "git push --quiet origin data/prices:main");
    for round in ["the first", "a second, which finds nothing to do"] {
        runner.checkout("main");
        runner.execute("data-publish.yml", "copy", "Copy what is pending, verified").ok();
        let copied = files(&runner.path("production"));
        runner.checkout("main");
        runner.execute("data-publish.yml", "finalize", "Record what was copied").ok();
        let live = files(&runner.path("production"));
        assert_eq!(live, copied, "{round}: finalize only reads production");
        let of = |prefix: &str| live.iter().filter(|file| file.starts_with(prefix)).count();
        assert_eq!((of("prices.csv/v1-"), of(".git-data/published/prices.csv/v1-")), (1, 1), "{round}: {live:?}");
    }
    runner.checkout("main");
    assert!(runner.text("work/manifest.json").contains("\"state\": \"published\""));
    assert_eq!(runner.execute("data-publish.yml", "pending", "Look").ok().outputs["any"], "false");
    assert_eq!(runner.ok("origin.git", "git rev-list --count main"), "3");
    runner.ok("work", "rm -f prices.csv && git data pull && cmp prices.csv ../author/prices.csv");
}

/// Publishes what is on main, by the two jobs.
fn publish(runner: &Runner) {
    for (job, step) in [("copy", "Copy what is pending, verified"), ("finalize", "Record what was copied")] {
        runner.checkout("main");
        runner.execute("data-publish.yml", job, step).ok();
    }
}

/// A proposal of the author, merged.
fn merge(runner: &Runner, commands: &str) {
    runner.ok("author", "git switch -q main && git pull -q origin main && git switch -qC proposal");
    runner.ok("author", commands);
    runner.ok("author", "git push -q origin proposal:main && git switch -q main && git branch -qD proposal");
}

#[test]
fn what_was_retired_is_swept_by_three_jobs() {
    let mut runner = Runner::new(&[]);
    expressions(&mut runner, "", "", "");
    runner.install();
    merge(&runner, "git config -f .gitdata data.grace 0s && git commit -qam grace");
    for (message, content) in [("First", "1"), ("Second", "2")] {
        let prepare = format!("git data prepare prices.csv prices.csv -m {message} --commit --branch proposal");
        merge(&runner, &format!("echo {content} >prices.csv && {prepare}"));
        publish(&runner);
    }
    let objects = || -> Vec<String> {
        let all = files(&runner.path("production")).into_iter();
        all.filter(|file| file.starts_with("prices.csv/")).map(|file| file[11..13].to_owned()).collect()
    };
    assert_eq!(objects(), ["v1", "v2"]);
    merge(&runner, "git data prune prices.csv --keep 1 --commit --branch proposal");

    let sweep = |job: &str, step: &str| {
        runner.checkout("main");
        runner.execute("data-sweep.yml", job, step).ok()
    };
    let state = || {
        runner.ok("author", "git pull -q origin main");
        runner.ok(
            "author",
            "git data list --json | tr ',{' '\\n\\n' | sed -n 's/^\"state\":\"\\(.*\\)\"/\\1/p' | tail -n 1",
        )
    };
    // The first week sees the retirement, the second finds its grace period over.
    for (marked, left) in [("retired", ["v1", "v2"].as_slice()), ("purging", &["v2"])] {
        sweep("mark", "Mark what may go");
        assert_eq!(state(), marked);
        assert_eq!(objects(), ["v1", "v2"], "a mark deletes nothing");
        sweep("delete", "Delete what is marked");
        assert_eq!(
            (state().as_str(), objects().as_slice()),
            (marked, left.iter().map(|v| (*v).to_owned()).collect::<Vec<_>>().as_slice())
        );
        sweep("record", "Record what is gone");
    }
    assert_eq!(state(), "purged");
    let staged = files(&runner.path("staging"));
    sweep("janitor", "Clean staging");
    assert_eq!(files(&runner.path("staging")), staged, "what is younger than 30 days stays");
    runner.ok("author", "rm -f prices.csv && git data pull && grep -qx 2 prices.csv");
}
