//! What a workflow holds for each provider and publisher, and what none may hold.

use super::*;

const REVISION: &str = "0123456789abcdef0123456789abcdef01234567";

fn source() -> Publisher {
    Publisher::Source { repository: "https://github.com/o/git-data".into(), revision: REVISION.into() }
}

fn release() -> Publisher {
    let repository = "https://github.com/o/git-data.git".into();
    Publisher::Release { repository, version: "1.2.3".into(), sha256: "ab".repeat(32) }
}

fn setup(provider: Provider, publisher: Publisher) -> Setup {
    let names = vec![("GIT_DATA_STAGING", "s3://it's".to_owned()), ("GIT_DATA_PRODUCTION", "s3://live".to_owned())];
    Setup {
        provider,
        names: Names::Literal(names),
        publisher,
        branch: "trunk".into(),
        repository: Some("o/r".into()),
        repository_id: None,
        attest: false,
        account: None,
    }
}

fn text(setup: &Setup, name: &str) -> String {
    render(setup).unwrap().into_iter().find(|w| w.name == name).unwrap().text
}

/// Every setup there is.
fn all() -> Vec<Setup> {
    let mut all = Vec::new();
    for provider in [Provider::Aws, Provider::R2, Provider::Other, Provider::Directory] {
        for publisher in [source(), release()] {
            let one = setup(provider, publisher);
            let id = Setup { repository_id: Some("42".into()), account: Some("123456789012".into()), ..one.clone() };
            let attest = Setup { attest: true, ..one.clone() };
            all.extend([Setup { names: Names::Variables, ..one.clone() }, one, id, attest]);
        }
    }
    all
}

#[test]
fn nothing_of_a_template_is_left_and_every_action_is_pinned() {
    for setup in all() {
        for Workflow { name, text, unpinned } in render(&setup).unwrap() {
            assert_eq!(unpinned, [""; 0], "{name}");
            assert!(!text.contains("#:"), "{name}:\n{text}");
            let words = [
                "branch",
                "here",
                "region",
                "role",
                "archive",
                "sha256",
                "repository",
                "revision",
                "rust",
                "checksums",
                "after",
                "attested",
            ];
            for word in words {
                assert!(!text.contains(&format!("@{word}@")), "{name}: {word}");
            }
            for line in text.lines().filter(|line| line.trim_start_matches([' ', '-']).starts_with("uses:")) {
                let (_, pin) = line.split_once('@').unwrap();
                let (commit, tag) = pin.split_once(" # v").unwrap();
                assert!(commit.len() == 40 && !tag.is_empty(), "{line}");
            }
            assert!(text.lines().all(|line| line == line.trim_end()), "{name}");
        }
    }
}

#[test]
fn an_action_without_a_commit_is_said_to_be_unpinned() {
    let table = format!("action\ttag\tcommit\na/b\tv2\t{}\n", "c".repeat(40));
    let (text, unpinned) = pin("- uses: a/b@old # v1\n  run: uses: a/c\n  uses: a/c@v1 # v1\n", &table);
    assert_eq!(text, format!("- uses: a/b@{} # v2\n  run: uses: a/c\n  uses: a/c@v1 # UNPINNED\n", "c".repeat(40)));
    assert_eq!(unpinned, ["a/c"]);
}

/// The jobs of a workflow: name and text.
fn jobs(text: &str) -> Vec<(String, String)> {
    let (_, jobs) = text.split_once("\njobs:\n").unwrap();
    let mut found: Vec<(String, String)> = Vec::new();
    for line in jobs.lines() {
        let name = line.strip_prefix("  ").filter(|l| !l.starts_with([' ', '#'])).and_then(|l| l.strip_suffix(':'));
        match (name, found.last_mut()) {
            (Some(name), _) => found.push((name.to_owned(), String::new())),
            (None, Some((_, job))) => *job += &format!("{line}\n"),
            (None, None) => {}
        }
    }
    found
}

