//! A publisher, request by request, as `src/command/publish` makes them: plan → copy → record.
//!
//! One item after the other; several at a time are what several publishers do.

use std::sync::Arc;

use git_data::flow::key;
use git_data::flow::manifest::transition::Author;
use git_data::flow::publication::{self, Action, Fact, Facts};
use git_data::flow::receipt::Identity;
use git_data::flow::reference::place;

use super::numbers::Bits;
use super::play::Play;
use super::setup::Guard;
use super::world::{Bring, How, Page, Publisher, World};

/// An item of a plan, in numbers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Task {
    entry: usize,
    key: usize,
    source: Option<Source>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Source {
    Staging(usize),
    Production(usize),
}

impl Publisher {
    /// Whether its next request changes something.
    pub(super) fn writes(&self) -> bool {
        let sign = matches!(self, Publisher::Brings { next: Bring::Sign, .. });
        sign || self.puts() || matches!(self, Publisher::Pushes { .. })
    }

    /// Whether its next request writes bytes.
    pub(super) fn puts(&self) -> bool {
        matches!(self, Publisher::Brings { next: Bring::Put { .. }, .. })
    }
}

impl Play {
    pub(super) fn publish(&self, world: &mut World, at: usize, how: How) {
        if how == How::Crash {
            world.left.crashes -= 1;
            world.publishers[at] = Publisher::Idle;
            return;
        }
        world.left.lost -= u8::from(how == How::Lost);
        world.publishers[at] = match world.publishers[at] {
            Publisher::Idle => self.item(&self.plan(world.main), Bits::default()),
            Publisher::Brings { rest, next, proven } => {
                let tasks = self.rests.get(usize::from(rest));
                let (task, after) = tasks.split_first().expect("there is an item to bring");
                match self.request(world, task, next, how) {
                    Went::On(next) => Publisher::Brings { rest, next, proven },
                    // `copy::all`: one item that fails stops no other.
                    Went::Wrong => self.item(after, proven),
                    Went::Proven => self.item(after, proven.with(task.entry)),
                }
            }
            // `finalize::change`: fetch, apply; nothing to change ends the run.
            Publisher::Fetches { proven } => match self.apply(proven, world.main) {
                Some(to) => Publisher::Pushes { proven, to, current: true },
                None => Publisher::Idle,
            },
            Publisher::Pushes { proven, to, current } => {
                // `record::record`: a push that lost is begun anew.
                let accepted = current || !self.setup.has(Guard::Swap);
                if accepted {
                    self.advance(world, to, Author::Publisher);
                }
                if accepted || how == How::Lost { Publisher::Idle } else { Publisher::Fetches { proven } }
            }
        };
    }

    /// The next item of a plan, or the end of it.
    fn item(&self, rest: &[Task], proven: Bits) -> Publisher {
        if !rest.is_empty() {
            let number = self.rests.of(rest.to_vec(), || Arc::new(rest.to_vec()));
            let rest = u16::try_from(number).expect("a play has few plans");
            return Publisher::Brings { rest, next: Bring::Receipt, proven };
        }
        // `finalize::record`: where nothing was proven there is nothing to write.
        if proven.first().is_none() { Publisher::Idle } else { Publisher::Fetches { proven } }
    }

    /// What `publication::plan` says of that tip.
    pub(super) fn plan(&self, tip: Page) -> Arc<Vec<Task>> {
        self.plans.of(tip, |tip| {
            let manifest = self.manifest(*tip);
            let (items, blocked) = publication::plan(&manifest);
            let mut tasks: Vec<Task> = items.into_iter().map(|item| self.task(&item.identity, &item.action)).collect();
            if !self.setup.has(Guard::Purging) {
                for at in blocked {
                    let (dataset, entry) = (&manifest.datasets[&at.dataset], manifest.entry(&at.dataset, at.version));
                    let entry = entry.expect("a plan speaks of entries that are there");
                    let key = self.key(place(&at.dataset, dataset, entry));
                    tasks.push(Task { entry: self.entry(&at.dataset, entry), key, source: None });
                }
            }
            if !self.setup.has(Guard::All) {
                tasks.truncate(1);
            }
            Arc::new(tasks)
        })
    }

