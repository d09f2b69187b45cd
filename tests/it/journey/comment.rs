//! The comment of a check: one for each pull request, our own, written again; and whoever may not comment is not red.
//!
//! `gh` is stood in for: it answers who asks, which comments there are, and keeps what it is told.

use crate::lab::{Backend, Lab, ROBOT, Ran, Staging};

const GH: &str = r#"#!/bin/sh
printf '%s ' "$@" >>"$HOME/asked"
echo >>"$HOME/asked"
case "$*" in
  *"$REFUSES"*) printf 'gh: %s\n' "$REFUSAL" >&2; exit 1 ;;
  *graphql*) echo "$ME" ;;
  *--paginate*) cat "$HOME/comments" ;;
  *) cat >"$HOME/told"; echo https://github.com/team/data/pull/7#issuecomment-1 ;;
esac
"#;

/// A proposal on main's remote, and a publisher whose workflow runs on GitHub.
fn proposed() -> Lab {
    let lab = Lab::new(Backend::Directory);
    lab.furnish();
    lab.write("anna/prices.csv", "north,1\n");
    lab.run("anna", "git data prepare prices.csv prices.csv --branch proposal --push").ok();
    lab.run(ROBOT, "git fetch --quiet origin").ok();
    hosted(&lab);
    lab
}

/// The publisher's workflow runs on GitHub, with a stand-in for `gh`.
pub(super) fn hosted(lab: &Lab) {
    lab.program("gh", GH);
    for (name, value) in [
        ("ME", "github-actions[bot]"),
        ("REFUSES", "nothing"),
        ("GITHUB_SERVER_URL", "https://github.com"),
        ("GITHUB_REPOSITORY", "team/data"),
    ] {
        lab.set(ROBOT, name, value);
    }
    comments(lab, "");
}

fn comments(lab: &Lab, lines: &str) {
    lab.write("home/robot/comments", lines);
}

pub(super) fn check(lab: &Lab, more: &str) -> Ran {
    lab.write("home/robot/asked", "");
    lab.run(ROBOT, &format!("git-data-publish check --base origin/main --head origin/proposal --comment 7 {more}"))
}

fn asked(lab: &Lab) -> Vec<String> {
    lab.text("home/robot/asked").lines().map(|line| line.trim_end().to_owned()).collect()
}

pub(super) fn told(lab: &Lab) -> String {
    let json: serde_json::Value = serde_json::from_slice(&lab.read("home/robot/told")).unwrap();
    json["body"].as_str().unwrap().to_owned()
}

#[test]
fn the_first_check_comments_and_each_later_one_writes_it_again() {
    let lab = proposed();
    check(&lab, "").ok().says("The pull request is told: https://github.com/team/data/pull/7#issuecomment-1");
    let head = lab.run(ROBOT, "git rev-parse origin/proposal").ok().stdout;
    let body = told(&lab);
    let opening = format!("<!-- git-data-check -->\n### git data: ready to merge\n\nChecked at `{}`.\n", head.trim());
    assert!(body.starts_with(&opening), "{body}");
    assert!(body.contains("| `prices.csv` | v1 | 8 B | "), "{body}");
    let wanted = [
        "api --hostname github.com graphql -f query=query { viewer { login } } --jq .data.viewer.login",
        "api --hostname github.com --paginate repos/team/data/issues/7/comments?per_page=100 --jq .[] | \
         select(.body | startswith(\"<!-- git-data-check -->\")) | [.id, .user.login] | @tsv",
        "api --hostname github.com --method POST repos/team/data/issues/7/comments --input - --jq .html_url",
    ];
    assert_eq!(asked(&lab), wanted);

    // Ours is the second: anybody can write our marker, and a user can have the name of an app.
    comments(&lab, "31\tgithub-actions\n32\tgithub-actions[bot]\n");
    lab.lose(Staging, &lab.keys(Staging)[0]);
    check(&lab, "--format md").fails(4).says("**not proven:**");
    assert!(told(&lab).contains("### git data: not ready to merge"));
    assert!(asked(&lab)[2].contains("--method PATCH repos/team/data/issues/comments/32 "), "{:?}", asked(&lab));

    comments(&lab, "31\tstranger\n");
    assert!(check(&lab, "--json").fails(4).json()["comment"].is_string());
    assert!(asked(&lab)[2].contains("--method POST "), "a stranger's comment is left alone");
}

