//! Every rule of `rules.rs` goes red on a sample that breaks it, and stays green beside it.

use super::{effects, rules};

fn red(faults: Vec<String>, part: &str) {
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(faults[0].contains(part), "{:?} does not say {part:?}", faults[0]);
}

fn green(faults: Vec<String>) {
    assert_eq!(faults, [""; 0]);
}

#[test]
fn an_edge_that_is_not_drawn_is_red() {
    red(rules::edges("src/flow/pull.rs", "use crate::disk::hash;"), "src/flow/pull.rs: flow may not use disk::hash");
    red(rules::edges("src/store/s3/mod.rs", "use crate::{flow::key, git};"), "store may not use git");
    red(rules::edges("src/error.rs", "use crate::flow::hash::Digest;"), "error may not use flow");
    red(rules::edges("src/cli/mod.rs", "use crate::store::Read;"), "cli may not use store::Read");
    red(rules::edges("src/flow/a.rs", "use crate::invented;"), "flow may not use invented");
    red(rules::edges("src/attic/mod.rs", ""), "there is no room attic");
    green(rules::edges("src/flow/pull.rs", "use crate::error::Result;\nuse crate::flow::key;\n// crate::disk"));
    green(rules::edges("src/disk/mod.rs", "use crate::{Error, Result};"));
    green(rules::edges("src/cli/progress.rs", "use crate::store::transfer::Progress;"));
    green(rules::edges("src/door/tui/work.rs", "use crate::cli::page::Page;"));
    red(rules::edges("src/door/tui/work.rs", "use crate::cli::prompt;"), "door may not use cli::prompt");
    green(rules::edges("src/bin/git-data.rs", "use crate::anything;"));
}

#[test]
fn leaving_a_room_by_super_is_red() {
    red(rules::way_out("src/flow/mod.rs", "use super::disk;"), "leaves its room");
    red(rules::way_out("src/flow/pull.rs", "use super::super::disk;"), "leaves its room");
    red(rules::way_out("src/flow/pull.rs", "mod tests { use super::super::super::disk; }"), "leaves its room");
    green(rules::way_out("src/flow/mod.rs", "mod tests { use super::*; }"));
    green(rules::way_out("src/flow/manifest/parse.rs", "use super::super::hash;"));
}

#[test]
fn a_file_without_a_head_or_too_long_is_red() {
    red(rules::head("src/a.rs", "\n//! late"), "first line");
    red(rules::head("src/a.rs", "//!\n//! late"), "first line");
    red(rules::length("src/a.rs", &"x\n".repeat(401)), "401 lines");
    green(rules::head("src/a.rs", "//! Says it.\n"));
    green(rules::length("src/a.rs", &"x\n".repeat(400)));
}

#[test]
fn a_second_opener_of_production_is_red() {
    let opens = "open_production_for_writing(config)?";
    red(rules::one_opener("src/command/pull.rs", opens), "only src/store/open.rs and src/bin/git-data-publish.rs");
    red(rules::one_opener(rules::WRITERS[0], "fn open() {}"), "guard nothing");
    green(rules::one_opener(rules::WRITERS[1], opens));
    green(rules::one_opener("src/lib.rs", &format!("//! {opens}")));
    green(rules::one_opener("tests/it/lab.rs", opens));
}

#[test]
fn an_effect_without_its_moments_is_red() {
    red(effects::effects("src/disk/cache.rs", "fs::rename(a, b)?;"), "fs::rename(…) belongs in src/disk/effect.rs");
    red(effects::effects("src/disk/a.rs", "File::options()\n    .write(true)\n    .open(p)?;"), ".write(true).open(");
    red(effects::effects("src/git/act.rs", "Command::new(git).spawn()?;"), ".spawn() belongs in src/process/mod.rs");
    red(effects::effects("src/store/s3/read.rs", "runtime.block_on(attempt())"), "belongs in src/store/s3/mod.rs");
    red(effects::effects("src/process/mod.rs", "around(|| command.status())"), "without a moment");
    red(
        effects::each_between("\n#[track_caller]\npub fn rename(a: A) {\n    fs::rename(a)\n}\n"),
        "rename is an effect",
    );
    red(effects::each_between("\npub fn rename(a: A) {\n    around(|| fs::rename(a))\n}\n"), "do not tell");
    green(effects::effects("src/disk/cache.rs", "effect::rename(a, b)?; // fs::rename(a, b)"));
    green(effects::effects("src/disk/a.rs", "fs::read(a)?;\n#[cfg(test)]\nmod tests { fs::write(a, b) }"));
    green(effects::effects("src/disk/effect.rs", "around(|| fs::rename(a, b))"));
}

