//! What each fuzz target asserts, as plain functions: `tests/it/fuzz_corpora.rs` calls them too, without a fuzzer.

use std::collections::BTreeMap;

use git_data::flow::address::Address;
use git_data::flow::check;
use git_data::flow::chunk;
use git_data::flow::delta::{self, Opening};
use git_data::flow::diff::html::html;
use git_data::flow::diff::json::json;
use git_data::flow::diff::markdown::markdown;
use git_data::flow::diff::tally;
use git_data::flow::diff::words::Heading;
use git_data::flow::hash::Digest;
use git_data::flow::key::{self, Key};
use git_data::flow::manifest::isolate::parse_isolating;
use git_data::flow::manifest::merge::{Side, merge};
use git_data::flow::manifest::parse::parse;
use git_data::flow::manifest::print::print;
use git_data::flow::manifest::transition::{Author, transitions};
use git_data::flow::manifest::types::Manifest;
use git_data::flow::manifest::{name, validate};
use git_data::flow::markdown::md;
use git_data::flow::publication;
use git_data::flow::receipt::Receipt;
use git_data::flow::reference::receipt_of;
use git_data::flow::settings::{self, Settings};
use git_data::flow::text::{Untrusted, is_hostile, json_escaped};
use git_data::flow::tree::diff::diff;
use git_data::flow::tree::shard::{self, Check, Member};
use git_data::flow::tree::shelve::{contents, staged};
use git_data::flow::tree::{Listing, Places, path};
use git_data::flow::version::Version;
use git_data::git::gitdata_file;
use git_data::table;

/// Stands between the two manifests of one input.
const NEXT: &[u8] = b"\n----\n";

/// The default branch and a proposal: nothing panics, and what is printed is what is read.
pub fn manifest(bytes: &[u8]) {
    let at = bytes.windows(NEXT.len()).position(|window| window == NEXT);
    let (base, head) = at.map_or((&[][..], bytes), |at| (&bytes[..at], &bytes[at + NEXT.len()..]));
    let base = one(base).unwrap_or_default();
    let Some(head) = one(head) else { return };
    for receipts in [false, true] {
        for author in [Author::PullRequest, Author::Publisher] {
            let _ = transitions(&base, &head, &|_, _| receipts, author);
        }
        let _ = check::structure(&base, &base, &head, &|_, _| receipts);
    }
    let merged = merge(&Manifest::default(), &base, &head, Side::Ours);
    if merged.conflicts.is_empty() {
        is_stable(&merged.manifest);
    }
    // What changed on one side only is taken as it is.
    let alone = merge(&base, &base, &head, Side::Ours);
    if validate::validate(&base).is_empty() && validate::validate(&head).is_empty() && alone.conflicts.is_empty() {
        is_stable(&alone.manifest);
    }
}

fn one(bytes: &[u8]) -> Option<Manifest> {
    let isolated = parse_isolating(bytes);
    let manifest = parse(bytes).ok()?;
    assert!(isolated.is_ok_and(|(same, faults)| same == manifest && faults.is_empty()));
    let _ = (validate::error(&validate::validate(&manifest)), validate::unknown(&manifest));
    let _ = publication::plan(&manifest);
    is_stable(&manifest);
    Some(manifest)
}

fn is_stable(manifest: &Manifest) {
    let text = print(manifest);
    let again =
        parse(text.as_bytes()).unwrap_or_else(|error| panic!("what was printed cannot be read: {error}\n{text}"));
    assert_eq!(print(&again), text);
}

/// `.gitdata`: it is settings, or an error; never a credential, another file, or a panic.
pub fn config(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let Ok(pairs) = gitdata_file(&text) else { return };
    assert!(!pairs.iter().any(|(name, _)| name.starts_with("include")));
    if let Ok(settings) = Settings::overlay(&pairs, &[], &BTreeMap::new()) {
        assert!(settings.keys.is_none() && settings.production_keys.is_none());
        assert!(!pairs.iter().any(|(name, _)| name.to_ascii_lowercase().contains("secret")));
        for known in settings::KNOWN {
            let _ =
                (settings.bucket(known.0), settings.flag(known.0), settings.count(known.0), settings.origin(known.0));
        }
    }
    for (_, value) in &pairs {
        let _ = (settings::duration(value), settings::bytes(value));
        if let Ok(address) = Address::parse(value) {
            assert_eq!(Address::parse(&address.to_string()).ok(), Some(address));
        }
    }
}

/// A receipt: what is printed is what is read.
pub fn receipt(bytes: &[u8]) {
    let Ok(receipt) = Receipt::parse(bytes) else { return };
    let again = Receipt::parse(&receipt.print()).expect("what was printed can be read");
    assert_eq!(again, receipt);
    assert_eq!(again.print(), receipt.print());
}

