//! A sweep, request by request, as `src/command/sweep.rs` makes them. Each of its three steps counts afresh.

use std::collections::BTreeSet;
use std::sync::Arc;

use git_data::flow::manifest::transition::Author;
use git_data::flow::manifest::types::{Manifest, State};
use git_data::flow::reference::{Count, Counted as Name, Found, Grace, References, Standing, Trees};
use git_data::flow::retention;
use git_data::flow::time;

use super::numbers::Bits;
use super::play::Play;
use super::setup::Guard;
use super::world::{Harm, How, Page, Proposal, Step, Sweeper, World};

const GRACE: u64 = 30 * 86_400;

/// What is counted: the tip, the open proposals with what their authors saw, receipts that were listed before, the clock.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CountOf {
    tip: Page,
    open: Vec<(Page, Page)>,
    receipts: Bits,
    month: u8,
}

/// What was counted, and what the product makes of it.
pub struct Counted {
    /// The proof; none if something stood in the way.
    pub references: Option<References>,
    marks: Option<Page>,
    marked: Bits,
    deletions: Bits,
}

impl Counted {
    /// Whether the next sweep deletes that object.
    pub(super) fn deletes(&self, key: usize) -> bool {
        self.deletions.has(key)
    }
}

impl Play {
    /// A step begins: `refs::gather` lists the receipts before it fetches.
    pub(super) fn sweep(&self, world: &mut World, at: usize, step: Step) {
        let month = (!self.setup.has(Guard::Clock)).then_some(world.month);
        world.sweepers[at] = Sweeper::Listed { step, receipts: world.receipts, month };
    }

    pub(super) fn sweeper(&self, world: &mut World, at: usize, how: How) {
        if how == How::Crash {
            world.left.crashes -= 1;
            world.sweepers[at] = Sweeper::Idle;
            return;
        }
        world.left.lost -= u8::from(how == How::Lost);
        world.sweepers[at] = match world.sweepers[at] {
            Sweeper::Idle => Sweeper::Idle,
            Sweeper::Listed { step, receipts, month } => self.fetched(world, step, receipts, month),
            Sweeper::Pushes { step, to, current, month } => {
                let accepted = current || !self.setup.has(Guard::Swap);
                if accepted {
                    self.advance(world, to, Author::Publisher);
                }
                match accepted || how == How::Lost {
                    true => Sweeper::Idle,
                    // `record::record` counts anew.
                    false => Sweeper::Listed { step, receipts: world.receipts, month },
                }
            }
            Sweeper::Deletes { keys } => match keys.first() {
                None => Sweeper::Idle,
                Some(key) => {
                    if self.needs_object(world, key) {
                        world.harm = world.harm.or(Some(Harm::Object));
                    }
                    (world.right, world.wrong) = (world.right.without(key), world.wrong.without(key));
                    Sweeper::deletes(keys.without(key))
                }
            },
            Sweeper::Looks { tip, current } => {
                let there = Bits::from_iter(world.right.iter().chain(world.wrong.iter()));
                match self.record(tip, there, world.month) {
                    Some(to) => Sweeper::Pushes { step: Step::Record, to, current, month: None },
                    None => Sweeper::Idle,
                }
            }
        };
    }

    /// The names were fetched: what the step does with what was counted.
    fn fetched(&self, world: &World, step: Step, receipts: Bits, month: Option<u8>) -> Sweeper {
        let counted = self.counts.get(self.count(world, receipts, month.unwrap_or(world.month)));
        let Some(references) = &counted.references else { return Sweeper::Idle };
        match step {
            Step::Mark if !self.setup.has(Guard::Mark) && counted.marked.first().is_some() => {
                Sweeper::deletes(counted.marked)
            }
            Step::Mark => match counted.marks {
                Some(to) => Sweeper::Pushes { step, to, current: true, month },
                None => Sweeper::Idle,
            },
            Step::Delete => Sweeper::deletes(counted.deletions),
            Step::Record if retention::marked_keys(references.tip()).is_empty() => Sweeper::Idle,
            Step::Record => Sweeper::Looks { tip: world.main, current: true },
        }
    }

    /// Counts on the tip as it is, with receipts that were listed before; gives the number of what was counted.
    pub(super) fn count(&self, world: &World, receipts: Bits, month: u8) -> usize {
        let open = world.proposals.iter().filter_map(|proposal| match proposal {
            Proposal::Open { ancestor, head } if !self.setup.hidden => Some((*ancestor, *head)),
            _ => None,
        });
        let of = CountOf { tip: world.main, open: open.collect(), receipts, month };
        self.counts.of(of.clone(), || Arc::new(self.counted(&of)))
    }

    fn counted(&self, of: &CountOf) -> Counted {
        let found = |page: Page| Found::Manifest(Box::new((*self.manifest(page)).clone()));
        let receipts = of.receipts.iter().map(|entry| self.entries.get(entry)).collect();
        let grace = Grace { now: Play::now(of.month), seconds: GRACE };
        let mut count = Count::of("refs/heads/main", found(of.tip), receipts, Trees::new(), grace);
        for (number, (ancestor, head)) in of.open.iter().enumerate() {
            let base = Some(Box::new((*self.manifest(*ancestor)).clone()));
            let name = format!("refs/heads/data/{number}");
            count.add(&Name { name, standing: Standing::Open { base, fork: false }, manifest: found(*head) });
        }
        let Ok(references) = count.finish() else {
            return Counted { references: None, marks: None, marked: Bits::default(), deletions: Bits::default() };
        };
        let marks = retention::mark(&references);
        let keys = |list: &[retention::Unneeded]| list.iter().map(|one| self.key(one.key.clone())).collect();
        let (mut manifest, marked) = (marks.manifest, keys(&marks.marked));
        let mut deletions = keys(&retention::delete_plan(&references, &retention::Objects::default()).deletions);
        if !self.setup.has(Guard::Count) {
            mark_by_version(&mut manifest, grace);
            deletions = retention::marked_keys(references.tip()).into_iter().map(|key| self.key(key)).collect();
        }
        let marks = (manifest != *references.tip()).then(|| self.page(manifest));
        Counted { marks, marked, deletions, references: Some(references) }
    }

    /// `Sweep::record`: marked objects of which the store says that they are not there.
    fn record(&self, tip: Page, there: Bits, month: u8) -> Option<Page> {
        self.recorded.of((tip, there, month), |(tip, there, month)| {
            let mut manifest = (*self.manifest(*tip)).clone();
            let marked = retention::marked_keys(&manifest);
            let gone: BTreeSet<_> = marked.into_iter().filter(|key| !there.has(self.key(key.clone()))).collect();
            let purged = retention::record(&mut manifest, &gone, Play::now(*month));
            (!purged.is_empty()).then(|| self.page(manifest))
        })
    }
}

impl Sweeper {
    fn deletes(keys: Bits) -> Self {
        if keys.first().is_none() { Sweeper::Idle } else { Sweeper::Deletes { keys } }
    }
}

/// Without counting by object: each retired version is marked when its own grace is over.
fn mark_by_version(manifest: &mut Manifest, grace: Grace) {
    for entry in manifest.datasets.values_mut().flat_map(|dataset| &mut dataset.versions) {
        if entry.state == State::Retired && grace.is_over(entry) {
            (entry.state, entry.purging) = (State::Purging, Some(time::stamp(grace.now)));
        }
    }
}