#[test]
fn rights_are_given_by_the_job_and_are_small() {
    for setup in all() {
        for Workflow { name, text, .. } in render(&setup).unwrap() {
            assert!(text.contains("\npermissions: {}\n"), "{name}");
            assert!(!text.contains("pull_request_target") && !text.contains("workflow_run:"), "{name}");
            assert!(!text.contains("cache"), "{name}");
            assert!(!text.contains("persist-credentials: true"), "{name}");
            let checkouts = text.matches("actions/checkout@").count();
            assert_eq!(text.matches("persist-credentials: false").count(), checkouts, "{name}");
            for (job, text) in jobs(&text) {
                assert!(text.contains("    timeout-minutes: "), "{name} {job}");
                assert!(text.contains("    permissions:\n"), "{name} {job}");
                let keyless = matches!(job.as_str(), "structure" | "pending" | "report" | "comment" | "attest");
                assert_eq!(text.contains("    environment: "), !keyless, "{name} {job}");
                assert!(!keyless || !text.contains("secrets."), "{name} {job}");
                // Without an environment no role of the cloud can be taken by that token.
                assert!(!keyless || text.contains("id-token") == (job == "attest"), "{name} {job}");
                // The right to speak for the project, beside nothing: no code, no keys, nothing to change.
                assert_eq!(text.contains("pull-requests: write"), job == "comment", "{name} {job}");
                let alone = "    permissions:\n      pull-requests: write\n    steps:\n";
                assert!(job != "comment" || text.contains(alone) && !text.contains("checkout"), "{name} {job}");
                assert_eq!(text.contains("attestations: write"), job == "attest", "{name} {job}");
                assert_eq!(text.contains("secrets.GIT_DATA_SIGNING_KEY"), name == "data-publish.yml" && job == "copy");
                let writes = text.contains("contents: write");
                assert_eq!(writes, matches!(job.as_str(), "finalize" | "mark" | "record"), "{name} {job}");
                let deletes = ["_SWEEP_", "_JANITOR_", "_PUBLISH_", "/git-data-publish\n", "-sweep\n", "-janitor\n"];
                assert!(!writes || !deletes.iter().any(|w| text.contains(w)), "{name} {job} writes git and the cloud");
            }
        }
    }
}

#[test]
fn what_was_published_is_attested_by_a_job_of_its_own_and_recorded_after() {
    let plain = setup(Provider::Aws, source());
    let attest = text(&Setup { attest: true, ..plain.clone() }, "data-publish.yml");
    let of = |text: &str, wanted: &str| jobs(text).into_iter().find(|(name, _)| name == wanted).map(|(_, job)| job);
    let job = of(&attest, "attest").unwrap();
    assert!(job.contains("    permissions:\n      id-token: write\n      attestations: write\n    steps:\n"), "{job}");
    assert!(
        job.contains("        subject-checksums: ${{ runner.temp }}/published.sha256\n") && !job.contains("checkout")
    );
    assert!(of(&attest, "copy").unwrap().contains("      published: ${{ steps.digests.outputs.published }}\n"));
    let finalize = of(&attest, "finalize").unwrap();
    assert!(finalize.contains("    needs: [copy, attest]\n") && finalize.contains("needs.attest.result != 'failure'"));
    let without = text(&plain, "data-publish.yml");
    assert!(
        of(&without, "attest").is_none() && !without.contains("checksums") && !without.contains("published.sha256")
    );
    assert!(of(&without, "finalize").unwrap().contains("    needs: copy\n"));
}

#[test]
fn no_expression_stands_in_a_script() {
    for setup in all() {
        for Workflow { name, text, .. } in render(&setup).unwrap() {
            let mut script = None;
            for line in text.lines() {
                let indent = line.len() - line.trim_start().len();
                if script.is_some_and(|at| indent <= at && !line.is_empty()) {
                    script = None;
                }
                assert!(script.is_none() || !line.contains("${{"), "{name}: {line}");
                let key = line.trim_start().trim_start_matches("- ");
                if key.starts_with("run:") && !key.ends_with(':') {
                    assert!(key == "run: |", "{name}: {line}");
                    script = Some(indent);
                }
            }
        }
    }
}

#[test]
fn on_aws_each_job_has_its_role_and_no_key() {
    let publish = text(&setup(Provider::Aws, source()), "data-publish.yml");
    assert!(publish.contains("          role-to-assume: ${{ vars.GIT_DATA_PUBLISH_ROLE }}\n"));
    assert!(publish.contains("      contents: read\n      id-token: write\n"));
    assert!(publish.contains("          aws-region: us-east-1\n"));
    assert!(!publish.contains("secrets.R2") && !publish.contains("secrets.AWS"));
    let check = text(&setup(Provider::Aws, source()), "data-check.yml");
    assert!(check.contains("# v6.2.3\n        if: env.OURS == 'true'\n        with:\n"), "{check}");
    let setup = Setup { account: Some("123456789012".into()), ..setup(Provider::Aws, source()) };
    let sweep = text(&setup, "data-sweep.yml");
    for role in ["check", "sweep", "janitor"] {
        assert!(sweep.contains(&format!("role-to-assume: arn:aws:iam::123456789012:role/git-data-{role}\n")));
    }
}

