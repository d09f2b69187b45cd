//! `SHA256SUMS`: what `sha256sum -c` verifies in a copy of the production bucket.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::{Access, Catalog, MARK};
use crate::flow::text::Untrusted;

/// The list. Of a directory the bucket holds many objects and no one file that has its digest: a comment says so.
pub(super) fn sums(catalog: &Catalog) -> String {
    let mut out = format!(
        "# {MARK}, in the form of sha256sum.\n# In a copy of the production bucket: \
         sha256sum -c --ignore-missing SHA256SUMS\n"
    );
    let mut seen = BTreeSet::new();
    for dataset in &catalog.datasets {
        for one in dataset.versions.iter().filter(|one| one.access != Access::Gone) {
            let name = Untrusted(&dataset.name);
            match &one.key {
                None => {
                    let _ = writeln!(
                        out,
                        "# {name} {} is a directory: git data pull verifies each of its files",
                        one.version
                    );
                }
                // A backslash means something to sha256sum, and so do ends of lines.
                Some(key) if key.contains('\\') || Untrusted(key).to_string() != *key => {
                    let _ = writeln!(out, "# {name} {} has a key that this form cannot hold", one.version);
                }
                // What was rolled back to has one object.
                Some(key) if seen.insert(key) => {
                    let _ = writeln!(out, "{}  {key}", one.sha256);
                }
                Some(_) => {}
            }
        }
    }
    out
}
