//! Copy: every pending version to production, independently of each other, each proven and receipted.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use crate::command::env::Env;
use crate::command::publish::bytes::{Bringing, Brought, Whole};
use crate::command::publish::rebuild;
use crate::command::publish::sign::Signing;
use crate::command::publish::tree::Bringer;
use crate::command::publish::{Args, Plan, Proven, one, proven_one};
use crate::error::{Error, Result};
use crate::flow::chunk::{self, Chunks};
use crate::flow::hash::Digest;
use crate::flow::key::{self, Key};
use crate::flow::publication::{Action, Item, Portion, Tree};
use crate::flow::receipt::{Method, Receipt};
use crate::flow::signature::Signer;
use crate::store::transfer::crowd::{self, Crowd};
use crate::store::transfer::{self, Progress};
use crate::store::{Body, Outcome, Read, Source, When, Write};

/// What every copy needs; shared by the threads.
struct Copying<'a> {
    staging: &'a dyn Read,
    production: &'a dyn Write,
    progress: &'a dyn Progress,
    portion: Option<Portion>,
    signing: Option<Signing>,
    fresh: String,
    tmp: PathBuf,
    commit: String,
    run: String,
    time: String,
    notes: Mutex<Vec<String>>,
}

/// Publishes each item; one that fails stops no other.
pub(super) fn all(
    env: &Env<'_>,
    production: &dyn Write,
    plan: &mut Plan,
    args: &Args,
    items: &[Item],
) -> Result<Vec<Proven>> {
    let run = env.around.variable("GITHUB_RUN_ID").map_or_else(|| "local".to_owned(), |id| format!("github-{id}"));
    let copying = Copying {
        staging: env.staging()?,
        production,
        progress: env.around.progress.as_ref(),
        portion: args.shard,
        signing: Signing::open(env, plan.tip.id)?,
        fresh: env.fresh_id(),
        tmp: env.tmp(),
        commit: plan.tip.id.to_string(),
        run,
        time: env.stamp(),
        notes: Mutex::default(),
    };
    copying.progress.start("publishing", items.iter().map(|i| i.identity.size).sum());
    let numbered: Vec<(usize, &Item)> = items.iter().enumerate().collect();
    let results = crowd::each(&Crowd::of(production), &numbered, |(at, item)| copying.publish(item, *at));
    copying.progress.finish();
    plan.done.notes.extend(copying.notes.into_inner().unwrap_or_else(PoisonError::into_inner));
    let mut proven = Vec::new();
    for (item, result) in items.iter().zip(results) {
        match result {
            Ok(Some((proof, signer))) => {
                plan.done.items.push(proven_one(item, &proof, signer));
                proven.push(proof);
            }
            // Another job's, or not whole before the others are done.
            Ok(None) => plan.done.items.push(one(item, None)),
            Err(error) => plan.failed(item, &error),
        }
    }
    Ok(proven)
}

