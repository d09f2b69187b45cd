//! What people do: prepare, push, merge; and an attacker. Each change of the manifest is made by the product's own edits.
//!
//! A proposal is checked once, on the tip that its author saw, and may be merged much later: no host is trusted to check again.

use git_data::flow::check;
use git_data::flow::hash::Digest;
use git_data::flow::key;
use git_data::flow::manifest::edit::{self, NewName};
use git_data::flow::manifest::merge::{self, Side};
use git_data::flow::manifest::transition::Author;
use git_data::flow::manifest::types::{Entry, Kind, Manifest, State};
use git_data::flow::state::{self, effective};
use git_data::flow::version::Version;

use super::numbers::Bits;
use super::play::{NAME, Play};
use super::setup::{Guard, Wish};
use super::world::{Page, Proposal, Staged, World};

/// What a proposal is made from.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Opening(Wish, Page, Bits);

/// What a merge is made from: the ancestor, the default branch and the head.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Merging(Page, Page, Page);

impl Play {
    /// Whether somebody has reason to send these bytes: they are proposed or pending, and not there as they should be.
    pub(super) fn can_stage(&self, world: &World, content: usize) -> bool {
        let staged = world.staging[content];
        if staged.is_some_and(|staged| staged.right && staged.month == world.month) {
            return false;
        }
        let wanted = self.setup.wishes.iter().zip(&world.proposals).any(|(wish, proposal)| match wish {
            Wish::Add(text) | Wish::Again(text) => *text == self.contents[content] && *proposal != Proposal::Merged,
            _ => false,
        });
        wanted || self.waiting(world.main).has(content)
    }

    /// Contents that pending versions of that manifest take from staging.
    fn waiting(&self, page: Page) -> Bits {
        self.waiting.of(page, |page| {
            let manifest = self.manifest(*page);
            let takes = |e: &Entry| e.state == State::Pending && e.rollback.is_none() && e.from.is_none();
            let pending = manifest.entries().filter(|(_, entry)| takes(entry));
            pending.map(|(_, entry)| self.content(&entry.sha256)).collect()
        })
    }

    /// Contents whose staged bytes are needed: by a pending version of the default branch, or by an open proposal.
    pub(super) fn needs_staged(&self, world: &World, content: usize) -> bool {
        let proposed = world.proposals.iter().any(|proposal| match proposal {
            Proposal::Open { ancestor, head } => {
                let (ancestor, head, main) =
                    (self.manifest(*ancestor), self.manifest(*head), self.manifest(world.main));
                let new = |name: &str, e: &Entry| ancestor.entry(name, e.version).is_none_or(|old| old.id() != e.id());
                let known =
                    |name: &str, e: &Entry| main.entry(name, e.version).is_some_and(|there| there.id() == e.id());
                let takes = |e: &Entry| e.state == State::Pending && e.rollback.is_none() && e.from.is_none();
                let mut entries = head.entries();
                entries.any(|(n, e)| takes(e) && new(n, e) && !known(n, e) && self.content(&e.sha256) == content)
            }
            _ => false,
        });
        proposed || self.waiting(world.main).has(content)
    }

    pub(super) fn stage(&self, world: &mut World, content: usize) {
        world.staging[content] = Some(Staged { right: true, month: world.month });
    }

    pub(super) fn can_swap(&self, world: &World, content: usize) -> bool {
        world.left.swaps > 0 && world.staging[content].is_some_and(|staged| staged.right)
    }

    pub(super) fn swap(&self, world: &mut World, content: usize) {
        world.staging[content] = Some(Staged { right: false, month: world.month });
        world.left.swaps -= 1;
    }

