//! `catalog`: what a person without git data reads, and that it is true, current and nobody else's.

use git_data::flow::hash::Digest;

use super::furnished;
use crate::lab::{Lab, Production, ROBOT};

const FILES: [&str; 4] = ["CITATION.cff", "README.md", "SHA256SUMS", "index.html"];

fn two_datasets() -> Lab {
    let lab = furnished();
    lab.release("anna", "prices.csv", "north,1\n");
    lab.release("anna", "prices.csv", "north,2\n");
    lab.release("anna", "eu/costs.tsv", "a\tb\n");
    lab
}

/// Commits the catalog of anna and brings it to bert.
fn shared(lab: &Lab) {
    lab.run("anna", "git data catalog").ok();
    lab.run("anna", "git add catalog").ok();
    lab.run("anna", "git commit --quiet -m 'data: catalog'").ok();
    lab.run("anna", "git push --quiet origin main").ok();
    lab.update("bert");
}

#[test]
fn a_catalog_is_written_and_is_true() {
    let lab = two_datasets();
    lab.run("anna", "git config -f .gitdata data.publicUrl https://data.example.org/x/").ok();
    lab.offline("anna");
    lab.check(
        "anna",
        "git data catalog --dry-run",
        "
        Nothing was changed; this is the plan:
        catalog/CITATION.cff  would be written
        catalog/README.md     would be written
        catalog/SHA256SUMS    would be written
        catalog/index.html    would be written
        2 datasets, 3 versions.
        note: CITATION.cff names no author: git config -f .gitdata data.author 'Family, Given; Team'
        [exit 0]
        ",
    );
    assert!(!lab.has("anna/catalog"), "a plan writes nothing");
    lab.run("anna", "git data catalog").ok().says("2 datasets, 3 versions.");
    lab.online("anna");
    // What sha256sum -c does in a copy of the bucket.
    let sums = lab.text("anna/catalog/SHA256SUMS");
    let lines: Vec<(&str, &str)> =
        sums.lines().filter(|line| !line.starts_with('#')).map(|line| line.split_once("  ").unwrap()).collect();
    assert_eq!(lines.len(), 3, "{sums}");
    for (digest, key) in &lines {
        let bytes = lab.object(Production, key).unwrap_or_else(|| panic!("production has no {key}"));
        assert_eq!(Digest::of(&bytes).hex(), *digest, "{key}");
    }
    // And with the files that pull brings.
    for (name, version) in [("prices.csv", "v1"), ("prices.csv", "v2"), ("eu/costs.tsv", "v1")] {
        lab.run("bert", "git pull --quiet origin main").ok();
        lab.run("bert", &format!("git data pull {name} --version {version} -o ../pulled --force")).ok();
        let digest = Digest::of(&lab.read("pulled")).hex();
        let own = |(sum, key): &(&str, &str)| *sum == digest && key.starts_with(&format!("{name}/{version}-"));
        assert!(lines.iter().any(own), "{name} {version}\n{sums}");
    }
    let page = lab.text("anna/catalog/README.md");
    for (digest, key) in &lines {
        assert!(page.contains(&format!("`{digest}`")) && page.contains(&format!("https://data.example.org/x/{key}")));
    }
    assert!(page.contains("pd.read_csv('https://data.example.org/x/prices.csv/v2-"), "{page}");
    let page = lab.text("anna/catalog/index.html");
    for word in ["duckdb -c", "eu/costs.tsv", "Add prices.csv", "../diffs/prices.csv/", ".git-data/published/"] {
        assert!(page.contains(word), "{word}\n{page}");
    }
    let again = lab.run("anna", "git data catalog --json").ok().json();
    assert_eq!((&again["datasets"], &again["versions"], &again["left_out"]), (&2.into(), &3.into(), &0.into()));
    assert!(again["files"].as_array().unwrap().iter().all(|file| file["was"] == "same"), "{again}");
}

#[test]
fn every_clone_writes_the_same_and_a_check_says_when_it_is_old() {
    let lab = two_datasets();
    lab.run("bert", "git data catalog --check").fails(1);
    shared(&lab);
    // Bert has seen no receipt and has pulled nothing.
    lab.run("bert", "git data catalog --check").ok().says("as it was");
    // A proposal is no part of it.
    lab.write("bert/prices.csv", "north,3\n");
    lab.run("bert", "git data prepare prices.csv prices.csv --branch data/next --commit").ok();
    lab.run("bert", "git data catalog --check").ok();
    lab.run("bert", "git data catalog").ok().says("1 version is not merged and left out");
    lab.release("anna", "prices.csv", "north,3\n");
    lab.check(
        "anna",
        "git data catalog --check",
        "
        catalog/CITATION.cff is not what would be written
        catalog/README.md is not what would be written
        catalog/SHA256SUMS is not what would be written
        catalog/index.html is not what would be written
        Next:
          git data catalog -o catalog
        [exit 1]
        ",
    );
    lab.remove("anna/catalog/SHA256SUMS");
    let json = lab.run("anna", "git data catalog --check --json").fails(1).json();
    assert_eq!((&json["files"][2]["was"], &json["checked"]), (&"missing".into(), &true.into()), "{json}");
}

