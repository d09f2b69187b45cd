//! What one manifest must hold, whatever came before it.

use std::fmt;

use super::name;
use super::occupied;
use super::rules;
use super::types::{Dataset, Kind, Manifest, State};
use crate::error::Error;

/// Something wrong with a manifest; with a dataset's name, it stops that dataset only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The dataset that stands still; `None` is the whole manifest.
    pub dataset: Option<String>,
    /// Where, as a path of members.
    pub place: String,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

/// Everything that is wrong with this manifest, by dataset.
#[must_use]
pub fn validate(manifest: &Manifest) -> Vec<Fault> {
    let mut faults = occupied::faults(manifest);
    for (name, dataset) in &manifest.datasets {
        let mut found = Found { name, faults: &mut faults };
        of_dataset(name, dataset, &mut found);
        rules::order(dataset, &mut found);
        for (n, entry) in dataset.versions.iter().enumerate() {
            rules::of_entry(manifest, (name, dataset), entry, &mut |member, message| {
                found.add(&format!("versions[{n}].{member}"), format!("{}: {message}", entry.version));
            });
        }
    }
    faults
}

/// The faults as one error: the first is the message, the others are its causes.
#[must_use]
pub fn error(faults: &[Fault]) -> Option<Error> {
    let (first, rest) = faults.split_first()?;
    let chain = rest.iter().rev().fold(None, |next, fault| Some(Box::new(Cause { message: fault.to_string(), next })));
    let error = Error::user(format!("manifest.json, {first}"));
    Some(match chain {
        Some(cause) => error.because(cause),
        None => error,
    })
}

/// What this program does not know: it can be read, but nothing may be deleted by references that hold it.
#[must_use]
pub fn unknown(manifest: &Manifest) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (member, _) in &manifest.extra {
        let message = "an unknown member".to_owned();
        faults.push(Fault { dataset: None, place: member.clone(), message });
    }
    for (name, dataset) in &manifest.datasets {
        let mut found = Found { name, faults: &mut faults };
        if let Kind::Unknown(word) = &dataset.kind {
            found.add("kind", format!("unknown kind {word:?}"));
        }
        for (member, _) in &dataset.extra {
            found.add(member, "an unknown member".to_owned());
        }
        for (n, entry) in dataset.versions.iter().enumerate() {
            if let State::Unknown(word) = &entry.state {
                found.add(&format!("versions[{n}].state"), format!("unknown state {word:?}"));
            }
            let kept = |member: &String| super::legacy::KEPT.contains(&&**member);
            for (member, _) in entry.extra.iter().filter(|(member, _)| !kept(member)) {
                found.add(&format!("versions[{n}].{member}"), "an unknown member".to_owned());
            }
        }
    }
    faults
}

/// Collects the faults of one dataset.
pub(super) struct Found<'a> {
    name: &'a str,
    faults: &'a mut Vec<Fault>,
}

impl Found<'_> {
    pub(super) fn add(&mut self, place: &str, message: String) {
        let place = format!("datasets.{:?}.{place}", self.name);
        self.faults.push(Fault { dataset: Some(self.name.to_owned()), place, message });
    }
}

fn of_dataset(name: &str, dataset: &Dataset, found: &mut Found<'_>) {
    if let Err(error) = name::check(name) {
        found.add("name", error.message);
    }
    match &dataset.renamed {
        None => {
            if let Err(error) = name::check_path(dataset.location(name)) {
                found.add("path", error.message);
            }
        }
        Some(new) => {
            if let Err(error) = name::check(new) {
                found.add("renamed", error.message);
            }
            if new == name {
                found.add("renamed", "it is the dataset's own name".to_owned());
            }
            if dataset.path.is_some() {
                found.add("path", "a renamed dataset has no path".to_owned());
            }
        }
    }
    if let Some(preview) = dataset.preview.as_ref().filter(|p| !["rows", "counts"].contains(&p.as_str())) {
        found.add("preview", format!("{preview:?} is neither rows nor counts"));
    }
}

#[derive(Debug)]
struct Cause {
    message: String,
    next: Option<Box<Cause>>,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Cause {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.next.as_deref().map(|cause| cause as _)
    }
}
