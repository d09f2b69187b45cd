//! The verbs of a person's program, and the one match that runs them.

use std::ffi::OsString;
use std::io::{self, Read as _, Write as _};

use clap::CommandFactory as _;

use crate::cli::page::Page;
use crate::cli::{Manner, Show as _, asked, completions, end, exit, help, manual, notes, usage};
use crate::command::env::{Env, Surroundings};
use crate::command::{
    abort, apply, cache, catalog, delete, demo, diff, fsck, hook, init, install, list, log, man, merge, migrate,
    prepare, prune, pull, rename, restore, resume, rollback, show, status, url, verify, why,
};
use crate::error::Error;

const MORE: &str =
    "git data help VERB shows more of a verb, with examples; git data help lists the topics of the manual.";

/// Git reviews code. git data puts data through the same review.
///
/// prepare sends bytes to a staging bucket and proposes a change of manifest.json;
/// after the merge a publisher copies them, verified, to production; pull brings them to any clone.
#[derive(clap::Parser, Debug)]
#[command(name = "git-data", bin_name = "git data", version, after_help = MORE)]
#[command(
    max_term_width = 100,
    disable_help_subcommand = true,
    subcommand_value_name = "VERB",
    subcommand_help_heading = "Verbs"
)]
struct Opts {
    #[command(flatten)]
    manner: Manner,
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(clap::Subcommand, Debug)]
enum Verb {
    Init(init::Args),
    Install(install::Args),
    Uninstall(install::RemovalArgs),
    Prepare(prepare::Args),
    Resume(resume::Args),
    Abort(abort::Args),
    Status(status::Args),
    Pull(pull::Args),
    #[command(alias = "list-datasets")]
    List(list::Args),
    Log(log::Args),
    Show(show::Args),
    Why(why::Args),
    Diff(diff::Args),
    Apply(apply::Args),
    Url(url::Args),
    Catalog(catalog::Args),
    Rollback(rollback::Args),
    Merge(merge::Args),
    Rename(rename::Args),
    #[command(alias = "prune-versions")]
    Prune(prune::Args),
    Delete(delete::Args),
    Restore(restore::Args),
    Migrate(migrate::Args),
    Verify(verify::Args),
    Fsck(fsck::Args),
    Cache(cache::Args),
    Demo(demo::Args),
    Completions(completions::Args),
    Man(man::Args),
    Help(help::Args),
    #[command(hide = true)]
    Hook(hook::Args),
    #[command(hide = true)]
    DiffDriver(diff::driver::DriverArgs),
}

/// The command line, as the manual reads it.
pub(super) fn command() -> clap::Command {
    Opts::command()
}

/// Runs a person's program and gives its exit code.
pub fn run(around: &Surroundings, args: Vec<OsString>) -> u8 {
    if let Some(exit) = super::reading::answered(&args) {
        return exit;
    }
    let opts: Opts = match usage::read(&args) {
        Ok(opts) => opts,
        Err(exit) => return exit,
    };
    let manner = opts.manner;
    match opts.verb {
        None => {
            let help = usage::dressed(Opts::command()).render_help();
            let _ = write!(io::stdout(), "{help}");
            0
        }
        Some(Verb::Completions(args)) => completions::print(around, &args, Opts::command(), manner),
        Some(Verb::Help(args)) => help::print(around, &args, usage::dressed(Opts::command()), manner),
        Some(Verb::Man(args)) => end(around, manner, man::run(around, &args, manual::sheets())),
        Some(Verb::Diff(args)) if !args.files.is_empty() => match args.patches() {
            Ok(true) => end(around, manner, diff::patch_of_files(around, &args)),
            Ok(false) => end(around, manner, diff::files(around, &args)),
            Err(error) => exit::fail(&error, manner.json),
        },
        Some(Verb::Apply(args)) => end(around, manner, apply::run(around, &args)),
        Some(Verb::Install(args)) if args.global => end(around, manner, install::install_everywhere(around, &args)),
        Some(Verb::Uninstall(args)) if args.global => end(around, manner, install::uninstall_everywhere(around, &args)),
        Some(Verb::DiffDriver(args)) => end(around, manner, diff::driver::run(around, &args)),
        Some(Verb::Hook(args)) => hooked(around, manner, &args),
        Some(Verb::Demo(args)) => {
            let mut tell = |line: &str| {
                if !manner.quiet && !manner.json {
                    let _ = writeln!(io::stdout(), "{}", crate::flow::text::Untrusted(line));
                }
            };
            end(around, manner, demo::run(around, &args, &mut tell))
        }
        Some(verb) => match Env::open(around) {
            Ok(mut env) => {
                if let Some(rate) = rate(&verb) {
                    env.settings.say("data.limitrate", rate);
                }
                notes(manner, &env.notes);
                in_repository(around, manner, &env, verb)
            }
            Err(error) => exit::fail(&error, manner.json),
        },
    }
}

