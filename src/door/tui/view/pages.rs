//! Pages to read, forms to fill in, plans to agree to.

use ratatui_core::style::Modifier;

use super::{Body, Canvas};
use crate::cli::page::{Tone, Toned};
use crate::door::tui::action::{Form, Value};
use crate::door::tui::model::{Page, Plan};
use crate::door::tui::text::{clean, width, wrapped};

/// Text, from the line that was scrolled to.
pub(super) fn page(canvas: &mut Canvas<'_>, body: Body, page: &Page) {
    let lines = wrapped(&page.lines, canvas.columns());
    let top = page.top.min(lines.len().saturating_sub(body.lines));
    for (at, line) in lines[top..].iter().take(body.lines).enumerate() {
        canvas.put(body.first + at, line);
    }
    let below = lines.len().saturating_sub(top + body.lines);
    if below > 0 || top > 0 {
        let words = if below > 0 { format!(" {below} more ") } else { " end ".to_owned() };
        right(canvas, 0, &words);
    }
}

/// Words at the right end of a line.
fn right(canvas: &mut Canvas<'_>, line: usize, words: &str) {
    let (area, wide) = (canvas.buffer.area, width(words));
    if wide >= canvas.columns() || line >= canvas.lines() {
        return;
    }
    let (Ok(x), Ok(y)) = (u16::try_from(canvas.columns() - wide), u16::try_from(line)) else { return };
    let style = ratatui_core::style::Style::new().add_modifier(Modifier::BOLD | Modifier::REVERSED);
    canvas.buffer.set_string(area.x + x, area.y + y, words, style);
}

/// What could not be read, and why.
pub(super) fn trouble(canvas: &mut Canvas<'_>, body: Body, trouble: &[Toned]) {
    page(canvas, body, &Page { title: String::new(), lines: trouble.to_vec(), top: 0 });
}

/// Fields, the one that is typed into marked.
pub(super) fn form(canvas: &mut Canvas<'_>, body: Body, form: &Form) {
    let label = form.fields.iter().map(|field| field.label.len()).max().unwrap_or(0);
    let mut lines: Vec<Toned> = Vec::new();
    for (at, field) in form.fields.iter().enumerate() {
        let here = at == form.at;
        let mut pieces: Toned = vec![
            (Tone::Plain, if here { "> ".to_owned() } else { "  ".to_owned() }),
            (Tone::Dim, format!("{:<label$}  ", field.label)),
        ];
        let cursor = if here { "_" } else { "" };
        match &field.value {
            Value::Text(text) if text.is_empty() => {
                pieces.push((Tone::Plain, cursor.to_owned()));
                pieces.push((Tone::Dim, format!(" ({})", clean(&field.hint))));
            }
            Value::Text(text) => pieces.push((Tone::Plain, format!("{}{cursor}", clean(text)))),
            Value::Choice(choices, at) => pieces.push((Tone::Plain, format!("‹ {} ›", choices[*at]))),
        }
        lines.push(pieces);
    }
    if let Some(fault) = form.fault {
        lines.push(Vec::new());
        lines.push(vec![(Tone::Bad, fault.to_owned())]);
    }
    lines.push(Vec::new());
    let next = match form.action() {
        Ok(action) => clean(action.command()),
        Err(_) => String::new(),
    };
    if !next.is_empty() {
        lines.push(vec![(Tone::Dim, format!("$ {next}"))]);
    }
    page(canvas, body, &Page { title: String::new(), lines, top: 0 });
}

/// The plan, and what is asked.
pub(super) fn plan(canvas: &mut Canvas<'_>, body: Body, plan: &Plan) {
    let asked: Toned = match (&plan.typed, plan.acting, plan.ready) {
        (_, true, _) => vec![(Tone::Dim, "It is being done.".to_owned())],
        (_, _, false) => Vec::new(),
        (Some(typed), ..) => vec![
            (Tone::Warn, format!("Type the name {} and press Enter: ", clean(&plan.action.name))),
            (Tone::Plain, format!("{}_", clean(typed))),
        ],
        (None, ..) => vec![(Tone::Good, "Enter does this; Esc leaves everything as it is.".to_owned())],
    };
    let asked = wrapped(&[asked], canvas.columns());
    let below = asked.len().min(body.lines);
    page(canvas, Body { first: body.first, lines: body.lines - below }, &plan.page);
    for (at, line) in asked.iter().take(below).enumerate() {
        canvas.put(body.first + body.lines - below + at, line);
    }
}
