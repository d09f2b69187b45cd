//! What the older tool published: hashed once by the publisher, where it lies, and receipted; and never again.

use git_data::flow::hash::Digest;

use crate::lab::{Lab, Production, ROBOT, Staging};

on_every_backend!(
    published_versions_of_the_older_tool_get_their_receipts,
    wrong_bytes_of_the_older_tool_are_named_and_keep_nothing_else_back,
);

/// A manifest of the older tool with two published versions, the content of the first once more, and one that is pending.
fn legacy(lab: &Lab) {
    lab.furnish();
    let entry = |version: &str, key: &str, content: &str, more: &str| {
        let digest = Digest::of(content.as_bytes());
        format!(
            r#"{{"version":"{version}","timestamp":"2024-01-01T00:00:00Z","sha256":"{digest}","r2_object_key":"old/{key}.csv","diffFromPrevious":null,"description":"",{more}}}"#
        )
    };
    let history = [
        entry("v4", "v4", "four\n", r#""commit":"pending-merge","staging_key":"staging/four.csv""#),
        entry("v3", "v1", "one\n", r#""commit":"abc1236""#),
        entry("v2", "v2", "two\n", r#""commit":"abc1235""#),
        entry("v1", "v1", "one\n", r#""commit":"abc1234""#),
    ];
    let text = format!(r#"[{{"fileName":"old.csv","latestVersion":"v3","history":[{}]}}]"#, history.join(","));
    lab.write("anna/manifest.json", text);
    lab.write("anna/.gitignore", format!("{}/old.csv\n", lab.text("anna/.gitignore")));
    lab.run("anna", "git commit --quiet -am legacy").ok();
    lab.run("anna", "git push --quiet origin main").ok();
    lab.plant(Production, "old/v1.csv", b"one\n");
    lab.plant(Production, "old/v2.csv", b"two\n");
    lab.plant(Staging, "staging/four.csv", b"four\n");
    // Before the migration nobody wrote the sizes down: there is nothing to receipt.
    lab.run(ROBOT, "git-data-publish run").fails(6).says("its size is not known");
    assert_eq!(receipts(lab), [""; 0]);
    lab.run("anna", "git data migrate --pr").ok();
    lab.merge("data/migrate");
}

/// The versions that have a receipt.
fn receipts(lab: &Lab) -> Vec<String> {
    let all = lab.keys(Production).into_iter();
    let name = |key: String| Some(key.strip_prefix(".git-data/published/old.csv/")?.split('-').next()?.to_owned());
    all.filter_map(name).collect()
}

fn published_versions_of_the_older_tool_get_their_receipts(lab: &Lab) {
    legacy(lab);
    let plan = lab.run(ROBOT, "git-data-publish run --dry-run").ok();
    plan.says("old.csv v4: → old/v4.csv").says("old.csv v2: published by the older tool; to be hashed");
    assert_eq!(receipts(lab), [""; 0]);

    let ran = lab.publish().says("old.csv v4: copied and verified");
    let ran = ran.says("Recorded on the default branch");
    for version in ["v1", "v2", "v3"] {
        let line = format!("old.csv {version}: published by the older tool; hashed now, its receipt is written");
        assert!(ran.stdout.contains(&line), "{}", ran.stdout);
    }
    assert_eq!(receipts(lab), ["v1", "v2", "v3", "v4"]);
    let two = format!(".git-data/published/old.csv/v2-{}.json", Digest::of(b"two\n"));
    let receipt: serde_json::Value = serde_json::from_slice(&lab.object(Production, &two).unwrap()).unwrap();
    assert_eq!((&receipt["method"], &receipt["key"]), (&"reference".into(), &"old/v2.csv".into()));

    // Nothing was moved, and what is receipted is not looked at again: not even when it is lost.
    lab.lose(Production, "old/v2.csv");
    forget(lab);
    lab.publish().says("Nothing is pending: production is up to date.");
    assert!(asked(lab).is_none_or(|asked| asked == ["ListObjectsV2"]), "{:?}", asked(lab));
    lab.run(ROBOT, "git-data-publish run --dry-run").ok().says("Nothing is pending");
}

fn wrong_bytes_of_the_older_tool_are_named_and_keep_nothing_else_back(lab: &Lab) {
    legacy(lab);
    lab.spoil(Production, "old/v2.csv", b"TWO\n");
    for round in ["first", "second"] {
        let ran = lab.publishes().fails(5).says("old.csv v2: production holds other bytes at old/v2.csv");
        assert!(ran.stdout.contains("old.csv v4: copied") == (round == "first"), "{}", ran.stdout);
        assert_eq!(receipts(lab), ["v1", "v3", "v4"], "{round}");
    }
    lab.update("anna");
    assert!(lab.text("anna/manifest.json").contains("\"commit\""), "v4 is recorded all the same");
    lab.spoil(Production, "old/v2.csv", b"two\n");
    lab.publish().says("old.csv v2: published by the older tool; hashed now");
    lab.lose(Production, "old/v1.csv");
    lab.lose(Production, &format!(".git-data/published/old.csv/v3-{}.json", Digest::of(b"one\n")));
    lab.publishes().fails(4).says("old.csv v3 is not in production at old/v1.csv");
}

#[cfg(feature = "s3")]
#[test]
fn without_such_versions_only_receipts_are_listed() {
    let lab = Lab::new(crate::lab::Backend::S3);
    lab.furnish();
    lab.release("anna", "prices.csv", "north,1\n");
    forget(&lab);
    lab.publish().says("Nothing is pending");
    assert_eq!(asked(&lab), Some(vec!["ListObjectsV2"]));
}

/// From here on requests are counted, where there is a server to count them.
#[cfg_attr(not(feature = "s3"), expect(unused_variables, reason = "folders count nothing"))]
fn forget(lab: &Lab) {
    #[cfg(feature = "s3")]
    if let Some(server) = lab.server() {
        server.forget();
    }
}

/// What the server was asked since; folders keep no record.
#[cfg_attr(not(feature = "s3"), expect(unused_variables, reason = "folders count nothing"))]
fn asked(lab: &Lab) -> Option<Vec<&'static str>> {
    #[cfg(feature = "s3")]
    if let Some(server) = lab.server() {
        return Some(server.log().iter().map(|entry| entry.op).collect());
    }
    None
}
