//! The manual from the command line itself: a page for each program and verb, as `man` reads them and as help ends.

mod extras;
mod sheet;

use clap::Command;

use crate::command::man::Sheet;

use extras::of as extra;

/// Every page, both programs: the program's own first, then its verbs.
pub(super) fn sheets() -> Vec<Sheet> {
    let mut sheets = Vec::new();
    for mut program in [super::verbs::command(), super::publisher::command()] {
        program.build();
        gather(&program, &mut sheets);
    }
    sheets
}

fn gather(command: &Command, sheets: &mut Vec<Sheet>) {
    let name = name(command);
    sheets.push(Sheet { text: sheet::roff(command, &name, extras::of(&name)), name });
    for verb in verbs(command) {
        gather(verb, sheets);
    }
}

/// The verbs that have pages: not the `help` that clap adds.
fn verbs(command: &Command) -> impl Iterator<Item = &Command> {
    let own = command.get_name() == "git-data";
    command.get_subcommands().filter(move |verb| !verb.is_hide_set() && (own || verb.get_name() != "help"))
}

/// The name of a command's page.
pub(super) fn name(command: &Command) -> String {
    command.get_display_name().unwrap_or(command.get_name()).to_owned()
}

/// Examples as a help page shows them; nothing where there are none.
pub(super) fn examples(page: &str) -> String {
    let lines = extra(page).examples.iter().map(|(why, line)| format!("  {why}\n    {line}\n"));
    match lines.collect::<String>() {
        lines if lines.is_empty() => lines,
        lines => format!("Examples:\n{lines}\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::settings::KNOWN;

    /// The words of an example, with single quotes.
    fn words(line: &str) -> Vec<String> {
        let mut words = Vec::new();
        for (number, piece) in line.split('\'').enumerate() {
            if number % 2 == 1 {
                words.push(piece.to_owned());
            } else {
                words.extend(piece.split_whitespace().map(str::to_owned));
            }
        }
        words
    }

    #[test]
    fn every_verb_has_a_page_with_an_example_that_its_command_line_takes() {
        for sheet in sheets() {
            let extra = extra(&sheet.name);
            assert!(!extra.examples.is_empty(), "{} has no example", sheet.name);
            for (_, line) in extra.examples {
                let words = words(line);
                let (program, words) = match words[0].as_str() {
                    "git" => (crate::cli::verbs::command(), &words[1..]),
                    _ => (crate::cli::publisher::command(), &words[..]),
                };
                let taken = program.try_get_matches_from(words);
                assert!(taken.is_ok(), "{line}: {}", taken.unwrap_err());
                let verb = sheet.name.strip_prefix("git-data-").unwrap_or_default().replace('-', " ");
                assert!(
                    line.replace("git-data-publish", "git data publish").contains(&verb),
                    "{line} in {}",
                    sheet.name
                );
            }
        }
    }

    #[test]
    fn what_a_page_names_is_there() {
        let names: Vec<String> = sheets().into_iter().map(|sheet| sheet.name).collect();
        for extra in extras::EXTRAS {
            assert!(names.iter().any(|name| name == extra.page), "there is no verb for {}", extra.page);
            for setting in extra.settings {
                assert!(KNOWN.iter().any(|(name, ..)| name.eq_ignore_ascii_case(setting)), "{}: {setting}", extra.page);
            }
            for other in extra.see.iter().filter(|other| other.starts_with("git-data")) {
                assert!(names.iter().any(|name| name == other), "{}: {other}", extra.page);
            }
        }
    }
}
