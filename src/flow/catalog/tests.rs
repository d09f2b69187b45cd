//! A catalog of every kind of dataset, one that is hostile, and what each file makes of them.

use base64::Engine as _;

use super::{Access, Catalog, Source, is_ours, is_public};
use crate::flow::hash::Digest;
use crate::flow::manifest::parse;
use crate::flow::manifest::types::{Entry, Manifest};
use crate::flow::text::is_hostile;

const EVIL: &str = "<img src=x onerror=a> | `](https://evil.example) \u{202e}\u{1b}[2J & \"'\n# x";
const REMOTE: &str = "https://me:secret@github.com/team/prices.git";

fn digest(text: &str) -> String {
    Digest::of(text.as_bytes()).hex()
}

/// A file of three versions and a proposal, a rollback, a directory, and a dataset of which all is retired.
fn manifest() -> Manifest {
    let (one, two, tree) = (digest("one"), digest("two"), digest("tree"));
    let text = format!(
        r#"{{"format":1,"datasets":{{
        "eu/prices.csv.gz":{{"kind":"file","path":"data/prices.csv.gz","description":"Prices of Europe","versions":[
          {{"version":"v4","state":"pending","sha256":"{two}","size":7,"created":"2026-03-04T00:00:00Z","message":"Proposed","base":"v3"}},
          {{"version":"v3","state":"pending","sha256":"{one}","size":1234,"created":"2026-03-03T00:00:00Z","message":"Back","base":"v2","rollback":"v1"}},
          {{"version":"v2","state":"published","sha256":"{two}","size":1300,"created":"2026-02-01T00:00:00Z","message":"Costs of 2025\n\nas said","base":"v1","diff":"diffs/eu/prices.csv.gz/0123456789abcdef.md","commit":"{commit}","published":"2026-02-02T08:00:00Z"}},
          {{"version":"v1","state":"published","sha256":"{one}","size":1234,"created":"2026-01-01T00:00:00Z","message":"First","commit":"{commit}","published":"2026-01-01T10:00:00Z"}}]}},
        "maps":{{"kind":"tree","versions":[
          {{"version":"v1","state":"published","sha256":"{tree}","size":4096,"files":3,"created":"2026-01-05T00:00:00Z","message":"Maps","published":"2026-01-06T00:00:00Z"}}]}},
        "old.sqlite":{{"kind":"file","versions":[
          {{"version":"v1","state":"retired","sha256":"{one}","size":5,"created":"2025-01-05T00:00:00Z","message":"Old","published":"2025-01-06T00:00:00Z","retired":"2026-01-06T00:00:00Z"}}]}},
        "draft.csv":{{"kind":"file","versions":[
          {{"version":"v1","state":"withdrawn","sha256":"{one}","size":5,"created":"2025-01-05T00:00:00Z","message":"Never"}}]}}
        }}}}"#,
        commit = "c1".repeat(20)
    );
    parse::parse(text.as_bytes()).unwrap()
}

fn merged(_: &str, entry: &Entry) -> bool {
    entry.version.0 < 4
}

fn source(manifest: &Manifest) -> Source<'_> {
    Source {
        manifest,
        merged: &merged,
        public: Some("https://data.example.org/eu/"),
        remote: Some(REMOTE),
        called: "desk",
        author: Some("Doe, Jane; Prices Team"),
        folder: "catalog",
    }
}

fn sheet(catalog: &Catalog, name: &str) -> String {
    catalog.sheets().into_iter().find(|sheet| sheet.name == name).unwrap().text
}

/// The page is what the file says; where it is meant to change, the test says what it is now.
fn same(page: &str, golden: &str) {
    assert!(page == golden, "the page is now:\n{page}<<<END");
}

#[test]
fn markdown_of_a_catalog() {
    same(&sheet(&Catalog::of(&source(&manifest())), "README.md"), include_str!("tests/golden/README.md"));
}

#[test]
fn digests_of_a_catalog() {
    same(&sheet(&Catalog::of(&source(&manifest())), "SHA256SUMS"), include_str!("tests/golden/SHA256SUMS"));
}

#[test]
fn a_citation_of_a_catalog() {
    same(&sheet(&Catalog::of(&source(&manifest())), "CITATION.cff"), include_str!("tests/golden/CITATION.cff"));
}

#[test]
fn html_of_a_catalog() {
    let page = sheet(&Catalog::of(&source(&manifest())), "index.html");
    let (_, body) = page.split_once("<body>\n").unwrap();
    let (body, _) = body.split_once("<script>").unwrap();
    same(body, include_str!("tests/golden/body.html"));
}

#[test]
fn the_page_allows_only_its_own_styles_and_script() {
    let page = sheet(&Catalog::of(&source(&manifest())), "index.html");
    let policy = page.split("Content-Security-Policy").nth(1).unwrap().split('>').next().unwrap();
    let mut found = 0;
    for (start, end) in [("<style>", "</style>"), ("<script>", "</script>")] {
        for part in page.split(start).skip(1) {
            let digest = Digest::of(part.split(end).next().unwrap().as_bytes());
            let named = format!("'sha256-{}'", base64::engine::general_purpose::STANDARD.encode(digest.bytes()));
            assert!(policy.contains(&named), "the policy has to say {named}");
            found += 1;
        }
    }
    assert_eq!((found, policy.matches("sha256-").count()), (3, 3));
    assert!(policy.contains("default-src 'none'"));
}

