//! Stories of deletion: sweep, janitor and fsck with the real programs.

use crate::lab::{Backend, Lab, Production, ROBOT, Ran, Staging};

const NOW: &str = "git-data-publish sweep --grace 0s";

/// `a.csv` with the contents 1, 2, … published one after the other.
fn lab(versions: u32) -> Lab {
    lab_on(Backend::Directory, versions)
}

fn lab_on(backend: Backend, versions: u32) -> Lab {
    let lab = Lab::new(backend);
    lab.furnish();
    for number in 1..=versions {
        lab.release("anna", "a.csv", format!("content {number}\n"));
    }
    lab
}

/// Retires all versions but the newest `keep`.
fn prune(lab: &Lab, keep: u32) {
    lab.run("anna", &format!("git data prune a.csv --keep {keep} --pr")).ok();
    lab.merge("data/prune-a.csv");
    lab.update("anna");
}

fn sweep(lab: &Lab) -> Ran {
    lab.run(ROBOT, NOW).ok()
}

/// Versions of `a.csv` whose bytes are in production.
fn there(lab: &Lab) -> Vec<String> {
    let keys = lab.keys(Production).into_iter().filter_map(|key| key.strip_prefix("a.csv/").map(str::to_owned));
    keys.filter_map(|file| file.split_once('-').map(|(version, _)| version.to_owned())).collect()
}

fn state(lab: &Lab, version: &str) -> String {
    lab.update("anna");
    let manifest: serde_json::Value = serde_json::from_slice(&lab.read("anna/manifest.json")).unwrap();
    let versions = manifest["datasets"]["a.csv"]["versions"].as_array().unwrap();
    let entry = versions.iter().find(|entry| entry["version"] == version).unwrap();
    entry["state"].as_str().unwrap().to_owned()
}

#[test]
fn a_retired_version_leaves_production_after_its_grace_period() {
    let lab = lab(2);
    prune(&lab, 1);
    sweep(&lab).says("The grace period begins for a.csv v1.").says("a.csv v1 is retired on main, within its grace");
    assert_eq!(there(&lab), ["v1", "v2"]);
    lab.run(ROBOT, "git-data-publish sweep").ok().says("within its grace period");
    assert_eq!(state(&lab, "v1"), "retired");

    let swept = sweep(&lab).says("deleted a.csv/v1-").says("Recorded as gone: a.csv v1.");
    assert_eq!(there(&lab), ["v2"], "{swept}");
    assert_eq!(state(&lab, "v1"), "purged");
    sweep(&lab).says("Nothing is retired");

    lab.run("anna", "git data pull a.csv --version v1 -o old.csv").fails(1);
    lab.run("bert", "git pull --quiet").ok();
    lab.run("bert", "git data pull a.csv").ok();
    assert_eq!(lab.text("bert/a.csv"), "content 2\n");
    assert!(lab.keys(Production).iter().any(|key| key.starts_with(".git-data/published/a.csv/v1-")));
    lab.run(ROBOT, "git-data-publish fsck --read-data 100%")
        .ok()
        .says("1 object, 1 read and hashed: all as published.");
}

#[test]
fn each_step_can_run_with_its_own_rights() {
    let lab = lab(2);
    prune(&lab, 1);
    let step = |name: &str| lab.run(ROBOT, &format!("{NOW} --step {name}")).ok();
    step("mark");
    step("delete").says("Nothing is retired");
    step("record");
    assert_eq!((state(&lab, "v1"), there(&lab).len()), ("retired".to_owned(), 2));
    step("mark").says("marked for deletion");
    assert_eq!((state(&lab, "v1"), there(&lab).len()), ("purging".to_owned(), 2));
    step("record");
    assert_eq!(state(&lab, "v1"), "purging", "what is there is not recorded as gone");
    step("delete").says("deleted");
    assert_eq!((state(&lab, "v1"), there(&lab)), ("purging".to_owned(), vec!["v2".to_owned()]));
    step("delete");
    step("record").says("Recorded as gone: a.csv v1.");
    assert_eq!(state(&lab, "v1"), "purged");
}

