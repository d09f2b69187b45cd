//! Repositories of every shape: bare, linked, nested, cut off, stored otherwise, owned by others.

use std::process::Command;

use git_data::git::Init;

use super::*;

#[test]
fn a_bare_repository_has_no_root() {
    let lab = Lab::new();
    let (hub, ..) = lab.hub();
    let repo = open(&hub);
    let error = repo.root().unwrap_err();
    assert_eq!(error.message, format!("{} is a bare repository", lab.path("hub").display()));
    assert_eq!(error.hints.len(), 1);
    assert_eq!(repo.show("main", "manifest.json").unwrap().unwrap(), b"{}\n");
    assert_eq!(repo.data_dir(), lab.path("hub/data"));
}

#[test]
fn a_linked_worktree_shares_its_data() {
    let lab = Lab::new();
    let git = lab.repo("a");
    git.run("worktree").args(["add", "--quiet", "-b", "side", "../b"]).ok().unwrap();
    let git = git.in_dir(lab.path("b"));
    let side = commit(&git, "x", "1");
    let repo = open(&git);
    assert_eq!(repo.root().unwrap(), lab.path("b"));
    assert_eq!(repo.data_dir(), lab.path("a/.git/data"));
    assert_eq!(repo.worktree_git_dir().unwrap(), lab.path("a/.git/worktrees/b"));
    assert_eq!((repo.head_branch().unwrap().as_deref(), repo.head_commit().unwrap()), (Some("side"), Some(side)));
    assert!(repo.is_tracked("x").unwrap() && !open(&lab.git("a")).is_tracked("x").unwrap());
}

#[test]
fn a_submodule_is_a_repository_of_its_own() {
    let lab = Lab::new();
    lab.repo("inner");
    let git = lab.repo("outer");
    let from = url(&lab.path("inner"));
    let allow = git.clone().env("GIT_CONFIG_COUNT", "1").env("GIT_CONFIG_KEY_0", "protocol.file.allow");
    let allow = allow.env("GIT_CONFIG_VALUE_0", "always");
    allow.run("submodule").args(["--quiet", "add", &from, "sub"]).ok().unwrap();
    let sub = git.in_dir(lab.path("outer/sub"));
    let repo = open(&sub);
    assert_eq!(repo.root().unwrap(), lab.path("outer/sub"));
    assert_eq!(repo.data_dir(), lab.path("outer/.git/modules/sub/data"));
    let made = repo.git().commit("in the submodule", &[]).unwrap_err();
    assert_eq!(made.message, "there is nothing to commit");
    let id = commit(repo.git(), "x", "1");
    assert_eq!(repo.head_commit().unwrap(), Some(id));
    assert_eq!(open(&git).show("HEAD", "sub").unwrap(), None, "a submodule is no file");
}

#[test]
fn a_sha256_repository_works_throughout() {
    let lab = Lab::new();
    let git = lab.empty("a", Init { object_format: Some("sha256".into()), ..Init::default() });
    let id = commit(&git, "dir/manifest.json", "1");
    let repo = open(&git);
    assert_eq!((repo.object_hash(), id.to_string().len()), (gix::hash::Kind::Sha256, 64));
    assert_eq!(repo.show("HEAD", "dir/manifest.json").unwrap().unwrap(), b"1");
    assert_eq!(repo.history("dir/manifest.json", id, false).unwrap().count(), 1);
    let author = git_data::git::Author { name: "P".into(), email: "p@x".into() };
    let next = git.commit_file_on(id, "dir/manifest.json", b"2", "m", &author).unwrap();
    assert_eq!(repo.show_at(next, "dir/manifest.json").unwrap().unwrap(), b"2");
}

#[test]
fn a_shallow_clone_knows_that_it_is_cut_off() {
    let lab = Lab::new();
    let git = lab.repo("a");
    commit(&git, "manifest.json", "2");
    commit(&git, "other", "x");
    let cut = git.clone_into(&url(&lab.path("a")), &lab.path("cut"), &["--depth=2"]).unwrap();
    let repo = open(&cut);
    let tip = repo.head_commit().unwrap().unwrap();
    assert!(repo.is_shallow().unwrap());
    for first_parent in [true, false] {
        let changes: Vec<_> = repo.history("manifest.json", tip, first_parent).unwrap().map(Result::unwrap).collect();
        assert_eq!(changes.len(), 1, "the edge is where it appears");
    }
    assert_eq!(repo.show("HEAD~5", "x").unwrap_err().message, "there is no revision HEAD~5");
}

#[test]
fn a_partial_clone_fetches_what_is_asked_for() {
    let lab = Lab::new();
    let git = lab.repo("a");
    commit(&git, "dir/manifest.json", "old");
    let tip = commit(&git, "dir/manifest.json", "new");
    git.run("config").args(["uploadpack.allowFilter", "true"]).ok().unwrap();
    git.run("config").args(["uploadpack.allowAnySHA1InWant", "true"]).ok().unwrap();
    for (n, filter) in ["--filter=blob:none", "--filter=tree:0"].iter().enumerate() {
        let options = [*filter, "--no-checkout"];
        let part = git.clone_into(&url(&lab.path("a")), &lab.path(&format!("part{n}")), &options).unwrap();
        let repo = open(&part);
        assert_eq!(repo.history("dir/manifest.json", tip, true).unwrap().count(), 2);
        assert_eq!(repo.show("HEAD~1", "dir/manifest.json").unwrap().unwrap(), b"old");
        part.run("remote").args(["set-url", "origin", "file:///no/such/place"]).ok().unwrap();
        let error = repo.show("HEAD", "dir/manifest.json").unwrap_err();
        assert!(error.message.ends_with("is not in this clone"), "{error}");
    }
}

