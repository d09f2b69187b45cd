//! Disks that are full or read-only. They need a small file system of their own; where none can be mounted the
//! tests say so.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use git_data::disk::{atomic, place};
use git_data::error::Kind;
use git_data::flow::hash::Digest;
use git_data::flow::key::Key;
use git_data::store::{Read as _, When, Write as _};

use crate::conformance::{body, bytes, read};
use crate::directory::{bucket, keys};

struct Small(tempfile::TempDir);

impl Small {
    /// A file system of 4 MiB; `None` where we may not mount one.
    fn mount(test: &str) -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        if mount(&["-t", "tmpfs", "-o", "size=4m", "tmpfs"], dir.path()) {
            return Some(Small(dir));
        }
        eprintln!("SKIPPED {test}: no tmpfs can be mounted here");
        None
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

fn mount(args: &[&str], at: &Path) -> bool {
    let mut mount = Command::new("mount");
    mount.args(args).arg(at).stderr(Stdio::null());
    cfg!(target_os = "linux") && mount.status().is_ok_and(|status| status.success())
}

#[test]
fn a_full_disk_leaves_everything_as_it_was() {
    let Some(small) = Small::mount("a_full_disk_leaves_everything_as_it_was") else { return };
    let root = small.0.path();
    let file = root.join("manifest.json");
    atomic::write(&file, b"old").unwrap();
    let error = atomic::write(&file, &bytes(5 << 20, 1)).unwrap_err();
    assert!(error.message.contains("manifest.json"), "{error}");
    assert!(error.hints[0].starts_with("df -h "));
    assert_eq!(fs::read(&file).unwrap(), b"old");
    assert_eq!(fs::read_dir(root).unwrap().count(), 1, "the temporary file is gone");

    let from = tempfile::NamedTempFile::new().unwrap();
    fs::write(from.path(), bytes(5 << 20, 2)).unwrap();
    let digest = Digest::of(&bytes(5 << 20, 2));
    assert!(place::place(root, root, &file, from.path(), digest, true).is_err());
    assert_eq!(fs::read(&file).unwrap(), b"old");
    assert_eq!(fs::read_dir(root).unwrap().count(), 1);

    let store = bucket(&root.join("bucket"));
    store.put(&Key::new("a"), body(b"old"), When::Always).unwrap();
    let error = store.put(&Key::new("a"), body(&bytes(5 << 20, 3)), When::Always).unwrap_err();
    assert_eq!(error.kind, Kind::Store);
    assert!(error.message.starts_with("cannot write a in the bucket "), "{error}");
    assert_eq!(read(&store, &Key::new("a"), None, None).unwrap().unwrap(), b"old");
    assert_eq!(fs::read_dir(root.join("bucket/.store/tmp")).unwrap().count(), 0);

    let upload = store.begin(&Key::new("b")).unwrap();
    assert!(store.part(&upload, 1, body(&bytes(5 << 20, 4))).is_err());
    assert!(store.parts(&upload).unwrap().is_empty());
    store.abort(&upload).unwrap();
    store.put(&Key::new("c"), body(&bytes(2 << 20, 5)), When::Absent).unwrap();
    assert_eq!(keys(&store), ["a", "c"]);
}

#[test]
fn a_read_only_disk_can_be_read() {
    let Some(small) = Small::mount("a_read_only_disk_can_be_read") else { return };
    let root = small.0.path();
    let store = bucket(&root.join("bucket"));
    store.put(&Key::new("a"), body(b"old"), When::Always).unwrap();
    assert!(mount(&["-o", "remount,ro"], root));
    assert_eq!(read(&store, &Key::new("a"), None, None).unwrap().unwrap(), b"old");
    assert_eq!(keys(&store), ["a"]);
    for outcome in [
        store.put(&Key::new("b"), body(b"x"), When::Always).map(drop),
        store.begin(&Key::new("b")).map(drop),
        store.delete(&Key::new("a")),
    ] {
        assert_eq!(outcome.unwrap_err().kind, Kind::Store);
    }
    assert!(atomic::write(&root.join("x"), b"x").unwrap_err().message.contains("temporary file"));
    assert_eq!(store.head(&Key::new("a")).unwrap().unwrap().size, 3);
}
