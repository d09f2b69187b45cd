//! The model: which things may happen in a state, and what comes of each. Decisions are the product's own functions.

use std::sync::Arc;

use git_data::flow::hash::Digest;
use git_data::flow::key::{self, Key};
use git_data::flow::manifest::print::print;
use git_data::flow::manifest::transition::Author;
use git_data::flow::manifest::types::{Dataset, Entry, Manifest, State};
use git_data::flow::time;
use git_data::flow::version::Version;
use stateright::{Model, Property};

use super::history::Moved;
use super::numbers::{Bits, Memo, Numbers};
use super::people::{Merging, Opening};
use super::promises;
use super::publisher::Task;
use super::setup::{Setup, Wish};
use super::sweeper::{CountOf, Counted};
use super::world::{Act, How, Janitor, Page, Proposal, Publisher, Step, Sweeper, World};

/// The dataset.
pub const NAME: &str = "a.csv";
/// 2026-11-21T10:00:00Z
const BEGIN: i64 = 1_795_255_200;
/// Longer than grace and than the janitor waits.
const MONTH: i64 = 31 * 86_400;

/// The identity of an entry.
pub type Id = (String, Version, Digest);

/// A setup, and all that was met while it is played.
#[derive(Default)]
pub struct Play {
    /// Who takes part.
    pub setup: Setup,
    /// Every content that occurs, by its number in [`World::staging`].
    pub contents: Vec<&'static str>,
    /// Manifests by their text.
    pub pages: Numbers<String, Arc<Manifest>>,
    /// Keys of production.
    pub keys: Numbers<Key, Key>,
    /// Entries.
    pub entries: Numbers<Id, Id>,
    /// What was counted.
    pub counts: Numbers<CountOf, Arc<Counted>>,
    /// What is left of plans. Two tips of which the same is to be published are one to a publisher.
    pub rests: Numbers<Vec<Task>, Arc<Vec<Task>>>,
    pub(super) plans: Memo<Page, Arc<Vec<Task>>>,
    pub(super) applied: Memo<(Bits, Page), Option<Page>>,
    pub(super) recorded: Memo<(Page, Bits, u8), Option<Page>>,
    pub(super) opened: Memo<Opening, Option<Page>>,
    pub(super) merged: Memo<Merging, Option<Page>>,
    pub(super) moved: Memo<(Page, Page, bool, Bits), Arc<Moved>>,
    pub(super) needed: Memo<Page, Arc<Vec<promises::Need>>>,
    pub(super) waiting: Memo<Page, Bits>,
    pub(super) whole: Memo<World, bool>,
}

impl Play {
    /// Sets the stage.
    pub fn new(setup: Setup) -> Self {
        let mut contents = setup.published.clone();
        for wish in &setup.wishes {
            if let Wish::Add(content) | Wish::Again(content) = wish {
                contents.push(content);
            }
        }
        contents.sort_unstable();
        contents.dedup();
        Play { setup, contents, ..Play::default() }
    }

    /// The number of a manifest.
    pub fn page(&self, manifest: Manifest) -> Page {
        let number = self.pages.of(print(&manifest), || Arc::new(manifest));
        Page::try_from(number).expect("a play has few manifests")
    }

    /// The manifest of a number.
    pub fn manifest(&self, page: Page) -> Arc<Manifest> {
        self.pages.get(usize::from(page))
    }

    /// The number of a key.
    pub fn key(&self, key: Key) -> usize {
        self.keys.of(key.clone(), || key)
    }

    /// The number of an entry.
    pub fn entry(&self, name: &str, entry: &Entry) -> usize {
        let id = (name.to_owned(), entry.version, entry.sha256);
        self.entries.of(id.clone(), || id)
    }

    /// The number of the content with that digest.
    pub fn content(&self, sha256: &Digest) -> usize {
        let same = |content: &&str| Digest::of(content.as_bytes()) == *sha256;
        self.contents.iter().position(same).expect("every content is known")
    }

    /// Whether that entry has a receipt.
    pub fn has_receipt(&self, receipts: Bits, name: &str, entry: &Entry) -> bool {
        receipts.has(self.entry(name, entry))
    }

    /// Seconds since 1970.
    pub fn now(month: u8) -> i64 {
        BEGIN + i64::from(month) * MONTH
    }

    /// The time that is written where no decision reads it.
    pub fn stamp() -> String {
        time::stamp(BEGIN)
    }

    /// The default branch gets a new tip: whoever fetched the old one holds an old one.
    pub fn advance(&self, world: &mut World, to: Page, by: Author) {
        let moved = self.moves(world.main, to, by, world.receipts);
        world.main = to;
        world.harm = world.harm.or(moved.harm);
        world.fell.retain(|(entry, _)| !moved.rose.contains(entry));
        for entry in &moved.fell {
            world.fell.retain(|(known, _)| known != entry);
            world.fell.push((*entry, world.month));
        }
        world.fell.sort_unstable();
        for publisher in &mut world.publishers {
            if let Publisher::Pushes { current, .. } = publisher {
                *current = false;
            }
        }
        for sweeper in &mut world.sweepers {
            if let Sweeper::Pushes { current, .. } | Sweeper::Looks { current, .. } = sweeper {
                *current = false;
            }
        }
    }

