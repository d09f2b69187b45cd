//! Random edits, as a property of the whole journey: whatever was changed, what is published and pulled is exactly that.

use super::*;

/// Changes content as people and programs do.
fn edit(content: &mut Vec<u8>, next: &mut dyn FnMut(usize) -> usize) {
    let at = next(content.len() + 1);
    let length = next(600_000);
    let end = (at + length).min(content.len());
    let seed = next(1 << 30) as u64;
    match next(8) {
        0 | 1 => content[at..end].copy_from_slice(&noise(seed, end - at)),
        2 => drop(content.splice(at..at, noise(seed, length))),
        3 => drop(content.drain(at..end)),
        4 => content.truncate(content.len() - length.min(content.len())),
        5 => content.extend(noise(seed, length)),
        6 => content.rotate_left(at),
        _ => {
            let piece = content[at..end].to_vec();
            content.splice(at..at, piece);
        }
    }
}

fn play(backend: Backend, seed: u64, rounds: u64) {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below.max(1) as u64) as usize
    };
    let lab = Lab::new(backend);
    lab.furnish();
    lab.update("bert");
    let mut content = noise(seed, (9 << 20) + next(12 << 20));
    let (mut deltas, mut built) = (0, 0);
    for version in 1..=rounds {
        let about = format!("{backend:?}, seed {seed}, v{version}");
        let said = merged(&lab, &content, "");
        deltas += u64::from(!said["rest_in"].is_null());
        lab.publish();
        holds(&lab, version, &content, &about);
        lab.update("bert");
        let pulled = lab.run("bert", "git data pull --json").ok().json();
        built += u64::from(pulled["datasets"][0]["fetched"].is_u64());
        assert!(lab.read("bert/base.db") == content, "{about}");
        for _ in 0..=next(3) {
            edit(&mut content, &mut next);
        }
        content.extend(noise(version + 77, 1));
    }
    assert!(deltas > 0 && built > 0, "{backend:?}, seed {seed}: {deltas} deltas, {built} built");
    crate::figure::figure(&format!(
        "random edits backend={backend:?} seed={seed} versions={rounds} deltas={deltas} built={built} wrong=0"
    ));
}

#[test]
fn random_edits_are_rebuilt_exactly_everywhere() {
    for (seed, backend) in backends().into_iter().enumerate() {
        play(backend, 11 + seed as u64, 4);
    }
}

#[test]
#[ignore = "run by hand: about ten minutes; docs/testing.md"]
fn many_random_edits() {
    for seed in 0..20 {
        for backend in backends() {
            play(backend, 1_000 + seed, 8);
        }
    }
}