/// A hook: what git wrote to it is read first. What it did is words, not a result.
fn hooked(around: &Surroundings, manner: Manner, args: &hook::Args) -> u8 {
    let mut lines = String::new();
    if args.hook.reads()
        && let Err(error) = io::stdin().lock().read_to_string(&mut lines)
    {
        let error = Error::user(format!("what git told {} cannot be read", args.hook.name())).because(error);
        return exit::fail(&error, manner.json);
    }
    match hook::run(around, args, &lines) {
        // What git prints beside it may be read by a program.
        Ok(done) if !manner.json => {
            let mut page = Page::new(false);
            done.show(&mut page);
            let _ = io::stderr().lock().write_all(page.finish().as_bytes());
            notes(manner, &done.remarks());
            0
        }
        done => end(around, manner, done),
    }
}

/// The limit that a command line sets.
fn rate(verb: &Verb) -> Option<&str> {
    match verb {
        Verb::Prepare(prepare::Args { limit_rate, .. })
        | Verb::Pull(pull::Args { limit_rate, .. })
        | Verb::Resume(resume::Args { limit_rate, .. }) => limit_rate.as_deref(),
        _ => None,
    }
}

/// The one match.
fn in_repository(around: &Surroundings, manner: Manner, env: &Env<'_>, verb: Verb) -> u8 {
    match verb {
        Verb::Init(args) => end(around, manner, asked::init(env, args, manner).and_then(|a| init::run(env, &a))),
        Verb::Install(args) => end(around, manner, install::install(env, &args)),
        Verb::Uninstall(args) => end(around, manner, install::uninstall(env, &args)),
        Verb::Prepare(args) => end(around, manner, prepare::run(env, &args)),
        Verb::Resume(args) => end(around, manner, resume::run(env, &args)),
        Verb::Abort(args) => end(around, manner, abort::run(env, &args)),
        Verb::Status(args) => end(around, manner, status::run(env, &args)),
        Verb::Rollback(args) => end(around, manner, rollback::run(env, &args)),
        Verb::Delete(args) => end(around, manner, asked::delete(env, args, manner).and_then(|a| delete::run(env, &a))),
        Verb::Prune(args) => end(around, manner, prune::run(env, &args)),
        Verb::Restore(args) => end(around, manner, restore::run(env, &args)),
        Verb::Rename(args) => end(around, manner, rename::run(env, &args)),
        Verb::Merge(args) => end(around, manner, merge::run(env, &args)),
        Verb::Migrate(args) if args.from == migrate::From::Lfs => end(around, manner, migrate::lfs::run(env, &args)),
        Verb::Migrate(args) => end(around, manner, migrate::run(env, &args)),
        Verb::List(args) => end(around, manner, list::run(env, &args, !manner.json)),
        Verb::Log(args) => end(around, manner, log::run(env, &args)),
        Verb::Show(args) => end(around, manner, show::run(env, &args)),
        Verb::Why(args) => end(around, manner, why::run(env, &args)),
        Verb::Pull(args) => end(around, manner, pull::run(env, &args)),
        Verb::Diff(args) => match args.patches() {
            Ok(true) => end(around, manner, diff::patch(env, &args)),
            Ok(false) => end(around, manner, diff::run(env, &args)),
            Err(error) => exit::fail(&error, manner.json),
        },
        Verb::Url(args) => end(around, manner, url::run(env, &args)),
        Verb::Catalog(args) => end(around, manner, catalog::run(env, &args)),
        Verb::Verify(args) => end(around, manner, verify::run(env, &args)),
        Verb::Fsck(args) => end(around, manner, fsck::run(env, &args)),
        Verb::Cache(args) => end(around, manner, cache::run(env, &args)),
        Verb::Apply(_)
        | Verb::Demo(_)
        | Verb::Completions(_)
        | Verb::Man(_)
        | Verb::Help(_)
        | Verb::Hook(_)
        | Verb::DiffDriver(_) => {
            exit::fail(&Error::bug("a verb without a repository came to the verbs with one"), manner.json)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Opts::command().debug_assert();
    }
}
