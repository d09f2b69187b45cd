//! What could stand at the cursor: verbs, options and their values, and the names and versions of this repository.

use std::ffi::OsString;

use clap::{Arg, Command};
use clap_complete::Shell;
use clap_complete::engine::{ArgValueCandidates, CompletionCandidate, complete};

use crate::cli::help;
use crate::command::env::{Env, Surroundings};
use crate::flow::manifest::types::Manifest;
use crate::flow::text::Untrusted;

/// A value and what it is.
type Value = (String, String);

/// A line for each word that could stand there. Never an error: nobody wants words of ours in the middle of a line.
pub(super) fn found(around: &Surroundings, command: Command, shell: Shell, words: &[OsString]) -> String {
    let last = words.last().map(|word| word.to_string_lossy()).unwrap_or_default();
    // Verbs and options need no repository.
    let value = words.len() > 2 && (!last.starts_with('-') || last.contains('='));
    let manifest = if value { manifest(around) } else { Manifest::default() };
    let names: Vec<Value> = manifest
        .datasets
        .iter()
        .map(|(name, dataset)| (name.clone(), dataset.description.clone().unwrap_or_default()))
        .collect();
    let named = words.iter().filter_map(|word| manifest.datasets.get(word.to_str()?)).next_back();
    let versions = named.into_iter().flat_map(|dataset| &dataset.versions);
    let versions: Vec<Value> = versions.map(|entry| (entry.version.to_string(), entry.message.clone())).collect();
    let topics: Vec<Value> = help::topics().map(|(topic, about)| (topic.to_owned(), about.to_owned())).collect();
    let verbs: Vec<Value> = command
        .get_subcommands()
        .map(|verb| (verb.get_name().to_owned(), verb.get_about().map(ToString::to_string).unwrap_or_default()))
        .collect();
    let mut command = command.mut_subcommands(|verb| {
        let name = verb.get_name().to_owned();
        verb.mut_args(|arg| match (name.as_str(), arg.get_id().as_str()) {
            ("help", "words") => offering(arg, [verbs.clone(), topics.clone()].concat()),
            ("man", "page") => offering(arg, verbs.clone()),
            (_, "name" | "names" | "old" | "confirm" | "what") => offering(arg, names.clone()),
            (_, "version" | "to_version") => offering(arg, versions.clone()),
            _ => arg,
        })
    });
    let found = complete(&mut command, words.to_vec(), words.len() - 1, Some(&around.cwd)).unwrap_or_default();
    // Options are shown to whoever begins one, as git does.
    let meant =
        |one: &&CompletionCandidate| last.starts_with('-') || !one.get_value().as_encoded_bytes().starts_with(b"-");
    found.iter().filter(|one| !one.is_hide_set()).filter(meant).map(|one| line(shell, one)).collect()
}

fn manifest(around: &Surroundings) -> Manifest {
    Env::open(around).and_then(|env| env.manifest_if_any()).ok().flatten().unwrap_or_default()
}

fn offering(arg: Arg, values: Vec<Value>) -> Arg {
    arg.add(ArgValueCandidates::new(move || {
        let one = |(value, about): &Value| CompletionCandidate::new(value).help(Some(about.clone().into()));
        values.iter().map(one).collect()
    }))
}

fn line(shell: Shell, one: &CompletionCandidate) -> String {
    let value = Untrusted(&one.get_value().to_string_lossy()).to_string();
    let about = one.get_help().map(ToString::to_string).unwrap_or_default();
    let about = Untrusted(about.lines().next().unwrap_or_default()).to_string();
    match shell {
        Shell::Zsh if about.is_empty() => format!("{}\n", value.replace(':', "\\:")),
        Shell::Zsh => format!("{}:{about}\n", value.replace(':', "\\:")),
        Shell::Fish => format!("{value}\t{about}\n"),
        _ => format!("{value}\n"),
    }
}