#[test]
fn prune_after_a_rollback_keeps_the_live_object() {
    let lab = lab(2);
    lab.run("anna", "git data rollback a.csv --to-version v1 -m back --pr").ok();
    let branch = lab.run("anna", "git branch --show-current").ok().stdout;
    lab.merge(branch.trim());
    lab.publish();
    lab.update("anna");
    prune(&lab, 1);
    sweep(&lab);
    sweep(&lab).says("a.csv v3 is published on main, a rollback to it");
    assert_eq!(there(&lab), ["v1"]);
    lab.run("bert", "git pull --quiet").ok();
    lab.run("bert", "git data pull a.csv").ok();
    assert_eq!(lab.text("bert/a.csv"), "content 1\n");
}

#[test]
fn a_tag_and_a_proposed_restore_pin_what_they_need() {
    let lab = lab(1);
    lab.run("anna", "git tag paper").ok();
    lab.run("anna", "git push --quiet origin paper").ok();
    lab.release("anna", "a.csv", "content 2\n");
    lab.release("anna", "a.csv", "content 3\n");
    prune(&lab, 1);
    sweep(&lab);
    lab.update("anna");
    lab.run("anna", "git data restore a.csv v2 --pr").ok();
    let swept = sweep(&lab).says("a.csv v1 is the latest at tags/paper").says("proposes a.csv v2");
    assert_eq!(there(&lab), ["v1", "v2", "v3"], "{swept}");
    lab.run("anna", "git push --quiet origin --delete paper").ok();
    sweep(&lab);
    assert_eq!(there(&lab), ["v2", "v3"]);
}

/// In a workflow the buckets come from its environment: a repository that says otherwise has nothing deleted.
#[test]
fn a_repository_does_not_choose_the_buckets_of_a_workflow() {
    let lab = lab(2);
    prune(&lab, 1);
    sweep(&lab);
    lab.age_staging(60);
    lab.set(ROBOT, "CI", "true");
    lab.set(ROBOT, "GIT_DATA_STAGING", "file:../buckets/other");
    for verb in [NOW, "git-data-publish janitor", "git-data-publish fsck"] {
        lab.run(ROBOT, verb).fails(1).explains();
    }
    assert_eq!((there(&lab).len(), lab.keys(Staging).len()), (2, 2));
}

#[test]
fn a_dry_run_says_why_and_changes_nothing() {
    let lab = lab(2);
    prune(&lab, 1);
    sweep(&lab);
    lab.update("anna");
    let before = lab.everything("anna");
    let plan = lab.run(ROBOT, &format!("{NOW} --dry-run")).ok().says("would be marked for deletion: a.csv/v1-");
    plan.says("because its grace period is over and none of");
    let plan = lab.run(ROBOT, "git-data-publish sweep --dry-run --json").ok().json();
    assert_eq!(plan["kept"][0]["pins"][0]["ref"], "refs/heads/main");
    assert_eq!(plan["kept"][0]["pins"][0]["why"], "grace");
    lab.age_staging(60);
    lab.run(ROBOT, "git-data-publish janitor --dry-run").ok().says("would be deleted");
    assert_eq!(lab.everything("anna"), before);
}

