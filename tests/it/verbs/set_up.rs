//! `init` beside what is there, `verify` and what it finds.

use super::furnished;
use crate::lab::{Backend, Lab};

const INIT: &str = "git data init --staging file:../s --production file:../p";

#[test]
fn init_adds_to_what_is_there_in_its_own_style_and_twice_is_once() {
    let lab = Lab::new(Backend::Directory);
    lab.run("", "git init --quiet old").ok();
    lab.write("old/.gitignore", "x\r\ny");
    lab.write("old/.gitattributes", "*.txt text\n");
    lab.write("old/.gitdata", "[data]\r\n\tregion = eu-1\r\n");
    lab.write("old/.env.example", "MINE=1\n");
    let before = lab.run("old", "git status --porcelain").ok().stdout;
    let plan = lab.run("old", &format!("{INIT} --dry-run")).ok();
    assert_eq!(lab.run("old", "git status --porcelain").ok().stdout, before);
    assert!(!lab.has("s"), "no bucket is made by a plan");
    let did = lab.run("old", INIT).ok();
    let shown = |text: &str| text.lines().filter(|l| l.starts_with("  ")).map(str::to_owned).collect::<Vec<_>>();
    assert!(shown(&did.stdout).starts_with(&shown(&plan.stdout)), "it does what the plan said");
    assert!(lab.text("old/.gitignore").starts_with("x\r\ny\r\n/.env"));
    assert!(lab.text("old/.gitattributes").starts_with("*.txt text\nmanifest.json text eol=lf merge=git-data\n"));
    assert!(lab.text("old/.gitdata").starts_with("[data]\r\n\tregion = eu-1\r\n"));
    assert_eq!(lab.text("old/.env.example"), "MINE=1\n");
    assert_eq!(lab.run("old", "git config -f .gitdata data.staging").ok().stdout, "file:../s\n");
    assert_eq!(lab.run("old", "git config -f .gitdata data.region").ok().stdout, "eu-1\n");
    let files = [".gitignore", ".gitattributes", ".gitdata", ".env.example", "manifest.json"];
    let once = files.map(|file| lab.read(&format!("old/{file}")));
    for again in [INIT, "git data init", "git data init --yes"] {
        lab.run("old", again).ok().says("Everything is in place");
        assert_eq!(files.map(|file| lab.read(&format!("old/{file}"))), once);
    }
}

#[test]
fn init_changes_no_setting_and_says_how() {
    let lab = furnished();
    let before = lab.everything("anna");
    lab.run("anna", "git data init --staging s3://other")
        .fails(1)
        .explains()
        .says("git config -f .gitdata data.staging");
    lab.run("anna", "git data init --region other --endpoint nonsense").ok();
    lab.run("anna", "git reset --quiet --hard").ok();
    for (flags, code) in [
        ("--staging x --production file:y", 1),
        ("--staging s3:// --production file:y", 1),
        ("--staging file:x --production file:x", 1),
    ] {
        lab.run("anna", "git rm --quiet --cached .gitdata").ok();
        lab.remove("anna/.gitdata");
        lab.run("anna", &format!("git data init {flags}")).fails(code).explains();
        assert!(!lab.has("anna/.gitdata"));
        lab.run("anna", "git reset --quiet --hard").ok();
    }
    assert_eq!(lab.everything("anna"), before);
}

#[test]
fn init_without_a_terminal_asks_nobody() {
    let lab = Lab::new(Backend::Directory);
    lab.run("", "git init --quiet new").ok();
    lab.run("new", "git data init").fails(2).explains().says("--staging is missing");
    lab.run("new", "git data init --staging file:x").fails(2).explains().says("--production is missing");
    assert_eq!(lab.run("new", "git status --porcelain").ok().stdout, "");
}

#[test]
fn verify_calls_directories_a_sandbox_and_says_where_settings_come_from() {
    let lab = furnished();
    lab.run("anna", "git data verify").ok().says("unprotectable (sandbox)").says("(from .gitdata)");
    let json = lab.run("anna", "git data verify --json").ok().json();
    assert_eq!((&json["ok"], &json["role"]), (&true.into(), &"developer".into()));
    let elsewhere = lab.path("elsewhere");
    lab.run("anna", &format!("git config data.production file://{}", elsewhere.display())).ok();
    lab.run("anna", "git data verify")
        .fails(1)
        .says("(from git config)")
        .says("hint: git data init   makes the directory");
    lab.set("anna", "GIT_DATA_PRODUCTION", &lab.url(crate::lab::Staging));
    lab.run("anna", "git data verify").fails(1).says("(from environment)").says("are not apart");
    lab.set("anna", "GIT_DATA_PRODUCTION", "ftp://x");
    lab.run("anna", "git data verify").fails(1).explains().says("data.production (from environment)");
    lab.run("origin.git", "git config core.bare").ok();
    lab.run("", "git init --quiet empty").ok();
    lab.run("empty", "git data verify").fails(1).explains().says("no staging bucket is configured");
}

#[test]
fn buckets_that_hold_each_other_are_not_apart() {
    let lab = furnished();
    for (staging, production, apart) in
        [("s3://b/x", "s3://b", false), ("s3://b/x", "s3://b/xy", true), ("s3://b", "s3://c", true)]
    {
        lab.set("anna", "GIT_DATA_STAGING", staging);
        lab.set("anna", "GIT_DATA_PRODUCTION", production);
        lab.set("anna", "GIT_DATA_ENDPOINT", "http://127.0.0.1:1");
        let json = lab.run("anna", "git data verify --json").json();
        assert_eq!(json["faults"].as_array().unwrap().is_empty(), apart, "{staging} {production}: {json}");
    }
}

#[test]
fn a_tracked_env_file_is_not_read_and_said() {
    let lab = furnished();
    lab.write("anna/.env", "R2_BUCKET=canary\n");
    lab.run("anna", "git add --force .env").ok();
    lab.run("anna", "git data verify").ok().says(".env is tracked by git");
    lab.run("anna", "git rm --quiet --cached .env").ok();
    lab.write("anna/.env", "this is no pair canary\n");
    lab.run("anna", "git data list").fails(1).explains().silent_about("canary");
}
