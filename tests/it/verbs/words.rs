//! Help, usage errors and completions: what a newcomer reads first.

use super::furnished;

const VERBS: [&str; 22] = [
    "init",
    "prepare",
    "status",
    "pull",
    "list",
    "log",
    "show",
    "why",
    "url",
    "rollback",
    "merge",
    "rename",
    "prune",
    "delete",
    "restore",
    "migrate",
    "verify",
    "cache",
    "demo",
    "completions",
    "man",
    "help",
];

#[test]
fn every_help_page_names_the_exit_codes() {
    let lab = furnished();
    for verb in VERBS {
        for command in
            [format!("git data {verb} -h"), format!("git data help {verb}"), format!("git-data {verb} --help")]
        {
            let ran = lab.run("anna", &command).ok().says("130  interrupted").says("--json");
            assert!(ran.stderr.is_empty(), "{ran}");
        }
    }
    lab.run("anna", "git data cache prune -h").ok().says("130  interrupted");
    lab.run("anna", "git-data-publish run -h").ok().says("130  interrupted");
}

#[test]
fn without_a_verb_the_help_is_printed() {
    let lab = furnished();
    let help = lab.run("anna", "git data").ok();
    let verbs: Vec<&str> =
        help.stdout.lines().filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next()).collect();
    let listed: Vec<&str> = verbs.into_iter().filter(|word| VERBS.contains(word)).collect();
    assert_eq!(listed, VERBS, "in the order of a person's work");
    help.says("git data help lists the topics").says("130  interrupted");
    lab.run("", "git data").ok();
}

#[test]
fn a_wrong_command_line_is_an_error_like_every_other() {
    let lab = furnished();
    for (command, says) in [
        ("git data lst", "did you mean"),
        ("git data prepare", "<NAME> is missing"),
        ("git data prune a.csv", "--keep <N> is missing"),
        ("git data prune a.csv --keep x", "--keep <N> cannot be \"x\""),
        ("git data list --nope", "--nope is not known here"),
        ("git data verify --role nobody", "one of developer"),
        ("git data prepare --all a.csv", "exclude each other"),
        ("git data url", "<NAME> is missing"),
        ("git data completions", "<SHELL> is missing"),
        ("git data help nope", "neither a verb nor a topic"),
        ("git data help cache nope", "neither a verb nor a topic"),
        ("git data man prepare --install", "exclude each other"),
        ("git-data-publish nope", "not a verb"),
    ] {
        lab.run("anna", command).fails(2).explains().says(says);
        let json = lab.run("anna", &format!("{command} --json")).fails(2).json();
        assert_eq!((&json["error"]["kind"], &json["error"]["exit"]), (&"usage".into(), &2.into()), "{command}");
        assert!(json["error"]["message"].as_str().unwrap().len() > 5, "{json}");
    }
}

#[test]
fn the_seeds_names_of_verbs_still_work() {
    let lab = furnished();
    lab.release("anna", "a.csv", "1\n");
    lab.run("anna", "git data list-datasets").ok().says("a.csv  v1");
    lab.run("anna", "git data prune-versions a.csv --keep 3").ok().says("nothing to prune");
}

#[test]
fn unknown_settings_are_said_once_and_only_ours() {
    let lab = furnished();
    let shared = lab.text("anna/.gitdata");
    lab.write("anna/.gitdata", format!("{shared}\tstagin = x\n"));
    lab.run("anna", "git config data.mine x").ok();
    lab.set("anna", "GIT_DATA_STAGIN", "x");
    let ran = lab.run("anna", "git data list").ok();
    assert_eq!(
        ran.stderr,
        "note: the variable GIT_DATA_STAGIN is not a setting that this version knows\n\
         note: data.stagin in .gitdata is not a setting that this version knows\n"
            .lines()
            .rev()
            .map(|line| format!("{line}\n"))
            .collect::<String>()
    );
    assert_eq!(lab.run("anna", "git data list -q").ok().stderr, "");
}
