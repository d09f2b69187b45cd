//! Objects of several parts: copied inside the provider, and proven before they are visible.

use git_data::flow::hash::Digest;

use crate::lab::{Lab, Production, Staging};

/// Two whole parts and a piece.
const SIZE: usize = (16 << 20) + 12_345;

on_every_backend!(a_large_object_is_copied_inside_the_provider,);

fn bytes(seed: u64) -> Vec<u8> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33).to_le_bytes()[0]
    };
    (0..SIZE).map(|_| next()).collect()
}

fn a_large_object_is_copied_inside_the_provider(lab: &Lab) {
    lab.furnish();
    let content = bytes(1);
    lab.write("anna/large.bin", &content);
    lab.run("anna", "git data prepare large.bin large.bin --push").ok().says("sent to staging");
    lab.publish().says("large.bin v1: copied and verified");
    // Nothing is left in the quarantine, and no upload is left open.
    assert!(
        !lab.keys(Production).iter().any(|key| key.starts_with(".git-data/incoming/")),
        "{:?}",
        lab.keys(Production)
    );
    assert_eq!(lab.uploads(Production), 0);
    lab.update("bert");
    lab.run("bert", "git data pull").ok();
    assert_eq!(Digest::of(&lab.read("bert/large.bin")), Digest::of(&content));
}

/// Whoever may write staging swaps the object while it is published, with an ETag that stays the same.
#[cfg(feature = "s3")]
mod swapped {
    use std::sync::Arc;

    use super::*;
    use crate::lab::Backend;
    use crate::s3::{Backdoor, Fault, Kind, Mode};

    #[test]
    fn before_any_part_copy_in_any_mode() {
        for mode in [Mode::Aws, Mode::R2, Mode::Ceph, Mode::IgnoresConditions] {
            for part in 1..=3 {
                swap_at("UploadPartCopy", &format!("partNumber={part}"), mode);
            }
        }
    }

    #[test]
    fn while_it_is_read_in_any_mode() {
        for mode in [Mode::Aws, Mode::R2, Mode::Ceph, Mode::IgnoresConditions] {
            swap_at("GetObject", "", mode);
        }
    }

    fn swap_at(op: &'static str, query: &str, mode: Mode) {
        let lab = Lab::new(Backend::Like(mode));
        lab.furnish();
        let (content, other) = (bytes(1), bytes(2));
        let digest = Digest::of(&content);
        lab.write("anna/large.bin", &content);
        lab.run("anna", "git data prepare large.bin large.bin --push").ok();
        lab.run("anna", "git switch --quiet main").ok();
        let server = lab.server().unwrap();
        let (inside, key) = (server.inside(), digest.hex());
        let swap = move |_: &_| inside.put_raw("staging", &key, other.clone(), Backdoor::SameETag);
        server.fault(Fault::new(op, Kind::Call(Arc::new(swap))).query(query));
        let ran = lab.publishes();
        let object = lab.object(Production, &format!("large.bin/v1-{digest}.bin"));
        // Never other bytes than those that were approved; and never a word that they are live when they are not.
        match &object {
            Some(found) => assert_eq!(Digest::of(found), digest, "{op} {query} in {mode:?}"),
            None => drop(ran.fails(5).says("large.bin v1")),
        }
        let receipts = lab.keys(Production).iter().filter(|key| key.starts_with(".git-data/published/")).count();
        assert_eq!(receipts, usize::from(object.is_some()), "{op} {query} in {mode:?}");
        assert!(!lab.keys(Production).iter().any(|key| key.starts_with(".git-data/incoming/")));
        assert_eq!(lab.uploads(Production), 0);
        assert!(lab.keys(Staging).contains(&digest.hex()));
    }
}
