//! A wrong command line, said as every other error is; help and version are results.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, FromArgMatches};

use super::{exit, manual};
use crate::error::{Error, Kind};

/// The same command line with examples and the exit codes at the end of every help page.
pub(super) fn dressed(command: clap::Command) -> clap::Command {
    let page = command.get_name().to_owned();
    dress(command, &page)
}

fn dress(command: clap::Command, page: &str) -> clap::Command {
    let end = match command.get_after_help() {
        Some(own) if own.to_string() != exit::CODES => format!("{own}\n\n{}", exit::CODES),
        _ => exit::CODES.to_owned(),
    };
    let more = command.get_after_long_help().map(|own| format!("{own}\n\n")).unwrap_or_default();
    let command = command.after_long_help(format!("{more}{}{end}", manual::examples(page))).after_help(end);
    command.mut_subcommands(|verb| {
        let page = format!("{page}-{}", verb.get_name());
        dress(verb, &page)
    })
}

/// Reads the command line; what cannot be read is printed, and its exit code given.
pub(super) fn read<T: CommandFactory + FromArgMatches>(args: &[OsString]) -> Result<T, u8> {
    let command = dressed(T::command());
    let found = command.clone().try_get_matches_from(args).and_then(|found| T::from_arg_matches(&found));
    found.map_err(|error| tell(&error, &command, args))
}

fn tell(error: &clap::Error, command: &clap::Command, args: &[OsString]) -> u8 {
    let json = args.iter().any(|arg| arg == "--json");
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            // Nobody is left to tell when stdout is closed.
            let _ = error.print();
            0
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand if !json => {
            let _ = error.print();
            Kind::Usage.exit()
        }
        _ => exit::fail(&as_error(error, &help_of(command, args)), json),
    }
}

/// What clap says, as our own error.
fn as_error(error: &clap::Error, help: &str) -> Error {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        Some(ContextValue::Strings(all)) => Some(all.join(" ")),
        _ => None,
    };
    let arg = text(ContextKind::InvalidArg);
    let sub = text(ContextKind::InvalidSubcommand);
    let value = text(ContextKind::InvalidValue).unwrap_or_default();
    let message = match (error.kind(), arg, sub) {
        (ErrorKind::MissingRequiredArgument, Some(arg), _) => format!("{arg} is missing"),
        (ErrorKind::InvalidSubcommand, _, Some(sub)) => format!("{sub:?} is not a verb of this program"),
        (ErrorKind::UnknownArgument, Some(arg), _) => format!("{arg} is not known here"),
        (ErrorKind::InvalidValue, Some(arg), _) if value.is_empty() => format!("{arg} needs a value"),
        (ErrorKind::InvalidValue | ErrorKind::ValueValidation, Some(arg), _) => match text(ContextKind::ValidValue) {
            Some(_) => format!("{arg} cannot be {value:?}"),
            None => format!("{arg} cannot be {value:?}{}", why(error)),
        },
        (ErrorKind::ArgumentConflict, Some(arg), _) => match text(ContextKind::PriorArg) {
            Some(other) if other != arg => format!("{arg} and {other} exclude each other"),
            _ => format!("{arg} is there twice"),
        },
        (ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand, ..) => {
            "the verb is missing".to_owned()
        }
        _ => first_line(error),
    };
    let mut ours = Error::usage(message);
    if let Some(ContextValue::Strings(valid)) = error.get(ContextKind::ValidValue)
        && !valid.is_empty()
    {
        ours = ours.hint(format!("one of {}", valid.join(", ")));
    }
    for kind in [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg, ContextKind::SuggestedValue] {
        match error.get(kind) {
            Some(ContextValue::Strings(near)) if !near.is_empty() => {
                ours = ours.hint(format!("did you mean {}?", near.join(" or ")));
            }
            Some(ContextValue::String(near)) => ours = ours.hint(format!("did you mean {near}?")),
            _ => {}
        }
    }
    ours.hint(help)
}

/// The cause that a parser of values gave.
fn why(error: &clap::Error) -> String {
    std::error::Error::source(error).map_or(String::new(), |cause| format!(": {cause}"))
}

fn first_line(error: &clap::Error) -> String {
    let text = error.render().to_string();
    text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

/// The command that shows the help page of the verb that was meant.
fn help_of(command: &clap::Command, args: &[OsString]) -> String {
    let mut page = command.get_bin_name().unwrap_or(command.get_name()).to_owned();
    let mut at = command;
    for word in args.iter().skip(1).filter_map(|arg| arg.to_str()) {
        match at.find_subcommand(word) {
            Some(verb) => {
                page = format!("{page} {}", verb.get_name());
                at = verb;
            }
            None if word.starts_with('-') => {}
            None => break,
        }
    }
    format!("{page} -h")
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{Arg, Command};

    fn words(args: &[&str]) -> String {
        let count = Arg::new("count").long("limit").value_parser(clap::value_parser!(u8));
        let role = Arg::new("role").long("role").value_parser(["reader", "writer"]);
        let twice =
            Arg::new("other").long("other").num_args(0).action(clap::ArgAction::SetTrue).conflicts_with("count");
        let show = Command::new("show").arg(Arg::new("NAME").required(true)).args([count, role, twice]);
        let program = Command::new("git-data").bin_name("git data").subcommand(show).subcommand_required(true);
        let all: Vec<OsString> = args.iter().map(OsString::from).collect();
        let help = help_of(&program, &all);
        exit::words(&as_error(&program.try_get_matches_from(args).unwrap_err(), &help))
    }

    #[test]
    fn every_wrong_command_line_says_what_and_where_to_look() {
        for (args, want) in [
            (
                &["", "shw"][..],
                "error: \"shw\" is not a verb of this program\nhint: did you mean show?\nhint: git data -h\n",
            ),
            (&["", "show"], "error: <NAME> is missing\nhint: git data show -h\n"),
            (&["", "show", "x", "--nope"], "error: --nope is not known here\nhint: git data show -h\n"),
            (
                &["", "show", "x", "--limit", "x"],
                "error: --limit <count> cannot be \"x\": invalid digit found in string\nhint: git data show -h\n",
            ),
            (
                &["", "show", "x", "--role", "x"],
                "error: --role <role> cannot be \"x\"\nhint: one of reader, writer\nhint: git data show -h\n",
            ),
            (&["", "show", "x", "--limit"], "error: --limit <count> needs a value\nhint: git data show -h\n"),
            (
                &["", "show", "x", "--limit=1", "--other"],
                "error: --limit <count> and --other exclude each other\nhint: git data show -h\n",
            ),
            (
                &["", "show", "x", "--limit=1", "--limit=2"],
                "error: --limit <count> is there twice\nhint: git data show -h\n",
            ),
            (&[""], "error: the verb is missing\nhint: git data -h\n"),
        ] {
            assert_eq!(words(args), want, "{args:?}");
        }
    }
}
