//! Whoever may write staging swaps the delta while it is published, with an ETag that stays the same.

use std::sync::Arc;

use super::*;
use crate::s3::{Backdoor, Fault, Kind, Mode};

#[test]
fn a_delta_that_is_swapped_never_makes_other_bytes_visible() {
    for mode in [Mode::Aws, Mode::R2, Mode::Ceph, Mode::IgnoresConditions] {
        let lab = Lab::new(Backend::Like(mode));
        lab.furnish();
        let first = noise(1, (16 << 20) + 9_999);
        merged(&lab, &first, "");
        lab.publish();
        let mut second = first.clone();
        second[9_000_000..9_000_100].copy_from_slice(&noise(2, 100));
        merged(&lab, &second, "");
        let key = staged_delta(&second, &first);
        let right = lab.object(Staging, &key).unwrap();
        let mut other = right.clone();
        // In the data: the recipe still fits.
        let last = other.len() - 1;
        other[last] ^= 1;
        let main = lab.run("origin.git", "git rev-parse refs/heads/main").ok().stdout;
        let mut struck = 0;
        for (op, query) in
            [("GetObject", ""), ("CreateMultipartUpload", ""), ("UploadPart", ""), ("UploadPartCopy", "partNumber=1")]
        {
            let about = format!("{op} in {mode:?}");
            let server = lab.server().unwrap();
            let before = server.snapshot();
            let (inside, key, other) = (server.inside(), key.clone(), other.clone());
            let swap = move |_: &_| inside.put_raw("staging", &key, other.clone(), Backdoor::SameETag);
            server.fault(Fault::new(op, Kind::Call(Arc::new(swap))).query(query));
            let ran = lab.publishes();
            server.mend();
            match lab.object(Production, &at(2, &second)) {
                Some(found) => assert!(found == second, "{about}\n{ran}"),
                None => struck += usize::from(ran.code != 0),
            }
            assert!(!lab.keys(Production).iter().any(|key| key.starts_with(".git-data/incoming/")), "{about}");
            assert_eq!(lab.uploads(Production), 0, "{about}");
            server.restore(&before);
            lab.run("origin.git", &format!("git update-ref refs/heads/main {}", main.trim())).ok();
        }
        assert!(struck > 0, "{mode:?}: no swap was met");
        lab.publish();
        holds(&lab, 2, &second, "undisturbed");
    }
}

/// What was hashed is what is sent, or nothing is: the file changes between the reading and the sending.
#[test]
fn a_file_that_changes_before_it_is_sent_is_refused() {
    let lab = Lab::new(Backend::S3);
    lab.furnish();
    let first = noise(1, 9 << 20);
    merged(&lab, &first, "");
    lab.publish();
    lab.update("anna");
    let second = [&first[..], &noise(2, 1_000)].concat();
    lab.write("anna/base.db", &second);
    let (path, other) = (lab.path("anna/base.db"), [&first[..], &noise(3, 1_000)].concat());
    let server = lab.server().unwrap();
    let change = move |_: &_| std::fs::write(&path, &other).unwrap();
    server.fault(Fault::new("HeadObject", Kind::Call(Arc::new(change))).key(&digest(&second)));
    lab.run("anna", "git data prepare base.db --pr").fails(1).says("FILE_CHANGED: ");
    assert_eq!(lab.keys(Staging), [digest(&first)]);
    server.mend();
    lab.run("anna", "git data prepare base.db --pr").ok().says("the rest is in v1");
}
