//! What a pull may do with the file that is there.

use crate::flow::hash::Digest;

/// What lies where the dataset belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Present {
    /// Nothing.
    Nothing,
    /// A file of this content.
    Content(Digest),
}

/// What to do with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It is what is wanted.
    Keep,
    /// Put the wanted content there.
    Place,
    /// Put the wanted content there and keep the old file beside it.
    PlaceAndKeepOld,
    /// It holds changes that are in no version: refuse.
    Refuse,
}

/// Decides. A file that equals any known version can be had again, so it may go.
#[must_use]
pub fn step(present: Present, wanted: Digest, known: &dyn Fn(Digest) -> bool, force: bool) -> Step {
    match present {
        Present::Nothing => Step::Place,
        Present::Content(digest) if digest == wanted => Step::Keep,
        Present::Content(digest) if known(digest) => Step::Place,
        Present::Content(_) if force => Step::PlaceAndKeepOld,
        Present::Content(_) => Step::Refuse,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locally_changed_file_is_never_replaced_without_force() {
        let (wanted, old, mine) = (Digest::of(b"2"), Digest::of(b"1"), Digest::of(b"mine"));
        let known = |d: Digest| d == wanted || d == old;
        assert_eq!(step(Present::Nothing, wanted, &known, false), Step::Place);
        assert_eq!(step(Present::Content(wanted), wanted, &known, true), Step::Keep);
        assert_eq!(step(Present::Content(old), wanted, &known, false), Step::Place);
        assert_eq!(step(Present::Content(mine), wanted, &known, false), Step::Refuse);
        assert_eq!(step(Present::Content(mine), wanted, &known, true), Step::PlaceAndKeepOld);
    }
}