    fn task(&self, identity: &Identity, action: &Action) -> Task {
        let id = (identity.dataset.clone(), identity.version, identity.sha256);
        let source = match action {
            Action::Reference => None,
            Action::Copy { from } => {
                assert_eq!(*from, key::staging(&identity.sha256));
                Some(Source::Staging(self.content(&identity.sha256)))
            }
            Action::Rename { from } => Some(Source::Production(self.key(from.clone()))),
            Action::Rebuild { .. } => panic!("nobody here stages a delta"),
        };
        Task { entry: self.entries.of(id.clone(), || id), key: self.key(identity.key.clone()), source }
    }

    /// One request for an item: `Copying::publish` with `Proven` and `Bringing`.
    fn request(&self, world: &mut World, task: &Task, next: Bring, how: How) -> Went {
        let there = world.right.has(task.key) || world.wrong.has(task.key);
        let on = |next: Bring| if how == How::Lost { Went::Wrong } else { Went::On(next) };
        match next {
            // `Proven::by_receipt`: a receipt, and a fresh HEAD. The worst store attests nothing but the size.
            Bring::Receipt if world.receipts.has(task.entry) => Went::On(Bring::Again),
            Bring::Again => {
                if there {
                    Went::Proven
                } else {
                    Went::Wrong
                }
            }
            // `Copying::bring`
            Bring::Receipt if task.source.is_none() => Went::On(Bring::Prove),
            Bring::Receipt => Went::On(Bring::Head),
            Bring::Head if there => Went::On(Bring::Prove),
            Bring::Head => Went::On(Bring::Read),
            Bring::Read => match self.read(world, task) {
                None => Went::Wrong,
                Some(false) if self.setup.has(Guard::Hash) => Went::Wrong,
                Some(right) => Went::On(Bring::Put { right }),
            },
            Bring::Put { right } => {
                let right = if self.setup.has(Guard::SameBytes) { Some(right) } else { self.read(world, task) };
                let Some(right) = right else { return Went::Wrong };
                // Create-only; refused means that something lies there, and the proof that follows says what.
                if !there || !self.setup.has(Guard::Once) {
                    write(world, task.key, right && how != How::Faulty);
                    world.left.faults -= u8::from(how == How::Faulty);
                }
                on(Bring::Prove)
            }
            // `Proven::by_look`: every byte is read back.
            Bring::Prove if world.right.has(task.key) || !self.setup.has(Guard::Look) => Went::On(Bring::Sign),
            Bring::Prove => Went::Wrong,
            Bring::Sign => {
                world.receipts = world.receipts.with(task.entry);
                if how == How::Lost { Went::Wrong } else { Went::Proven }
            }
        }
    }

    /// Whether the source holds the reviewed bytes; `None` if it holds nothing.
    fn read(&self, world: &World, task: &Task) -> Option<bool> {
        match task.source? {
            Source::Staging(content) => world.staging[content].map(|staged| staged.right),
            Source::Production(key) if world.right.has(key) => Some(true),
            Source::Production(key) => world.wrong.has(key).then_some(false),
        }
    }

    /// Whether a run could publish that pending entry from what is there.
    pub(super) fn can_publish(&self, world: &World, entry: usize) -> bool {
        let plan = self.plan(world.main);
        let Some(task) = plan.iter().find(|task| task.entry == entry) else { return false };
        let source = task.source.is_some() && self.read(world, task) == Some(true);
        world.right.has(task.key) || !world.wrong.has(task.key) && !world.receipts.has(task.entry) && source
    }

    /// What `publication::apply` makes of that tip; `None` if it knows all that was proven.
    fn apply(&self, proven: Bits, tip: Page) -> Option<Page> {
        self.applied.of((proven, tip), |(proven, tip)| {
            let fact = Fact { commit: "c".repeat(40), published: Play::stamp() };
            let facts: Facts = proven.iter().map(|entry| (self.entries.get(entry), fact.clone())).collect();
            let mut manifest = (*self.manifest(*tip)).clone();
            (publication::apply(&facts, &mut manifest) > 0).then(|| self.page(manifest))
        })
    }
}

/// How a request ended.
enum Went {
    /// The next one follows.
    On(Bring),
    /// The item failed.
    Wrong,
    /// The item is proven.
    Proven,
}

fn write(world: &mut World, key: usize, right: bool) {
    let (to, other) = if right { (&mut world.right, &mut world.wrong) } else { (&mut world.wrong, &mut world.right) };
    *to = to.with(key);
    *other = other.without(key);
}