#[test]
fn what_is_not_approved_is_left_out() {
    let manifest = manifest();
    let catalog = Catalog::of(&source(&manifest));
    assert_eq!((catalog.datasets.len(), catalog.versions(), catalog.left_out), (3, 5, 1));
    let everything: String = catalog.sheets().into_iter().map(|sheet| sheet.text).collect();
    for word in ["Proposed", "draft.csv", "Never", "secret"] {
        assert!(!everything.contains(word), "{word}");
    }
    let none = Catalog::of(&Source { merged: &|_, _| false, ..source(&manifest) });
    assert_eq!((none.versions(), none.left_out), (4, 2));
}

#[test]
fn without_a_public_url_there_are_commands() {
    let manifest = manifest();
    let catalog = Catalog::of(&Source { public: None, author: None, remote: None, folder: "a/b", ..source(&manifest) });
    let access: Vec<_> = catalog.datasets[0].versions.iter().map(|one| one.access.clone()).collect();
    assert_eq!(access[1], Access::Pull("git data pull eu/prices.csv.gz --version v2".to_owned()));
    assert_eq!(catalog.title, "desk");
    for name in ["README.md", "index.html"] {
        let page = sheet(&catalog, name);
        assert!(!page.contains("https://"), "{page}");
        assert!(page.contains("../../diffs/eu/prices.csv.gz/0123456789abcdef.md"), "{page}");
    }
    let cited = sheet(&catalog, "CITATION.cff");
    assert!(cited.contains("  - name: \"The contributors of desk\"\n") && cited.contains("data.author"), "{cited}");
    assert_eq!(sheet(&catalog, "SHA256SUMS"), sheet(&Catalog::of(&source(&manifest)), "SHA256SUMS"));
}

#[test]
fn a_base_is_an_address_and_nothing_else() {
    for good in ["https://data.example.org", "http://127.0.0.1:9000/bucket/", "https://x.example/a%20b"] {
        assert!(is_public(good), "{good}");
    }
    for bad in
        ["", "data.example.org", "https://", "https:///x", "javascript:alert(1)", "https://x/'y", "https://x/$(y)"]
    {
        assert!(!is_public(bad), "{bad}");
        let manifest = manifest();
        assert_eq!(Catalog::of(&Source { public: Some(bad), ..source(&manifest) }).public, None);
    }
}

#[test]
fn what_is_written_by_others_is_known() {
    let manifest = manifest();
    for sheet in Catalog::of(&source(&manifest)).sheets() {
        assert!(is_ours(sheet.text.as_bytes()), "{}", sheet.name);
    }
    assert!(!is_ours(b"# A project\n") && !is_ours(b""));
    assert!(!is_ours(format!("{}written by git data catalog", "x".repeat(500)).as_bytes()));
}

/// Wherever text from outside can stand, it stands as text.
#[test]
fn what_others_wrote_is_text_and_nothing_else() {
    let mut manifest = manifest();
    let dataset = manifest.datasets.get_mut("eu/prices.csv.gz").unwrap();
    (dataset.description, dataset.path) = (Some(EVIL.to_owned()), Some(EVIL.to_owned()));
    for entry in &mut dataset.versions {
        (entry.message, entry.created) = (EVIL.to_owned(), EVIL.to_owned());
        (entry.published, entry.commit) = (Some(EVIL.to_owned()), Some(EVIL.to_owned()));
        (entry.diff, entry.from) = (Some(EVIL.to_owned()), Some(EVIL.to_owned()));
        entry.key = Some(EVIL.to_owned());
    }
    let named = manifest.datasets["maps"].clone();
    manifest.datasets.insert(EVIL.to_owned(), named);
    let catalog = Catalog::of(&Source { called: EVIL, remote: None, author: Some(EVIL), ..source(&manifest) });
    for sheet in catalog.sheets() {
        let text = &sheet.text;
        assert!(!text.chars().any(|c| is_hostile(c) && c != '\n'), "{}", sheet.name);
        match sheet.name {
            "index.html" => {
                assert!(!text.contains("<img") && !text.contains("onerror=a>"), "{text}");
                assert!(!text.contains("href=\"javascript"), "{text}");
            }
            "README.md" => {
                // A code span and a block hold it as it is; nowhere else is there a tag or a link of theirs.
                let prose: String = text.split("```").step_by(2).collect();
                let outside: String = prose.split("``").step_by(2).collect();
                assert!(!outside.contains("<img") && !outside.contains("](https://evil"), "{text}");
                let wide = |line: &&str| line.starts_with("| ");
                let bars: Vec<usize> = prose.lines().filter(wide).map(|line| line.matches('|').count()).collect();
                assert!(bars.iter().all(|bars| matches!(bars, 6 | 8)), "{text}");
            }
            "SHA256SUMS" => {
                let known = |line: &str| line.starts_with("# ") || (line.len() > 66 && &line[64..66] == "  ");
                assert!(text.lines().all(known), "{text}");
            }
            _ => assert!(text.lines().all(|line| !line.starts_with("# x")), "{text}"),
        }
    }
}

#[test]
fn the_same_manifest_makes_the_same_bytes() {
    let manifest = manifest();
    assert_eq!(Catalog::of(&source(&manifest)).sheets(), Catalog::of(&source(&manifest)).sheets());
}
