//! Faults at random, by seeded dice: whatever happens on the way, nothing is lost, nothing is wrong, and it ends well.

use super::scene::{PREPARE, PREPARE_WIDE, PULL, PULL_WIDE, RUN, Scene};
use crate::s3::{Answer, Fault, Kind, Mode};

/// One request in ten fails, in one of these ways.
fn rains(scene: &Scene, seed: u64) {
    let server = scene.server();
    server.seed(seed);
    let kinds = [
        Kind::Error(Answer::internal_error()),
        Kind::Error(Answer::new(503, "ServiceUnavailable")),
        Kind::Reset,
        Kind::AnswerLost,
        Kind::ErrorAfter(Answer::internal_error()),
    ];
    for kind in kinds {
        server.fault(Fault::any(kind).chance(2));
    }
    server.fault(Fault::new("GetObject", Kind::CutBody(5)).chance(5));
    server.fault(
        Fault::new("CompleteMultipartUpload", Kind::ErrorIn200 { code: "InternalError", applied: false }).chance(5),
    );
}

/// Several versions are prepared, published and pulled in the rain; then once more in good weather.
fn mixed(scene: &Scene, seed: u64) -> u64 {
    rains(scene, seed);
    let mut failed = 0;
    for does in [PREPARE, PREPARE_WIDE, RUN, PULL, PULL_WIDE, RUN] {
        let ran = scene.does(does);
        assert!([0, 3, 4].contains(&ran.code), "seed {seed}: {ran}");
        failed += u64::from(ran.code != 0);
        scene.is_sound(&format!("seed {seed}"));
    }
    scene.server().mend();
    for does in [PREPARE, PREPARE_WIDE, RUN, PULL, PULL_WIDE] {
        scene.does(does).ok();
    }
    scene.is_sound(&format!("seed {seed}"));
    scene.reset(&[PREPARE, PULL, RUN]);
    failed
}

fn mixes(seeds: std::ops::Range<u64>) {
    let modes = [Mode::Aws, Mode::R2, Mode::Ceph, Mode::IgnoresConditions];
    let (count, mut failed) = (seeds.end - seeds.start, 0);
    for (at, mode) in modes.into_iter().enumerate() {
        let mine: Vec<u64> = seeds.clone().filter(|seed| *seed % 4 == at as u64).collect();
        if mine.is_empty() {
            continue;
        }
        let scene = Scene::new(mode);
        // As often as everybody's programs do.
        for person in ["anna", "bert", crate::lab::ROBOT] {
            scene.lab.unset(person, "GIT_DATA_TRIES");
        }
        failed += mine.into_iter().map(|seed| mixed(&scene, seed)).sum::<u64>();
    }
    crate::figure::figure(&format!(
        "faults mixes={count} commands={} lost=0 wrong=0 not-at-first={failed}",
        count * 11
    ));
}

#[test]
fn a_few_mixes() {
    mixes(0..3);
}

#[test]
#[ignore = "run by hand: cargo nextest run --run-ignored only -E 'test(thousands_of_mixes)' (hours)"]
fn thousands_of_mixes() {
    let count = std::env::var("PROPTEST_CASES").ok().and_then(|count| count.parse().ok()).unwrap_or(5_000);
    mixes(0..count);
}