#[test]
fn what_cannot_be_read_stops_every_deletion() {
    let lab = lab(2);
    prune(&lab, 1);
    sweep(&lab);
    lab.age_staging(60);
    let before = (lab.keys(Production), lab.keys(Staging));
    let refused = |why: &str| {
        for verb in [NOW, "git-data-publish janitor"] {
            lab.run(ROBOT, verb).fails(6).says("nothing was deleted").says(why).explains();
        }
        assert_eq!((lab.keys(Production), lab.keys(Staging)), before);
    };

    lab.run("bert", "git switch --quiet -c broken").ok();
    lab.write("bert/manifest.json", "{ half a man");
    lab.run("bert", "git commit --quiet -am broken").ok();
    lab.run("bert", "git push --quiet origin broken").ok();
    refused("broken cannot be read");
    // The same from a fork is named and pins nothing.
    lab.run("bert", "git push --quiet origin broken:refs/pull/7/head").ok();
    lab.run("bert", "git push --quiet origin --delete broken").ok();
    lab.run(ROBOT, "git-data-publish sweep --dry-run").ok().says("pull/7/head is a fork's");

    lab.run("bert", "git switch --quiet main").ok();
    lab.run("bert", "git switch --quiet -c newer").ok();
    let newer = lab.text("bert/manifest.json").replacen("\"datasets\"", "\"legalHold\": true,\n  \"datasets\"", 1);
    lab.write("bert/manifest.json", newer);
    lab.run("bert", "git commit --quiet -am newer").ok();
    lab.run("bert", "git push --quiet origin newer").ok();
    refused("newer holds what this version does not know");
    lab.run("bert", "git push --quiet origin --delete newer").ok();

    std::fs::rename(lab.path("buckets/staging"), lab.path("gone")).unwrap();
    lab.run(ROBOT, NOW).fails(6).says("staging could not be listed");
    std::fs::rename(lab.path("gone"), lab.path("buckets/staging")).unwrap();
    sweep(&lab).says("deleted a.csv/v1-");
}

#[test]
fn a_shallow_clone_deletes_nothing() {
    let lab = lab(2);
    prune(&lab, 1);
    sweep(&lab);
    lab.remove("robot");
    let origin = lab.path("origin.git");
    lab.run("", &format!("git clone --quiet --depth 1 file://{} robot", origin.display())).ok();
    lab.run(ROBOT, NOW).fails(6).says("this clone is shallow").says("git fetch --unshallow");
    assert_eq!(there(&lab), ["v1", "v2"]);
    lab.run(ROBOT, "git fetch --quiet --unshallow").ok();
    sweep(&lab);
    assert_eq!(there(&lab), ["v2"]);
}

#[test]
fn a_receipt_without_an_entry_stops_everything_and_prints_what_to_restore() {
    let lab = lab(1);
    let old = lab.run("anna", "git rev-parse origin/main").ok().stdout;
    lab.release("anna", "a.csv", "content 2\n");
    lab.run("anna", &format!("git push --quiet --force origin {}:main", old.trim())).ok();
    for verb in [NOW, "git-data-publish janitor"] {
        let refused = lab.run(ROBOT, verb).fails(6).says("a.csv v2").says("has a receipt but no entry");
        refused.says("hint:           \"version\": \"v2\",").says("\"state\": \"published\"");
    }
    lab.run(ROBOT, "git-data-publish fsck").fails(6).says("has a receipt but no entry");
}

#[cfg(unix)]
#[test]
fn without_push_rights_the_marks_are_proposed_and_nothing_is_deleted() {
    let lab = lab(2);
    prune(&lab, 1);
    sweep(&lab);
    let script = "#!/bin/sh\nwhile read old new ref; do\n  [ \"$ref\" = refs/heads/main ] && \
                  echo 'GH006: Protected branch update failed' >&2 && exit 1\ndone\nexit 0\n";
    lab.program("../origin.git/hooks/pre-receive", script);
    let forbidden = sweep(&lab).says("GH006").says("data/sweep-").says("would be marked");
    assert_eq!(there(&lab), ["v1", "v2"], "{forbidden}");
    // The schedule comes again: one proposal is enough.
    let branches = || lab.run("origin.git", "git for-each-ref refs/heads/data/sweep-*").ok().stdout;
    let first = branches();
    sweep(&lab);
    assert_eq!(branches(), first);
    assert_eq!(first.lines().count(), 1);
    assert_eq!(there(&lab), ["v1", "v2"]);
    lab.remove("origin.git/hooks/pre-receive");
    let branch = first.split("refs/heads/").nth(1).unwrap().trim().to_owned();
    lab.merge(&branch);
    sweep(&lab).says("deleted a.csv/v1-").says("Recorded as gone");
}