#[test]
fn elsewhere_keys_come_from_the_environment_of_the_job() {
    let r2 = text(&setup(Provider::R2, source()), "data-publish.yml");
    assert!(r2.contains("          R2_SECRET_ACCESS_KEY: ${{ secrets.R2_SECRET_ACCESS_KEY }}\n"));
    let other = text(&setup(Provider::Other, source()), "data-publish.yml");
    assert!(other.contains("          AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n"));
    for text in [r2, other, text(&setup(Provider::Directory, source()), "data-publish.yml")] {
        assert!(!text.contains("id-token") && !text.contains("aws-actions"));
    }
}

#[test]
fn the_publisher_is_one_release_or_one_revision() {
    let built = text(&setup(Provider::Aws, source()), "data-publish.yml");
    assert!(built.contains(&format!("          REVISION: '{REVISION}'\n")));
    assert!(built.contains("install --locked --quiet --git \"$REPOSITORY\" --rev \"$REVISION\""));
    let released = text(&setup(Provider::Aws, release()), "data-publish.yml");
    let url = "https://github.com/o/git-data/releases/download/v1.2.3/git-data-1.2.3-x86_64-unknown-linux-musl.tar.gz";
    assert!(released.contains(&format!("          ARCHIVE: '{url}'\n          SHA256: '{}'\n", "ab".repeat(32))));
    assert!(!released.contains("latest") && !built.contains("latest"));
}

#[test]
fn only_the_default_branch_of_this_repository_has_rights() {
    let named = text(&setup(Provider::Aws, source()), "data-publish.yml");
    assert!(named.contains("    if: github.ref == 'refs/heads/trunk' && github.repository == 'o/r'\n"));
    let setup = Setup { repository_id: Some("42".into()), ..setup(Provider::Aws, source()) };
    assert!(text(&setup, "data-sweep.yml").contains("'refs/heads/trunk' && github.repository_id == '42'\n"));
}

#[test]
fn buckets_are_written_down_or_are_variables() {
    let literal = text(&setup(Provider::Aws, source()), "data-publish.yml");
    assert!(literal.contains("\nenv:\n  GIT_DATA_STAGING: 's3://it''s'\n  GIT_DATA_PRODUCTION: 's3://live'\n"));
    let setup = Setup { names: Names::Variables, ..setup(Provider::Aws, source()) };
    assert!(text(&setup, "data-publish.yml").contains("\n  GIT_DATA_ENDPOINT: ${{ vars.GIT_DATA_ENDPOINT }}\n"));
}

#[test]
fn what_would_mean_something_else_is_refused() {
    let good = setup(Provider::Aws, source());
    let name = |value: &str| Names::Literal(vec![("GIT_DATA_STAGING", value.to_owned())]);
    let revision = |r: &str| Publisher::Source { repository: "https://h/o/r".into(), revision: r.into() };
    let of = |r: &str| Publisher::Source { repository: r.into(), revision: REVISION.into() };
    let bad = [
        Setup { branch: "a'b".into(), ..good.clone() },
        Setup { names: name("s3://${{ secrets.X }}"), ..good.clone() },
        Setup { names: name("s3://a\nb"), ..good.clone() },
        Setup { names: name("@branch@"), ..good.clone() },
        Setup { publisher: revision("main"), ..good.clone() },
        Setup { publisher: revision(&REVISION[..39]), ..good.clone() },
        Setup { publisher: of("http://h/o/r"), ..good.clone() },
        Setup { publisher: of("https://h/o'r"), ..good.clone() },
        Setup { repository: Some("o/r'".into()), ..good.clone() },
        Setup { repository_id: Some("x".into()), ..good.clone() },
        Setup { account: Some(String::new()), ..good.clone() },
    ];
    for setup in bad {
        assert!(render(&setup).is_err(), "{setup:?}");
    }
    assert!(render(&good).is_ok());
}
