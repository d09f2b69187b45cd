//! What an ordinary repository says of itself.

use std::fs;

use git_data::git::Init;
use git_data::process::Run;

use super::*;

#[test]
fn a_plain_repository_from_a_directory_within() {
    let lab = Lab::new();
    let git = lab.repo("my repo ü");
    write(&git, "sub/dir/ö 1.txt", "x");
    let head = git.commit("second", &["sub/dir/ö 1.txt"]).unwrap();
    let repo = open(&git.in_dir(git.dir().join("sub/dir")));
    assert_eq!(repo.root().unwrap(), lab.path("my repo ü"));
    assert_eq!(repo.data_dir(), lab.path("my repo ü/.git/data"));
    assert_eq!(repo.worktree_git_dir().unwrap(), lab.path("my repo ü/.git"));
    assert_eq!(repo.head_branch().unwrap().as_deref(), Some("main"));
    assert_eq!(repo.head_commit().unwrap(), Some(head));
    assert!(!repo.unborn().unwrap() && !repo.is_shallow().unwrap());
    assert_eq!(repo.show("HEAD", "sub/dir/ö 1.txt").unwrap().unwrap(), b"x");
    assert_eq!(repo.show("main~1", "manifest.json").unwrap().unwrap(), b"{}\n");
    for absent in ["none", "sub", "sub/dir/ö 1.txt/x", "manifest.json/", "SUB/dir"] {
        let want = (absent == "manifest.json/").then(|| b"{}\n".to_vec());
        assert_eq!(repo.show("HEAD", absent).unwrap(), want, "{absent}");
    }
    for rev in ["nowhere", "-x", "", "--all", "HEAD~9"] {
        assert_eq!(repo.show(rev, "x").unwrap_err().message, format!("there is no revision {rev}"));
    }
}

#[test]
fn no_repository_at_all_is_said_so() {
    let lab = Lab::new();
    let error = Repo::discover_as(&lab.git("home")).map(|_| ()).unwrap_err();
    assert!(error.message.ends_with("is not in a git repository"), "{error}");
    assert_eq!(error.hints, ["git init"]);
}

#[test]
fn before_the_first_commit_and_off_all_branches() {
    let lab = Lab::new();
    let git = lab.empty("a", Init::default());
    let repo = open(&git);
    assert!(repo.unborn().unwrap());
    assert_eq!(repo.head_branch().unwrap().as_deref(), Some("main"));
    assert_eq!((repo.head_commit().unwrap(), repo.default_tip("origin").unwrap()), (None, None));
    assert!(repo.refs("").unwrap().is_empty() && !repo.is_tracked("x").unwrap());
    let first = commit(&git, "a", "1");
    commit(&git, "a", "2");
    git.run("checkout").args(["--quiet", "--detach", "HEAD~1"]).ok().unwrap();
    let repo = open(&git);
    assert_eq!((repo.head_branch().unwrap(), repo.head_commit().unwrap()), (None, Some(first)));
}

#[test]
fn names_and_where_they_lead() {
    let lab = Lab::new();
    let git = lab.repo("a");
    let first = git_data::git::Repo::head_commit(&open(&git)).unwrap().unwrap();
    git.run("tag").args(["-a", "-m", "x", "release/1"]).ok().unwrap();
    for odd in ["data/ü-v1", "it's", "a@b", "x%y"] {
        git.create_branch(odd, None).unwrap();
    }
    git.create_branch("side", Some(first)).unwrap();
    let side = commit(&git, "s", "1");
    git.switch("main").unwrap();
    let main = commit(&git, "m", "1");
    let unrelated = git.run("commit-tree").args(["-m", "x", "HEAD^{tree}"]).text().unwrap();
    git.run("tag").args(["alone", &unrelated]).ok().unwrap();
    for packed in [false, true] {
        if packed {
            git.run("pack-refs").arg("--all").ok().unwrap();
        }
        let repo = open(&git);
        assert_eq!(repo.reference("refs/tags/release/1").unwrap(), Some(first), "an annotated tag leads to its commit");
        let heads: Vec<String> = repo.refs("refs/heads/").unwrap().into_iter().map(|(name, _)| name).collect();
        let want = ["a@b", "data/ü-v1", "it's", "main", "side", "x%y"].map(|name| format!("refs/heads/{name}"));
        assert_eq!(heads, want);
        assert_eq!(repo.refs("refs/tags/re").unwrap(), [("refs/tags/release/1".to_owned(), first)]);
        assert_eq!(repo.merge_base(side, main).unwrap(), Some(first));
        assert_eq!(repo.merge_base(side, repo.resolve("alone").unwrap().unwrap()).unwrap(), None);
        assert_eq!(repo.reference("refs/heads/none").unwrap(), None);
        assert_eq!(repo.default_tip("origin").unwrap(), Some(main));
    }
}

