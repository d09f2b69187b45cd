//! Two datasets cannot have the same name or place; the one that came later stands still.

use std::collections::BTreeMap;

use super::name::{Clash, fold};
use super::types::{Dataset, Manifest};
use super::validate::Fault;

/// The datasets whose name or path an earlier one has already.
pub(super) fn faults(manifest: &Manifest) -> Vec<Fault> {
    let held = || manifest.datasets.iter().filter(|(_, dataset)| !dataset.is_free());
    let names = held().map(|(name, dataset)| (name.as_str(), name.as_str(), dataset));
    let placed = held().filter(|(_, dataset)| dataset.renamed.is_none());
    let paths = placed.map(|(name, dataset)| (dataset.location(name), name.as_str(), dataset));
    let mut faults = Vec::new();
    for (later, earlier, clash) in clashes(names) {
        let message = match clash {
            Clash::Twins => format!("differs from {earlier:?} by case or normalization only"),
            Clash::Prefix => format!("one of it and {earlier:?} is a directory above the other"),
        };
        let hint = format!("git data delete {later} withdraws what is not yet published");
        faults.push(Fault {
            dataset: Some(later.to_owned()),
            place: format!("datasets.{later:?}"),
            message: format!("{message}; {hint}"),
        });
    }
    for (later, earlier, clash) in clashes(paths) {
        // Names that clash and are their own paths were named already.
        if faults.iter().any(|f| f.dataset.as_deref() == Some(later)) {
            continue;
        }
        let path = manifest.datasets[later].location(later);
        let message = match clash {
            Clash::Twins => format!("{path:?} is the path of {earlier:?} already"),
            Clash::Prefix => format!("one of {path:?} and the path of {earlier:?} is a directory above the other"),
        };
        let place = format!("datasets.{later:?}.path");
        faults.push(Fault { dataset: Some(later.to_owned()), place, message });
    }
    faults
}

type Item<'a> = (&'a str, &'a str, &'a Dataset);

/// Pairs (later, earlier) of datasets that are in each other's way.
fn clashes<'a>(items: impl Iterator<Item = Item<'a>>) -> Vec<(&'a str, &'a str, Clash)> {
    let mut by_place: BTreeMap<String, Vec<Item<'a>>> = BTreeMap::new();
    for item in items {
        by_place.entry(fold(item.0)).or_default().push(item);
    }
    let mut found = Vec::new();
    for here in by_place.values_mut() {
        here.sort_by_key(|item| (born(item.2), item.1));
        found.extend(here[1..].iter().map(|later| (later.1, here[0].1, Clash::Twins)));
    }
    for (place, here) in &by_place {
        for (at, _) in place.match_indices('/') {
            let Some(above) = by_place.get(&place[..at]) else { continue };
            let (one, other) = (&here[0], &above[0]);
            let one_is_later = (born(one.2), one.1) > (born(other.2), other.1);
            let (later, earlier) = if one_is_later { (one, other) } else { (other, one) };
            found.push((later.1, earlier.1, Clash::Prefix));
        }
    }
    found.sort_unstable_by_key(|(later, earlier, _)| (*later, *earlier));
    found
}

/// What decides who was first: one of which something was published, then when the first version was made, as its author
/// says. Whoever backdates a proposal pushes no published dataset aside.
fn born(dataset: &Dataset) -> (bool, &str) {
    let unpublished = dataset.versions.iter().all(|entry| entry.published.is_none() && entry.key.is_none());
    (unpublished, dataset.versions.iter().map(|entry| entry.created.as_str()).min().unwrap_or(""))
}
