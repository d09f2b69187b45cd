//! What every store must do, as a list of small checks. Each one works under a prefix of its own.

mod conditions;
mod objects;
mod parts;

use std::io::Read as _;

use git_data::error::Error;
use git_data::flow::hash::Digest;
use git_data::flow::key::Key;
use git_data::store::{Body, Listed, Outcome, Pin, Read, Source, When, Write};

/// What a store takes seriously; what it does not, is not asked of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Honours {
    /// `When::Absent` and `When::Matches` on put, copy and complete.
    pub(crate) conditions: bool,
    /// The pin of a copy's source.
    pub(crate) source_conditions: bool,
    /// The size said at the completion of an upload.
    pub(crate) sizes: bool,
}

pub(crate) const ALL: Honours = Honours { conditions: true, source_conditions: true, sizes: true };

/// A part that every provider takes when it is not the last.
const PART: usize = 5 << 20;

type Check = fn(&Bench<'_>);

/// Runs every check on the store; `prefix` keeps runs apart.
pub(crate) fn run(store: &dyn Write, honours: Honours, prefix: &str) {
    for (name, needs, check) in CHECKS {
        let wanted = match needs {
            Needs::Nothing => true,
            Needs::Conditions => honours.conditions,
            Needs::SourceConditions => honours.source_conditions,
            Needs::Sizes => honours.sizes,
        };
        if wanted {
            eprintln!("check {name}");
            check(&Bench { store, base: format!("{prefix}{}/", name.replace(' ', "-")) });
        } else {
            eprintln!("check {name}: not asked of {}", store.address());
        }
    }
}

enum Needs {
    Nothing,
    Conditions,
    SourceConditions,
    Sizes,
}

use Needs::{Conditions, Nothing, Sizes, SourceConditions};

const CHECKS: &[(&str, Needs, Check)] = &[
    ("what was put is there", Nothing, objects::put_head_get),
    ("what is absent is none", Nothing, objects::absent),
    ("ranges", Nothing, objects::ranges),
    ("zero bytes", Nothing, objects::zero_bytes),
    ("odd keys", Nothing, objects::odd_keys),
    ("always replaces", Nothing, objects::always_replaces),
    ("a body may be a range of a file", Nothing, objects::file_range),
    ("wrong bytes store nothing", Nothing, objects::wrong_bytes),
    ("a changed file stores nothing", Nothing, objects::changed_file),
    ("a listing is in key order", Nothing, objects::list_order),
    ("a listing keeps to its prefix", Nothing, objects::list_prefix),
    ("an error stops a listing", Nothing, objects::list_error),
    ("delete is idempotent", Nothing, objects::delete),
    ("a pin holds", Nothing, objects::pin),
    ("a link", Nothing, objects::link),
    ("create-only refuses", Conditions, conditions::create_only),
    ("if-match", Conditions, conditions::if_match),
    ("one of many creates", Conditions, conditions::create_race),
    ("one of many replaces", Conditions, conditions::match_race),
    ("parts in order", Nothing, parts::parts_in_order),
    ("parts out of order at once", Nothing, parts::parts_out_of_order),
    ("a part replaced", Nothing, parts::part_replaced),
    ("one part", Nothing, parts::one_part),
    ("an empty part", Nothing, parts::empty_part),
    ("wrong part bytes", Nothing, parts::wrong_part),
    ("an unfinished upload is invisible", Nothing, parts::unfinished),
    ("a part that was not sent", Nothing, parts::part_not_sent),
    ("a wrong size", Sizes, parts::wrong_size),
    ("complete create-only", Conditions, parts::complete_create_only),
    ("copy", Nothing, parts::copy),
    ("copy of nothing", Nothing, parts::copy_of_nothing),
    ("copy create-only", Conditions, parts::copy_create_only),
    ("copy of another", SourceConditions, parts::copy_of_another),
    ("copy of parts", Nothing, parts::copy_parts),
];

struct Bench<'a> {
    store: &'a dyn Write,
    base: String,
}

impl Bench<'_> {
    fn key(&self, name: &str) -> Key {
        Key::new(format!("{}{name}", self.base))
    }

    fn put(&self, key: &Key, bytes: &[u8], when: When<'_>) -> Outcome {
        self.store.put(key, body(bytes), when).unwrap()
    }

    fn stored(&self, key: &Key, bytes: &[u8]) -> Pin {
        let Outcome::Stored(_) = self.put(key, bytes, When::Always) else { panic!("{key} was refused") };
        self.store.head(key).unwrap().unwrap().pin
    }

    fn get(&self, key: &Key) -> Option<Vec<u8>> {
        read(self.store, key, None, None).unwrap()
    }

    fn keys(&self, prefix: &str) -> Vec<String> {
        let mut keys = Vec::new();
        let mut each = |listed: Listed| {
            keys.push(listed.key.as_str().strip_prefix(&self.base).unwrap().to_owned());
            Ok(())
        };
        self.store.list(&format!("{}{prefix}", self.base), &mut each).unwrap();
        keys
    }
}

pub(crate) fn body(bytes: &[u8]) -> Body<'_> {
    Body { sha256: Digest::of(bytes), size: bytes.len() as u64, source: Source::Bytes(bytes) }
}

/// Bytes that do not repeat within a part.
pub(crate) fn bytes(size: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut out = Vec::with_capacity(size + 8);
    while out.len() < size {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        out.extend(state.to_le_bytes());
    }
    out.truncate(size);
    out
}

pub(crate) fn read(
    store: &dyn Read,
    key: &Key,
    range: Option<(u64, u64)>,
    pin: Option<&Pin>,
) -> Result<Option<Vec<u8>>, Error> {
    let Some(mut from) = store.open(key, range, pin)? else { return Ok(None) };
    let mut all = Vec::new();
    from.read_to_end(&mut all).unwrap();
    Ok(Some(all))
}
