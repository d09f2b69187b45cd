//! Random directories, changed at random: what was published is what is pulled, byte for byte.

use std::fs;

use super::{look, on_each, release};
use crate::dice::Dice;
use crate::lab::Lab;

/// Makes, changes, moves and removes a few paths.
fn stir(lab: &Lab, dice: &mut Dice) {
    const NAMES: [&str; 7] = ["a", "b", "a-b", "a.b", "ü", "x y", "z"];
    for _ in 0..12 {
        let depth = 1 + dice.below(3);
        let path = (0..depth).map(|_| *dice.pick(&NAMES)).collect::<Vec<_>>().join("/");
        let at = lab.path("anna/maps").join(&path);
        match dice.below(6) {
            0 => drop(fs::remove_dir_all(&at).or_else(|_| fs::remove_file(&at))),
            1 => drop(fs::create_dir_all(&at)),
            2 => {
                let to = lab.path("anna/maps").join(dice.pick(&NAMES));
                let _ = fs::rename(&at, to);
            }
            3 => {
                let _ = fs::create_dir_all(at.parent().unwrap());
                let _ = std::os::unix::fs::symlink(dice.pick(&NAMES), &at);
            }
            _ => {
                let _ = fs::create_dir_all(at.parent().unwrap());
                let content =
                    format!("{} of {path}\n", dice.below(4)).repeat(usize::try_from(dice.below(200)).unwrap());
                // Never through a link: that would be a change elsewhere.
                if !at.is_symlink()
                    && at.parent().unwrap().canonicalize().is_ok_and(|real| real == at.parent().unwrap())
                {
                    let _ = fs::write(&at, content);
                }
            }
        }
    }
}

#[test]
fn what_was_published_is_what_is_pulled() {
    on_each(|lab| {
        let mut dice = Dice::of(5);
        lab.set("anna", "GIT_DATA_TAR_OVER", "3");
        lab.write("anna/maps/keep", "this one stays\n");
        let mut versions = Vec::new();
        for round in 0..3 {
            lab.write("anna/maps/keep", format!("round {round}\n"));
            stir(lab, &mut dice);
            release(lab, "anna");
            versions.push(look(lab, "anna/maps"));
            lab.update("bert");
            lab.run("bert", "git data pull maps").ok();
            assert_eq!(look(lab, "bert/maps"), versions[round], "round {round}");
        }
        // From any version to any other.
        for to in [0, 2, 1] {
            lab.run("bert", &format!("git data pull maps --version v{}", to + 1)).ok();
            assert_eq!(look(lab, "bert/maps"), versions[to], "v{}", to + 1);
        }
    });
}