/// On an S3 server with a key each: who publishes may not delete, who sweeps may not write.
#[cfg(feature = "s3")]
#[test]
fn who_publishes_cannot_delete_and_who_sweeps_cannot_write() {
    use crate::s3::Rights;

    let lab = lab_on(Backend::S3, 2);
    prune(&lab, 1);
    sweep(&lab);
    let refused = lab.run(ROBOT, NOW).fails(4).says("a.csv v1: marked for deletion");
    assert_eq!((there(&lab).len(), state(&lab, "v1")), (2, "purging".to_owned()), "{refused}");
    let rights = [("staging", Rights::READ), ("production", Rights { delete: true, ..Rights::READ })];
    let key = lab.server().unwrap().key("sweeper", &rights);
    lab.set(ROBOT, "AWS_ACCESS_KEY_ID", &key.access_key);
    lab.set(ROBOT, "AWS_SECRET_ACCESS_KEY", &key.secret);
    sweep(&lab).says("deleted a.csv/v1-").says("Recorded as gone: a.csv v1.");
    assert_eq!(there(&lab), ["v2"]);
    lab.run(ROBOT, "git-data-publish fsck --read-data 100%").ok();
    let blind = lab.server().unwrap().key("blind", &[("production", Rights::READ_WRITE)]);
    lab.set(ROBOT, "AWS_ACCESS_KEY_ID", &blind.access_key);
    lab.set(ROBOT, "AWS_SECRET_ACCESS_KEY", &blind.secret);
    lab.run(ROBOT, NOW).fails(6).says("staging could not be listed").explains();
    lab.run(ROBOT, "git-data-publish janitor").fails(6);
}

/// The mark loses its race against a rollback to the very bytes: what was counted is void and is counted again.
#[cfg(unix)]
#[test]
fn a_rollback_that_lands_first_wins_over_the_mark() {
    let lab = lab(2);
    prune(&lab, 1);
    sweep(&lab);
    lab.update("anna");
    lab.run("anna", "git data restore a.csv v1 --pr").ok();
    let branch = lab.run("anna", "git branch --show-current").ok().stdout;
    // The proposal is not to be seen until it lands, so that only the race can save the object.
    lab.run("origin.git", &format!("git update-ref refs/hidden/restore refs/heads/{}", branch.trim())).ok();
    lab.run("origin.git", &format!("git update-ref -d refs/heads/{}", branch.trim())).ok();
    lab.race("refs/hidden/restore");
    let swept = sweep(&lab);
    assert!(lab.has_raced(), "{swept}");
    assert_eq!(there(&lab), ["v1", "v2"], "{swept}");
    assert_eq!(state(&lab, "v1"), "published");
}

#[test]
fn staging_under_an_open_pull_request_is_never_swept() {
    let lab = lab(1);
    lab.write("anna/a.csv", "proposed\n");
    lab.run("anna", "git data prepare a.csv a.csv --pr").ok();
    lab.plant(Staging, "notes.txt", b"whose is this?");
    lab.age_staging(400);
    assert_eq!(lab.keys(Staging).len(), 3);
    let swept = lab.run(ROBOT, "git-data-publish janitor").ok().says("notes.txt is not ours and stays");
    assert_eq!(lab.keys(Staging).len(), 2, "{swept}");
    let branch = lab.run("anna", "git branch --show-current").ok().stdout;
    lab.merge(branch.trim());
    lab.age_staging(400);
    lab.run(ROBOT, "git-data-publish janitor").ok();
    lab.publish();
    lab.update("bert");
    lab.run("bert", "git data pull a.csv").ok();
    assert_eq!(lab.text("bert/a.csv"), "proposed\n");
    // Published, recorded, merged: now age decides.
    lab.run(ROBOT, "git-data-publish janitor").ok().says("deleted");
    assert_eq!(lab.keys(Staging), ["notes.txt"]);
}