/// Two lines, as names, paths, keys and words.
pub fn names(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (a, b) = text.split_once('\n').unwrap_or((&text, ""));
    assert_eq!(name::clash(a, b), name::clash(b, a));
    assert_eq!(name::fold(&name::fold(a)), name::fold(a));
    let _ = name::check_path(a);
    if name::check(a).is_ok() {
        assert!(name::check_path(a).is_ok() || !a.contains(".."), "a name that leaves the repository: {a:?}");
        let (version, digest) = (Version(7), Digest::of(bytes));
        let proof = key::receipt(a, version, &digest);
        assert_eq!(receipt_of(&proof), Some((a.to_owned(), version, digest)));
        assert!(!key::production(a, version, &digest).as_str().starts_with(key::OWN));
    }
    if let Some((dataset, version, digest)) = receipt_of(&Key::new(a)) {
        assert_eq!(key::receipt(&dataset, version, &digest).as_str(), a);
    }
    let _ = (Version::parse(a).map(Version::next), Digest::from_hex(a), Address::parse(a));
    assert!(!Untrusted(&text).to_string().contains(is_hostile));
    let page = md(&text).to_string();
    assert!(!page.contains(is_hostile) && !page.contains(['<', '\n']), "{page:?}");
    let json = json_escaped(serde_json_text(&text));
    assert!(!json.contains(is_hostile));
}

/// The text as a string of JSON, as the programs print it.
fn serde_json_text(text: &str) -> String {
    let mut json = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => json.extend(['\\', c]),
            c if c < ' ' => json.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => json.push(c),
        }
    }
    json + "\""
}

/// Lines of a listing or of places, packed here, and the same bytes as they would come from a bucket.
pub fn tree(bytes: &[u8]) {
    let digest = Digest::of(bytes);
    let packed = zstd::bulk::compress(bytes, 1).expect("memory takes every byte");
    for stored in [packed.as_slice(), bytes] {
        if let Ok(listing) = Listing::unpack(stored, &digest) {
            assert_eq!(listing.print(), bytes);
            assert_eq!(Listing::unpack(&listing.pack(), &digest).ok().as_ref(), Some(&listing));
            assert!(diff(&listing, &listing).is_empty());
            let members = contents(&listing, &|_| false);
            let _ = (shard::layout(&members), listing.files(), listing.size());
            for item in listing.items() {
                assert!(path::fault(&item.path).is_none() && !item.path.starts_with('/'));
            }
        }
        if let Ok(places) = Places::unpack(stored) {
            assert_eq!(Places::unpack(&places.pack()).ok().as_ref(), Some(&places));
            let _ = staged(&Listing::default(), &places, &|_| false);
        }
    }
    let member = Member { path: "a".into(), size: 3, sha256: Digest::of(b"abc") };
    let mut check = Check::of(std::slice::from_ref(&member));
    let right = check.take(bytes).and_then(|()| check.finish()).is_ok();
    assert!(!right || bytes.starts_with(&shard::header(&member)));
}

/// A staged delta, or a chunk list.
pub fn delta(bytes: &[u8]) {
    let first = &bytes[..bytes.len().min(usize::try_from(delta::HEAD).unwrap_or(512))];
    if let Ok(opening) = Opening::read(first, bytes.len() as u64) {
        let (at, count) = opening.ops;
        let ops = usize::try_from(at).ok().zip(usize::try_from(count).ok());
        if let Some(recipe) = ops.and_then(|(at, count)| opening.recipe(bytes.get(at..at + count)?).ok()) {
            let mut end = 0;
            for run in recipe.runs() {
                assert_eq!(run.at, end);
                end = run.end();
            }
            assert_eq!(end, recipe.size);
            let within = recipe.within(1 << 20).is_ok();
            let base = |run: &delta::Run| run.from == delta::From::Base;
            assert!(
                !within || recipe.runs().iter().filter(|run| base(run)).all(|run| run.offset + run.length <= 1 << 20)
            );
            let _ = (recipe.unchanged((0, recipe.size)), recipe.range((1, recipe.size)).count());
        }
    }
    let text = String::from_utf8_lossy(first);
    let size = text.split("\"size\":").nth(1).and_then(|rest| rest.split(',').next()?.parse().ok());
    if let Some(chunks) = size.and_then(|size| chunk::parse(bytes, size).ok()) {
        assert_eq!(chunk::print(&chunks), bytes);
    }
}

/// Two versions of a table after a line with their format: nothing panics, a table does not differ from itself, and what
/// is shown of a difference is text within its bounds.
pub fn table(bytes: &[u8]) {
    let Some(line) = bytes.iter().position(|byte| *byte == b'\n') else { return };
    let (name, rest) =
        (format!("a.{}", String::from_utf8_lossy(&bytes[..line]).replace(['/', '\0'], "")), &bytes[line + 1..]);
    let Some(at) = rest.windows(NEXT.len()).position(|window| window == NEXT) else { return };
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let (old, new) = (write("old", &rest[..at]), write("new", &rest[at + NEXT.len()..]));
    let cells = tally::Options::default();
    let ask = table::Ask {
        names: [&name, &name],
        key: &[],
        keys: &BTreeMap::new(),
        cells: &cells,
        order: true,
        memory: 1 << 20,
        scratch: folder.path(),
    };
    for one in [&old, &new] {
        if let Ok(Some(found)) = table::compare(one, one, &ask) {
            assert!(!found.differs() || found.tables.iter().any(|table| table.partly.is_some()), "{found:?}");
        }
    }
    if let Ok(Some(found)) = table::compare(&old, &new, &ask) {
        let heading = Heading { name: &name, old: "v1", new: "v2", command: None };
        let page = markdown(&heading, &found, 60_000);
        assert!(page.len() <= 60_000 && !page.contains(|c| c != '\n' && is_hostile(c)), "{page:?}");
        assert!(!html(&heading, &found).contains("<img"));
        let json = json_escaped(json(&found).to_string());
        assert!(!json.contains(is_hostile));
    }
}
