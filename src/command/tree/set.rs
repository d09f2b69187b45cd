//! The set of paths of a tree that a person wants here, kept in git's configuration.

use crate::command::env::Env;
use crate::error::{Error, Result};
use crate::flow::tree::{Item, Listing, path, placing};

/// The set; empty where the whole tree is wanted.
pub(super) fn of(env: &Env<'_>, name: &str) -> Result<Vec<String>> {
    let key = key(name);
    let all = env.repo.config()?.into_iter().filter(|setting| setting.key == key);
    let mut set: Vec<String> = all.map(|setting| setting.value).filter(|path| path::fault(path).is_none()).collect();
    set.dedup();
    Ok(set)
}

/// Adds paths that are not in it.
pub(super) fn add(env: &Env<'_>, name: &str, paths: &[String]) -> Result<()> {
    let known = of(env, name)?;
    for path in paths.iter().filter(|path| known.is_empty() || !placing::within(&known, path)) {
        env.repo.git().add_setting(&key(name), path)?;
    }
    Ok(())
}

/// The whole tree is wanted again.
pub(super) fn end(env: &Env<'_>, name: &str) -> Result<()> {
    if of(env, name)?.is_empty() { Ok(()) } else { env.repo.git().unset_setting(&key(name)) }
}

fn key(name: &str) -> String {
    format!("data.{name}.sparse")
}

/// Paths as they were typed, as paths of the listing; each has to be there.
pub(super) fn typed(name: &str, location: &str, listing: &Listing, paths: &[String]) -> Result<Vec<String>> {
    let there = |path: &str| listing.below(path).next().is_some();
    let one = |typed: &String| {
        let path = typed.trim_start_matches("./").trim_end_matches('/');
        let inside = path.strip_prefix(location).and_then(|rest| rest.strip_prefix('/'));
        let found = [Some(path), inside].into_iter().flatten().find(|path| !path.is_empty() && there(path));
        found.map(str::to_owned).ok_or_else(|| {
            Error::user(format!("{name} has no path {typed:?}"))
                .hint(format!("git data pull {name} --all-paths   brings all there are"))
        })
    };
    paths.iter().map(one).collect()
}

/// The items of a listing that are in the set.
pub(super) fn wanted<'a>(listing: &'a Listing, set: &[String]) -> Vec<&'a Item> {
    listing.items().iter().filter(|item| placing::within(set, &item.path)).collect()
}
