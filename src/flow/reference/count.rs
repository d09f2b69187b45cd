//! Counts one name after the other, so that no more than two manifests need to be held.

use super::entry::{Needs, Pins, Trees};
use super::{Counted, Found, Grace, Receipts, References, Refusal, Standing, Why, short};
use crate::flow::key::Key;
use crate::flow::manifest::types::{Dataset, Entry, Manifest, State};
use crate::flow::manifest::validate;
use crate::flow::state::{Effective, effective};

/// References being counted.
pub struct Count {
    reference: String,
    tip: Option<Manifest>,
    grace: Grace,
    receipts: Receipts,
    trees: Trees,
    pins: Pins,
    names: Vec<String>,
    notes: Vec<String>,
    refusals: Vec<Refusal>,
}

impl Count {
    /// Begins with the default branch's tip. `receipts` must have been listed before that tip was fetched: a receipt
    /// without an entry is then one whose entry disappeared.
    #[must_use]
    pub fn of(reference: &str, tip: Found, receipts: Receipts, trees: Trees, grace: Grace) -> Self {
        let mut count = Count {
            reference: reference.to_owned(),
            tip: None,
            grace,
            receipts,
            trees,
            pins: Pins::default(),
            names: vec![reference.to_owned()],
            notes: Vec::new(),
            refusals: Vec::new(),
        };
        let reference = reference.to_owned();
        match tip {
            Found::Manifest(tip) => count.default_branch(*tip),
            Found::Nothing | Found::Unchanged => count.refuse(Refusal::NoEntry { reference }),
            Found::Malformed(why) | Found::Unreadable(why) => count.refuse(Refusal::Unreadable { reference, why }),
        }
        count
    }

    /// Stops every deletion.
    pub fn refuse(&mut self, refusal: Refusal) {
        self.refusals.push(refusal);
    }

    /// Counts a tag, a kept name or a head.
    pub fn add(&mut self, counted: &Counted) {
        let reference = counted.name.clone();
        match (&counted.manifest, &counted.standing) {
            (Found::Nothing | Found::Unchanged, _) => {}
            (Found::Malformed(why), Standing::Open { fork: true, .. }) => {
                self.notes.push(format!("{} is a fork's, cannot be read and pins nothing: {why}", short(&reference)));
                return;
            }
            (Found::Malformed(why) | Found::Unreadable(why), _) => {
                self.refuse(Refusal::Unreadable { reference, why: why.clone() })
            }
            (Found::Manifest(manifest), standing) => {
                self.unknown(&counted.name, manifest);
                match standing {
                    Standing::Kept => self.kept(&counted.name, manifest),
                    Standing::Open { base, .. } => self.open(&counted.name, manifest, base.as_deref()),
                }
            }
        }
        self.names.push(counted.name.clone());
    }

    /// Listings that were read since.
    pub fn know(&mut self, trees: Trees) {
        self.trees.extend(trees);
    }

    /// Counts what lies in staging: a delta there pins what it is made against.
    pub fn staged(&mut self, key: &Key) {
        self.pins.add_staged(key);
    }

    /// Everything that is needed, or all that stands in the way of knowing it.
    pub fn finish(self) -> Result<References, Vec<Refusal>> {
        let Some(tip) = self.tip.filter(|_| self.refusals.is_empty()) else { return Err(self.refusals) };
        let Pins { keys, digests, staged, staged_keys } = self.pins;
        Ok(References {
            tip,
            grace: self.grace,
            receipts: self.receipts,
            names: self.names,
            notes: self.notes,
            keys,
            digests,
            staged,
            staged_keys,
            trees: self.trees,
        })
    }

