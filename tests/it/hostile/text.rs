//! Words of an author: they are shown as they are, and are no command to a terminal, a page or a host.

use serde_json::json;

use super::{After, Check, Court, Make, Proposal};
use crate::lab::{ROBOT, Staging};
use After::{Live, Refused};
use Check::{Green, Red};
use Make::Tree;

const NEW: &[u8] = b"north,3\n";
const EVIL: &str = "\u{1b}]0;owned\u{7}\u{202e}\u{9b}2J\n::add-mask::x\n<img src=//evil.example/x>|`**@everyone [x](//evil.example)\n- [x] approved";

const PROPOSALS: &[Proposal] = &[
    Proposal {
        name: "a message that steers",
        make: Tree(|court| court.offer("prices.csv", "v3", NEW, json!({"base": "v2", "message": EVIL}))),
        check: Green,
        after: Live("prices.csv v3", NEW),
    },
    Proposal {
        name: "a description that steers",
        make: Tree(|court| {
            court.offer("prices.csv", "v3", NEW, json!({"base": "v2"}));
            court.edit(|m| m["datasets"]["prices.csv"]["description"] = EVIL.into());
        }),
        check: Green,
        after: Live("prices.csv v3", NEW),
    },
    Proposal {
        name: "a reason that steers",
        make: Tree(|court| court.offer("prices.csv", "v3", NEW, json!({"base": "v2", "diff": EVIL}))),
        check: Red(1, "is not diffs/prices.csv/"),
        after: Refused(1, "prices.csv stands still"),
    },
    Proposal {
        name: "a state that steers",
        make: Tree(|court| court.offer("prices.csv", "v3", NEW, json!({"base": "v2", "state": EVIL}))),
        check: Red(1, "a new version is pending, not"),
        after: After::Nothing,
    },
    Proposal {
        name: "a time that steers",
        make: Tree(|court| court.offer("prices.csv", "v3", NEW, json!({"base": "v2", "created": EVIL}))),
        check: Red(1, "is not a time like"),
        after: Refused(1, "prices.csv stands still"),
    },
    Proposal {
        name: "a message without an end",
        make: Tree(|court| {
            court.offer("prices.csv", "v3", NEW, json!({"base": "v2", "message": "so ".repeat(100_000)}));
        }),
        check: Green,
        after: Live("prices.csv v3", NEW),
    },
    Proposal {
        name: "a thousand faults at once: the page stays short",
        make: Tree(|court| {
            court.edit(|m| {
                for n in 0..1_000 {
                    m["datasets"][format!("-{n}<script>")] = json!({"kind": "file", "versions": []});
                }
            });
        }),
        check: Red(1, "does not begin with a letter or a digit"),
        after: Refused(1, "stands still"),
    },
];

#[test]
fn words_are_only_words() {
    Court::new().judge(PROPOSALS);
}

#[test]
fn a_page_of_faults_holds_no_markup_of_the_author() {
    let court = Court::new();
    court.edit(|m| m["datasets"][EVIL] = json!({"kind": EVIL, "versions": []}));
    court.offer("prices.csv", "v3", NEW, json!({"base": EVIL, "message": EVIL}));
    court.git("commit --quiet --all -m evil");
    court.git("push --quiet --force origin HEAD:refs/heads/proposal");
    court.lab.run(ROBOT, "git fetch --quiet origin").ok();
    court.edit(|m| m["datasets"]["prices.csv"]["versions"][0]["base"] = "v2".into());
    court.git("commit --quiet --all -m evil");
    court.git("push --quiet --force origin HEAD:refs/heads/readable");
    court.lab.run(ROBOT, "git fetch --quiet origin").ok();
    court.lab.set(ROBOT, "GITHUB_ACTIONS", "true");
    court.lab.set(ROBOT, "GITHUB_STEP_SUMMARY", court.lab.path("summary.md").to_str().unwrap());
    for branch in ["proposal", "readable"] {
        let judge = format!("git-data-publish check --base {} --head origin/{branch}", court.base());
        let page = court.lab.run(ROBOT, &format!("{judge} --format md")).fails(1);
        let _ = court.lab.run(ROBOT, &judge).fails(1);
        for text in [page.stdout, court.lab.text("summary.md")] {
            for markup in ["<img", "@everyone", "](//", "\n::", "\n- [x]", "\u{1b}", "\u{202e}"] {
                assert!(!text.contains(markup), "{markup:?} in {text}");
            }
        }
        // A command to the host is ours, one a line, and says nothing but where something is.
        let commands = page.stderr.lines().filter(|line| line.contains("::"));
        commands.for_each(|line| assert!(line.starts_with("::error file=manifest.json"), "{line}"));
    }
    assert!(court.lab.keys(Staging).len() > 1);
}