#[test]
fn empty_names_are_red() {
    red(rules::name("src/disk/file_util.rs"), "`util` says nothing");
    red(rules::name("tests/common/mod.rs"), "`common` says nothing");
    green(rules::name("src/disk/utility-bill.rs"));
}

#[test]
fn unfinished_work_is_red() {
    red(rules::finished("src/a.rs", concat!("fn f() { to", "do!() }")), "contains");
    red(rules::finished("src/a.rs", concat!("fn f() { unimple", "mented!() }")), "contains");
    red(rules::finished("tests/it/a.rs", concat!("#[ig", "nore = \"flaky\"]")), "contains");
    green(rules::finished("src/a.rs", concat!("// never to", "do!()")));
    green(rules::finished("tests/it/a.rs", concat!("#[ig", "nore = \"run by the test below\"]")));
}

#[test]
fn a_file_that_no_module_lists_is_red() {
    red(rules::listed("tests/it/pull.rs", "pull", "mod lab;\n// mod pull;\n"), "never compiled");
    red(rules::listed("tests/it/pull.rs", "pull", "mod pull_all;\n"), "never compiled");
    green(rules::listed("tests/it/pull.rs", "pull", "mod lab;\npub(crate) mod pull;\n"));
    let twin = "#[cfg_attr(not(feature = \"s3\"), path = \"s3_absent.rs\")]\nmod s3;\n";
    green(rules::listed("src/store/s3_absent.rs", "s3_absent", twin));
}

#[test]
fn machines_and_registries_are_red() {
    red(rules::places("a.md", concat!("cd /wo", "rk/main")), "belongs to one machine");
    red(rules::places("a.md", concat!("HOME=/ro", "ot")), "belongs to one machine");
    red(rules::places("a.md", concat!("https://py", "pi.org/simple")), "belongs to one machine");
    red(rules::places("a.md", concat!("the fa", "rm's address")), "belongs to one machine");
    green(rules::places("a.md", concat!("my/wo", "rk, ./wo", "rk, /wo", "rking, /ro", "otfs, fa", "rmer")));
}

#[test]
fn a_line_that_opens_with_a_pictogram_is_red() {
    red(rules::plain("README.md", "fine\n## \u{1F680} Fast"), "README.md:2:");
    red(rules::plain("README.md", "- \u{2705} done"), "README.md:1:");
    green(rules::plain("a.rs", "let name = \"\u{1F680}\";\n| \u{2713} | yes |"));
}

#[test]
fn an_action_that_is_not_pinned_to_the_table_is_red() {
    let table = format!("action\ttag\tcommit\nactions/cache\tv5\t{}\n", "a".repeat(40));
    let line = |what: &str| rules::pinned("ci.yml", &format!("steps:\n  - uses: {what}\n"), &table);
    red(line("actions/cache@v5"), "ci.yml:2:");
    red(line(&format!("actions/cache@{} # v5", "b".repeat(40))), "ci.yml:2:");
    red(line(&format!("actions/cache@{} # v4", "a".repeat(40))), "ci.yml:2:");
    red(line(&format!("other/cache@{} # v5", "a".repeat(40))), "ci.yml:2:");
    red(line(&format!("actions/cache@{}", "a".repeat(40))), "ci.yml:2:");
    green(line(&format!("actions/cache@{} # v5", "a".repeat(40))));
    green(line(&format!("actions/cache/restore@{} # v5", "a".repeat(40))));
    green(line("./.github/actions/local"));
}
