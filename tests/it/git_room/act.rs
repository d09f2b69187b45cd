//! Commits, branches and pushes as a user makes them.

use git_data::error::Kind;
use git_data::git::Pushed;

use super::*;

#[test]
fn a_commit_takes_exactly_the_named_paths() {
    let lab = Lab::new();
    let git = lab.repo("a");
    let odd = ["with space.txt", "ünï.txt", "-dash", "*.txt", ":(top)x"];
    for path in odd {
        if cfg!(windows) && path.contains(['*', ':']) {
            continue;
        }
        write(&git, path, "1");
        write(&git, "bystander.txt", "1");
        git.add(&["bystander.txt"]).unwrap();
        let id = git.commit(&format!("add\n\n# {path}\n"), &[path]).unwrap();
        let files = text(&git, "show", &["--format=", "--name-only", "-z", &id.to_string()]);
        assert_eq!(files.trim_end_matches('\0'), path);
        assert!(text(&git, "show", &["-s", "--format=%B", &id.to_string()]).contains(&format!("# {path}")));
    }
    git.commit("the index", &[]).unwrap();
    assert!(open(&git).show("HEAD", "bystander.txt").unwrap().is_some());
    let error = git.commit("again", &["bystander.txt"]).unwrap_err();
    assert_eq!((error.kind, error.message.as_str()), (Kind::User, "there is nothing to commit"));
}

#[test]
fn without_an_identity_the_two_commands_are_told() {
    let lab = Lab::new();
    let git = lab.repo("a");
    git.run("config").args(["user.useConfigOnly", "true"]).ok().unwrap();
    let mut nobody = git.clone();
    for name in ["GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL", "EMAIL"] {
        nobody = nobody.env_remove(name);
    }
    write(&nobody, "x", "1");
    let error = nobody.commit("m", &["x"]).unwrap_err();
    assert_eq!(error.message, "git does not know who you are, and a commit needs an author");
    // The hints, pasted, help.
    for hint in &error.hints {
        let value = hint.split('"').nth(1).unwrap_or("you@example.org");
        let key = hint.split(' ').find(|word| word.starts_with("user.")).unwrap();
        nobody.run("config").args(["--global", key, value]).ok().unwrap();
    }
    nobody.commit("m", &["x"]).unwrap();
}

#[test]
fn a_branch_is_made_once_and_named_well() {
    let lab = Lab::new();
    let git = lab.repo("a");
    for name in ["data/ü-v1", "it's-a$branch;x", "a@b"] {
        git.create_branch(name, None).unwrap();
        assert_eq!(open(&git).head_branch().unwrap().as_deref(), Some(name));
        git.switch("main").unwrap();
        let error = git.create_branch(name, None).unwrap_err();
        assert_eq!((error.kind, error.hints), (Kind::Conflict, vec![format!("git switch {name}")]));
    }
    for bad in ["-f", "--orphan", "a b", "a..b", "x.lock", "", "HEAD", "a~1", "/a", "a\n"] {
        let error = git.create_branch(bad, None).unwrap_err();
        assert_eq!(error.message, format!("`{bad}` cannot be the name of a branch"));
        assert!(git.switch(bad).is_err() && git.push("origin", bad, false).is_err());
    }
    for bad in ["--upload-pack=x", "", "ext::sh -c x"] {
        assert_eq!(git.fetch(bad, &[]).unwrap_err().message, format!("`{bad}` cannot be a remote"));
    }
}

#[test]
fn local_changes_in_the_way_are_a_conflict() {
    let lab = Lab::new();
    let git = lab.repo("a");
    git.create_branch("side", None).unwrap();
    commit(&git, "manifest.json", "2");
    write(&git, "manifest.json", "mine");
    let error = git.switch("main").unwrap_err();
    assert_eq!((error.kind, error.message.as_str()), (Kind::Conflict, "your local changes are in the way"));
    std::fs::write(git.dir().join(".git/index.lock"), "").unwrap();
    let error = git.add(&["manifest.json"]).unwrap_err();
    assert_eq!((error.kind, error.message.as_str()), (Kind::Conflict, "another git is at work in this repository"));
}

#[test]
fn a_push_sets_the_upstream_and_loses_races_politely() {
    let lab = Lab::new();
    let (_hub, a, b) = lab.hub();
    a.create_branch("data/x-v1", None).unwrap();
    let mine = commit(&a, "x", "1");
    assert_eq!(a.push("origin", "data/x-v1", true).unwrap(), Pushed::Ok);
    assert_eq!(a.push("origin", "data/x-v1", false).unwrap(), Pushed::Ok, "again is no fault");
    assert_eq!(text(&a, "rev-parse", &["--abbrev-ref", "@{upstream}"]), "origin/data/x-v1");
    assert_eq!(a.remote_tip("origin", "data/x-v1").unwrap(), Some(mine));
    assert_eq!(a.remote_tip("origin", "x-v1").unwrap(), None);
    b.create_branch("data/x-v1", None).unwrap();
    commit(&b, "x", "other");
    let pushed = b.push("origin", "data/x-v1", false).unwrap();
    assert!(matches!(&pushed, Pushed::Rejected { .. }), "{pushed:?}");
    let error = pushed.done("data/x-v1").unwrap_err();
    assert_eq!((error.kind, error.message.as_str()), (Kind::Conflict, "data/x-v1 changed on the remote in between"));
    b.fetch("origin", &["refs/heads/data/x-v1:refs/remotes/origin/new"]).unwrap();
    assert_eq!(open(&b).reference("refs/remotes/origin/new").unwrap(), Some(mine));
}

