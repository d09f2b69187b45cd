//! Which version of a directory has a file that lies in it.

use std::path::Path;

use crate::command::env::Env;
use crate::command::tree::proposed;
use crate::command::view::View;
use crate::disk::placed::Placed;
use crate::disk::tree::kept::Kept;
use crate::disk::{file, hash};
use crate::error::{Error, Result};
use crate::flow::hash::Digest;
use crate::flow::manifest::types::Kind;
use crate::flow::tree::Item;

/// The digest of the version that explains a path: of the directory as it is, or of the newest version that has the
/// file in it. `None` for a path that is in no directory of ours.
pub(in crate::command) fn holding(env: &Env<'_>, view: &View, path: &Path) -> Result<Option<Digest>> {
    let Some(path) = file::inside(&env.root, path)? else { return Ok(None) };
    let trees = view.manifest.datasets.iter().filter(|(_, d)| d.kind == Kind::Tree && d.renamed.is_none());
    for (name, dataset) in trees {
        let Some(rest) = path.strip_prefix(dataset.location(name)) else { continue };
        if rest.is_empty() {
            return Ok(Some(proposed(env, name, dataset, &env.root.join(&path))?.digest()));
        }
        let Some(inside) = rest.strip_prefix('/') else { continue };
        let content = hash::file(&env.root.join(&path), &|_| ())?.sha256;
        let placed = Placed::new(&env.data).get(&env.root, name).map(|(_, digest)| digest);
        let versions = dataset.versions.iter().map(|entry| entry.sha256);
        let kept = Kept::new(&env.data, name);
        let has = |version: &Digest| {
            let listing = kept.listing(version);
            listing
                .is_some_and(|it| it.get(inside).and_then(Item::content).is_some_and(|(digest, _)| digest == content))
        };
        return match placed.into_iter().chain(versions).find(has) {
            Some(version) => Ok(Some(version)),
            None => Err(Error::user(format!("{path} is in no version of {name} that was here, as it is now"))
                .hint(format!("git data status {name}   says what differs"))
                .hint(format!("git data prepare {name}   proposes it as a new version"))),
        };
    }
    Ok(None)
}
