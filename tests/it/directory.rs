//! The directory store: conformance, two machines on one directory, leftovers, hostile neighbours.

use std::fs;
use std::path::{Path, PathBuf};

use git_data::error::Kind;
use git_data::flow::address::Address;
use git_data::flow::key::Key;
use git_data::store::directory::Directory;
use git_data::store::{CopySource, Outcome, Read, When, Write};

use crate::conformance::{self, ALL, body, bytes, read};

pub(crate) fn bucket(root: &Path) -> Directory {
    let address = Address::Directory { path: root.display().to_string() };
    Directory::create(address, root.to_owned()).unwrap()
}

pub(crate) fn keys(store: &dyn Read) -> Vec<String> {
    let mut keys = Vec::new();
    let mut each = |listed: git_data::store::Listed| {
        keys.push(listed.key.as_str().to_owned());
        Ok(())
    };
    store.list("", &mut each).unwrap();
    keys
}

#[test]
fn a_directory_conforms() {
    let dir = tempfile::tempdir().unwrap();
    conformance::run(&bucket(dir.path()), ALL, "conformance/");
}

#[test]
fn a_directory_without_links_conforms() {
    let dir = tempfile::tempdir().unwrap();
    conformance::run(&bucket(dir.path()).without_links(), ALL, "");
    let claims = fs::read_dir(dir.path().join(".store/claims")).unwrap().count();
    assert_eq!(claims, 0, "every claim is gone in the end");
}

#[test]
fn two_machines_create_each_key_once() {
    let dir = tempfile::tempdir().unwrap();
    for links in [true, false] {
        let open = || if links { bucket(dir.path()) } else { bucket(dir.path()).without_links() };
        let machines = [open(), open()];
        let wins: Vec<Vec<bool>> = std::thread::scope(|scope| {
            let run = |machine: usize| {
                let store = &machines[machine];
                let put = move |n: usize| {
                    let key = Key::new(format!("{links}/{n}"));
                    let mine = format!("{machine} {n}");
                    matches!(store.put(&key, body(mine.as_bytes()), When::Absent).unwrap(), Outcome::Stored(_))
                };
                scope.spawn(move || (0..60).map(put).collect())
            };
            let workers = [run(0), run(1)];
            workers.map(|worker| worker.join().unwrap()).into()
        });
        for (n, (zero, one)) in wins[0].iter().zip(&wins[1]).enumerate() {
            assert!(zero ^ one, "key {n}");
            let key = Key::new(format!("{links}/{n}"));
            let got = read(&machines[0], &key, None, None).unwrap().unwrap();
            assert_eq!(got, format!("{} {n}", usize::from(*one)).as_bytes());
        }
    }
}

#[test]
fn a_missing_root_is_not_an_empty_bucket() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("it's gone");
    let store = Directory::open(Address::Directory { path: "gone".into() }, root.clone());
    let key = Key::new("a");
    let errors = [
        store.head(&key).unwrap_err(),
        read(&store, &key, None, None).unwrap_err(),
        store.list("", &mut |_| Ok(())).unwrap_err(),
        store.put(&key, body(b"x"), When::Always).unwrap_err(),
        store.begin(&key).unwrap_err(),
        store.delete(&key).unwrap_err(),
        store.uploads("").unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.kind, Kind::Store);
        assert_eq!(error.message, "the bucket file:gone does not exist");
        assert_eq!(error.hints[0], format!("mkdir -p '{}'", root.display().to_string().replace('\'', r"'\''")));
    }
    assert!(!root.exists());
}

#[test]
fn bookkeeping_leftovers_and_links_are_no_objects() {
    let dir = tempfile::tempdir().unwrap();
    let store = bucket(dir.path());
    store.put(&Key::new("a/b"), body(b"x"), When::Always).unwrap();
    let upload = store.begin(&Key::new("c")).unwrap();
    store.part(&upload, 1, body(b"half")).unwrap();
    fs::write(dir.path().join(".store/tmp/.put.left.tmp"), "half").unwrap();
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("/etc/passwd", dir.path().join("link")).unwrap();
        std::os::unix::fs::symlink("/etc", dir.path().join("linked")).unwrap();
        assert_eq!(store.head(&Key::new("link")).unwrap(), None);
    }
    assert_eq!(keys(&store), ["a/b"]);
    assert!(store.head(&Key::new(".store/tmp/.put.left.tmp")).is_err());
    assert!(
        store.put(&Key::new("a"), body(b"x"), When::Always).unwrap_err().message.contains("a directory cannot hold")
    );
    assert!(store.put(&Key::new("a/b/c"), body(b"x"), When::Always).is_err());
}