impl Copying<'_> {
    /// One version: its bytes are hashed here before they are visible, proven after, signed for, and receipted last.
    /// `None` where other jobs have to do something first.
    fn publish(&self, item: &Item, at: usize) -> Result<Option<(Proven, Option<Signer>)>> {
        if let Some(before) = Proven::by_receipt(self.production, item)? {
            let signer = self.signed_late(item, &before)?;
            return Ok(Some((before, signer)));
        }
        if item.tree.is_none() && self.portion.is_some_and(|portion| !portion.holds(&item.identity.sha256)) {
            return Ok(None);
        }
        let proof = match &item.tree {
            None => {
                let Brought { method, parts, chunks, .. } = self.bring(item, at)?;
                let proof = Proven::by_look(self.production, item, method, &parts)?;
                if let Some(chunks) = &chunks {
                    self.list(item, chunks);
                }
                proof
            }
            Some(tree) => {
                let Some((method, places)) = self.bring_tree(item, tree, at)? else { return Ok(None) };
                Proven::by_listing(self.production, item, method, &places)?
            }
        };
        let signing = self.signing.as_ref();
        let signer = signing.map(|signing| signing.sign(self.production, &item.identity, &self.time)).transpose()?;
        self.receipt(item, &proof)?;
        Ok(Some((proof, signer)))
    }

    /// Who signed what an earlier run receipted. Unsigned, it is signed only after this run has read it itself.
    fn signed_late(&self, item: &Item, before: &Proven) -> Result<Option<Signer>> {
        let Some(signing) = &self.signing else { return Ok(None) };
        let time = before.published().unwrap_or(&self.time);
        if let Some(signer) = signing.signed(self.production, &item.identity, time)? {
            return Ok(Some(signer));
        }
        match before.places() {
            None => Proven::by_look(self.production, item, before.method(), &[])?,
            Some(places) => Proven::by_listing(self.production, item, before.method(), places)?,
        };
        signing.sign(self.production, &item.identity, time).map(Some)
    }

    fn bring(&self, item: &Item, at: usize) -> Result<Brought> {
        let id = &item.identity;
        let there = Brought { method: Method::Reference, parts: Vec::new(), chunks: None, ours: false };
        if item.action == Action::Reference {
            return Ok(there);
        }
        // A run that ended before its receipt: what lies there is proven, not copied again.
        if let Some(head) = self.production.head(&id.key)? {
            let whole = Whole { bucket: self.production, key: &id.key, pin: &head.pin };
            let unlisted = chunk::listed(id.size) && self.production.head(&key::chunks(&id.sha256))?.is_none();
            // Other bytes have no list here: the proof that follows says so.
            let hashed = unlisted.then(|| self.bringing(item, at, self.production, &id.key, "").hash(&whole).ok());
            return Ok(Brought { chunks: hashed.flatten().and_then(|(_, chunks)| chunks), ..there });
        }
        match &item.action {
            Action::Reference => Ok(there),
            Action::Copy { from } => self.bringing(item, at, self.staging, from, "").bring(),
            Action::Rename { from } => self.bringing(item, at, self.production, from, "").bring(),
            Action::Rebuild { delta, base, bases, from } => {
                let bringing = self.bringing(item, at, self.staging, delta, " --no-delta");
                let delta = rebuild::Staged { delta, base, bases, tmp: &self.tmp };
                match rebuild::bring(&bringing, &delta) {
                    // All of it may have been sent instead.
                    Err(error) if self.staging.head(from)?.is_some() => {
                        self.note(format!("{}: all of it is taken from staging: {}", bringing.label(), error.line()));
                        self.bringing(item, at, self.staging, from, " --no-delta").bring()
                    }
                    brought => brought,
                }
            }
        }
    }

    fn bringing<'a>(
        &'a self,
        item: &'a Item,
        at: usize,
        source: &'a dyn Read,
        from: &'a Key,
        how: &'static str,
    ) -> Bringing<'a> {
        let (production, progress, fresh) = (self.production, self.progress, format!("{}-{at}", self.fresh));
        Bringing { production, source, from, identity: &item.identity, members: None, fresh, progress, how }
    }

    fn note(&self, note: String) {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).push(note);
    }

    /// Writes the chunk list beside what was proven. It saves time and proves nothing: without it nothing fails.
    fn list(&self, item: &Item, chunks: &Chunks) {
        let bytes = chunk::print(chunks);
        let body = Body { sha256: Digest::of(&bytes), size: bytes.len() as u64, source: Source::Bytes(&bytes) };
        if let Err(error) = self.production.put(&key::chunks(&item.identity.sha256), body, When::Absent) {
            let (name, version) = (&item.identity.dataset, item.identity.version);
            let help = "git-data-publish fsck --repair writes it";
            self.note(format!("{name} {version} has no chunk list: {}; {help}", error.line()));
        }
    }

    fn bring_tree(&self, item: &Item, tree: &Tree, at: usize) -> Result<Option<(Method, Key)>> {
        let (production, staging, progress) = (self.production, self.staging, self.progress);
        let fresh = format!("{}-{at}", self.fresh);
        Bringer { production, staging, item, tree, portion: self.portion, fresh, progress }.bring()
    }

    /// Writes the receipt once; one that is there must say the same.
    fn receipt(&self, item: &Item, proof: &Proven) -> Result<()> {
        let id = &item.identity;
        let receipt = Receipt {
            identity: id.clone(),
            places: proof.places().cloned(),
            base: item.base,
            commit: self.commit.clone(),
            run: self.run.clone(),
            time: self.time.clone(),
            method: proof.method(),
        };
        let key = key::receipt(&id.dataset, id.version, &id.sha256);
        let bytes = receipt.print();
        let body = Body { sha256: Digest::of(&bytes), size: bytes.len() as u64, source: Source::Bytes(&bytes) };
        if let Outcome::Stored(_) = self.production.put(&key, body, When::Absent)? {
            return Ok(());
        }
        let there = transfer::bytes(self.production, &key, 1 << 20)?.unwrap_or_default();
        if Receipt::parse(&there)?.identity == *id {
            return Ok(());
        }
        Err(Error::integrity(format!("{} {} has a receipt for something else at {key}", id.dataset, id.version))
            .hint("receipts are never rewritten: find out who wrote it before anything else"))
    }
}