    /// Pushes a wish to a branch, if it can be made and `git-data-publish check` finds nothing.
    pub(super) fn open(&self, world: &mut World, at: usize) {
        let wish = self.setup.wishes[at];
        if let Wish::Add(content) | Wish::Again(content) = wish {
            let content = self.content(&Digest::of(content.as_bytes()));
            // `transfer::already`, before a push: what is older than seven days is sent again. Whose bytes lie there now,
            // its author does not know.
            if world.staging[content].is_none_or(|staged| staged.month != world.month) {
                return;
            }
        }
        let opened = self.opened.of(Opening(wish, world.main, world.receipts), |Opening(wish, main, receipts)| {
            let main = self.manifest(*main);
            let head = self.head(*wish, &main, *receipts)?;
            let receipt = |name: &str, entry: &Entry| self.has_receipt(*receipts, name, entry);
            let green = check::structure(&main, &main, &head, &receipt).findings.is_empty();
            (head != *main && (green || !self.setup.has(Guard::Fresh))).then(|| self.page(head))
        });
        if let Some(head) = opened {
            world.proposals[at] = Proposal::Open { ancestor: world.main, head };
        }
    }

    /// The manifest that a person would push.
    fn head(&self, wish: Wish, main: &Manifest, receipts: Bits) -> Option<Manifest> {
        let mut head = main.clone();
        let judge = |name: &str, e: &Entry| effective(e, true, self.has_receipt(receipts, name, e));
        let here = |e: &Entry| judge(NAME, e);
        let dataset = main.datasets.get(NAME);
        let known: Vec<_> = main.entries().filter(|(name, _)| *name == NAME).map(|(_, entry)| entry.id()).collect();
        let next = state::next_version(NAME, main, Some(main), &[], &known).version;
        let (created, message) = (Play::stamp(), "m".to_owned());
        match wish {
            Wish::Add(content) | Wish::Again(content) => {
                let sha256 = Digest::of(content.as_bytes());
                let mut entry = Entry::pending(next, sha256, content.len() as u64, created, message);
                entry.base = dataset.and_then(|d| state::latest(d, here)).map(|latest| latest.version);
                if matches!(wish, Wish::Again(_)) {
                    let purged = |e: &&Entry| e.sha256 == sha256 && e.state == State::Purged;
                    let gone = dataset.and_then(|d| d.versions.iter().find(purged))?;
                    if !self.setup.has(Guard::Fresh) {
                        entry.key = Some(key::production(NAME, gone.version, &sha256).to_string());
                    }
                }
                edit::propose(&mut head, NAME, Kind::File, None, entry).ok()?;
            }
            Wish::Rollback(to) => {
                let entry = edit::rollback(main, NAME, Version(to), next, created, message).ok()?;
                edit::propose(&mut head, NAME, Kind::File, None, entry).ok()?;
            }
            Wish::Prune(keep) => drop(edit::prune(&mut head, NAME, keep, &here).ok()?),
            Wish::Delete => drop(edit::delete(&mut head, NAME, &here).ok()?),
            Wish::Restore(version) => drop(edit::restore(&mut head, NAME, Some(Version(version)), &here).ok()?),
            Wish::Rename => {
                let new = NewName { name: "b.csv".to_owned(), path: None, version: Version(1), created, message };
                edit::rename(&mut head, NAME, new, &here).ok()?;
            }
        }
        Some(head)
    }

    /// Merges a proposal by meaning, as the merge driver and `git data merge` do; what is a conflict stays open.
    pub(super) fn merge(&self, world: &mut World, at: usize) {
        let Proposal::Open { ancestor, head } = world.proposals[at] else { return };
        let merged = self.merged.of(Merging(ancestor, world.main, head), |Merging(ancestor, main, head)| {
            let merged =
                merge::merge(&self.manifest(*ancestor), &self.manifest(*main), &self.manifest(*head), Side::Ours);
            merged.conflicts.is_empty().then(|| self.page(merged.manifest))
        });
        if let Some(to) = merged {
            world.proposals[at] = Proposal::Merged;
            self.advance(world, to, Author::PullRequest);
        }
    }
}