#[test]
fn the_default_branch_is_what_the_remote_says() {
    let lab = Lab::new();
    let (hub, a, b) = lab.hub();
    let tip = open(&a).default_tip("origin").unwrap().unwrap();
    commit(&a, "local", "only");
    assert_eq!(open(&a).default_branch("origin").unwrap().as_deref(), Some("main"));
    assert_eq!(open(&a).default_tip("origin").unwrap(), Some(tip), "the remote's, not the local one");
    a.run("remote").args(["set-head", "origin", "--delete"]).ok().unwrap();
    assert_eq!(open(&a).default_branch("origin").unwrap().as_deref(), Some("main"));
    hub.run("branch").args(["-m", "main", "trunk"]).ok().unwrap();
    b.run("fetch").args(["--prune", "origin"]).ok().unwrap();
    b.run("remote").args(["set-head", "origin", "trunk"]).ok().unwrap();
    assert_eq!(open(&b).default_branch("origin").unwrap().as_deref(), Some("trunk"));
    assert_eq!(open(&b).default_branch("upstream").unwrap(), None);
    assert_eq!(open(&b).remote_url("origin").unwrap(), Some(url(&lab.path("hub"))));
    assert_eq!(open(&b).remote_url("upstream").unwrap(), None);
    b.run("branch").args(["--delete", "--remotes", "origin/trunk"]).ok().unwrap();
    assert!(open(&b).refs("refs/remotes/").unwrap().is_empty(), "origin/HEAD dangles and is passed over");
    assert!(open(&b).default_tip("origin").unwrap().is_none());
}

#[test]
fn tracked_and_ignored() {
    let lab = Lab::new();
    let git = lab.repo("a");
    write(&git, ".gitignore", "*.csv\n/data/\n!keep.csv\n");
    write(&git, "tracked.csv", "x");
    git.run("add").args(["-f", "tracked.csv"]).ok().unwrap();
    fs::write(git.dir().join(".git/info/exclude"), "secret\n").unwrap();
    let repo = open(&git);
    let cases = [
        ("a.csv", false, true),
        ("deep/er/a.csv", false, true),
        ("keep.csv", false, false),
        ("data/x/y", false, true),
        ("sub/data/x", false, false),
        ("tracked.csv", true, false),
        ("manifest.json", true, false),
        ("secret", false, true),
        ("other", false, false),
    ];
    for (path, tracked, ignored) in cases {
        assert_eq!((repo.is_tracked(path).unwrap(), repo.is_ignored(path).unwrap()), (tracked, ignored), "{path}");
        let git_says =
            Run::new("git").args(["check-ignore", "--quiet", "--", path]).cwd(git.dir()).output().unwrap().ok();
        assert_eq!(git_says, ignored, "git check-ignore {path}");
    }
}

#[test]
fn a_file_is_the_blob_of_the_index_only_while_that_is_sure() {
    let lab = Lab::new();
    let git = lab.repo("a");
    let path = git.dir().join("manifest.json");
    let written = |secs| {
        let time = std::time::SystemTime::now() - std::time::Duration::from_secs(secs);
        fs::File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
    };
    written(100);
    git.add(&["manifest.json"]).unwrap();
    let repo = open(&git);
    let blob = repo.blob_at("HEAD", "manifest.json").unwrap();
    assert!(blob.is_some());
    assert_eq!(repo.unchanged("manifest.json").unwrap(), blob);
    written(50);
    assert_eq!(repo.unchanged("manifest.json").unwrap(), None, "it was written since");
    git.add(&["manifest.json"]).unwrap();
    assert_eq!(open(&git).unchanged("manifest.json").unwrap(), blob);
    fs::remove_file(&path).unwrap();
    assert_eq!(repo.unchanged("manifest.json").unwrap(), None);
    assert_eq!(repo.unchanged("none").unwrap(), None);
    assert_eq!(repo.blob_at("HEAD", "none").unwrap(), None);
    // Written within the tick of the index's own time: git looks into such a file again, and so must we.
    write(&git, "manifest.json", "{}\n");
    git.add(&["manifest.json"]).unwrap();
    let index = fs::File::options().write(true).open(git.dir().join(".git/index")).unwrap();
    index.set_modified(fs::metadata(&path).unwrap().modified().unwrap()).unwrap();
    assert_eq!(open(&git).unchanged("manifest.json").unwrap(), None);
}

