//! Directories that no version can hold, and buckets that lie.

use super::{few, look, on_each, release};
use crate::lab::{Production, Staging};

#[test]
fn what_cannot_be_a_tree_is_named() {
    on_each(|lab| {
        std::fs::create_dir(lab.path("anna/none")).unwrap();
        lab.run("anna", "git data prepare none none").fails(1).explains().says("there is nothing in");
        few(lab, "anna");
        lab.write("anna/maps/CON.txt", "1");
        lab.write("anna/maps/A.txt", "1");
        lab.write("anna/maps/dot./x", "1");
        let said = lab.run("anna", "git data prepare maps maps --dry-run").ok();
        said.says("\"CON.txt\" cannot be on every system").says("\"A.txt\" and \"a.txt\" are one file on some systems");
        lab.run("anna", "git data prepare maps maps --portable").fails(1).explains().says("maps is not portable");
        assert_eq!(lab.keys(Staging), Vec::<String>::new());
        #[cfg(unix)]
        {
            lab.run("anna", "git data prepare maps maps --commit").ok();
            rustix::fs::mkfifoat(rustix::fs::CWD, lab.path("anna/maps/pipe"), rustix::fs::Mode::from_raw_mode(0o644))
                .unwrap();
            for command in ["prepare maps", "status", "pull maps --staged"] {
                lab.run("anna", &format!("git data {command}")).fails(1).explains().says("pipe is a FIFO, not a file");
            }
            lab.remove("anna/maps/pipe");
            use std::os::unix::ffi::OsStrExt as _;
            let odd = lab.path("anna/maps").join(std::ffi::OsStr::from_bytes(b"\xff"));
            if std::fs::write(odd, "1").is_ok() {
                lab.run("anna", "git data prepare maps").fails(1).explains().says("is not UTF-8");
            }
        }
    });
}

#[test]
fn a_bucket_that_lies_changes_nothing_here() {
    on_each(|lab| {
        few(lab, "anna");
        release(lab, "anna");
        lab.update("bert");
        for ending in [".tree", ".where", "a.txt"] {
            let key = lab.keys(Production).into_iter().find(|key| key.ends_with(ending)).unwrap();
            let good = lab.object(Production, &key).unwrap();
            for bad in [b"other\n".to_vec(), Vec::new(), good[..good.len() / 2].to_vec()] {
                lab.spoil(Production, &key, &bad);
                let ran = lab.run("bert", "git data pull maps");
                assert!(ran.code == 5 || ran.code == 4, "{ending}: {ran}");
                ran.explains();
                assert!(!lab.has("bert/maps/a.txt"), "{ending}");
            }
            lab.spoil(Production, &key, &good);
        }
        lab.run("bert", "git data pull maps").ok();
        assert_eq!(look(lab, "bert/maps"), look(lab, "anna/maps"));
    });
}

#[test]
fn long_paths_and_many_files_are_no_matter() {
    on_each(|lab| {
        let deep = format!("anna/maps/{}", "directory/".repeat(380));
        // The system has its own bound for a whole path, and says so.
        if std::fs::create_dir_all(lab.path(&deep)).is_ok()
            && std::fs::write(lab.path(&format!("{deep}x")), "1").is_ok()
        {
            let ran = lab.run("anna", "git data prepare maps maps --commit");
            assert!(ran.code == 0 || ran.code == 1, "{ran}");
        }
        for n in 0..3_000 {
            lab.write(&format!("anna/flat/{n}"), format!("{n}"));
        }
        lab.run("anna", "git data prepare flat flat").ok().says("3000 files");
    });
}
