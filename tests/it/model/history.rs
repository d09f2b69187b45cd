//! The history of the default branch, judged by rules of its own: nothing disappears, and nothing comes back from the dead.

use std::sync::Arc;

use git_data::flow::manifest::transition::{Author, transitions};
use git_data::flow::manifest::types::{Entry, Manifest, State};

use super::numbers::Bits;
use super::play::Play;
use super::world::{Harm, Page};

/// What a step of the default branch came to.
#[derive(Debug, Default)]
pub struct Moved {
    /// What it may not do.
    pub harm: Option<Harm>,
    /// Entries that were given up.
    pub fell: Vec<u8>,
    /// Entries that are live again.
    pub rose: Vec<u8>,
}

impl Play {
    /// Compares two tips that follow each other.
    pub(super) fn moves(&self, old: Page, new: Page, by: Author, receipts: Bits) -> Arc<Moved> {
        self.moved.of((old, new, by == Author::Publisher, receipts), |_| {
            let (old, new) = (self.manifest(old), self.manifest(new));
            let mut moved = Moved { harm: broken(&old, &new).then_some(Harm::History), ..Moved::default() };
            let receipt = |name: &str, entry: &Entry| self.has_receipt(receipts, name, entry);
            // Nobody reviews what the publisher writes: it must be legal as it stands.
            if by == Author::Publisher && !transitions(&old, &new, &receipt, by).is_empty() {
                moved.harm = moved.harm.or(Some(Harm::Illegal));
            }
            for (name, entry) in new.entries() {
                let number = u8::try_from(self.entry(name, entry)).expect("a play has few entries");
                let before = old.entry(name, entry.version).is_some_and(is_live);
                if before && !is_live(entry) {
                    moved.fell.push(number);
                } else if !before && is_live(entry) {
                    moved.rose.push(number);
                }
            }
            Arc::new(moved)
        })
    }
}

fn is_live(entry: &Entry) -> bool {
    matches!(entry.state, State::Pending | State::Published)
}

/// Whether an entry is gone, has other bytes, went back, or took a number that was spent.
fn broken(old: &Manifest, new: &Manifest) -> bool {
    let lost = old.entries().any(|(name, was)| {
        new.entry(name, was.version).is_none_or(|is| is.sha256 != was.sha256 || !follows(&was.state, &is.state))
    });
    let reused = new.entries().filter(|(name, is)| old.entry(name, is.version).is_none()).any(|(name, is)| {
        let spent = old.datasets.get(name).and_then(|dataset| dataset.versions.iter().map(|e| e.version).max());
        spent.is_some_and(|spent| spent >= is.version)
    });
    lost || reused
}

fn follows(was: &State, is: &State) -> bool {
    use State::{Pending, Published, Purged, Purging, Retired, Withdrawn};
    match was {
        Pending => matches!(is, Pending | Published | Withdrawn | Retired),
        Published => matches!(is, Published | Retired),
        // Withdrawing and publishing may cross: then it counts as retired, and can be restored.
        Withdrawn => matches!(is, Withdrawn | Retired | Pending | Published),
        Retired => matches!(is, Retired | Pending | Published | Purging),
        Purging => matches!(is, Purging | Purged),
        Purged => *is == Purged,
        State::Unknown(_) => false,
    }
}