    /// What the publishers, sweeps and the janitor may do next.
    fn processes(&self, world: &World, acts: &mut Vec<Act>) {
        let [crash, lost, faulty] = [world.left.crashes > 0, world.left.lost > 0, world.left.faults > 0];
        for (at, publisher) in world.publishers.iter().enumerate() {
            // Processes in the same place are one choice.
            if at > 0 && world.publishers[at - 1] == *publisher {
                continue;
            }
            acts.push(Act::Publisher(at, How::Well));
            let idle = *publisher == Publisher::Idle;
            acts.extend((crash && !idle).then_some(Act::Publisher(at, How::Crash)));
            acts.extend((lost && publisher.writes()).then_some(Act::Publisher(at, How::Lost)));
            acts.extend((faulty && publisher.puts()).then_some(Act::Publisher(at, How::Faulty)));
        }
        for (at, sweeper) in world.sweepers.iter().enumerate() {
            if at > 0 && world.sweepers[at - 1] == *sweeper {
                continue;
            }
            if *sweeper == Sweeper::Idle {
                acts.extend([Step::Mark, Step::Delete, Step::Record].map(|step| Act::Sweep(at, step)));
                continue;
            }
            acts.push(Act::Sweeper(at, How::Well));
            acts.extend(crash.then_some(Act::Sweeper(at, How::Crash)));
            let pushes = matches!(sweeper, Sweeper::Pushes { .. });
            acts.extend((lost && pushes).then_some(Act::Sweeper(at, How::Lost)));
        }
        if let Some(janitor) = &world.janitor {
            acts.push(Act::Janitor(How::Well));
            acts.extend((crash && *janitor != Janitor::Idle).then_some(Act::Janitor(How::Crash)));
        }
    }

    /// What comes of it; `None` if it is nothing.
    pub fn happen(&self, last: &World, act: Act) -> Option<World> {
        let mut world = last.clone();
        match act {
            Act::Stage(content) => self.stage(&mut world, content),
            Act::Swap(content) => self.swap(&mut world, content),
            Act::Open(wish) => self.open(&mut world, wish),
            Act::Merge(wish) => self.merge(&mut world, wish),
            Act::Month => {
                world.month += 1;
                world.left.months -= 1;
            }
            Act::Publisher(at, how) => self.publish(&mut world, at, how),
            Act::Sweep(at, step) => self.sweep(&mut world, at, step),
            Act::Sweeper(at, how) => self.sweeper(&mut world, at, how),
            Act::Janitor(how) => self.clean(&mut world, how),
        }
        world.publishers.sort_unstable();
        world.sweepers.sort_unstable();
        (world != *last).then_some(world)
    }
}

impl Model for Play {
    type State = World;
    type Action = Act;

    fn init_states(&self) -> Vec<World> {
        let mut manifest = Manifest::default();
        let mut dataset = Dataset::default();
        for (number, content) in (1..).zip(&self.setup.published) {
            let (sha256, size) = (Digest::of(content.as_bytes()), content.len() as u64);
            let mut entry = Entry::pending(Version(number), sha256, size, Play::stamp(), "m".to_owned());
            entry.base = (number > 1).then(|| Version(number - 1));
            (entry.state, entry.commit, entry.published) =
                (State::Published, Some("c".repeat(40)), Some(Play::stamp()));
            dataset.versions.insert(0, entry);
        }
        let key = |entry: &Entry| self.key(key::production(NAME, entry.version, &entry.sha256));
        let right = dataset.versions.iter().map(key).collect();
        let receipts = dataset.versions.iter().map(|entry| self.entry(NAME, entry)).collect();
        if !dataset.versions.is_empty() {
            manifest.datasets.insert(NAME.to_owned(), dataset);
        }
        vec![World {
            main: self.page(manifest),
            month: 0,
            proposals: vec![Proposal::Wished; self.setup.wishes.len()],
            right,
            wrong: Bits::default(),
            receipts,
            staging: vec![None; self.contents.len()],
            publishers: vec![Publisher::Idle; self.setup.publishers],
            sweepers: vec![Sweeper::Idle; self.setup.sweepers],
            janitor: self.setup.janitor.then_some(Janitor::Idle),
            left: self.setup.left,
            fell: Vec::new(),
            harm: None,
        }]
    }

    fn actions(&self, world: &World, acts: &mut Vec<Act>) {
        if world.harm.is_some() {
            return;
        }
        for content in 0..self.contents.len() {
            acts.extend(self.can_stage(world, content).then_some(Act::Stage(content)));
            acts.extend(self.can_swap(world, content).then_some(Act::Swap(content)));
        }
        for (wish, proposal) in world.proposals.iter().enumerate() {
            match proposal {
                Proposal::Wished => acts.push(Act::Open(wish)),
                Proposal::Open { .. } => acts.push(Act::Merge(wish)),
                Proposal::Merged => {}
            }
        }
        acts.extend((world.left.months > 0).then_some(Act::Month));
        self.processes(world, acts);
    }

    fn next_state(&self, last: &World, act: Act) -> Option<World> {
        self.happen(last, act)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        promises::all(&self.setup)
    }
}
