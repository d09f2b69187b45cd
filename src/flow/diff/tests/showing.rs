//! What each surface makes of a comparison.

use super::example::{EVIL, HEADING, database, found, hostile, long};
use crate::flow::comment::LIMIT;
use crate::flow::diff::found::{Found, Table};
use crate::flow::diff::html::html;
use crate::flow::diff::json::json;
use crate::flow::diff::markdown::markdown;
use crate::flow::text::is_hostile;

/// The page is what the file says; where it is meant to change, the test says what it is now.
fn same(page: &str, golden: &str) {
    assert!(page == golden, "the page is now:\n{page}");
}

#[test]
fn markdown_of_one_table() {
    same(&markdown(&HEADING, &found(), LIMIT), include_str!("golden/table.md"));
}

#[test]
fn markdown_of_a_database() {
    same(&markdown(&HEADING, &database(), LIMIT), include_str!("golden/database.md"));
}

#[test]
fn that_nothing_changed_is_said_with_how_it_was_compared() {
    let same =
        Found { tables: vec![Table { key: found().tables[0].key.clone(), ..Table::default() }], ..Found::default() };
    let page = markdown(&HEADING, &same, LIMIT);
    assert!(page.contains("the same rows\n\nRows paired by `sample_id`") && page.contains("nothing sampled"), "{page}");
}

#[test]
fn json_of_one_table() {
    same(&format!("{:#}\n", json(&found())), include_str!("golden/table.json"));
}

#[test]
fn json_of_a_database_lists_its_tables() {
    let json = json(&database());
    assert_eq!(json["tables"].as_array().unwrap().len(), 3);
    assert_eq!((&json["tables"][1]["whole"], &json["definitions"][0]["name"]), (&"added".into(), &"recent".into()));
}

/// Blocks are closed, and the rows of a table are as wide as its head.
fn valid(page: &str) {
    assert_eq!(page.matches("<details").count(), page.matches("</details>").count(), "{page}");
    let bars = |line: &str| line.matches('|').count();
    let mut width = None;
    for line in page.lines() {
        match (line.starts_with('|'), width) {
            (false, _) => width = None,
            (true, None) => width = Some(bars(line)),
            (true, Some(width)) => assert_eq!(bars(line), width, "{line}"),
        }
    }
}

#[test]
fn a_page_stays_within_its_budget_and_says_what_it_hides() {
    for cells in [10_000, 700, 200, 1] {
        for budget in [LIMIT, 20_000, 6_000] {
            let page = markdown(&HEADING, &long(cells), budget);
            assert!(page.len() <= budget, "{} of {budget}", page.len());
            valid(&page);
            assert!(page.contains("more added rows.") || page.contains("not shown here"), "{page}");
            assert!(page.ends_with("`git data diff v3..v4 -- master/matrix.csv`\n"), "{page}");
        }
    }
    let page = markdown(&HEADING, &long(10_000), LIMIT);
    assert!(page.contains("10,000 changed cells in 10,000 rows are too many to list here."), "{page}");
    let page = markdown(&HEADING, &long(700), LIMIT);
    assert!(page.contains("<details><summary><b>700 changed cells") && page.contains("more changed cells."), "{page}");
    let mut texts = database();
    texts.objects = vec![texts.objects[0].clone(); 400];
    let page = markdown(&HEADING, &texts, 4_000);
    assert!(page.len() <= 4_000, "{}", page.len());
    let mut many = database();
    many.tables = vec![many.tables[0].clone(); 500];
    let page = markdown(&HEADING, &many, LIMIT);
    valid(&page);
    assert!(page.len() <= LIMIT && page.contains("more tables changed."), "{}", page.len());
}

