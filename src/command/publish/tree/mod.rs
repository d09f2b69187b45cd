//! Publishes a tree: what production lacks of its contents, then where all of them lie, then the listing.
//!
//! Contents before places, places before the listing, the receipt last: a run that is cut leaves nothing half said.

mod gather;
mod look;

use std::collections::BTreeSet;

use crate::command::publish::bytes::{Bringing, Brought};
use crate::command::publish::proven;
use crate::error::{Error, Result};
use crate::flow::hash::Digest;
use crate::flow::key::{self, Key};
use crate::flow::publication::{Action, Item, Portion, Tree};
use crate::flow::receipt::{Identity, Method};
use crate::flow::tree::shard::{self, Member};
use crate::flow::tree::shelve::Staged;
use crate::flow::tree::{Place, Places, path};
use crate::store::transfer::Progress;
use crate::store::transfer::crowd::{self, Crowd};
use crate::store::{Body, Read, Source, When, Write};

use gather::sizes;
pub(in crate::command) use gather::{Gathered, Gathering};
pub(in crate::command) use look::{look, named};

/// A tree on its way to production.
pub(super) struct Bringer<'a> {
    pub(super) production: &'a dyn Write,
    pub(super) staging: &'a dyn Read,
    pub(super) item: &'a Item,
    pub(super) tree: &'a Tree,
    /// Of the objects; all of them without it.
    pub(super) portion: Option<Portion>,
    /// A fresh name for the quarantine.
    pub(super) fresh: String,
    pub(super) progress: &'a dyn Progress,
}

/// One content on its way.
struct Load<'a> {
    /// Where it lies in staging, and its digest.
    object: Digest,
    size: u64,
    to: Key,
    members: Option<&'a [Member]>,
}

impl Bringer<'_> {
    /// Brings all of it, or its portion; gives where its places lie, once everything is there.
    pub(super) fn bring(&self) -> Result<Option<(Method, Key)>> {
        let id = &self.item.identity;
        let gathering =
            Gathering { production: self.production, staging: self.staging, item: self.item, tree: self.tree };
        if self.item.action == Action::Reference {
            // A rollback: the owner's receipt names the places.
            let owner = gathering.earlier()?.into_iter().next();
            let (key, _) = owner.ok_or_else(|| self.unreceipted())?;
            return Ok(Some((Method::Reference, key)));
        }
        let Gathered { listing, known, staged } = gathering.gather()?;
        let nothing = staged == Staged::default();
        let method = if nothing { Method::Reference } else { Method::Copy };
        let Some(places) = self.contents(&gathering, &staged, known)? else { return Ok(None) };
        let packed = places.pack();
        let key = key::places(&id.dataset, id.version, &id.sha256, &Digest::of(&packed));
        self.put(&key, &packed)?;
        self.put(&id.key, &listing.pack())?;
        Ok(Some((method, key)))
    }

    /// Brings what is missing, verified on the way; gives where everything lies then.
    fn contents(&self, gathering: &Gathering<'_>, staged: &Staged, mut places: Places) -> Result<Option<Places>> {
        let id = &self.item.identity;
        let room = key::room(&id.dataset, id.version, &id.sha256);
        let mut loads = Vec::new();
        for member in &staged.singles {
            if !path::fits_key(&member.path, room) {
                let why = format!("{:?} cannot be a key, and is staged as an object of its own", member.path);
                return Err(gathering.again(Error::user(why)));
            }
            let to = key::tree_file(&id.dataset, id.version, &id.sha256, &member.path);
            places.add(member.sha256, Place { key: to.as_str().into(), range: None });
            loads.push(Load { object: member.sha256, size: member.size, to, members: None });
        }
        for (object, members) in &staged.shards {
            let to = key::tree_shard(&id.dataset, id.version, &id.sha256, object);
            let (offsets, size) = shard::layout(members);
            for (offset, member) in offsets.into_iter().zip(members) {
                places.add(member.sha256, Place { key: to.as_str().into(), range: Some((offset, member.size)) });
            }
            loads.push(Load { object: *object, size, to, members: Some(members) });
        }
        let there = self.there(&loads)?;
        let crowd = Crowd::of(self.production);
        let (own, others): (Vec<&Load<'_>>, Vec<&Load<'_>>) =
            loads.iter().partition(|load| self.portion.is_none_or(|portion| portion.holds(&load.object)));
        crowd::all(&crowd, &own, |load| self.load(load, there.contains(&load.to)))?;
        // What the other jobs brought is proven here again before the listing says that it is there.
        let keys = others.iter().map(|load| load.to.clone()).collect();
        if !others.is_empty() && sizes(self.production, &id.dataset, keys)?.len() < others.len() {
            return Ok(None);
        }
        crowd::all(&crowd, &others, |load| self.load(load, true))?;
        Ok(Some(places))
    }

    /// What an earlier run brought, by one listing for all of it.
    fn there(&self, loads: &[Load<'_>]) -> Result<BTreeSet<Key>> {
        let wanted: BTreeSet<&Key> = loads.iter().map(|load| &load.to).collect();
        let id = &self.item.identity;
        let mut there = BTreeSet::new();
        self.production.list(&key::folder(&id.dataset, id.version, &id.sha256), &mut |listed| {
            if wanted.contains(&listed.key) {
                there.insert(listed.key);
            }
            Ok(())
        })?;
        Ok(there)
    }

    /// One object: hashed here before it is visible. The listing that proves the tree looks for all of them after.
    fn load(&self, load: &Load<'_>, there: bool) -> Result<()> {
        let kind = self.item.identity.kind.clone();
        let (sha256, size, key) = (load.object, load.size, load.to.clone());
        let identity = Identity { sha256, size, key, kind, ..self.item.identity.clone() };
        // What an earlier run brought is proven, not copied again.
        if there {
            return proven::object(self.production, &identity, &[]);
        }
        let from = key::staging(&load.object);
        let bringing = Bringing {
            production: self.production,
            source: self.staging,
            from: &from,
            identity: &identity,
            members: load.members,
            fresh: format!("{}-{}", self.fresh, load.object.short16()),
            progress: self.progress,
            how: "",
        };
        match bringing.bring()? {
            // The store took these bytes and no others.
            Brought { ours: true, .. } => Ok(()),
            Brought { parts, .. } => proven::object(self.production, &identity, &parts),
        }
    }

    /// Create-only, and not sent where something of that size lies already: the look that follows reads what it is.
    fn put(&self, key: &Key, bytes: &[u8]) -> Result<()> {
        let size = bytes.len() as u64;
        if self.production.head(key)?.is_some_and(|head| head.size == size) {
            return Ok(());
        }
        let body = Body { sha256: Digest::of(bytes), size, source: Source::Bytes(bytes) };
        self.production.put(key, body, When::Absent).map(drop)
    }

    fn unreceipted(&self) -> Error {
        let owner = self.tree.earlier.first().map(|owner| owner.version.to_string()).unwrap_or_default();
        Error::store(format!("{} rolls back to {owner}, whose receipt names no places", self.label()))
            .hint("git-data-publish fsck")
    }

    fn label(&self) -> String {
        format!("{} {}", self.item.identity.dataset, self.item.identity.version)
    }
}
