//! Git itself is used: links, folders and other repositories in place of the manifest, commits that hide a change.

use serde_json::json;

use super::court::{digest, entry};
use super::{After, Check, Court, Make, Proposal};
use After::{Live, Nothing, Refused};
use Check::{Green, Red};
use Make::{Commits, Tree};

const NEW: &[u8] = b"north,3\n";

/// The manifest of the index is something else than a file.
fn replaced(court: &Court, mode: &str, id: &str) {
    court.git("rm --quiet --cached manifest.json");
    court.git(&format!("update-index --add --cacheinfo {mode},{id},manifest.json"));
    court.git("commit --quiet -m proposal");
    court.git("reset --quiet --hard");
}

#[cfg(unix)]
const LINKED: &[Proposal] = &[
    Proposal {
        name: "the manifest is a link out of the repository",
        make: Tree(|court| {
            std::fs::remove_file(court.path("manifest.json")).unwrap();
            std::os::unix::fs::symlink("/etc/passwd", court.path("manifest.json")).unwrap();
        }),
        check: Red(1, "manifest.json"),
        after: Refused(1, "manifest.json"),
    },
    Proposal {
        name: "the manifest is a link to a manifest that may be changed without review",
        make: Tree(|court| {
            std::fs::rename(court.path("manifest.json"), court.path("other.json")).unwrap();
            std::os::unix::fs::symlink("other.json", court.path("manifest.json")).unwrap();
        }),
        check: Red(1, "manifest.json"),
        after: Refused(1, "manifest.json"),
    },
    Proposal {
        name: "the settings are a link out of the repository",
        make: Tree(|court| {
            std::fs::remove_file(court.path(".gitdata")).unwrap();
            std::os::unix::fs::symlink("../elsewhere/settings", court.path(".gitdata")).unwrap();
            court.lab.write("elsewhere/settings", "[data]\n\tproduction = file:../elsewhere\n");
        }),
        check: Red(1, ".gitdata"),
        after: Refused(1, ".gitdata"),
    },
];

const PROPOSALS: &[Proposal] = &[
    Proposal {
        name: "there is no manifest any more",
        make: Tree(|court| std::fs::remove_file(court.path("manifest.json")).unwrap()),
        check: Red(1, "a dataset never disappears"),
        after: Refused(1, "has no manifest.json"),
    },
    Proposal {
        name: "the manifest is a folder",
        make: Tree(|court| {
            std::fs::remove_file(court.path("manifest.json")).unwrap();
            court.write("manifest.json/manifest.json", "{}");
        }),
        check: Red(1, "a dataset never disappears"),
        after: Refused(1, "has no manifest.json"),
    },
    Proposal {
        name: "the manifest is another repository",
        make: Commits(|court| {
            let base = court.base().to_owned();
            replaced(court, "160000", &base);
        }),
        check: Red(1, "a dataset never disappears"),
        after: Refused(1, "has no manifest.json"),
    },
    Proposal {
        name: "the manifest is a program: harmless",
        make: Commits(|court| {
            court.offer("prices.csv", "v3", NEW, json!({"base": "v2"}));
            court.git("add manifest.json");
            court.git("update-index --chmod=+x manifest.json");
            court.git("commit --quiet -m proposal");
        }),
        check: Green,
        after: Live("prices.csv v3", NEW),
    },
    Proposal {
        name: "a second manifest that differs by case",
        make: Commits(|court| {
            let blob = court.git("rev-parse HEAD:manifest.json");
            court.git(&format!("update-index --add --cacheinfo 100644,{},MANIFEST.json", blob.trim()));
            court.git("commit --quiet -m proposal");
            court.git("reset --quiet --hard");
        }),
        check: Green,
        after: Nothing,
    },
    Proposal {
        name: "a merge that brings its own change, with parents that are innocent",
        make: Commits(|court| {
            court.git("commit --quiet --allow-empty -m innocent");
            court.git("branch --force side HEAD");
            court.git(&format!("reset --quiet --hard {}", court.base()));
            court.git("commit --quiet --allow-empty -m 'innocent too'");
            court.git("merge --quiet --no-commit --no-ff side");
            court.edit(|m| entry(m, "prices.csv", "v1")["sha256"] = digest(b"other").into());
            court.git("commit --quiet --all -m 'Merge side'");
        }),
        check: Red(1, "prices.csv v1: sha256"),
        after: Refused(6, "has a receipt but no entry"),
    },
    Proposal {
        name: "a change that is taken back in between: the end counts",
        make: Commits(|court| {
            court.edit(|m| entry(m, "prices.csv", "v1")["sha256"] = digest(b"other").into());
            court.git("commit --quiet --all -m bad");
            court.git(&format!("checkout --quiet {} -- manifest.json", court.base()));
            court.git("commit --quiet --all -m good");
        }),
        check: Green,
        after: Nothing,
    },
    Proposal {
        name: "a history of its own, which has nothing in common",
        make: Commits(|court| {
            court.edit(|m| entry(m, "prices.csv", "v1")["sha256"] = digest(b"other").into());
            court.git("add --all");
            let tree = court.git("write-tree");
            let commit = court.git(&format!("commit-tree -m orphan {}", tree.trim()));
            court.git(&format!("reset --quiet --hard {}", commit.trim()));
        }),
        check: Red(1, "prices.csv v1"),
        after: Refused(6, "has a receipt but no entry"),
    },
    Proposal {
        name: "from before the past: a number that was free then",
        make: Commits(|court| {
            let root = court.git("rev-list --max-parents=0 HEAD");
            court.git(&format!("reset --quiet --hard {}", root.trim()));
            court.offer("prices.csv", "v1", NEW, json!({}));
            court.git("add --all");
            court.git("commit --quiet -m proposal");
        }),
        check: Red(1, "prices.csv v1 was taken in between; this one becomes v3"),
        after: Refused(6, "has a receipt but no entry"),
    },
    Proposal {
        name: "the manifest is replaced in one clone only",
        make: Commits(|court| {
            let good = court.git("rev-parse HEAD");
            court.edit(|m| entry(m, "prices.csv", "v1")["sha256"] = digest(b"other").into());
            court.git("commit --quiet --all -m bad");
            court.git(&format!("replace HEAD {}", good.trim()));
            court.git("push --quiet --force origin refs/replace/*:refs/replace/*");
        }),
        check: Red(1, "prices.csv v1: sha256"),
        after: Refused(6, "has a receipt but no entry"),
    },
];

#[test]
fn git_hides_nothing() {
    Court::new().judge(PROPOSALS);
}

#[cfg(unix)]
#[test]
fn no_link_is_followed() {
    Court::new().judge(LINKED);
}
