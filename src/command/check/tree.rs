//! The bytes of a proposed tree: every content that production lacks is read from staging, or attested there.

use std::io::Read as _;

use super::By;
use crate::command::env::Env;
use crate::command::publish::tree::{Gathered, Gathering};
use crate::error::{Error, Result};
use crate::flow::hash::{Digest, Hasher};
use crate::flow::key;
use crate::flow::publication::Item;
use crate::flow::tree::shard::{Check, Member};
use crate::store::transfer::crowd::{self, Crowd};
use crate::store::transfer::{self, steady};
use crate::store::{Attested, Read};

/// Proves what the publisher would copy.
pub(super) fn proof(env: &Env<'_>, item: &Item) -> Result<By> {
    let tree = item.tree.as_ref().ok_or_else(|| Error::bug("a tree without its number of files"))?;
    let staging: &dyn Read = env.staging()?;
    let gathering = Gathering { production: env.production()?, staging, item, tree };
    let Gathered { staged, .. } = gathering.gather()?;
    let label = format!("{} {}", item.identity.dataset, item.identity.version);
    let crowd = Crowd::of(staging);
    let singles = crowd::all(&crowd, &staged.singles, |member| single(staging, &label, member));
    let shards = singles
        .and_then(|_| crowd::all(&crowd, &staged.shards, |(object, members)| shard(staging, &label, object, members)));
    shards.map_err(|error| gathering.again(error))?;
    Ok(By::Read)
}

/// A content that is an object of its own.
fn single(staging: &dyn Read, label: &str, member: &Member) -> Result<()> {
    let key = key::staging(&member.sha256);
    let lost = || Error::store(format!("{label}: the content of {:?} is not in staging", member.path));
    let head = staging.head(&key)?.ok_or_else(lost)?;
    let found = match head.attested {
        Attested::Whole(digest) => digest,
        Attested::Parts { .. } | Attested::Nothing => transfer::digest(staging, &key)?.ok_or_else(lost)?,
    };
    if (found, head.size) == (member.sha256, member.size) {
        return Ok(());
    }
    Err(Error::integrity(format!("{label}: staging holds other bytes for {:?}", member.path))
        .because(format!("their SHA-256 is {found}")))
}

/// A shard: read to its end, and byte for byte what follows from its members.
fn shard(staging: &dyn Read, label: &str, object: &Digest, members: &[Member]) -> Result<()> {
    let key = key::staging(object);
    let lost = || Error::store(format!("{label}: the shard {object} is not in staging"));
    let head = staging.head(&key)?.ok_or_else(lost)?;
    let mut body = steady(staging, &key, (0, head.size), &head.pin)?.ok_or_else(lost)?;
    let (mut check, mut hasher, mut buffer) = (Check::of(members), Hasher::default(), vec![0; 256 << 10]);
    loop {
        let read = body.read(&mut buffer).map_err(|e| Error::store(format!("cannot read {key}")).because(e))?;
        if read == 0 {
            break;
        }
        check.take(&buffer[..read])?;
        hasher.update(&buffer[..read]);
    }
    check.finish()?;
    let found = hasher.finish();
    if found == *object {
        return Ok(());
    }
    Err(Error::integrity(format!("{label}: staging holds other bytes for the shard {object}"))
        .because(format!("their SHA-256 is {found}")))
}
