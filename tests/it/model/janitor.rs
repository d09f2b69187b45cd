//! The janitor, request by request, as `src/command/janitor.rs` makes them: list, count, then look and delete.
//!
//! Looking at an object and deleting it are one request here, unless a play says otherwise: the guard `Together`.

use git_data::flow::hash::Digest;
use git_data::flow::key;
use git_data::flow::retention::janitor::{self, Listed, OBJECTS, Verdict};

use super::numbers::Bits;
use super::play::Play;
use super::setup::Guard;
use super::world::{Harm, How, Janitor, World};

impl Play {
    pub(super) fn clean(&self, world: &mut World, how: How) {
        if how == How::Crash {
            world.left.crashes -= 1;
            world.janitor = Some(Janitor::Idle);
            return;
        }
        world.janitor = world.janitor.take().map(|janitor| match janitor {
            Janitor::Idle => Janitor::Listed {
                staging: world.staging.iter().map(|staged| staged.map(|staged| staged.month)).collect(),
                receipts: world.receipts,
            },
            Janitor::Listed { staging, receipts } => {
                let count = self.count(world, receipts, world.month);
                let listed = staging.iter().enumerate().filter_map(|(content, month)| Some((content, (*month)?)));
                let old = listed.filter(|(content, came)| self.goes(world, count, world.month, *content, *came));
                let contents: Bits = old.map(|(content, _)| content).collect();
                let count = u16::try_from(count).expect("a play counts few things");
                cleans(count, world.month, contents)
            }
            Janitor::Cleans { count, month, contents, looked } => {
                let content = contents.first().expect("there is no run without work");
                let goes = looked || self.is_old(world, usize::from(count), month, content);
                if goes && !looked && !self.setup.has(Guard::Together) {
                    return Janitor::Cleans { count, month, contents, looked: true };
                }
                if goes {
                    self.remove(world, content);
                }
                cleans(count, month, contents.without(content))
            }
        });
    }

    /// `janitor::clean` looks once more: what was sent again since it was listed stays.
    fn is_old(&self, world: &World, count: usize, month: u8, content: usize) -> bool {
        world.staging[content].is_some_and(|staged| self.goes(world, count, month, content, staged.month))
    }

    fn remove(&self, world: &mut World, content: usize) {
        let right = world.staging[content].take().is_some_and(|staged| staged.right);
        if right && self.needs_staged(world, content) {
            world.harm = world.harm.or(Some(Harm::Staged));
        }
    }

    /// What the product decides of an object that came then.
    fn goes(&self, world: &World, count: usize, month: u8, content: usize, came: u8) -> bool {
        let now = Play::now(month);
        let old = now - Play::now(came) > OBJECTS;
        let counted = self.counts.get(count);
        let Some(references) = &counted.references else { return false };
        let key = key::staging(&Digest::of(self.contents[content].as_bytes()));
        let listed = Listed { key, size: self.contents[content].len() as u64, modified: Play::now(came) };
        let decision = janitor::janitor(&[listed], references, now).remove(0);
        match decision.verdict {
            _ if !self.setup.has(Guard::Needed) => old,
            // Something lies in production: is that enough?
            Verdict::Needed if !self.setup.has(Guard::Recorded) => old && self.is_somewhere(world, content),
            verdict => verdict == Verdict::Delete,
        }
    }

    /// Whether production has an object for a pending version with that content, whatever it holds.
    fn is_somewhere(&self, world: &World, content: usize) -> bool {
        let there = |key: usize| world.right.has(key) || world.wrong.has(key);
        self.needs(world.main).iter().any(|need| need.pending && need.content == content && there(need.key))
    }
}

fn cleans(count: u16, month: u8, contents: Bits) -> Janitor {
    match contents.first() {
        Some(_) => Janitor::Cleans { count, month, contents, looked: false },
        None => Janitor::Idle,
    }
}
