//! Pull requests, public links, hooks: what stands around the repository.

use crate::lab::{Backend, Lab};

#[cfg(unix)]
const GH: &str = "#!/bin/sh\nprintf '%s\\n' \"$@\" >\"$HOME/gh-was-asked\"\ncat >\"$HOME/gh-was-told\"\necho https://github.com/team/data/pull/7\n";

/// A repository whose remote looks like one on GitHub.
fn on_github() -> Lab {
    let lab = Lab::new(Backend::Directory);
    lab.furnish();
    lab.run(
        "anna",
        &format!("git config url.{}.insteadOf https://github.com/team/data.git", lab.path("origin.git").display()),
    )
    .ok();
    lab.run("anna", "git remote set-url origin https://github.com/team/data.git").ok();
    lab.write("anna/prices.csv", "north,1\n");
    lab
}

#[test]
fn without_gh_the_page_that_opens_a_pull_request_is_printed() {
    let lab = on_github();
    lab.check(
        "anna",
        "git data prepare prices.csv prices.csv -m Prices --pr",
        "
        prices.csv v1: 8 B, sent to staging.
        Committed «commit» on data/prices.csv-v1, pushed.
        Open the pull request: https://github.com/team/data/compare/main...data/prices.csv-v1?expand=1
        note: the pull request is to be opened by hand: `gh` was not found on this machine
        [exit 0]
        ",
    );
    lab.run("anna", "git switch --quiet main").ok();
    lab.write("anna/costs.csv", "coal,1\n");
    let steps = lab.run("anna", "git data prepare costs.csv costs.csv").ok();
    steps.says("open a pull request: https://github.com/team/data/compare/main...data/costs.csv-v1?expand=1");
}

#[cfg(unix)]
#[test]
fn gh_opens_the_pull_request() {
    let lab = on_github();
    lab.program("gh", GH);
    lab.check(
        "anna",
        "git data prepare prices.csv prices.csv -m Prices --pr",
        "
        prices.csv v1: 8 B, sent to staging.
        Committed «commit» on data/prices.csv-v1, pushed.
        Pull request: https://github.com/team/data/pull/7
        [exit 0]
        ",
    );
    let asked = lab.text("home/anna/gh-was-asked");
    let expected = [
        "pr",
        "create",
        "--repo",
        "github.com/team/data",
        "--head=data/prices.csv-v1",
        "--base=main",
        "--title=data: prices.csv v1: Prices",
        "--body-file=-",
    ];
    assert_eq!(asked.lines().collect::<Vec<_>>(), expected);
    let told = lab.text("home/anna/gh-was-told");
    assert!(told.contains("| `prices.csv` | v1 |"), "{told}");
}

#[test]
fn it_works_inside_a_hook() {
    let lab = Lab::new(Backend::Directory);
    lab.furnish();
    lab.write("anna/prices.csv", "north,1\n");
    lab.script(
        "anna/.git/hooks/post-commit",
        "#!/bin/sh\ngit data status >\"$HOME/seen\" 2>&1 && git data list --json >>\"$HOME/seen\" 2>&1\n",
    );
    lab.run("anna", "git data prepare prices.csv prices.csv --commit --branch data/one").ok();
    let seen = lab.text("home/anna/seen");
    assert!(seen.contains("prices.csv"), "{seen}");
}

#[cfg(feature = "s3")]
#[test]
fn a_public_bucket_is_pulled_without_credentials() {
    let lab = Lab::new(Backend::S3);
    lab.furnish();
    let server = lab.server().unwrap();
    server.public("production");
    let url = format!("{}/production", server.url());
    lab.run("anna", &format!("git config -f .gitdata data.publicUrl {url}")).ok();
    lab.run("anna", "git commit --quiet -a -m 'Public link'").ok();
    lab.run("anna", "git push --quiet").ok();
    lab.release("anna", "prices.csv", "north,1\n");

    lab.clone_for("everybody");
    lab.without_keys("everybody");
    lab.unset("everybody", "GIT_DATA_ENDPOINT");
    lab.run("everybody", "git data pull").ok().says("prices.csv v1: 8 B, verified");
    assert_eq!(lab.text("everybody/prices.csv"), "north,1\n");
    let link = lab.run("everybody", "git data url prices.csv").ok().stdout;
    assert!(link.starts_with(&format!("{url}/prices.csv/v1-")), "{link}");
}
