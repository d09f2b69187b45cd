//! The manifest reduced to what a list shows, so that the next list need not read all of a large one.
//! Only where nothing is open: then no branch and no receipt can change what is shown.

use crate::command::env::{Env, MANIFEST};
use crate::command::view::View;
use crate::disk::index::Index;
use crate::disk::stat::Stat;
use crate::disk::{hash, summary};
use crate::flow::manifest::types::{Dataset, Manifest, State};
use crate::flow::manifest::{parse, print};

/// Below this reading all of it costs nothing.
const LARGE: u64 = 1 << 20;

/// What was kept for the manifest that is there now, as surely as the stat index knows it.
pub(super) fn load(env: &Env<'_>) -> Option<Manifest> {
    let path = env.root.join(MANIFEST);
    let stat = Stat::find(&path).ok()?.filter(|stat| stat.size >= LARGE)?;
    let (digest, _) = Index::load(&env.data).get(&path, &stat)?;
    parse::parse(&summary::load(&env.data, &digest)?).ok()
}

/// Keeps it, if it can be: a list that is shown is not to fail for what would only make the next one quicker.
pub(super) fn keep(env: &Env<'_>, view: &View) {
    let Some(reduced) = reduced(view) else { return };
    let path = env.root.join(MANIFEST);
    if !Stat::find(&path).is_ok_and(|stat| stat.is_some_and(|stat| stat.size >= LARGE)) {
        return;
    }
    let _ = hash::file(&path, &|_| ()).and_then(|hashed| {
        summary::save(&env.data, &hashed.sha256, print::print(&reduced).as_bytes())?;
        let mut index = Index::load(&env.data);
        index.put(&path, hashed.stat, hashed.sha256, env.now());
        index.save()
    });
}

/// Each dataset with the one version that a list shows; none where a state can still mean something else.
fn reduced(view: &View) -> Option<Manifest> {
    let settled = |state: &State| matches!(state, State::Published | State::Retired | State::Purging | State::Purged);
    if !view.manifest.entries().all(|(_, e)| settled(&e.state)) {
        return None;
    }
    let one = |(name, dataset): (&String, &Dataset)| {
        let versions = view.newest(name, dataset).into_iter().cloned().collect();
        let (kind, path) = (dataset.kind.clone(), dataset.path.clone());
        let (description, renamed) = (dataset.description.clone(), dataset.renamed.clone());
        (name.clone(), Dataset { kind, path, description, renamed, versions, ..Dataset::default() })
    };
    Some(Manifest { datasets: view.manifest.datasets.iter().map(one).collect(), extra: Vec::new() })
}
