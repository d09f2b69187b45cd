//! The verbs of the publisher. It is the caller who opened production for writing.

use std::ffi::OsString;
use std::io::{self, Write as _};

use clap::CommandFactory as _;

use crate::cli::{Manner, end, exit, notes, render, usage};
use crate::command::check::{self, Format};
use crate::command::env::{Env, Surroundings};
use crate::command::publish::{self, Opener};
use crate::command::{fsck, host, janitor, sweep};
use crate::error::{Kind, Result};

/// Makes merged versions live: copies them, verified, to production, and records it on the default branch.
///
/// Runs in a workflow, with the only key that can write production.
#[derive(clap::Parser, Debug)]
#[command(name = "git-data-publish", version, after_help = exit::CODES, arg_required_else_help = true)]
#[command(subcommand_value_name = "VERB", subcommand_help_heading = "Verbs")]
struct Opts {
    #[command(flatten)]
    manner: Manner,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand, Debug)]
enum Verb {
    Check(check::Args),
    /// Publish every pending version: copy, then finalize
    Run(publish::Telling),
    /// Only copy and verify; receipts in production say what was done
    Copy(publish::Args),
    /// Only record what receipts prove; reads production, writes git
    Finalize(publish::Telling),
    Sweep(sweep::Args),
    Janitor(janitor::Args),
    Fsck(fsck::PublisherArgs),
}

/// The command line, as the manual reads it.
pub(super) fn command() -> clap::Command {
    Opts::command()
}

/// Runs the publisher and gives its exit code.
pub fn run(around: &Surroundings, args: Vec<OsString>, open: Opener) -> u8 {
    if let Some(exit) = super::reading::answered(&args) {
        return exit;
    }
    let opts: Opts = match usage::read(&args) {
        Ok(opts) => opts,
        Err(exit) => return exit,
    };
    let manner = opts.manner;
    match opts.verb {
        Verb::Check(args) => checked(around, manner, &args),
        Verb::Run(args) => end(around, manner, opened(around, manner, |env| publish::run(env, open, &args))),
        Verb::Copy(args) => end(around, manner, opened(around, manner, |env| publish::copy(env, open, &args))),
        Verb::Finalize(args) => end(around, manner, opened(around, manner, |env| publish::finalize(env, &args))),
        Verb::Sweep(args) => end(around, manner, opened(around, manner, |env| sweep::run(env, open, &args))),
        Verb::Janitor(args) => end(around, manner, opened(around, manner, |env| janitor::run(env, &args))),
        Verb::Fsck(args) => end(around, manner, opened(around, manner, |env| fsck::run_publisher(env, open, &args))),
    }
}

/// Runs a verb in the repository around it.
fn opened<T>(around: &Surroundings, manner: Manner, verb: impl FnOnce(&Env<'_>) -> Result<T>) -> Result<T> {
    let env = Env::open(around)?;
    notes(manner, &env.notes);
    verb(&env)
}

/// A check also fills the job's page and marks the lines of the manifest, where a workflow's host shows them.
fn checked(around: &Surroundings, manner: Manner, args: &check::Args) -> u8 {
    let manner = Manner { json: manner.json || args.format == Some(Format::Json), ..manner };
    let mut result = check::run(around, args);
    let Ok(report) = &mut result else { return end(around, manner, result) };
    let page = render::check::markdown(report);
    if let Some(number) = args.comment {
        check::tell(around, report, number, &page);
    }
    if host::annotates(around) {
        for line in &report.annotations {
            let _ = writeln!(io::stderr(), "{line}");
        }
    }
    // Who asks for the page puts it where it belongs.
    if args.format == Some(Format::Md) && !manner.json {
        let _ = io::stdout().write_all(page.as_bytes());
        notes(manner, &report.notes);
        return report.failure.map_or(0, Kind::exit);
    }
    // What is only told was on the pages of the jobs that found it.
    if args.report.is_empty()
        && let Err(error) = host::summary(around, &page)
    {
        report.notes.push(error.to_string());
    }
    end(around, manner, result)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Opts::command().debug_assert();
    }
}
