//! One state: the default branch, what people proposed, both buckets, and where each process is.

use super::numbers::Bits;
use super::setup::Left;

/// A manifest, by its number in [`super::play::Play::pages`].
pub type Page = u16;

/// Everything that a process can see or change.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct World {
    /// The manifest at the tip of the default branch.
    pub main: Page,
    /// Months since the beginning.
    pub month: u8,
    /// What became of each wish.
    pub proposals: Vec<Proposal>,
    /// Keys of production that hold the bytes of their name.
    pub right: Bits,
    /// Keys of production that hold other bytes.
    pub wrong: Bits,
    /// Entries that have a receipt.
    pub receipts: Bits,
    /// By content.
    pub staging: Vec<Option<Staged>>,
    /// In order, because they are alike.
    pub publishers: Vec<Publisher>,
    /// In order, because they are alike.
    pub sweepers: Vec<Sweeper>,
    /// At most one: staging is listed by name.
    pub janitor: Option<Janitor>,
    /// What may still go wrong.
    pub left: Left,
    /// Entries that were given up, with the month in which the default branch learned of it.
    pub fell: Vec<(u8, u8)>,
    /// What a step did that no step may do.
    pub harm: Option<Harm>,
}

/// What became of a wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Proposal {
    /// Not proposed yet.
    Wished,
    /// Its branch is on the remote; it was checked when it came there.
    Open {
        /// The default branch as its author saw it.
        ancestor: Page,
        /// What is proposed.
        head: Page,
    },
    /// Merged, and its branch deleted.
    Merged,
}

/// A staged object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Staged {
    /// Whether it holds the bytes of its name.
    pub right: bool,
    /// When it came, by the store's clock.
    pub month: u8,
}

/// Where a publisher is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Publisher {
    /// Between runs.
    Idle,
    /// Brings a version of its plan.
    Brings {
        /// What is left of its plan, by its number in [`super::play::Play::rests`].
        rest: u16,
        /// What it does next.
        next: Bring,
        /// Entries that were proven.
        proven: Bits,
    },
    /// Fetches the tip to write facts on it.
    Fetches {
        /// Entries that were proven.
        proven: Bits,
    },
    /// Pushes.
    Pushes {
        /// Entries that were proven.
        proven: Bits,
        /// The manifest with the facts.
        to: Page,
        /// Whether the branch is where it was fetched.
        current: bool,
    },
}

/// A request of the publisher.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Bring {
    /// Reads the receipt.
    Receipt,
    /// There is one: is the object there?
    Again,
    /// There is none: is the object there all the same?
    Head,
    /// Reads and hashes the source.
    Read,
    /// Writes what was read.
    Put {
        /// Whether these are the reviewed bytes.
        right: bool,
    },
    /// Reads production.
    Prove,
    /// Writes the receipt.
    Sign,
}

/// A step of a sweep; each counts for itself and holds nothing of the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// Marks on the default branch.
    Mark,
    /// Deletes what is marked.
    Delete,
    /// Records what is gone.
    Record,
}

/// Where a sweep is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Sweeper {
    /// Between steps.
    Idle,
    /// The receipts were listed.
    Listed {
        /// For which step.
        step: Step,
        /// Those that were there.
        receipts: Bits,
        /// When the clock was read, if that was before.
        month: Option<u8>,
    },
    /// Pushes.
    Pushes {
        /// For which step.
        step: Step,
        /// The new manifest.
        to: Page,
        /// Whether the branch is where it was fetched.
        current: bool,
        /// When the clock was read, if that was before.
        month: Option<u8>,
    },
    /// Deletes, one object after the other. A request that is late is one of these that waits.
    Deletes {
        /// What is left.
        keys: Bits,
    },
    /// Looks which marked objects are gone.
    Looks {
        /// The tip whose marks are meant.
        tip: Page,
        /// Whether the branch is where it was fetched.
        current: bool,
    },
}

/// Where the janitor is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Janitor {
    /// Between runs.
    Idle,
    /// Both buckets were listed.
    Listed {
        /// When each object of staging came.
        staging: Vec<Option<u8>>,
        /// The receipts that were there.
        receipts: Bits,
    },
    /// Looks at each object once more, and deletes it.
    Cleans {
        /// What was counted, by number.
        count: u16,
        /// When the clock was read.
        month: u8,
        /// The contents that are left.
        contents: Bits,
        /// Whether the first of them was looked at, if that is a request of its own.
        looked: bool,
    },
}

/// What no step may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Harm {
    /// Deleted staged bytes that a pending version needs.
    Staged,
    /// Deleted an object that a version of the default branch needs.
    Object,
    /// Took an entry away, changed it, or used its number again.
    History,
    /// Wrote on the default branch what the validator refuses.
    Illegal,
}

/// Something happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// `prepare`, or the hook before a push, sends the bytes of a content, or sends them again.
    Stage(usize),
    /// An attacker replaces them.
    Swap(usize),
    /// A wish is pushed to a branch.
    Open(usize),
    /// It is merged.
    Merge(usize),
    /// A month passes.
    Month,
    /// The next request of a publisher.
    Publisher(usize, How),
    /// A sweep begins a step.
    Sweep(usize, Step),
    /// The next request of a sweep.
    Sweeper(usize, How),
    /// The next request of the janitor.
    Janitor(How),
}

/// How a request goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// As it should.
    Well,
    /// Its effect takes place, its answer is lost.
    Lost,
    /// The store writes other bytes.
    Faulty,
    /// The process dies before it.
    Crash,
}
