//! Names and places: nothing leaves the repository, rules it, or stands in another dataset's way.

use serde_json::json;

use super::{After, Check, Court, Make, Proposal};
use After::{Live, Refused};
use Check::{Green, Red};
use Make::Tree;

const NEW: &[u8] = b"new\n";

/// A new dataset of that name: refused by `check`, and it stands still where it was merged.
macro_rules! name {
    ($what:literal, $name:expr, $words:literal) => {
        Proposal {
            name: $what,
            make: Tree(|court| court.offer($name, "v1", NEW, json!({}))),
            check: Red(1, $words),
            after: Refused(1, "stands still"),
        }
    };
}

/// A new dataset that wants to live at that path.
macro_rules! path {
    ($what:literal, $path:expr, $words:literal) => {
        Proposal {
            name: $what,
            make: Tree(|court| {
                court.offer("new.csv", "v1", NEW, json!({}));
                court.edit(|m| m["datasets"]["new.csv"]["path"] = $path.into());
            }),
            check: Red(1, $words),
            after: Refused(1, "new.csv stands still"),
        }
    };
}

const NAMES: &[Proposal] = &[
    name!("a name that climbs out", "../../.ssh/authorized_keys", "\"..\" does not begin with a letter or a digit"),
    name!("a name from the top", "/etc/passwd", "a segment is empty"),
    name!("a name of a drive", "C:\\autoexec.bat", "is not allowed"),
    name!("a name that is an option", "--upload-pack=touch", "does not begin with a letter or a digit"),
    name!("a name with a NUL", "new\u{0}.csv", "is not allowed"),
    name!("a name that steers a terminal", "new\u{1b}[2J\u{202e}.csv", "is not allowed"),
    name!("a name that is a page", "<img src=x onerror=alert(1)>", "does not begin"),
    name!("a name that is a command to the host", "a\n::add-mask::b", "is not allowed"),
    name!("a device's name", "data/aux.csv", "is a device on Windows"),
    name!("a name with a dot at its end", "new.csv.", "ends with a dot"),
    name!("a name that is a version", "v7-new", "looks like a version"),
    name!("a name of listings", "new.tree", "used for listings"),
    name!("a name that is too deep", "a/b/c/d/e.csv", "more than 4 segments"),
    name!("a name that is too long", &*"x".repeat(65), "is longer than 64 characters"),
    name!("no name", "", "a segment is empty"),
    name!("a twin by case", "Prices.csv", "differs from \"prices.csv\" by case"),
    name!("a name below another", "prices.csv/inner.csv", "is a directory above the other"),
    name!("a name of our own keys", ".git-data/published/x", "does not begin with a letter or a digit"),
];

const PATHS: &[Proposal] = &[
    path!("a path that climbs out", "../../.bashrc", "it contains the segment \"..\""),
    path!("a path from the top", "/etc/cron.d/x", "it is absolute"),
    path!("a path of a drive", "C:x", "it is absolute"),
    path!("a path with a backslash", "a\\..\\..\\x", "it contains"),
    path!("a hook of git", ".git/hooks/pre-commit", "is git's own"),
    path!("a hook of git as others spell it", ".GIT./hooks/x", "is git's own"),
    path!("git's folder by its short name", "git~1/config", "is git's own"),
    path!("git's folder with a letter nobody sees", ".g\u{200c}it/config", "is git's own"),
    path!("a workflow", ".github/workflows/data-publish.yml", "that file rules the repository"),
    path!("the manifest", "manifest.json", "that file rules the repository"),
    path!("the settings", ".gitdata", "that file rules the repository"),
    path!("git's attributes", "data/.gitattributes", "that file rules the repository"),
    path!("a device", "data/NUL", "is a device on Windows"),
    path!("another dataset's place", "prices.csv", "is the path of \"prices.csv\" already"),
    path!("a place below another's", "prices.csv/x", "is a directory above the other"),
    Proposal {
        name: "two places that look the same",
        make: Tree(|court| {
            court.offer("one.csv", "v1", NEW, json!({}));
            court.offer("two.csv", "v1", NEW, json!({"created": "2026-11-22T10:00:00Z"}));
            court.edit(|m| {
                m["datasets"]["one.csv"]["path"] = "caf\u{e9}.csv".into();
                m["datasets"]["two.csv"]["path"] = "cafe\u{301}.csv".into();
            });
            court.lab.lose(crate::lab::Staging, &super::court::digest(NEW));
        }),
        check: Red(1, "already"),
        after: Refused(1, "two.csv stands still"),
    },
    Proposal {
        name: "a place that is merely odd",
        make: Tree(|court| {
            court.offer("new.csv", "v1", NEW, json!({}));
            court.edit(|m| m["datasets"]["new.csv"]["path"] = "-rf --no-preserve/$(touch x);`id`.csv".into());
        }),
        check: Green,
        after: Live("new.csv v1", NEW),
    },
];

#[test]
fn no_name_misleads() {
    Court::new().judge(NAMES);
}

#[test]
fn no_path_leaves_the_repository_or_rules_it() {
    Court::new().judge(PATHS);
}
