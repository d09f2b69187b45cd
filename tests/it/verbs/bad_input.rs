//! A manifest that is not one: the file and the place are named, exit 1, nothing is written.

use super::furnished;
use crate::lab::Lab;

const DIGEST: &str = "0f6d024837342a8b40f6d024837342a8b40f6d024837342a8b40f6d024837342";

fn entry(version: &str, sha256: &str) -> String {
    format!(
        r#"{{"version":"{version}","state":"pending","sha256":"{sha256}","size":1,"created":"2026-11-21T10:00:00Z","message":"m"}}"#
    )
}

fn manifest(datasets: &str) -> String {
    format!("{{\"format\":1,\"datasets\":{{{datasets}}}}}")
}

fn dataset(name: &str, versions: &[String]) -> String {
    format!(r#""{name}":{{"kind":"file","versions":[{}]}}"#, versions.join(","))
}

/// Every verb that reads the manifest, none of which may touch anything.
const VERBS: [&str; 12] = [
    "list",
    "log",
    "show a.csv",
    "why a.csv",
    "status",
    "pull",
    "prepare a.csv a.csv",
    "prepare --all",
    "rollback a.csv --to-version v1",
    "delete a.csv --yes --confirm a.csv",
    "prune a.csv --keep 1",
    "init",
];

fn refused(lab: &Lab, bytes: &[u8], says: &[&str], verbs: &[&str]) {
    lab.write("anna/manifest.json", bytes);
    let tree = || lab.run("anna", "git status --porcelain --untracked-files=all --ignored").ok().stdout;
    let before = tree();
    for verb in verbs {
        let ran = lab.run("anna", &format!("git data {verb}")).fails(1).explains();
        for part in says {
            assert!(ran.stderr.contains(part), "{part:?}\n{ran}");
        }
        let json = lab.run("anna", &format!("git data {verb} --json")).fails(1).json();
        assert_eq!((&json["error"]["kind"], &json["error"]["exit"]), (&"user".into(), &1.into()), "{verb}");
    }
    assert_eq!(tree(), before);
    assert!(lab.read("anna/manifest.json") == bytes, "the manifest was rewritten");
}

#[test]
fn a_broken_manifest_is_named_with_its_place_and_nothing_is_written() {
    let lab = furnished();
    lab.write("anna/a.csv", "1\n");
    let good = entry("v1", DIGEST);
    let one = std::slice::from_ref(&good);
    let twice = manifest(&[dataset("a.csv", one), dataset("a.csv", &[])].join(","));
    let markers = "{\n  \"format\": 1,\n<<<<<<< HEAD\n  \"datasets\": {}\n=======\n  \"datasets\": {}\n>>>>>>> x\n}\n";
    let cases: Vec<(&str, String, Vec<&str>)> = vec![
        ("not JSON", "{\n  oops\n}\n".into(), vec!["manifest.json, line 2, column"]),
        ("empty", String::new(), vec!["manifest.json"]),
        ("only spaces", " \n\n".into(), vec!["manifest.json"]),
        ("a number", "1\n".into(), vec!["manifest.json"]),
        ("merge markers", markers.into(), vec!["manifest.json", "line 3", "hint: git data merge"]),
        ("a dataset twice", twice, vec!["manifest.json", "a.csv", "twice"]),
        ("no format", "{\"datasets\":{}}".into(), vec!["manifest.json", "format"]),
        ("a later format", "{\"format\":99,\"datasets\":{}}".into(), vec!["manifest.json", "99"]),
        ("a bad name", manifest(&dataset("../a", one)), vec!["manifest.json", "../a"]),
        ("a device's name", manifest(&dataset("con", one)), vec!["manifest.json", "con"]),
        ("a version's name", manifest(&dataset("v1", one)), vec!["manifest.json", "v1"]),
        ("a short digest", manifest(&dataset("a.csv", &[entry("v1", "0f6d")])), vec!["manifest.json", "sha256"]),
        ("a long digest", manifest(&dataset("a.csv", &[entry("v1", &DIGEST.repeat(2))])), vec!["sha256"]),
        ("a version twice", manifest(&dataset("a.csv", &[good.clone(), good.clone()])), vec!["a.csv", "v1"]),
        ("no version", manifest(&dataset("a.csv", &[entry("1", DIGEST)])), vec!["version"]),
        (
            "twins by case",
            manifest(&[dataset("a.csv", one), dataset("A.csv", one)].join(",")),
            vec!["manifest.json", "a.csv"],
        ),
        (
            "a name inside a name",
            manifest(&[dataset("a", one), dataset("a/b", one)].join(",")),
            vec!["manifest.json", "a/b"],
        ),
        ("deep nesting", format!("{{\"format\":1,\"x\":{}", "[".repeat(200_000)), vec!["manifest.json"]),
    ];
    for (n, (what, text, says)) in cases.iter().enumerate() {
        println!("{what}");
        // Each kind of fault with a few verbs, the first with all.
        let some = [VERBS[0], VERBS[n % VERBS.len()]];
        refused(&lab, text.as_bytes(), says, if n == 0 { &VERBS } else { &some });
    }
    refused(&lab, b"{\"format\":1,\"datasets\":{\"\xff\":{}}}", &["manifest.json"], &["list"]);
}

#[test]
fn a_hundred_megabytes_of_garbage_are_refused() {
    let lab = furnished();
    for byte in [b'[', b'\x00'] {
        lab.write("anna/manifest.json", vec![byte; 100 << 20]);
        lab.run("anna", "git data list").fails(1).explains().says("manifest.json");
    }
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_are_accepted_and_normalised() {
    let lab = furnished();
    lab.release("anna", "a.csv", "1\n");
    let text = lab.text("anna/manifest.json");
    lab.write("anna/manifest.json", format!("\u{feff}{}", text.replace('\n', "\r\n")));
    lab.run("anna", "git data list").ok().says("a.csv  v1  published");
    lab.write("anna/b.csv", "2\n");
    lab.run("anna", "git data prepare b.csv b.csv").ok();
    let text = lab.text("anna/manifest.json");
    assert!(text.starts_with("{\n") && !text.contains('\r') && text.ends_with("}\n"), "{text}");
}

#[test]
fn settings_that_are_none_are_named() {
    let lab = furnished();
    for (text, says) in [
        ("[data\nx", ".gitdata cannot be read"),
        ("[include]\n\tpath = /etc/passwd\n", "may not include"),
        ("[data]\n\tsecretKey = canary\n", "must never hold a credential"),
    ] {
        lab.write("anna/.gitdata", text);
        lab.run("anna", "git data list").fails(1).explains().says(says).silent_about("canary");
    }
}
