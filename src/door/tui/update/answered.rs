//! What an answer changes: the screen that waited for it, if it is still open.

use crate::cli::page::{Tone, Toned};
use crate::door::tui::action::Verb;
use crate::door::tui::model::{Answer, Model, Open, Order, Page, Plan, Screen};

/// Takes the answer of a job.
pub(super) fn answered(model: &mut Model, id: u64, answer: Result<Answer, Vec<Toned>>) -> Vec<Order> {
    let Some(at) = model.jobs.iter().position(|job| job.id == id) else { return Vec::new() };
    let job = model.jobs.remove(at);
    let waits = model.open.iter().position(|open| open.waiting == Some(id));
    match waits {
        // Who left the screen still wants to know what became of it.
        None if job.acts => {
            let (tone, words) = if answer.is_ok() { (Tone::Good, "is done") } else { (Tone::Bad, "could not be done") };
            model.said = Some((tone, format!("{} {words}", job.what)));
        }
        None => return Vec::new(),
        Some(at) if job.acts => acted(model, at, answer),
        Some(at) => filled(model, at, answer),
    }
    if job.acts { again(model) } else { Vec::new() }
}

/// What was done may show on every list.
fn again(model: &mut Model) -> Vec<Order> {
    let lists =
        |open: &Open| matches!(open.screen, Screen::Datasets(_) | Screen::Versions { .. } | Screen::Settings(_));
    let stale: Vec<usize> = (0..model.open.len()).filter(|at| lists(&model.open[*at])).collect();
    stale.into_iter().flat_map(|at| model.refill(at)).collect()
}

/// The plan was acted on: its screens give way to what came of it.
fn acted(model: &mut Model, at: usize, answer: Result<Answer, Vec<Toned>>) {
    let Screen::Plan(Plan { action, .. }) = &model.open[at].screen else { return };
    let (what, set) = (format!("{} {}", action.verb.word(), action.name), action.verb == Verb::Configure);
    let (word, lines) = match answer {
        Ok(Answer::Page(lines, true)) => ("Done", lines),
        Ok(Answer::Page(lines, false)) => ("Not all done", lines),
        Ok(_) => return,
        Err(lines) => ("Not done", lines),
    };
    model.open[at].waiting = None;
    let form = at.checked_sub(1).filter(|below| matches!(model.open[*below].screen, Screen::Form(_)));
    if word == "Not done" {
        // The form stays, to be corrected.
        let page = Page { title: format!("{word}: {what}"), lines, top: 0 };
        model.open[at] = Open { screen: Screen::Page(page), wish: None, waiting: None, trouble: None };
        return;
    }
    if set && word == "Done" {
        model.said = Some((Tone::Good, format!("{what}: done")));
        model.open.drain(form.unwrap_or(at)..=at);
        return;
    }
    let page = Page { title: format!("{word}: {what}"), lines, top: 0 };
    model.open[at] = Open { screen: Screen::Page(page), wish: None, waiting: None, trouble: None };
    if let Some(form) = form {
        model.open.remove(form);
    }
}

fn filled(model: &mut Model, at: usize, answer: Result<Answer, Vec<Toned>>) {
    let open = &mut model.open[at];
    open.waiting = None;
    open.trouble = None;
    let answer = match answer {
        Ok(answer) => answer,
        Err(lines) => {
            if let Screen::Plan(plan) = &mut open.screen {
                plan.ready = false;
            }
            open.trouble = Some(lines);
            return;
        }
    };
    match (&mut open.screen, answer) {
        (Screen::Datasets(list), Answer::Datasets { place, datasets, notes }) => {
            list.replace(datasets);
            model.place = place;
            if let Some(note) = notes.first() {
                model.said.get_or_insert((Tone::Warn, note.clone()));
            }
        }
        (Screen::Versions { list, .. }, Answer::Versions(versions)) => list.replace(versions),
        (Screen::Page(page), Answer::Page(lines, _)) => page.lines = lines,
        (Screen::Plan(plan), Answer::Page(lines, _)) => {
            plan.page.lines = lines;
            plan.ready = true;
        }
        (Screen::Bucket { address: shown, more: cut, list, .. }, Answer::Bucket { address, items, more }) => {
            list.replace(items);
            (*shown, *cut) = (address, more);
        }
        (Screen::Settings(list), Answer::Settings(settings)) => list.replace(settings),
        _ => {}
    }
}
