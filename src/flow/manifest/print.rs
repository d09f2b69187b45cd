//! The one encoding of a manifest: `serde_json`'s pretty form, members in the order of the format page.

use super::json::{self, Json};
use super::types::{Dataset, Entry, FORMAT, Manifest};

/// The bytes of `manifest.json`; equal manifests print equal.
#[must_use]
pub fn print(manifest: &Manifest) -> String {
    let mut out = String::new();
    let mut root = Object::open(&mut out, 0);
    root.raw("format", &FORMAT.to_string());
    let place = root.value("datasets");
    if manifest.datasets.is_empty() {
        place.push_str("{}");
    } else {
        let mut datasets = Object::open(place, 1);
        for (name, dataset) in &manifest.datasets {
            print_dataset(datasets.value(name), dataset);
        }
        datasets.close();
    }
    root.extra(&manifest.extra);
    root.close();
    out.push('\n');
    out
}

fn print_dataset(out: &mut String, dataset: &Dataset) {
    let mut object = Object::open(out, 2);
    object.text("kind", Some(dataset.kind.word()));
    object.text("path", dataset.path.as_deref());
    object.text("description", dataset.description.as_deref());
    object.json("keys", dataset.keys.as_ref());
    object.json("checks", dataset.checks.as_ref());
    object.json("redact", dataset.redact.as_ref());
    object.text("preview", dataset.preview.as_deref());
    object.text("renamed", dataset.renamed.as_deref());
    let out = object.value("versions");
    if dataset.versions.is_empty() {
        out.push_str("[]");
    } else {
        let mut newest_first: Vec<_> = dataset.versions.iter().collect();
        newest_first.sort_by_key(|entry| std::cmp::Reverse(entry.version));
        out.push('[');
        for (n, entry) in newest_first.into_iter().enumerate() {
            json::line(out, n, 4);
            print_entry(out, entry);
        }
        json::close(out, 3, ']');
    }
    object.extra(&dataset.extra);
    object.close();
}

fn print_entry(out: &mut String, entry: &Entry) {
    let number = |n: u64| Some(n.to_string());
    let mut object = Object::open(out, 4);
    object.text("version", Some(&entry.version.to_string()));
    object.text("state", Some(entry.state.word()));
    object.text("sha256", Some(&entry.sha256.hex()));
    object.raw("size", entry.size.and_then(number).as_deref().unwrap_or("null"));
    if let Some(files) = entry.files {
        object.raw("files", &files.to_string());
    }
    object.text("created", Some(&entry.created));
    object.text("message", Some(&entry.message));
    object.text("base", entry.base.map(|v| v.to_string()).as_deref());
    object.text("supersedes", entry.supersedes.map(|v| v.to_string()).as_deref());
    object.text("delta", entry.delta.map(|d| d.hex()).as_deref());
    object.text("rollback", entry.rollback.map(|v| v.to_string()).as_deref());
    object.text("from", entry.from.as_deref());
    object.json("source", entry.source.as_ref());
    object.text("diff", entry.diff.as_deref());
    object.text("commit", entry.commit.as_deref());
    object.text("published", entry.published.as_deref());
    object.text("retired", entry.retired.as_deref());
    object.text("purging", entry.purging.as_deref());
    object.text("purged", entry.purged.as_deref());
    object.text("key", entry.key.as_deref());
    object.text("stagingKey", entry.staging_key.as_deref());
    object.text("legacyCommit", entry.legacy_commit.as_deref());
    object.extra(&entry.extra);
    object.close();
}

/// An object being printed; it is never empty.
struct Object<'a> {
    out: &'a mut String,
    level: usize,
    count: usize,
}

impl<'a> Object<'a> {
    fn open(out: &'a mut String, level: usize) -> Self {
        out.push('{');
        Object { out, level, count: 0 }
    }

    /// Where the value of the next member goes.
    fn value(&mut self, name: &str) -> &mut String {
        json::line(self.out, self.count, self.level + 1);
        self.count += 1;
        json::quote(self.out, name);
        self.out.push_str(": ");
        self.out
    }

    fn raw(&mut self, name: &str, value: &str) {
        self.value(name).push_str(value);
    }

    fn text(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            json::quote(self.value(name), value);
        }
    }

    fn json(&mut self, name: &str, value: Option<&Json>) {
        let level = self.level + 1;
        if let Some(value) = value {
            value.print(self.value(name), level);
        }
    }

    fn extra(&mut self, members: &[(String, Json)]) {
        for (name, value) in members {
            self.json(name, Some(value));
        }
    }

    fn close(self) {
        json::close(self.out, self.level, '}');
    }
}
