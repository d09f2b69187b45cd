//! What is read, what is refused, and where the message points.

use super::super::isolate::parse_isolating;
use super::super::parse::parse;
use super::super::print::print;
use super::super::types::{Kind, State};
use super::super::validate::validate;
use super::{GOLDEN, NAME};

fn changed(from: &str, to: &str) -> String {
    assert!(GOLDEN.contains(from), "{from}");
    GOLDEN.replacen(from, to, 1)
}

#[test]
fn the_example_of_the_format_page_is_the_one_encoding() {
    let manifest = parse(GOLDEN.as_bytes()).unwrap();
    assert_eq!(print(&manifest), GOLDEN);
    assert_eq!(validate(&manifest), []);
}

#[test]
fn a_mark_crlf_and_other_spacing_are_normalised() {
    let manifest = parse(GOLDEN.as_bytes()).unwrap();
    let compact: String = GOLDEN.lines().map(str::trim_start).collect();
    for text in [format!("\u{feff}{GOLDEN}"), GOLDEN.replace('\n', "\r\n"), compact] {
        assert_eq!(parse(text.as_bytes()).unwrap(), manifest);
    }
}

#[test]
fn unknown_members_and_words_survive_as_they_were_spelled() {
    let text = changed(
        "\"format\": 1,",
        "\"zeta\": 1e400, \"format\": 1, \"alpha\": {\"b\": [-0, 1.0, 1E+2, {}, []], \"a\": null},",
    );
    let text = text.replace("\"size\": 1234,", "\"later\": [0.10], \"size\": 1234, \"early\": \"\\u00e9\\u0007\",");
    let text = text.replace("\"kind\": \"file\"", "\"kind\": \"album\", \"mood\": true").replace("pending", "resting");
    let manifest = parse(text.as_bytes()).unwrap();
    assert_eq!(manifest.datasets[NAME].kind, Kind::Unknown("album".to_owned()));
    assert_eq!(manifest.datasets[NAME].versions[0].state, State::Unknown("resting".to_owned()));
    let printed = print(&manifest);
    for kept in
        ["\"zeta\": 1e400", "-0,", "1.0,", "1E+2,", "{},", "[]", "0.10", "\"early\": \"é\\u0007\"", "\"mood\": true"]
    {
        assert!(printed.contains(kept), "{kept} in {printed}");
    }
    assert!(
        printed.find("\"alpha\"") < printed.find("\"zeta\"") && printed.find("datasets") < printed.find("\"alpha\"")
    );
    assert!(
        printed.find("\"diff\"") < printed.find("\"early\"") && printed.find("\"early\"") < printed.find("\"later\"")
    );
    assert_eq!(print(&parse(printed.as_bytes()).unwrap()), printed);
    assert_eq!(super::super::validate::unknown(&manifest).len(), 7);
    assert_eq!(validate(&manifest), []);
}