#[test]
fn a_remote_that_is_away_is_one_line() {
    let lab = Lab::new();
    let git = lab.repo("a");
    git.run("remote").args(["add", "origin", "https://me:hunter2@127.0.0.1:1/x.git"]).ok().unwrap();
    let errors = [
        git.fetch("origin", &[]).unwrap_err(),
        git.push("origin", "main", true).map(|_| ()).unwrap_err(),
        git.remote_tip("origin", "main").map(|_| ()).unwrap_err(),
    ];
    for error in errors {
        assert_eq!((error.kind, error.message.as_str()), (Kind::Store, "the remote origin cannot be reached"));
        let causes = error.causes();
        assert!(causes.len() == 1 && causes[0].lines().count() == 1 && !causes[0].contains("hunter2"), "{causes:?}");
    }
    let gone = git.clone_into(&url(&lab.path("gone")), &lab.path("c"), &[]).map(|_| ()).unwrap_err();
    assert_eq!(gone.kind, Kind::Store);
    // A URL that starts a program is not obeyed, wherever it comes from.
    git.run("remote").args(["set-url", "origin", "ext::sh -c 'touch owned'"]).ok().unwrap();
    assert!(git.fetch("origin", &[]).unwrap_err().causes()[0].contains("not allowed"));
    assert!(!git.dir().join("owned").exists());
}

#[cfg(unix)]
mod unix {
    use git_data::git::{Request, Review, propose};

    use super::*;

    #[test]
    fn the_users_hooks_run_and_may_refuse() {
        let lab = Lab::new();
        let (hub, a, _) = lab.hub();
        hook(
            &a,
            "pre-commit",
            "echo inside=$GIT_DATA_INSIDE >> hooks-ran; test ! -f refuse || { echo no >&2; exit 1; }",
        );
        commit(&a, "x", "1");
        assert_eq!(std::fs::read_to_string(a.dir().join("hooks-ran")).unwrap(), "inside=1\n");
        std::fs::write(a.dir().join("refuse"), "").unwrap();
        write(&a, "x", "2");
        let error = a.commit("m", &["x"]).unwrap_err();
        assert_eq!((error.kind, error.causes()), (Kind::User, vec!["no".to_owned()]));
        hook(&a, "pre-push", "echo not today >&2; exit 1");
        let error = a.push("origin", "main", false).unwrap_err();
        assert!(error.causes()[0].contains("not today") && error.kind == Kind::User, "{error} {:?}", error.causes());
        drop(hub);
    }

    #[test]
    fn a_protected_branch_is_told_by_its_rule() {
        let lab = Lab::new();
        let (hub, a, _) = lab.hub();
        let script = "echo 'error: GH006: Protected branch update failed for refs/heads/main.' >&2; exit 1";
        hook(&hub, "pre-receive", script);
        commit(&a, "x", "1");
        let pushed = a.push("origin", "main", false).unwrap();
        let rule = "GH006: Protected branch update failed for refs/heads/main.".to_owned();
        assert_eq!(pushed, Pushed::Forbidden { rule: rule.clone() });
        let error = pushed.done("main").unwrap_err();
        assert_eq!((error.message.as_str(), error.causes()), ("the remote forbids to push to main", vec![rule]));
    }

    fn request(remote_url: &str) -> Request {
        Request {
            remote_url: remote_url.into(),
            head: "data/x-v1".into(),
            base: "main".into(),
            title: "--title; $(touch owned)".into(),
            body: "line\n`code`\n".into(),
        }
    }

    fn with_gh(lab: &Lab, git: &Git, script: &str) -> Git {
        use std::os::unix::fs::PermissionsExt;
        let bin = lab.path("bin");
        std::fs::create_dir_all(&bin).unwrap();
        std::fs::write(bin.join("gh"), format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(bin.join("gh"), std::fs::Permissions::from_mode(0o755)).unwrap();
        git.clone().env("PATH", format!("{}:/usr/bin:/bin", bin.display()))
    }

    #[test]
    fn gh_opens_the_pull_request_or_a_person_does() {
        let lab = Lab::new();
        let git = lab.repo("a");
        let github = "https://me:hunter2@github.com/o/r.git";
        let page = "https://github.com/o/r/compare/main...data/x-v1?expand=1".to_owned();
        let works = with_gh(&lab, &git, "printf '%s\\n' \"$@\" > said; cat > body; echo https://github.com/o/r/pull/7");
        let opened = propose(&works, &request(github)).unwrap();
        assert_eq!(opened, Review::Opened { url: "https://github.com/o/r/pull/7".into() });
        let said = std::fs::read_to_string(git.dir().join("said")).unwrap();
        let want = "pr\ncreate\n--repo\ngithub.com/o/r\n--head=data/x-v1\n--base=main\n--title=--title; $(touch owned)\n--body-file=-\n";
        assert_eq!(said, want);
        assert_eq!(std::fs::read_to_string(git.dir().join("body")).unwrap(), "line\n`code`\n");
        let script = "echo 'a pull request for branch \"data/x-v1\" into branch \"main\" already exists:' >&2; echo https://github.com/o/r/pull/6 >&2; exit 1";
        let exists = propose(&with_gh(&lab, &git, script), &request(github)).unwrap();
        assert_eq!(exists, Review::Exists { url: "https://github.com/o/r/pull/6".into() });
        let refused = propose(&with_gh(&lab, &git, "echo 'run gh auth login' >&2; exit 4"), &request(github)).unwrap();
        assert_eq!(refused, Review::ByHand { url: Some(page.clone()), why: "run gh auth login".into() });
        let none = git.clone().env("PATH", lab.path("home"));
        let why = "`gh` was not found on this machine".to_owned();
        assert_eq!(propose(&none, &request(github)).unwrap(), Review::ByHand { url: Some(page), why });
        let Review::ByHand { url, .. } = propose(&works, &request("/srv/r")).unwrap() else { panic!("opened") };
        assert_eq!(url, None);
    }
}