/// The host knows which pull requests are closed; a host that gives no answer closes none.
#[cfg(unix)]
#[test]
fn a_closed_pull_request_counts_thirty_days_more() {
    let lab = lab(1);
    lab.write("anna/a.csv", "given up\n");
    lab.run("anna", "git data prepare a.csv a.csv --pr").ok();
    let branch = lab.run("anna", "git branch --show-current").ok().stdout;
    let branch = branch.trim();
    lab.run("origin.git", &format!("git update-ref refs/pull/7/head refs/heads/{branch}")).ok();
    lab.run("origin.git", &format!("git update-ref -d refs/heads/{branch}")).ok();
    lab.set(ROBOT, "GITHUB_SERVER_URL", "https://github.com");
    lab.set(ROBOT, "GITHUB_REPOSITORY", "team/data");
    lab.age_staging(400);
    let janitor = |gh: &str| {
        lab.program("gh", &format!("#!/bin/sh\necho \"$@\" >>gh.log\n{gh}\n"));
        lab.run(ROBOT, "git-data-publish janitor").ok();
        lab.keys(Staging).len()
    };
    assert_eq!(janitor("exit 1"), 1, "no answer closes nothing; what was published went");
    assert_eq!(janitor("echo nonsense"), 1);
    assert_eq!(janitor("date -u '+7%t%Y-%m-%dT%H:%M:%SZ'"), 1, "closed just now");
    assert_eq!(janitor("printf '8\\t2020-01-01T00:00:00Z\\n'"), 1, "another one");
    assert_eq!(janitor("printf '7\\t2020-01-01T00:00:00Z\\n'"), 0);
    assert!(lab.text("robot/gh.log").contains("repos/team/data/pulls?state=closed"));
}

#[test]
fn fsck_finds_what_is_missing_or_wrong_and_where_a_good_copy_is() {
    let lab = lab(2);
    let key = |version: &str| {
        let begin = format!("a.csv/{version}-");
        lab.keys(Production).into_iter().find(|key| key.starts_with(&begin)).unwrap()
    };
    let (first, second) = (key("v1"), key("v2"));
    lab.run("bert", "git pull --quiet").ok();
    lab.run("bert", "git data fsck").ok().says("2 objects, 0 read and hashed: all as published.");

    lab.lose(Production, &first);
    lab.run("bert", "git data fsck").fails(5).says("a.csv v1: there is no object").says("a good copy: ");
    lab.run(ROBOT, "git-data-publish fsck --repair --dry-run").fails(5);
    assert!(lab.object(Production, &first).is_none());
    lab.run(ROBOT, "git-data-publish fsck --repair").ok().says("brought back");
    assert_eq!(lab.object(Production, &first).unwrap(), b"content 1\n");

    lab.spoil(Production, &second, b"content X\n");
    lab.run(ROBOT, "git-data-publish fsck").ok();
    let found = lab.run(ROBOT, "git-data-publish fsck --read-data 100% --repair --json").fails(5).json();
    assert_eq!(found["findings"][0]["finding"], "wrong-digest");
    assert_eq!(found["findings"][0]["repaired"], false);
    assert_eq!(lab.object(Production, &second).unwrap(), b"content X\n", "nothing is ever overwritten");
    lab.spoil(Production, &second, b"short");
    lab.run("bert", "git data fsck").fails(5).says("has 5 bytes, not 10");
    lab.spoil(Production, &second, b"content 2\n");

    lab.plant(Production, "left.txt", b"?");
    lab.run("bert", "git data fsck").ok().says("left.txt (1 bytes) is not ours");
}