#[test]
fn hostile_texts_are_inert_in_markdown() {
    let page = markdown(&HEADING, &hostile(), LIMIT);
    valid(&page);
    assert!(!page.chars().any(|c| is_hostile(c) && c != '\n'), "{page}");
    // Outside of code nothing of it is left.
    for line in page.lines() {
        let mut outside = String::new();
        let mut rest = line;
        while let Some(start) = rest.find('`') {
            outside.push_str(&rest[..start]);
            let fence = rest[start..].len() - rest[start..].trim_start_matches('`').len();
            let after = &rest[start + fence..];
            let Some(end) = closing(after, fence) else { panic!("{line}") };
            rest = &after[end + fence..];
        }
        outside.push_str(rest);
        for bad in ["script>", "@all", "<img", " #1"] {
            assert!(!outside.contains(bad), "{bad}: {outside}");
        }
    }
}

/// Where a run of exactly `fence` backticks begins.
fn closing(text: &str, fence: usize) -> Option<usize> {
    let mut at = 0;
    while let Some(found) = text[at..].find('`').map(|n| at + n) {
        let run = text[found..].len() - text[found..].trim_start_matches('`').len();
        if run == fence {
            return Some(found);
        }
        at = found + run;
    }
    None
}

#[test]
fn hostile_texts_are_inert_in_html() {
    let page = html(&HEADING, &hostile());
    assert!(!page.contains("<script>alert") && !page.contains("<img") && !page.contains("onerror=a>"), "{page}");
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert_eq!((page.matches("<script>").count(), page.matches("<style>").count()), (1, 1));
    assert!(!page.chars().any(|c| is_hostile(c) && c != '\n'));
    for outside in ["http://", "https://", "url(", "@import", " src=", " style=", " onclick"] {
        assert!(!page.replace(&escaped(), "").contains(outside), "{outside}");
    }
}

fn escaped() -> String {
    "&lt;img src=x onerror=a&gt;".to_owned()
}

#[test]
fn the_html_page_allows_only_its_own_style_and_script() {
    use base64::Engine as _;
    let page = html(&HEADING, &found());
    let between = |start: &str, end: &str| page.split(start).nth(1).unwrap().split(end).next().unwrap().to_owned();
    for (start, end, kind) in [("<style>", "</style>", "style"), ("<script>", "</script>", "script")] {
        let digest = crate::flow::hash::Digest::of(between(start, end).as_bytes());
        let bytes: Vec<u8> =
            (0..32).map(|n| u8::from_str_radix(&digest.hex()[n * 2..n * 2 + 2], 16).unwrap()).collect();
        let named = format!("{kind}-src 'sha256-{}'", base64::engine::general_purpose::STANDARD.encode(bytes));
        assert!(page.contains(&named), "the policy has to say {named}");
    }
}

#[test]
fn nothing_that_is_hidden_survives() {
    let everything = |found: &Found| {
        format!("{found:?}{}{}{}", markdown(&HEADING, found, LIMIT), html(&HEADING, found), json(found))
    };
    let secret = ["Leeds", "Oslo", "S00012345", "S00482211", "S01200001", "S00000009"];
    let shown = everything(&found());
    assert!(secret.iter().all(|word| shown.contains(word)));
    let hidden = everything(&found().redacted(&["site".into(), "sample_id".into()]));
    assert!(secret.iter().all(|word| !hidden.contains(word)), "{hidden}");
    // Also where values are kept as bytes.
    for word in secret {
        let bytes = format!("{:?}", word.as_bytes());
        assert!(!hidden.contains(bytes.trim_matches(['[', ']'])), "{word}");
    }
    assert!(hidden.contains("523.1774") && hidden.contains("•••"), "{hidden}");
    // A hidden column is hidden under its other name too.
    let page = format!("{}", json(&found().redacted(&["visit".into()])));
    assert!(
        page.contains(r#"["S00000009","Oslo","1.0","gone","•••"]"#)
            && page.contains(r#"["S01200001","Oslo","41.2000","•••"]"#)
    );
    let counted = everything(&found().counts_only());
    for word in secret.into_iter().chain(["12400", "523.1774", "499.98", "0.01", "41.2000"]) {
        assert!(!counted.contains(word), "{word}: {counted}");
    }
    assert!(counted.contains("1,200,001"));
    assert!(!everything(&hostile().redacted(&[EVIL.to_owned()])).contains("\"raw\""));
}
