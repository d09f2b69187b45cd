//! Lists: a head, rows in columns that fit, the selected one marked.

use ratatui_core::style::Modifier;

use super::{Body, Canvas};
use crate::cli::page::{Tone, Toned};
use crate::command::settings::Setting;
use crate::door::tui::list::{List, Row};
use crate::door::tui::model::Screen;
use crate::door::tui::text::{clean, cut, width, wrapped};

/// Between two columns.
const GAP: usize = 2;
/// No column is made narrower than this before it goes.
const NARROW: usize = 8;
/// Before each row; the selected one has a sign there.
const MARGIN: usize = 2;

/// Draws a list; `empty` is said where there is nothing.
pub(super) fn list<T: Row>(canvas: &mut Canvas<'_>, body: Body, list: &List<T>, empty: &str) {
    let rows = list.seen();
    if rows.is_empty() {
        let words = if list.all().is_empty() { empty } else { "Nothing has that text." };
        for (at, line) in wrapped(&[vec![(Tone::Dim, words.to_owned())]], canvas.columns()).iter().enumerate() {
            canvas.put(body.first + at, line);
        }
        return;
    }
    let rows: Vec<Toned> = rows.iter().map(|row| row.cells()).collect();
    let natural = |at: usize| {
        let cells = rows.iter().filter_map(|row| row.get(at)).map(|(_, text)| width(text));
        cells.chain([width(T::HEADS[at])]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..T::HEADS.len()).map(natural).collect();
    let widths = fit(&widths, T::FIRST_TO_GO, canvas.columns().saturating_sub(MARGIN));
    let head: Toned = T::HEADS.iter().map(|head| (Tone::Dim, (*head).to_owned())).collect();
    canvas.put(body.first, &row(" ", &head, &widths));
    let room = body.lines.saturating_sub(1).max(1);
    // Page by page: rows stand still while one moves among them.
    let first = list.at() / room * room;
    for (line, at) in (first..rows.len().min(first + room)).enumerate() {
        let line = body.first + 1 + line;
        let selected = at == list.at();
        canvas.put(line, &row(if selected { ">" } else { " " }, &rows[at], &widths));
        if selected {
            canvas.mark(line, Modifier::BOLD);
        }
    }
}

/// The same, and what the selected setting is for.
pub(super) fn settings(canvas: &mut Canvas<'_>, body: Body, all: &List<Setting>) {
    let about = all.selected().map_or(Vec::new(), |one| {
        let mut lines: Vec<Toned> = vec![vec![(Tone::Dim, one.about.to_owned())]];
        lines.push(vec![(Tone::Dim, format!("{} wins over git config, which wins over .gitdata", one.variable))]);
        let overruled =
            |(value, origin): &(String, _)| vec![(Tone::Warn, format!("overruled: {} (from {origin})", clean(value)))];
        lines.extend(one.overruled.iter().map(overruled));
        wrapped(&lines, canvas.columns())
    });
    // A low terminal shows the list alone.
    let below = if body.lines > about.len() + 4 { about.len() } else { 0 };
    list(canvas, Body { first: body.first, lines: body.lines - below }, all, "");
    for (at, line) in about.iter().take(below).enumerate() {
        canvas.put(body.first + body.lines - below + at, line);
    }
}

/// The filter of a list that has one.
pub(super) fn filter(screen: &Screen) -> Option<(String, bool)> {
    fn of<T>(list: &List<T>) -> Option<(String, bool)> {
        (list.typing || !list.filter.is_empty()).then(|| (clean(&list.filter), list.typing))
    }
    match screen {
        Screen::Datasets(list) => of(list),
        Screen::Versions { list, .. } => of(list),
        Screen::Bucket { list, .. } => of(list),
        Screen::Settings(list) => of(list),
        Screen::Page(_) | Screen::Form(_) | Screen::Plan(_) => None,
    }
}

/// Columns that fit together: the first to go are made narrower, then left out.
fn fit(natural: &[usize], first_to_go: &[usize], room: usize) -> Vec<usize> {
    let mut widths = natural.to_vec();
    let total = |widths: &[usize]| {
        let columns = widths.iter().filter(|width| **width > 0);
        (columns.clone().sum::<usize>() + GAP * columns.count()).saturating_sub(GAP)
    };
    for at in first_to_go {
        let over = total(&widths).saturating_sub(room);
        if over == 0 {
            return widths;
        }
        widths[*at] = match (at, widths[*at].checked_sub(over)) {
            // Names become shorter, and stay.
            (0, rest) => rest.unwrap_or(0).max(NARROW.min(widths[0])),
            (_, Some(rest)) if rest >= NARROW => rest,
            _ => 0,
        };
    }
    let over = total(&widths).saturating_sub(room);
    widths[0] = widths[0].saturating_sub(over);
    widths
}

/// One row. Cells that begin with a blank are numbers and stand to the right.
fn row(mark: &str, cells: &Toned, widths: &[usize]) -> Toned {
    let mut pieces: Toned = vec![(Tone::Plain, format!("{mark:<MARGIN$}"))];
    for ((tone, text), wide) in cells.iter().zip(widths) {
        if *wide == 0 {
            continue;
        }
        let text = cut(text, *wide);
        let pad = " ".repeat(wide - width(&text) + GAP);
        if text.starts_with(' ') {
            let (left, right) = pad.split_at(pad.len() - GAP);
            pieces.push((*tone, format!("{left}{text}{right}")));
        } else {
            pieces.push((*tone, format!("{text}{pad}")));
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_shrink_then_go_in_order() {
        assert_eq!(fit(&[10, 4, 30], &[2, 1], 60), [10, 4, 30]);
        assert_eq!(fit(&[10, 4, 30], &[2, 1], 38), [10, 4, 20]);
        assert_eq!(fit(&[10, 4, 30], &[2, 1], 20), [10, 4, 0]);
        assert_eq!(fit(&[10, 4, 30], &[2, 1], 12), [10, 0, 0]);
        assert_eq!(fit(&[10, 4, 30], &[2, 1], 6), [6, 0, 0]);
        assert_eq!(fit(&[10, 4, 30], &[2, 1], 0), [0, 0, 0]);
        assert_eq!(fit(&[64, 8, 13], &[0, 1, 2], 76), [51, 8, 13]);
        assert_eq!(fit(&[64, 8, 13], &[0, 1, 2], 30), [8, 0, 13]);
    }
}