    fn default_branch(&mut self, tip: Manifest) {
        let reference = self.reference.clone();
        self.unknown(&reference, &tip);
        for fault in validate::validate(&tip).into_iter().filter(|fault| fault.dataset.is_none()) {
            self.refuse(Refusal::Faulty { reference: reference.clone(), what: fault.to_string() });
        }
        if tip.entries().next().is_none() {
            self.refuse(Refusal::NoEntry { reference: reference.clone() });
        }
        for (dataset, version, sha256) in &self.receipts {
            if tip.entry(dataset, *version).is_none_or(|entry| entry.sha256 != *sha256) {
                let (dataset, version, sha256) = (dataset.clone(), *version, *sha256);
                self.refusals.push(Refusal::Receipt { dataset, version, sha256 });
            }
        }
        for (name, dataset) in &tip.datasets {
            for entry in &dataset.versions {
                let receipt = self.receipts.contains(&(name.clone(), entry.version, entry.sha256));
                let why = match effective(entry, true, receipt) {
                    Effective::Proposed | Effective::Merged => Why::Pending,
                    Effective::Published | Effective::Unknown(_) => Why::Published,
                    Effective::Retired if !self.grace.is_over(entry) => Why::Grace,
                    Effective::Retired | Effective::Withdrawn | Effective::Purging | Effective::Purged => continue,
                };
                self.need(&Needs { reference: &reference, manifest: &tip, name, dataset, entry, why });
            }
        }
        self.tip = Some(tip);
    }

    /// Each dataset's latest. While that is pending there, what was published before it is needed too.
    fn kept(&mut self, reference: &str, manifest: &Manifest) {
        for (name, dataset) in &manifest.datasets {
            let highest = |states: &[State]| {
                dataset.versions.iter().filter(|entry| states.contains(&entry.state)).max_by_key(|entry| entry.version)
            };
            let latest = highest(&[State::Pending, State::Published]);
            let published = highest(&[State::Published]).filter(|entry| Some(*entry) != latest);
            for entry in latest.into_iter().chain(published) {
                self.need(&Needs { reference, manifest, name, dataset, entry, why: Why::Latest });
            }
        }
    }

    /// What it adds or changes. An entry that the default branch took in since, as a squash does, counts there.
    fn open(&mut self, reference: &str, manifest: &Manifest, base: Option<&Manifest>) {
        for (name, dataset) in &manifest.datasets {
            let old = base.and_then(|base| base.datasets.get(name));
            for entry in dataset.versions.iter().filter(|entry| is_live(entry)) {
                let same = |d: &Dataset| d.entry(entry.version).filter(|old| old.sha256 == entry.sha256).cloned();
                let here = self.tip.as_ref().and_then(|tip| tip.datasets.get(name)).and_then(same);
                let counts = match (old.and_then(same), here) {
                    (Some(before), _) if before == *entry => false,
                    (Some(before), Some(here)) => !(before.state == State::Pending && rank(&here) >= rank(entry)),
                    (None, Some(_)) => base.is_none(),
                    (_, None) => true,
                };
                if counts {
                    self.need(&Needs { reference, manifest, name, dataset, entry, why: Why::Proposed });
                }
            }
        }
    }

    fn unknown(&mut self, reference: &str, manifest: &Manifest) {
        if let Some(fault) = validate::unknown(manifest).first() {
            self.refuse(Refusal::Unknown { reference: reference.to_owned(), what: fault.to_string() });
        }
    }

    fn need(&mut self, needs: &Needs<'_>) {
        if !self.pins.add(needs, &self.trees) {
            self.refusals.push(Refusal::Tree {
                reference: needs.reference.to_owned(),
                dataset: needs.name.to_owned(),
                version: needs.entry.version,
            });
        }
    }
}

/// How far an entry has come: what a later state says, the earlier ones cannot take back.
fn rank(entry: &Entry) -> u8 {
    match entry.state {
        State::Pending => 0,
        State::Published => 1,
        State::Withdrawn | State::Retired | State::Purging | State::Purged => 2,
        State::Unknown(_) => 0,
    }
}

/// Whether a head that says so needs the bytes.
fn is_live(entry: &Entry) -> bool {
    matches!(entry.state, State::Pending | State::Published | State::Unknown(_))
}
