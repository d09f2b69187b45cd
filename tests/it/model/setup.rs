//! What is played: who takes part, what people wish, what may go wrong, and which guard is missing.

/// Something that a person proposes, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Wish {
    /// A new version with that content.
    Add(&'static str),
    /// The content of a version that was purged comes back, as a new version.
    Again(&'static str),
    /// The content of that version becomes the latest.
    Rollback(u64),
    /// All but so many versions are given up.
    Prune(usize),
    /// Every version is given up.
    Delete,
    /// That version is taken back from retirement.
    Restore(u64),
    /// The dataset gets another name.
    Rename,
}

/// A rule of the protocol that a play can leave out, to see that the checker notices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// The publisher hashes what it read from staging.
    Hash,
    /// The bytes that are written are those that were hashed, not read again.
    SameBytes,
    /// A push is refused when the branch moved.
    Swap,
    /// Nothing is published onto an owner that is purging or purged.
    Purging,
    /// References are counted by object.
    Count,
    /// Only what the default branch says to be purging is deleted.
    Mark,
    /// A key is never used twice.
    Fresh,
    /// What was written is looked at before it is recorded.
    Look,
    /// A key of production is written once.
    Once,
    /// Staging is cleaned after the publication was recorded.
    Recorded,
    /// Staging is cleaned by what is needed, not by age alone.
    Needed,
    /// A run publishes all that is pending.
    All,
    /// Looking at a staged object and deleting it are one request. No store offers that: the one guard that is a wish.
    Together,
    /// The grace period is counted by a clock that was read after the branch.
    Clock,
}

/// How often each thing may still happen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Left {
    /// A process dies.
    pub crashes: u8,
    /// The effect of a request takes place, its answer does not arrive.
    pub lost: u8,
    /// Somebody replaces staged bytes.
    pub swaps: u8,
    /// The store writes other bytes than it was sent.
    pub faults: u8,
    /// Thirty-one days pass: longer than the grace period and than staging keeps what is not needed.
    pub months: u8,
}

/// A play.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// For the line of figures.
    pub name: &'static str,
    /// The contents of v1, v2, …, all published.
    pub published: Vec<&'static str>,
    /// What people propose, at any time and in any order.
    pub wishes: Vec<Wish>,
    /// How many publishers run.
    pub publishers: usize,
    /// How many sweeps run.
    pub sweepers: usize,
    /// Whether a janitor runs.
    pub janitor: bool,
    /// Whether those who count do not see what is proposed, as a head that nobody can fetch.
    pub hidden: bool,
    /// What may happen.
    pub left: Left,
    /// The guard that is missing.
    pub without: Option<Guard>,
}

impl Setup {
    /// Whether that rule holds in this play.
    pub fn has(&self, guard: Guard) -> bool {
        self.without != Some(guard)
    }
}
