//! An event changes the model and gives new orders. Pure: the same event on the same model does the same.

mod answered;
mod keys;
#[cfg(test)]
pub(in crate::door::tui) mod tests;

use super::model::{Event, Model, Order};
use super::text;
use crate::cli::page::Tone;

/// Takes one event.
pub(super) fn update(model: &mut Model, event: Event) -> Vec<Order> {
    match event {
        Event::Key(key) => keys::pressed(model, key),
        Event::Size(columns, lines) => {
            model.size = (columns, lines);
            Vec::new()
        }
        Event::Progress(id, progress) => {
            if let Some(job) = model.jobs.iter_mut().find(|job| job.id == id) {
                job.progress = progress;
            }
            Vec::new()
        }
        Event::Note(id, words) => {
            if model.jobs.iter().any(|job| job.id == id) {
                model.said = Some((Tone::Warn, text::clean(words)));
            }
            Vec::new()
        }
        Event::Done(id, answer) => answered::answered(model, id, answer),
    }
}