#[test]
fn who_may_not_comment_is_no_more_red_than_before() {
    let lab = proposed();
    for (refuses, refusal, at) in [
        ("--method", "Resource not accessible by integration (HTTP 403)", 3),
        ("graphql", "Bad credentials (HTTP 401)", 1),
        ("--paginate", "Not Found (HTTP 404)", 2),
        ("--method", "HTTP 502: Bad Gateway", 3),
    ] {
        lab.set(ROBOT, "REFUSES", refuses);
        lab.set(ROBOT, "REFUSAL", refusal);
        check(&lab, "").ok().says("note: pull request 7 was not told: ").says(refusal);
        assert_eq!(asked(&lab).len(), at, "{refusal}");
    }
    lab.remove("bin/gh");
    check(&lab, "").ok().says("`gh` was not found on this machine");
    lab.unset(ROBOT, "GITHUB_REPOSITORY");
    check(&lab, "").ok().says("gh comments on GitHub only");
    check(&lab, "--comment 0").fails(2);
}

#[test]
fn a_job_without_a_checkout_tells_what_others_found() {
    let lab = proposed();
    lab.write("elsewhere/empty.json", "");
    for part in ["structure", "bytes"] {
        let ran = lab.run(
            ROBOT,
            &format!("git-data-publish check --base origin/main --head origin/proposal --part {part} --format json"),
        );
        lab.write(&format!("elsewhere/{part}.json"), ran.ok().stdout);
    }
    let tell = |reports: &str| {
        lab.run(&format!("{ROBOT}/../elsewhere"), &format!("git-data-publish check --comment 7 {reports}"))
    };
    tell("--report structure.json --report bytes.json").ok();
    assert!(told(&lab).contains("### git data: ready to merge"));
    // A part that is not known is never green, and what it says of itself does not count.
    tell("--report structure.json --report empty.json").ok().says("empty.json is no report of a check");
    let body = told(&lab);
    assert!(body.contains("not ready to merge") && body.contains("**Bytes**\n\nNot known here"), "{body}");
    tell("--report empty.json").fails(1).says("there is nothing to tell");

    let spoilt = lab.text("elsewhere/bytes.json").replace("\"read\"", "null").replace("prices.csv", "</td>@everyone|");
    lab.write("elsewhere/spoilt.json", spoilt);
    tell("--report structure.json --report spoilt.json").ok();
    let body = told(&lab);
    assert!(body.contains("not ready to merge") && body.contains("| `</td>@everyone¦` | v1 |"), "{body}");

    let other = lab.text("elsewhere/bytes.json").replacen("\"head\":\"", "\"head\":\"0", 1);
    lab.write("elsewhere/other.json", other);
    tell("--report structure.json --report other.json").fails(1).says("of two commits");
    lab.set(ROBOT, "REFUSES", "--method");
    lab.set(ROBOT, "REFUSAL", "Resource not accessible by integration (HTTP 403)");
    tell("--report structure.json --report bytes.json").ok().says("was not told: gh: Resource not accessible");
    lab.set(ROBOT, "REFUSAL", "HTTP 502: Bad Gateway");
    tell("--report structure.json --report bytes.json").fails(4).says("HTTP 502");
}

#[test]
fn a_long_comment_is_cut_at_a_line_and_says_so() {
    let lab = proposed();
    let proof = |n: usize| {
        let digest = format!("{n:064x}");
        serde_json::json!({"dataset": format!("d{n}.csv"), "version": "v1", "sha256": digest, "size": 1, "by": "read"})
    };
    let proofs: Vec<_> = (0..900).map(proof).collect();
    let report = serde_json::json!({"head": "c0ffee", "structure": [], "bytes": proofs, "ok": true});
    lab.write("robot/report.json", report.to_string());
    lab.run(ROBOT, "git-data-publish check --comment 7 --report report.json").ok();
    let body = told(&lab);
    assert!(body.len() <= 60_000 && body.len() > 59_000, "{}", body.len());
    assert!(body.ends_with("read and hashed just now |\n\n… cut here: the page of the job has the rest.\n"), "{body}");
}
