//! What becomes of a hook's file when ours is installed, and when it goes again.

use super::{Hook, block};

/// What lies at a hook's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum There {
    /// Nothing.
    Nothing,
    /// A file. One that may not be run is passed over by git.
    File {
        /// Its content.
        bytes: Vec<u8>,
        /// Whether git runs it.
        runs: bool,
    },
    /// A link: what it leads to is not ours to write.
    Link,
    /// Something else.
    Other,
}

/// What is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// It is as it should be.
    Keep,
    /// A file of our own.
    Write(Vec<u8>),
    /// Our lines come into a script, or are brought up to date.
    Edit(Vec<u8>),
    /// What is there moves aside; ours takes its place, and calls it if git did.
    Aside(Vec<u8>),
    /// Our file goes, and nothing was there before.
    Remove,
    /// Our file goes, and what was moved aside comes back.
    Back,
    /// It is left to a person, and why.
    Refuse(&'static str),
}

/// The name that a hook has while ours is in its place.
#[must_use]
pub fn aside(hook: Hook) -> String {
    format!("{}.git-data-before", hook.name())
}

/// The line by which ours calls the one that was moved aside.
fn calls(hook: Hook) -> String {
    format!("exec \"${{0%/*}}/{}\" \"$@\"\n", aside(hook))
}

/// Brings a hook to its place. `before` is what has the name that what is there would get.
#[must_use]
pub fn install(hook: Hook, there: &There, before: &There) -> Step {
    let ours = hook.script();
    let taken = *before != There::Nothing;
    match there {
        // An install that was cut short moved it aside and wrote nothing.
        There::Nothing if matches!(before, There::File { runs: true, .. } | There::Link) => {
            Step::Write([ours, &calls(hook)].concat().into())
        }
        There::Nothing => Step::Write(ours.into()),
        There::Other => Step::Refuse("it is no file"),
        There::File { bytes, runs } if block::is_in(bytes) => match block::with(bytes, ours) {
            Ok(new) if new == *bytes && *runs => Step::Keep,
            Ok(new) => Step::Edit(new),
            Err(why) => Step::Refuse(why),
        },
        There::File { bytes, runs: true } if block::is_shell(bytes) => match block::with(bytes, ours) {
            Ok(new) => Step::Edit(new),
            Err(why) => Step::Refuse(why),
        },
        There::File { .. } | There::Link if taken => {
            Step::Refuse("it would be moved aside, and the name that it would get is taken")
        }
        There::File { runs: false, .. } => Step::Aside(ours.into()),
        There::File { .. } | There::Link => Step::Aside([ours, &calls(hook)].concat().into()),
    }
}

/// Takes it out again. `before` is what was moved aside.
#[must_use]
pub fn uninstall(hook: Hook, there: &There, before: &There) -> Step {
    let kept = *before != There::Nothing;
    let bytes = match there {
        There::File { bytes, .. } => bytes,
        There::Nothing if kept => return Step::Back,
        _ => return Step::Keep,
    };
    if !block::is_in(bytes) {
        return Step::Keep;
    }
    match block::without(bytes) {
        Err(why) => Step::Refuse(why),
        Ok(rest) if rest == block::HEAD.as_bytes() => {
            if kept {
                Step::Back
            } else {
                Step::Remove
            }
        }
        Ok(rest) if kept && rest == [block::HEAD, &calls(hook)].concat().as_bytes() => Step::Back,
        // Somebody wrote there: only our lines go. What was moved aside is still called.
        Ok(rest) => Step::Edit(rest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOOK: Hook = Hook::PrePush;
    const NONE: There = There::Nothing;

    fn file(bytes: &[u8], runs: bool) -> There {
        There::File { bytes: bytes.to_vec(), runs }
    }

    #[test]
    fn what_cannot_hold_our_lines_moves_aside_and_is_called_if_git_called_it() {
        for (there, called) in [
            (file(b"\x7fELF\0", true), true),
            (file(b"#!/usr/bin/python3\n", true), true),
            (file(b"echo no first line\n", true), true),
            (There::Link, true),
            (file(b"#!/bin/sh\nasleep\n", false), false),
        ] {
            let Step::Aside(ours) = install(HOOK, &there, &NONE) else { panic!("{there:?}") };
            let text = String::from_utf8(ours.clone()).unwrap();
            assert_eq!(text.ends_with("exec \"${0%/*}/pre-push.git-data-before\" \"$@\"\n"), called, "{text}");
            assert_eq!(uninstall(HOOK, &file(&ours, true), &there), Step::Back);
            assert!(matches!(install(HOOK, &there, &there), Step::Refuse(_)));
            // Cut short after it was moved.
            assert_eq!(install(HOOK, &NONE, &there), Step::Write(ours));
            assert_eq!(uninstall(HOOK, &NONE, &there), Step::Back);
        }
    }

    #[test]
    fn twice_is_once_and_out_again_is_as_before() {
        for before in ["#!/bin/sh\nexit 0\n", "#!/bin/sh", "#!/bin/bash\r\nx\r\n", "#!/bin/sh\n"] {
            let Step::Edit(new) = install(HOOK, &file(before.as_bytes(), true), &NONE) else { panic!("{before}") };
            assert_eq!(install(HOOK, &file(&new, true), &NONE), Step::Keep);
            assert_eq!(uninstall(HOOK, &file(&new, true), &NONE), Step::Edit(before.into()));
        }
        let Step::Write(new) = install(HOOK, &NONE, &NONE) else { panic!() };
        assert_eq!(install(HOOK, &file(&new, true), &NONE), Step::Keep);
        assert_eq!(uninstall(HOOK, &file(&new, true), &NONE), Step::Remove);
        assert_eq!(install(HOOK, &file(&new, false), &NONE), Step::Edit(new), "it was put to sleep: it runs again");
    }

    #[test]
    fn lines_of_a_person_around_ours_stay() {
        let Step::Write(new) = install(HOOK, &NONE, &NONE) else { panic!() };
        let edited = [&new[..], b"echo mine\n"].concat();
        let left = format!("{}echo mine\n", block::HEAD);
        assert_eq!(uninstall(HOOK, &file(&edited, true), &There::Link), Step::Edit(left.into()));
        assert_eq!(uninstall(HOOK, &file(b"#!/bin/sh\nnever ours\n", true), &There::Link), Step::Keep);
    }

    #[test]
    fn what_only_a_person_can_put_right_is_refused() {
        let unpaired = file(b"#!/bin/sh\n# >>> git data >>>\n", true);
        assert_eq!(install(HOOK, &unpaired, &NONE), Step::Refuse(block::UNPAIRED));
        assert_eq!(uninstall(HOOK, &unpaired, &NONE), Step::Refuse(block::UNPAIRED));
        assert!(matches!(install(HOOK, &There::Other, &NONE), Step::Refuse(_)));
    }
}