#[test]
fn a_part_that_the_power_took_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let upload = bucket(dir.path()).begin(&Key::new("a")).unwrap();
    let all = bytes((8 << 20) + 5, 20);
    let send = |store: &Directory| -> Vec<_> {
        all.chunks(8 << 20).zip(1..).map(|(part, n)| store.part(&upload, n, body(part)).unwrap()).collect()
    };
    send(&bucket(dir.path()));
    // The record lived, the bytes did not.
    let data = dir.path().join(".store/uploads").join(&upload.id).join("data-8388608");
    fs::write(&data, vec![0; 8 << 20]).unwrap();
    let after = bucket(dir.path());
    let parts = after.parts(&upload).unwrap();
    let error = after.complete(&upload, &parts, all.len() as u64, When::Always).unwrap_err();
    assert!(error.message.contains("part 1 of a was lost"), "{error}");
    assert_eq!(after.parts(&upload).unwrap().len(), 1, "it has to be sent again");
    let parts = send(&after);
    bucket(dir.path()).complete(&upload, &parts, all.len() as u64, When::Always).unwrap();
    assert!(read(&after, &Key::new("a"), None, None).unwrap().unwrap() == all);
}

#[test]
fn an_object_is_copied_from_one_directory_to_another() {
    let dir = tempfile::tempdir().unwrap();
    let (staging, production) = (bucket(&dir.path().join("a b")), bucket(&dir.path().join("p")));
    let (from, to) = (Key::new("ü x"), Key::new("energy/v1"));
    let all = bytes(100_000, 21);
    staging.put(&from, body(&all), When::Always).unwrap();
    let pin = staging.head(&from).unwrap().unwrap().pin;
    let source = CopySource { bucket: &staging, key: &from, pin: &pin, range: None };
    assert!(matches!(production.copy(&to, &source, When::Absent).unwrap(), Outcome::Stored(_)));
    assert_eq!(production.copy(&to, &source, When::Absent).unwrap(), Outcome::Refused);
    assert_eq!(read(&production, &to, None, None).unwrap().unwrap(), all);
    let half = CopySource { range: Some((50_000, 50_000)), ..source };
    production.copy(&Key::new("half"), &half, When::Absent).unwrap();
    assert_eq!(read(&production, &Key::new("half"), None, None).unwrap().unwrap(), all[50_000..]);
    staging.put(&from, body(b"swapped"), When::Always).unwrap();
    let error = production.copy(&Key::new("b"), &half, When::Absent).unwrap_err();
    assert_eq!(error.kind, Kind::Conflict);
    assert_eq!(keys(&production), ["energy/v1", "half"]);
}

/// Not a test of its own: what [`killed_in_the_middle_leaves_only_whole_objects`] starts and kills.
#[test]
#[ignore = "run by another test"]
fn child() {
    let Some(root) = std::env::var_os("GIT_DATA_TEST_ROOT") else { return };
    let store = bucket(&PathBuf::from(root));
    for n in 0_u64.. {
        let all = bytes((8 << 20) + n as usize, n);
        store.put(&Key::new(format!("put/{n}")), body(&all), When::Absent).unwrap();
        let upload = store.begin(&Key::new(format!("parts/{n}"))).unwrap();
        let parts: Vec<_> =
            all.chunks(8 << 20).zip(1..).map(|(part, n)| store.part(&upload, n, body(part)).unwrap()).collect();
        store.complete(&upload, &parts, all.len() as u64, When::Absent).unwrap();
    }
}

#[test]
fn killed_in_the_middle_leaves_only_whole_objects() {
    let dir = tempfile::tempdir().unwrap();
    for round in 0..4 {
        let root = dir.path().join(round.to_string());
        let store = bucket(&root);
        let mut child = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "directory::child", "--ignored"])
            .env("GIT_DATA_TEST_ROOT", &root)
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        while keys(&store).len() < 1 + round {
            assert!(child.try_wait().unwrap().is_none(), "the child ended by itself");
        }
        child.kill().unwrap();
        child.wait().unwrap();
        for key in keys(&store) {
            let n: u64 = key.rsplit('/').next().unwrap().parse().unwrap();
            let got = read(&store, &Key::new(&key), None, None).unwrap().unwrap();
            assert!(got == bytes((8 << 20) + n as usize, n), "{key}");
        }
        for upload in store.uploads("").unwrap() {
            store.abort(&upload).unwrap();
        }
        let left = fs::read_dir(root.join(".store/uploads")).map_or(0, Iterator::count);
        assert!(left <= 1, "at most one that had no name yet");
    }
}
