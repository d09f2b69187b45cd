//! What must hold in every state: the invariants of docs/guarantees.md, and that the next run without a fault ends well.

use std::sync::Arc;

use git_data::flow::manifest::types::State;
use git_data::flow::publication;
use git_data::flow::reference::place;
use stateright::Property;

use super::play::Play;
use super::setup::{Left, Setup};
use super::world::{Harm, How, Janitor, Page, Publisher, Step, Sweeper, World};

/// Every published object is there and holds the reviewed bytes.
pub const THERE: &str = "what is published is there and right";
/// Wrong bytes are never visible, unless the store itself makes them.
pub const VISIBLE: &str = "production shows no wrong bytes";
/// Staged bytes stay until their publication is recorded.
pub const STAGED: &str = "staged bytes that are needed stay";
/// Objects stay while a version on the default branch needs them.
pub const NEEDED: &str = "no object is deleted that is needed or within grace";
/// Entries and numbers.
pub const HISTORY: &str = "no entry disappears, changes or comes twice";
/// The publisher writes what its own validator allows.
pub const LEGAL: &str = "what the publisher writes is legal";
/// Nothing is stuck.
pub const ENDS: &str = "the next run publishes and deletes all it can";

/// An entry of a manifest that an object of production may be needed for.
#[derive(Clone, Debug)]
pub struct Need {
    /// Where its bytes lie.
    pub key: usize,
    /// Its number.
    pub entry: usize,
    /// The number of its content.
    pub content: usize,
    /// Spelled pending, and nothing keeps it from being published.
    pub pending: bool,
    published: bool,
    retired: bool,
    purging: bool,
    purged: bool,
}

/// All of them, and that each kind of trouble really occurs.
pub fn all(setup: &Setup) -> Vec<Property<Play>> {
    let mut all = vec![
        Property::always(THERE, |play: &Play, world: &World| play.is_there(world)),
        Property::always(VISIBLE, |play: &Play, world: &World| {
            play.setup.left.faults > 0 || world.wrong.first().is_none()
        }),
        Property::always(STAGED, |_: &Play, world: &World| world.harm != Some(Harm::Staged)),
        Property::always(NEEDED, |_: &Play, world: &World| world.harm != Some(Harm::Object)),
        Property::always(HISTORY, |_: &Play, world: &World| world.harm != Some(Harm::History)),
        Property::always(LEGAL, |_: &Play, world: &World| world.harm != Some(Harm::Illegal)),
        Property::always(ENDS, |play: &Play, world: &World| world.harm.is_some() || play.ends_well(world)),
    ];
    if setup.publishers > 0 {
        all.push(Property::sometimes("a publication is recorded", |play: &Play, world: &World| {
            // Those of the beginning have the first numbers.
            let first = play.setup.published.len();
            play.needs(world.main).iter().any(|need| need.published && need.entry >= first)
        }));
    }
    if setup.sweepers > 0 {
        all.push(Property::sometimes("an object is deleted, and that is recorded", |play: &Play, world: &World| {
            play.needs(world.main).iter().any(|need| need.purged)
        }));
    }
    if setup.publishers + setup.sweepers > 1 {
        all.push(Property::sometimes("a push comes too late", |_: &Play, world: &World| {
            let late = |p: &Publisher| matches!(p, Publisher::Pushes { current: false, .. });
            let too = |s: &Sweeper| matches!(s, Sweeper::Pushes { current: false, .. });
            world.publishers.iter().any(late) || world.sweepers.iter().any(too)
        }));
    }
    all
}

impl Play {
    /// What the entries of a manifest need.
    pub(super) fn needs(&self, page: Page) -> Arc<Vec<Need>> {
        self.needed.of(page, |page| {
            let manifest = self.manifest(*page);
            let mut needs = Vec::new();
            for (name, dataset) in &manifest.datasets {
                for entry in &dataset.versions {
                    // One that can lie nowhere, such as a rollback to what is purging, needs nothing: it is never published.
                    let target = publication::target(name, dataset, entry);
                    needs.push(Need {
                        key: self.key(place(name, dataset, entry)),
                        entry: self.entry(name, entry),
                        content: self.content(&entry.sha256),
                        pending: entry.state == State::Pending && target.is_ok(),
                        published: entry.state == State::Published,
                        retired: entry.state == State::Retired,
                        purging: entry.state == State::Purging,
                        purged: entry.state == State::Purged,
                    });
                }
            }
            Arc::new(needs)
        })
    }

    /// Published is what the manifest says, and what a receipt proves.
    fn is_there(&self, world: &World) -> bool {
        let published = |need: &&Need| need.published || need.pending && world.receipts.has(need.entry);
        self.needs(world.main).iter().filter(published).all(|need| world.right.has(need.key))
    }

    /// Whether a version on the default branch needs that object now: it is live, or was given up less than a month ago.
    pub(super) fn needs_object(&self, world: &World, key: usize) -> bool {
        let young = |need: &Need| {
            let fell = world.fell.iter().find(|(entry, _)| usize::from(*entry) == need.entry);
            fell.is_some_and(|(_, month)| world.month <= *month)
        };
        let holds = |need: &Need| need.pending || need.published || (need.retired || need.purging) && young(need);
        self.needs(world.main).iter().any(|need| need.key == key && holds(need))
    }

    /// All processes are gone; one publisher and one sweep run without a fault. Is everything done that can be?
    fn ends_well(&self, world: &World) -> bool {
        let mut alone = world.clone();
        alone.publishers = vec![Publisher::Idle];
        alone.sweepers = vec![Sweeper::Idle];
        alone.janitor = alone.janitor.map(|_| Janitor::Idle);
        alone.left = Left::default();
        self.whole.of(alone, |alone| self.publishes_all(alone) && self.sweeps_all(alone))
    }

    fn publishes_all(&self, world: &World) -> bool {
        let mut world = world.clone();
        let waits = |world: &World| {
            let pending = |need: &&Need| need.pending && self.can_publish(world, need.entry);
            self.needs(world.main).iter().filter(pending).count()
        };
        // As many runs as there could be versions: a run that leaves some for the next is slow, not stuck.
        for _ in 0..8 {
            self.publish(&mut world, 0, How::Well);
            while world.publishers[0] != Publisher::Idle {
                self.publish(&mut world, 0, How::Well);
            }
        }
        waits(&world) == 0 && self.is_there(&world) && world.harm.is_none()
    }

    /// Two months later every mark is carried out, or its object is needed by an open proposal.
    fn sweeps_all(&self, world: &World) -> bool {
        let mut world = world.clone();
        for _ in 0..2 {
            for step in [Step::Mark, Step::Delete, Step::Record] {
                self.sweep(&mut world, 0, step);
                while world.sweepers[0] != Sweeper::Idle {
                    self.sweeper(&mut world, 0, How::Well);
                }
            }
            world.month += 1;
        }
        let count = self.counts.get(self.count(&world, world.receipts, world.month));
        let stuck = self.needs(world.main).iter().any(|need| need.purging && count.deletes(need.key));
        !stuck && self.is_there(&world) && world.harm.is_none()
    }
}
