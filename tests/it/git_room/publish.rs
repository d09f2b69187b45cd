//! The publisher's commits: made without a work tree, pushed only onto exactly what was read.

use git_data::git::{Author, FileChange, Pushed};

use super::*;

fn author() -> Author {
    Author { name: "git-data".into(), email: "git-data@example.org".into() }
}

#[test]
fn a_commit_is_made_beside_the_work_tree() {
    let lab = Lab::new();
    let git = lab.repo("a");
    write(&git, "run.sh", "x");
    git.add(&["run.sh"]).unwrap();
    git.run("update-index").args(["--chmod=+x", "run.sh"]).ok().unwrap();
    let tip = git.commit("m", &[]).unwrap();
    write(&git, "manifest.json", "dirty");
    write(&git, "staged", "s");
    git.add(&["staged"]).unwrap();
    let before = text(&git, "status", &["--porcelain"]);
    let bytes = b"a\r\n\0\xff";
    let id = git.commit_file_on(tip, "diffs/ü x/1.md", bytes, "publish\n\nbody\n", &author()).unwrap();
    let repo = open(&git);
    assert_eq!(repo.show_at(id, "diffs/ü x/1.md").unwrap().unwrap(), bytes);
    assert_eq!(repo.show_at(id, "manifest.json").unwrap().unwrap(), b"{}\n");
    assert_eq!(
        text(&git, "show", &["-s", "--format=%an %ce %P|%B", &id.to_string()]),
        format!("git-data git-data@example.org {tip}|publish\n\nbody")
    );
    assert_eq!(text(&git, "status", &["--porcelain"]), before);
    assert_eq!(repo.head_commit().unwrap(), Some(tip));
    let change = [
        FileChange { path: "run.sh", bytes: Some(b"y") },
        FileChange { path: "manifest.json", bytes: None },
        FileChange { path: "never-there", bytes: None },
    ];
    let next = git.commit_files_on(id, &change, "m", &author()).unwrap();
    let listed = text(&git, "ls-tree", &["-r", &next.to_string()]);
    assert!(listed.starts_with("100644") && listed.contains("100755 blob") && !listed.contains("manifest"), "{listed}");
    assert_eq!(git.commit_file_on(next, "run.sh", b"y", "nothing", &author()).unwrap(), next);
    for bad in ["../x", ".git/hooks/x", "sub/.GIT/x", "a/../b", "/abs", "a//b", ""] {
        assert!(git.commit_file_on(tip, bad, b"", "m", &author()).is_err(), "{bad}");
    }
}

#[test]
fn only_what_was_read_is_advanced() {
    let lab = Lab::new();
    let (hub, a, b) = lab.hub();
    let base = open(&a).head_commit().unwrap().unwrap();
    let make =
        |git: &Git, on: Id, bytes: &[u8]| git.commit_file_on(on, "manifest.json", bytes, "m", &author()).unwrap();
    let (first, second) = (make(&a, base, b"1"), make(&b, base, b"2"));
    assert_eq!(a.push_commit("origin", first, "main", Some(base)).unwrap(), Pushed::Ok);
    let late = b.push_commit("origin", second, "main", Some(base)).unwrap();
    assert!(matches!(late, Pushed::Rejected { .. }), "{late:?}");
    b.fetch("origin", &[]).unwrap();
    assert_eq!(open(&b).default_tip("origin").unwrap(), Some(first));
    let third = make(&b, first, b"3");
    assert_eq!(b.push_commit("origin", third, "main", Some(first)).unwrap(), Pushed::Ok);
    // A remote that was wound back does not get the removed commits again.
    hub.run("update-ref").args(["refs/heads/main", &base.to_string()]).ok().unwrap();
    let fourth = make(&b, third, b"4");
    let wound = b.push_commit("origin", fourth, "main", Some(third)).unwrap();
    assert!(matches!(wound, Pushed::Rejected { .. }), "{wound:?}");
    // Never anything but a fast-forward.
    assert!(b.push_commit("origin", second, "main", Some(first)).unwrap_err().message.contains("does not descend"));
    assert_eq!(b.push_commit("origin", third, "data/new", None).unwrap(), Pushed::Ok);
    let again = b.push_commit("origin", fourth, "data/new", None).unwrap();
    assert!(matches!(again, Pushed::Rejected { .. }), "a branch that should be new: {again:?}");
}

#[test]
#[cfg(unix)]
fn hooks_of_this_machine_stay_out_and_rules_of_the_remote_are_told() {
    let lab = Lab::new();
    let (hub, a, _) = lab.hub();
    let base = open(&a).head_commit().unwrap().unwrap();
    hook(&a, "pre-push", "exit 1");
    let first = a.commit_file_on(base, "m", b"1", "m", &author()).unwrap();
    assert_eq!(a.push_commit("origin", first, "main", Some(base)).unwrap(), Pushed::Ok);
    hook(&hub, "update", "echo 'GH013: Repository rule violations found for refs/heads/main.' >&2; exit 1");
    let second = a.commit_file_on(first, "m", b"2", "m", &author()).unwrap();
    let pushed = a.push_commit("origin", second, "main", Some(first)).unwrap();
    let rule = "GH013: Repository rule violations found for refs/heads/main.".to_owned();
    assert_eq!(pushed, Pushed::Forbidden { rule });
}
