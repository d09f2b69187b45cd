//! `help`: the page of a verb, or a topic of the manual.

mod markdown;
mod topics;

use std::io::{self, Write as _};

use clap::Command;

use crate::cli::page::{Page, Tone};
use crate::cli::{Manner, exit, paper};
use crate::command::env::Surroundings;
use crate::error::Error;

/// Show the page of a verb, or a topic of the manual
///
/// Without a word: the verbs and the topics.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// A verb, as in `prepare` or `cache prune`, or a topic, as in `exit-codes`
    #[arg(value_name = "VERB|TOPIC")]
    words: Vec<String>,
}

/// Each topic and what it tells.
pub(super) fn topics() -> impl Iterator<Item = (&'static str, &'static str)> {
    topics::TOPICS.iter().map(|topic| (topic.name, topic.about))
}

/// Prints it and gives the exit code.
pub(super) fn print(around: &Surroundings, args: &Args, mut command: Command, manner: Manner) -> u8 {
    command.build();
    let mut at = Some(&mut command);
    for word in &args.words {
        at = at.and_then(|command| command.find_subcommand_mut(word));
    }
    let mut page = paper(around);
    match (at, args.words.as_slice()) {
        (Some(command), words) => {
            page.lines(&command.render_long_help().to_string());
            if words.is_empty() {
                list(&mut page);
            }
            tell(page, manner, |text| serde_json::json!({ "verb": words.join(" "), "help": text }))
        }
        (None, [asked]) if let Some(topic) = topics::find(asked) => {
            markdown::show(topic.text, &mut page);
            tell(page, manner, |_| serde_json::json!({ "topic": topic.name, "markdown": topic.text }))
        }
        (None, words) => {
            let error = Error::usage(format!("{:?} is neither a verb nor a topic of the manual", words.join(" ")));
            exit::fail(&error.hint("git data help"), manner.json)
        }
    }
}

fn tell(page: Page, manner: Manner, json: impl FnOnce(&str) -> serde_json::Value) -> u8 {
    let text = page.finish();
    let text = if manner.json { format!("{}\n", json(&text)) } else { text };
    let _ = io::stdout().lock().write_all(text.as_bytes());
    0
}

fn list(page: &mut Page) {
    page.gap();
    page.line("Topics:");
    let rows = topics().map(|(name, about)| vec![(Tone::Plain, format!("  {name}")), (Tone::Plain, about.to_owned())]);
    page.table("<<", &rows.collect::<Vec<_>>());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_verb_hides_a_topic() {
        let verbs = crate::cli::verbs::command();
        for (topic, _) in topics() {
            assert!(verbs.find_subcommand(topic).is_none(), "{topic} is a verb: give the page another name");
        }
    }
}