#[test]
fn settings_keep_their_order_and_scope() {
    let lab = Lab::new();
    let git = lab.repo("a");
    for (key, value) in [("data.Staging", "s3://b"), ("data.keepRefs", "x"), ("data.bucket.Eu.url", "file:x")] {
        git.run("config").args(["--add", key, value]).ok().unwrap();
    }
    git.run("config").args(["--add", "data.staging", "file:y"]).ok().unwrap();
    fs::write(git.dir().join("inc"), "[data]\n\tincluded\n").unwrap();
    git.run("config").args(["include.path", "../inc"]).ok().unwrap();
    let settings = open(&git).config().unwrap();
    let shown: Vec<String> = settings.iter().map(|s| format!("{:?} {}={}", s.scope, s.key, s.value)).collect();
    for line in ["Local data.keeprefs=x", "Local data.bucket.Eu.url=file:x", "Local data.included=true"] {
        assert!(shown.iter().any(|have| have == line), "{line} not in {shown:?}");
    }
    let staging = settings.iter().rfind(|s| s.key == "data.staging").unwrap();
    assert_eq!(staging.value, "file:y");
}

#[test]
fn history_is_the_commits_that_changed_the_file() {
    let lab = Lab::new();
    let git = lab.repo("a");
    let first = open(&git).head_commit().unwrap().unwrap();
    let second = commit(&git, "manifest.json", "2");
    commit(&git, "other", "x");
    git.create_branch("side", None).unwrap();
    let side = commit(&git, "manifest.json", "3");
    git.switch("main").unwrap();
    commit(&git, "other", "y");
    git.run("merge").args(["--quiet", "--no-ff", "-m", "merge side", "side"]).ok().unwrap();
    let merge = open(&git).head_commit().unwrap().unwrap();
    git.run("rm").args(["--quiet", "manifest.json"]).ok().unwrap();
    let gone = git.commit("gone\n\nbody", &[]).unwrap();
    let repo = open(&git);
    let walk = |first_parent: bool| -> Vec<Id> {
        let changes = repo.history("manifest.json", gone, first_parent).unwrap();
        changes.map(|change| change.unwrap().commit).collect()
    };
    assert_eq!(walk(true), [gone, merge, second, first]);
    let mut all = walk(false);
    let mut want = vec![gone, side, second, first];
    all.sort();
    want.sort();
    assert_eq!(all, want, "a merge that took one side changed nothing");
    let newest = repo.history("manifest.json", gone, true).unwrap().next().unwrap().unwrap();
    let shown = (newest.time, newest.author.as_str(), newest.subject.as_str(), newest.blob);
    assert_eq!(shown, (1_700_000_000, "Ada", "gone", None));
    assert_eq!(repo.history("never", gone, false).unwrap().count(), 0);
}

#[test]
fn ten_thousand_commits_are_walked_in_one_process() {
    let lab = Lab::new();
    let git = lab.empty("a", Init::default());
    let mut stream = String::new();
    for n in 0..10_000 {
        let path = if n % 100 == 0 { "deep/manifest.json" } else { "other" };
        stream += &format!(
            "commit refs/heads/main\ncommitter A <a@b> {} +0000\ndata 1\nm\nM 100644 inline {path}\ndata 5\n{n:05}\n",
            1_700_000_000 + n
        );
    }
    git.run("fast-import").arg("--quiet").stdin(stream).ok().unwrap();
    let repo = open(&git);
    let tip = repo.resolve("main").unwrap().unwrap();
    for first_parent in [true, false] {
        let changes: Vec<_> =
            repo.history("deep/manifest.json", tip, first_parent).unwrap().map(Result::unwrap).collect();
        assert_eq!(changes.len(), 100);
        assert_eq!(repo.blob(changes[0].blob.unwrap()).unwrap(), b"09900");
    }
}
