//! What a release is made of: one name for its archives everywhere, a formula, and an action that takes no other bytes.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use git_data::flow::hash::Digest;
use git_data::flow::workflow::archive;

use crate::fresh::{Machine, Ran, text, top};

const REPOSITORY: &str = "https://github.com/o/git-data";

/// The targets that the workflow builds.
fn targets() -> Vec<String> {
    let workflow = text(".github/workflows/release.yml");
    workflow.lines().filter_map(|line| line.trim().strip_prefix("- target: ")).map(str::to_owned).collect()
}

/// The archive of a target, as the workflows that `init` writes ask for it.
fn named(target: &str) -> String {
    archive(REPOSITORY, "1.2.3").replace("x86_64-unknown-linux-musl", target)
}

#[test]
fn an_archive_has_one_name() {
    let template = named("TARGET").replace("1.2.3", "VERSION").replace(REPOSITORY, "");
    let metadata = text("Cargo.toml").replace("{ version }", "VERSION").replace("{ target }", "TARGET");
    assert!(metadata.contains(&format!("\"{{ repo }}{template}\"")), "binstall does not find {template}");
    let name = template.rsplit('/').next().unwrap();
    let written = text(".github/workflows/release.yml").replace("$version", "VERSION").replace("$TARGET", "TARGET");
    assert!(written.contains(&format!("packed/{name}")), "the release has no {name}");
    let taken =
        text(".github/actions/setup-git-data/install.sh").replace("$VERSION", "VERSION").replace("$target", "TARGET");
    assert!(taken.contains(name), "the action asks for another name than {name}");
    assert!(targets().len() >= 5, "{:?}", targets());
}

#[test]
fn the_formula_has_the_checksums_of_the_release() {
    let machine = Machine::new();
    let sum = |target: &str| Digest::of(target.as_bytes()).to_string();
    let lines = targets().into_iter().map(|target| format!("{}  git-data-1.2.3-{target}.tar.gz\n", sum(&target)));
    fs::write(machine.at("SHA256SUMS"), lines.collect::<String>()).unwrap();
    let script = top().join(".github/packages/formula");
    let print = |version: &str| machine.run("", script.to_str().unwrap(), &[version, REPOSITORY, "SHA256SUMS"]);
    let formula = print("1.2.3").well();
    for target in ["aarch64-apple-darwin", "x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"] {
        let (_, after) = formula
            .split_once(&format!("url \"{}\"\n", named(target)))
            .unwrap_or_else(|| panic!("{target}\n{formula}"));
        assert!(after.trim_start().starts_with(&format!("sha256 \"{}\"", sum(target))), "{target}\n{formula}");
    }
    assert_ne!(print("1.2.4").code, 0, "a release without its archive has no formula");
}

/// The action, with an archive that `curl` brings and a `gh` that answers so.
fn set_up(machine: &Machine, sha256: &str, attested: bool) -> Ran {
    let bin = machine.at("bin");
    let put = |name: &str, script: &str| {
        fs::write(
            bin.join(name),
            format!("#!/bin/sh\necho {name} \"$@\" >>'{}'\n{script}\n", machine.at("calls").display()),
        )
        .unwrap();
        fs::set_permissions(bin.join(name), fs::Permissions::from_mode(0o755)).unwrap();
    };
    fs::create_dir_all(&bin).unwrap();
    fs::write(machine.at("calls"), "").unwrap();
    fs::write(machine.at("path"), "").unwrap();
    put("curl", "while [ \"$1\" != --output ]; do shift; done\ncp archive \"$2\"");
    put("gh", if attested { "exit 0" } else { "exit 1" });
    let script = top().join(".github/actions/setup-git-data/install.sh");
    let mut command = machine.command("", script.to_str().unwrap(), &[]);
    let path = command.get_envs().find(|(name, _)| *name == "PATH").and_then(|(_, value)| value).unwrap();
    let path = format!("{}:{}", bin.display(), path.to_str().unwrap());
    command.env("PATH", path).env("VERSION", "1.2.3").env("SHA256", sha256).env("REPOSITORY", "o/git-data");
    command.env("RUNNER_OS", "Linux").env("RUNNER_ARCH", "X64").env("RUNNER_TEMP", machine.at("temp"));
    let output = command.env("GITHUB_PATH", machine.at("path")).output().unwrap();
    Ran {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn the_action_takes_no_other_bytes_and_asks_who_built_them() {
    let machine = Machine::new();
    machine.run("", "sh", &["-euc", "echo program >git-data && tar -czf archive git-data && rm git-data"]).well();
    let good = Digest::of(&fs::read(machine.at("archive")).unwrap()).to_string();
    let calls = || fs::read_to_string(machine.at("calls")).unwrap();
    let path = || fs::read_to_string(machine.at("path")).unwrap();

    let refused = set_up(&machine, &Digest::of(b"other").to_string(), true).ends(1);
    assert!(refused.err.contains(&format!("has the SHA-256 {good}")), "{}", refused.err);
    assert!(!calls().contains("gh ") && path().is_empty(), "{}", calls());

    let refused = set_up(&machine, &good, false).ends(1);
    assert!(path().is_empty(), "nobody vouched for it: {}", refused.out);

    assert_eq!(set_up(&machine, &good, true).well(), "");
    let url = named("x86_64-unknown-linux-musl");
    assert!(calls().contains(&url), "{}", calls());
    assert!(calls().contains("--signer-workflow o/git-data/.github/workflows/release.yml"), "{}", calls());
    let folder = path();
    assert_eq!(fs::read_to_string(std::path::Path::new(folder.trim()).join("git-data")).unwrap(), "program\n");

    let refused = set_up(&machine, "latest", true).ends(1);
    assert!(refused.err.contains("64 hex digits"), "{}", refused.err);
}
