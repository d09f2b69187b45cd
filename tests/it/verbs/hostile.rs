//! Text from outside never steers a terminal: names, messages, descriptions, branches; JSON keeps it, escaped.

use super::furnished;

const EVIL: &str = "\u{1b}]0;owned\u{7}\u{1b}[31m\u{202e}\u{9b}2J";

fn is_clean(text: &str) -> bool {
    !text.chars().any(|c| c != '\n' && (c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c)))
}

#[test]
fn what_a_manifest_says_is_neutralised_on_every_page() {
    let lab = furnished();
    lab.release("anna", "a.csv", "1\n");
    let text = lab.text("anna/manifest.json");
    let escaped = serde_json::to_string(EVIL).unwrap();
    let escaped = escaped.trim_matches('"');
    let text = text.replace("Add a.csv", escaped);
    let text =
        text.replace("\"kind\": \"file\",", &format!("\"kind\": \"file\",\n      \"description\": \"{escaped}\","));
    assert_eq!(text.matches(escaped).count(), 2, "{text}");
    lab.write("anna/manifest.json", &text);
    lab.run("anna", "git config user.name nobody").ok();
    for verb in ["list", "log", "show a.csv", "status", "why a.csv"] {
        let ran = lab.run("anna", &format!("git data {verb}")).ok();
        assert!(is_clean(&ran.stdout) && is_clean(&ran.stderr), "{verb}: {:?}", ran.stdout);
    }
    for (verb, place) in [("list", "/datasets/0/versions/0/message"), ("log", "/datasets/0/versions/0/message")] {
        let ran = lab.run("anna", &format!("git data {verb} --json")).ok();
        assert_eq!(ran.json().pointer(place).and_then(|v| v.as_str()), Some(EVIL));
        assert!(!ran.stdout.contains('\u{1b}'), "escaped in JSON, too");
    }
}

#[test]
fn what_an_error_repeats_is_neutralised() {
    let lab = furnished();
    lab.write("anna/a.csv", "1\n");
    for command in [
        format!("git data show '{EVIL}'"),
        format!("git data why '{EVIL}'"),
        format!("git data prepare '{EVIL}' a.csv"),
        format!("git data log '{EVIL}'"),
        format!("git data '{EVIL}'"),
        format!("git data list '--{EVIL}'"),
        format!("git data url a.csv --for '{EVIL}'"),
        format!("git data init --staging '{EVIL}' --production file:x"),
    ] {
        let ran = lab.run("anna", &command);
        assert!(ran.code == 1 || ran.code == 2, "{ran}");
        assert!(is_clean(&ran.stderr) && is_clean(&ran.stdout), "{:?}", ran.stderr);
    }
    let evil = serde_json::to_string(EVIL).unwrap();
    lab.write(
        "anna/manifest.json",
        format!("{{\"format\":1,\"datasets\":{{{evil}:{{\"kind\":{evil},\"versions\":[]}}}}}}"),
    );
    let ran = lab.run("anna", "git data list").fails(1);
    assert!(is_clean(&ran.stderr), "{:?}", ran.stderr);
}