#[test]
fn a_reftable_repository_is_read_through_git() {
    let lab = Lab::new();
    std::fs::create_dir(lab.path("a")).unwrap();
    let git = lab.git("a");
    let how = Init { ref_format: Some("reftable".into()), branch: Some("main".into()), ..Init::default() };
    if git.init(&how).is_err() {
        eprintln!("skipped: this git has no reftable");
        return;
    }
    assert!(open(&git).unborn().unwrap());
    assert_eq!(open(&git).head_branch().unwrap().as_deref(), Some("main"));
    let first = commit(&git, "manifest.json", "1");
    git.run("tag").args(["-a", "-m", "x", "t"]).ok().unwrap();
    git.create_branch("side", None).unwrap();
    let side = commit(&git, "manifest.json", "2");
    let repo = open(&git);
    assert_eq!((repo.head_branch().unwrap().as_deref(), repo.head_commit().unwrap()), (Some("side"), Some(side)));
    let want = [("refs/heads/main", first), ("refs/heads/side", side), ("refs/tags/t", first)];
    assert_eq!(repo.refs("").unwrap(), want.map(|(name, id)| (name.to_owned(), id)));
    assert_eq!(repo.reference("refs/tags/t").unwrap(), Some(first));
    assert_eq!((repo.resolve("none").unwrap(), repo.reference("refs/none").unwrap()), (None, None));
    assert_eq!(repo.show("main", "manifest.json").unwrap().unwrap(), b"1");
    assert_eq!(repo.merge_base(first, side).unwrap(), Some(first));
    assert_eq!(repo.history("manifest.json", side, true).unwrap().count(), 2);
    assert_eq!((repo.default_branch("origin").unwrap(), repo.default_tip("origin").unwrap()), (None, Some(first)));
}

#[test]
#[cfg(unix)]
fn a_repository_of_another_owner_is_read_only_when_git_trusts_it() {
    let lab = Lab::new();
    let git = lab.repo("a");
    git.run("config").args(["data.x", "1"]).ok().unwrap();
    let chown = Command::new("chown").arg("-R").arg("12345").arg(git.dir()).output().unwrap();
    if !chown.status.success() {
        eprintln!("skipped: only root can give a directory away");
        return;
    }
    let error = Repo::discover_as(&git).map(|_| ()).unwrap_err();
    assert!(error.message.ends_with("belongs to another user, and git does not trust it"), "{error}");
    let hint = format!("git config --global --add safe.directory {}", lab.path("a").display());
    assert_eq!(error.hints.join("\n"), hint);
    // The hint, pasted, helps.
    let words: Vec<&str> = hint.split(' ').skip(2).collect();
    git.in_dir(lab.path("home")).run("config").args(words).ok().unwrap();
    let repo = open(&git);
    assert_eq!(repo.root().unwrap(), lab.path("a"));
    assert_eq!(repo.show("HEAD", "manifest.json").unwrap().unwrap(), b"{}\n");
    assert!(repo.config().unwrap().iter().any(|setting| setting.key == "data.x"), "its settings count");
}

/// Runs [`child`] below in a process of its own, because the library reads the variables of this one.
fn in_child(dir: &std::path::Path, env: &[(&str, &std::ffi::OsStr)]) -> String {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["git_room::shapes::child", "--exact", "--ignored", "--nocapture"]).current_dir(dir);
    let out = child.envs(env.iter().copied()).output().unwrap();
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    let found = text.split("<<").nth(1).and_then(|rest| rest.split(">>").next());
    found.unwrap_or_else(|| panic!("{text}\n{}", String::from_utf8_lossy(&out.stderr))).to_owned()
}

#[test]
#[ignore = "run by the tests below"]
fn child() {
    let repo = Repo::discover(".").unwrap();
    let inside = repo.git().run("rev-parse").arg("--show-toplevel").text().unwrap_or_default();
    let setting = repo.config().unwrap().into_iter().rfind(|s| s.key == "data.x").map(|s| s.value);
    let index = repo.is_tracked("staged").unwrap();
    println!("<<{}|{inside}|{}|{index}>>", repo.root().unwrap().display(), setting.unwrap_or_default());
}

#[test]
fn the_variables_of_git_are_obeyed() {
    let lab = Lab::new();
    let git = lab.repo("a");
    std::fs::create_dir_all(lab.path("elsewhere/deep")).unwrap();
    let (dir, tree) = (lab.path("a/.git"), lab.path("elsewhere"));
    let shown = |path: &std::path::Path| path.display().to_string();
    let at = shown(&tree);
    let both = [("GIT_DIR", dir.as_os_str()), ("GIT_WORK_TREE", tree.as_os_str())];
    assert_eq!(in_child(&tree.join("deep"), &both), format!("{at}|{at}||false"));
    assert_eq!(in_child(&tree, &both[..1]), format!("{at}|{at}||false"), "GIT_DIR alone: here is the root");
    let relative = [("GIT_DIR", std::ffi::OsStr::new(".git"))];
    let at = shown(&lab.path("a"));
    assert_eq!(in_child(git.dir(), &relative), format!("{at}|{at}||false"), "as in a hook");
    let params = [("GIT_CONFIG_PARAMETERS", std::ffi::OsStr::new("'data.x'='y z'"))];
    assert_eq!(in_child(git.dir(), &params), format!("{at}|{at}|y z|false"), "git -c data.x=…");
    write(&git, "staged", "x");
    let index = lab.path("other-index");
    git.clone().env("GIT_INDEX_FILE", &index).add(&["staged"]).unwrap();
    let other = [("GIT_INDEX_FILE", index.as_os_str())];
    assert_eq!(in_child(git.dir(), &other), format!("{at}|{at}||true"), "as in a partial commit");
}
