//! Which names and paths are refused.

use super::super::name::{Clash, check, check_path, clash};
use super::super::types::{Dataset, Manifest, State};
use super::super::validate::validate;
use super::version;

#[test]
fn names_follow_the_grammar() {
    let long = "a".repeat(64);
    let good =
        ["energy.sqlite", "a", "0", "eu/west/prices.csv", "a/b/c/d", "A_b-c.d", "v", "vx", "v1x", "version1", &long];
    for name in good {
        assert!(check(name).is_ok(), "{name}: {:?}", check(name));
    }
    let too_long = "a".repeat(65);
    let bad = [
        "",
        "/",
        "a/",
        "/a",
        "a//b",
        "a/b/c/d/e",
        ".",
        "..",
        "a/..",
        ".hidden",
        "-x",
        "_x",
        "a b",
        "ä",
        "a:b",
        "a\\b",
        "a\nb",
        "a.",
        "a./b",
        "con",
        "CON",
        "nul.csv",
        "a/Com1.txt",
        "lpt9",
        "v1",
        "a/v12",
        "v3-old",
        "v3-old/x",
        "data.tree",
        "a/data.where",
        &too_long,
    ];
    for name in bad {
        let error = check(name).expect_err(name);
        assert!(error.message.contains("cannot name a dataset"), "{name}");
        assert!(!error.hints.is_empty());
    }
}

#[test]
fn paths_stay_inside_the_repository_and_out_of_git() {
    for path in ["data/energy.sqlite", "a b/ä.csv", ".cache/x", "a.git/x", "git/x", "console/x", "x/git~10"] {
        assert!(check_path(path).is_ok(), "{path}: {:?}", check_path(path));
    }
    let bad = [
        "",
        "/etc/passwd",
        "C:/x",
        "c:x",
        "a//b",
        "a/",
        "./a",
        "a/./b",
        "../a",
        "a/../b",
        "a\\b",
        "a\0b",
        "a\nb",
        ".git",
        ".git/config",
        "a/.GIT/hooks",
        ".git ",
        ".git./x",
        ".git::$INDEX_ALLOCATION/x",
        "git~1/x",
        "GIT~1",
        ".g\u{200c}it/x",
        "con",
        "a/nul.txt",
        "aux /x",
        "com¹",
        "manifest.json",
        "Manifest.JSON",
        ".gitdata",
        "a/.gitattributes",
        ".gitignore",
        ".github/workflows/x.yml",
    ];
    for path in bad {
        let error = check_path(path).expect_err(path);
        assert!(error.message.contains("cannot hold a dataset"), "{path}");
    }
}

#[test]
fn names_clash_by_case_normalization_and_prefix() {
    assert_eq!(clash("A.csv", "a.csv"), Some(Clash::Twins));
    assert_eq!(clash("caf\u{e9}", "cafe\u{301}"), Some(Clash::Twins));
    assert_eq!(clash("CAF\u{c9}", "cafe\u{301}"), Some(Clash::Twins));
    assert_eq!(clash("eu", "EU/prices"), Some(Clash::Prefix));
    assert_eq!(clash("eu/prices", "eu"), Some(Clash::Prefix));
    assert_eq!(clash("eu", "euro"), None);
    assert_eq!(clash("eu/a", "eu/b"), None);
}

#[test]
fn whoever_backdates_a_proposal_pushes_no_published_dataset_aside() {
    let mut manifest = Manifest::default();
    let mut backdated = version(1, State::Pending, "theirs");
    backdated.created = "2000-01-01T00:00:00Z".to_owned();
    for (name, entry) in [("A.csv", backdated), ("a.csv", version(1, State::Published, "ours"))] {
        manifest.datasets.insert(name.to_owned(), Dataset { versions: vec![entry], ..Dataset::default() });
    }
    let still: Vec<_> = validate(&manifest).into_iter().filter_map(|fault| fault.dataset).collect();
    assert_eq!(still, ["A.csv"]);
}