#[test]
fn what_is_wrong_is_named_with_its_place() {
    let hex = "9f2c41d07a5be8129f2c41d07a5be8129f2c41d07a5be8129f2c41d07a5be812";
    let deep = format!("\"deep\": {}{},\n  \"format\": 1", "[".repeat(70), "]".repeat(70));
    let cases = [
        ("{\n", "", "line 1, column 10: "),
        ("\"format\": 1", "\"format\": 2", "has format 2; this git data reads format 1"),
        ("\"format\": 1", "\"format\": \"1\"", "format: invalid type: string \"1\""),
        ("\"format\": 1", "\"format\": 1.0", "format: invalid type"),
        ("\"format\": 1,\n", "", "the member \"format\" is missing"),
        ("\"format\": 1", "\"format\": 1, \"format\": 1", "line 2, column 23: format: the member is there twice"),
        ("\"format\": 1", "\"x\": 1, \"x\": 2, \"format\": 1", "the member \"x\" is there twice"),
        (
            "\"format\": 1",
            "\"x\": {\"y\": [{\"z\": 1, \"z\": 2}]}, \"format\": 1",
            "the member \"x\" has the member \"z\" twice",
        ),
        ("\"format\": 1", &deep, "is nested deeper than 64 levels"),
        ("\"versions\"", "\"verions\"", "datasets.\"energy.sqlite\": the member \"versions\" is missing"),
        (
            "\"kind\": \"file\"",
            "\"kind\": 5",
            "datasets.\"energy.sqlite\".kind: invalid type: integer `5`, expected a kind",
        ),
        ("\"kind\": \"file\",", "", "the member \"kind\" is missing"),
        ("\"Technology costs\"", "null", "datasets.\"energy.sqlite\".description: invalid type: null"),
        (
            "\"v3\"",
            "\"3\"",
            "line 20, column 24: datasets.\"energy.sqlite\".versions[0].version: \"3\" is not a version like v3",
        ),
        ("\"v2\"", "\"v02\"", ".versions[0].base: \"v02\" is not a version"),
        (hex, "9f2c", "datasets.\"energy.sqlite\".versions[0].sha256: \"9f2c\" is not a digest of 64"),
        (hex, &hex.to_uppercase(), "versions[0].sha256"),
        ("1234", "-1", "versions[0].size: invalid type"),
        ("1234", "-0", "versions[0].size"),
        (
            "1234",
            "12.0",
            "versions[0].size: invalid type: floating point `12.0`, expected a plain whole number or null",
        ),
        ("1234", "1e3", "versions[0].size"),
        ("1234", "18446744073709551616", "versions[0].size"),
        ("1234", "\"1234\"", "versions[0].size"),
        ("1234", "1234, \"files\": null", "versions[0].files"),
        ("\"size\": 1234,", "", "versions[0]: the member \"size\" is missing"),
        ("\"message\": \"Add 2025 costs\"", "\"message\": 1", "versions[0].message"),
        ("\"base\"", "\"message\": \"\", \"base\"", "versions[0].message: the member is there twice"),
        ("\"base\"", "\"\\u0073tate\": \"x\", \"base\"", "versions[0].state: the member is there twice"),
    ];
    for (from, to, want) in cases {
        let error = parse(changed(from, to).as_bytes()).expect_err(to);
        assert!(error.message.starts_with("manifest.json"), "{to}: {error}");
        assert!(error.message.contains(want), "{to}: {error}");
    }
    let twice =
        r#"{"format": 1, "datasets": {"a": {"kind": "file", "versions": []}, "a": {"kind": "file", "versions": []}}}"#;
    assert!(parse(twice.as_bytes()).unwrap_err().message.contains("datasets.\"a\": the dataset is there twice"));
    assert!(parse_isolating(twice.as_bytes()).is_err());
    assert!(parse(b"\xff").unwrap_err().message.contains("line 1: not UTF-8"));
    assert!(parse(b"").is_err() && parse(b"{}").is_err() && parse(format!("{GOLDEN}x").as_bytes()).is_err());
    assert!(parse(br#"{"shape": [], "format": 7}"#).unwrap_err().hints[0].contains("newer git data"));
}

#[test]
fn null_is_a_size() {
    let text = changed("1234", "null");
    let manifest = parse(text.as_bytes()).unwrap();
    assert_eq!(manifest.datasets[NAME].versions[0].size, None);
    assert_eq!(print(&manifest), text);
}

#[test]
fn a_malformed_dataset_stops_only_itself() {
    let other = "\"datasets\": {\n    \"bad\": {\"kind\": \"file\",\n \"versions\": [{\"version\": \"x\"}]},";
    let text = changed("\"datasets\": {", other);
    assert!(parse(text.as_bytes()).is_err());
    let (manifest, faults) = parse_isolating(text.as_bytes()).unwrap();
    assert_eq!(manifest, parse(GOLDEN.as_bytes()).unwrap());
    assert_eq!(faults.len(), 1);
    assert_eq!(faults[0].dataset.as_deref(), Some("bad"));
    assert_eq!(faults[0].place, "datasets.\"bad\".versions[0].version");
    assert_eq!(faults[0].message, "line 5: \"x\" is not a version like v3");
    for broken in [changed("\"format\": 1", "\"format\": 3"), GOLDEN[..GOLDEN.len() - 3].to_owned()] {
        assert!(parse_isolating(broken.as_bytes()).is_err());
    }
    assert_eq!(parse_isolating(GOLDEN.as_bytes()).unwrap().1, []);
}