#[test]
fn nothing_of_somebody_else_is_replaced() {
    let lab = two_datasets();
    lab.write("anna/README.md", "# Ours\n");
    lab.run("anna", "git data catalog -o .").fails(1).explains().says("README.md was not written by git data catalog");
    assert!(!lab.has("anna/CITATION.cff"), "all are looked at before the first is written");
    assert_eq!(lab.text("anna/README.md"), "# Ours\n");
    for outside in ["../elsewhere", ".git/catalog"] {
        lab.run("anna", &format!("git data catalog -o {outside}")).fails(1).says("nothing is written to");
    }
    assert!(!lab.has("elsewhere") && !lab.has("anna/.git/catalog"));
    #[cfg(unix)]
    {
        std::fs::create_dir(lab.path("aside")).unwrap();
        std::os::unix::fs::symlink(lab.path("aside"), lab.path("anna/catalog")).unwrap();
        lab.run("anna", "git data catalog").fails(1).says("is a symbolic link");
        lab.run("anna", "git data catalog -o catalog").fails(1).says("outside the repository");
        assert_eq!(std::fs::read_dir(lab.path("aside")).unwrap().count(), 0);
        lab.remove("anna/catalog");
    }
    std::fs::create_dir(lab.path("anna/eu/below")).unwrap();
    lab.run("anna/eu/below", "git data catalog").ok();
    lab.run("anna/eu/below", "git data catalog -o docs").ok();
    for file in FILES {
        assert!(lab.has(&format!("anna/catalog/{file}")) && lab.has(&format!("anna/eu/below/docs/{file}")));
    }
    assert!(lab.text("anna/eu/below/docs/README.md").contains("(../../../diffs/prices.csv/"), "links lead back");
    lab.run("anna", "git config data.publicUrl javascript:x").ok();
    lab.run("anna", "git data catalog").fails(1).explains().says("no public URL");
}

#[test]
fn a_message_is_text_on_every_page() {
    let lab = two_datasets();
    let evil = "</p><script>alert(1)</script> | [x](https://evil.example) \u{202e}\u{1b}[2J";
    let spelled = serde_json::to_string(evil).unwrap();
    let manifest = lab.text("anna/manifest.json").replace("Add prices.csv", spelled.trim_matches('"'));
    lab.write("anna/manifest.json", manifest);
    lab.run("anna", "git data catalog").ok();
    for file in FILES {
        let text = lab.text(&format!("anna/catalog/{file}"));
        assert!(!text.contains("<script>alert"), "{file}\n{text}");
        assert!(file == "index.html" || !text.contains("](https://evil"), "a link of theirs in {file}\n{text}");
        assert!(!text.chars().any(|c| c != '\n' && git_data::flow::text::is_hostile(c)), "{file}");
    }
    assert!(lab.text("anna/catalog/index.html").contains("&lt;script&gt;alert(1)"));
}

#[test]
fn the_publisher_refreshes_it_in_its_own_commit() {
    let lab = two_datasets();
    shared(&lab);
    lab.write("anna/prices.csv", "north,3\n");
    lab.run("anna", "git data prepare prices.csv prices.csv --commit --branch main --push").ok();
    lab.run(ROBOT, "git-data-publish run --catalog ../x").fails(2).explains();
    lab.run(ROBOT, "git-data-publish run --catalog catalog").ok();
    lab.update("anna");
    let files = lab.run("anna", "git show --name-only --format=%s").ok().stdout;
    let mut want = vec!["data: publish prices.csv v3".to_owned(), String::new()];
    want.extend(FILES.map(|file| format!("catalog/{file}")));
    want.push("manifest.json".to_owned());
    assert_eq!(files.lines().collect::<Vec<_>>(), want);
    lab.run("anna", "git data catalog --check").ok();

    lab.write("anna/catalog/README.md", "# Ours\n");
    lab.run("anna", "git commit --quiet -am 'Ours'").ok();
    lab.write("anna/prices.csv", "north,4\n");
    lab.run("anna", "git data prepare prices.csv prices.csv --commit --branch main --push").ok();
    lab.update(ROBOT);
    let before = lab.keys(Production);
    lab.run(ROBOT, "git-data-publish run --catalog catalog").fails(1).explains().says("catalog/README.md");
    assert_eq!(lab.keys(Production), before, "it is refused before anything is copied");
    lab.publish();
}
