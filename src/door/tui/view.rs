//! What the model looks like. Pure: the same model gives the same cells.

mod lists;
mod pages;
#[cfg(test)]
mod tests;

use ratatui_core::buffer::Buffer;
use ratatui_core::style::{Color, Modifier, Style};

use super::key;
use super::model::{Model, Screen};
use super::text::{self, cut, width};
use crate::cli::page::{Tone, Toned};
use crate::command::env::Surroundings;
use crate::flow::text::human_size;

/// What the terminal can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Look {
    pub(super) colour: bool,
    pub(super) unicode: bool,
}

impl Look {
    /// As the environment says.
    pub(super) fn of(around: &Surroundings) -> Look {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(|name| around.variable(name));
        let utf8 = |locale: &str| locale.to_ascii_lowercase().replace('-', "").contains("utf8");
        let unicode = locale.map_or(cfg!(windows), utf8);
        Look { colour: around.variable("NO_COLOR").is_none(), unicode }
    }

    fn style(self, tone: Tone) -> Style {
        match tone {
            Tone::Plain => Style::new(),
            Tone::Dim => Style::new().add_modifier(Modifier::DIM),
            _ if !self.colour => Style::new(),
            Tone::Good => Style::new().fg(Color::Green),
            Tone::Warn => Style::new().fg(Color::Yellow),
            Tone::Bad => Style::new().fg(Color::Red),
        }
    }
}

/// Where the screens draw: lines of one buffer.
struct Canvas<'b> {
    buffer: &'b mut Buffer,
    look: Look,
}

impl Canvas<'_> {
    fn columns(&self) -> usize {
        usize::from(self.buffer.area.width)
    }

    fn lines(&self) -> usize {
        usize::from(self.buffer.area.height)
    }

    /// Draws pieces on a line; what has no room is cut.
    fn put(&mut self, line: usize, pieces: &[(Tone, String)]) {
        let (area, mut at) = (self.buffer.area, 0);
        let Ok(y) = u16::try_from(line) else { return };
        if y >= area.height {
            return;
        }
        for (tone, text) in pieces {
            let room = self.columns().saturating_sub(at);
            let Ok(x) = u16::try_from(at) else { return };
            if room == 0 {
                return;
            }
            self.buffer.set_stringn(area.x + x, area.y + y, text, room, self.look.style(*tone));
            at += width(text);
        }
    }

    /// Adds a style to a whole line.
    fn mark(&mut self, line: usize, modifier: Modifier) {
        let mut area = self.buffer.area;
        let Ok(y) = u16::try_from(line) else { return };
        if y < area.height {
            (area.y, area.height) = (area.y + y, 1);
            self.buffer.set_style(area, Style::new().add_modifier(modifier));
        }
    }
}

/// Draws everything.
pub(super) fn draw(model: &Model, look: Look, buffer: &mut Buffer) {
    buffer.reset();
    let mut canvas = Canvas { buffer, look };
    let lines = canvas.lines();
    title(&mut canvas, model);
    let open = model.top();
    let body = Body { first: 1, lines: lines.saturating_sub(3) };
    match (&open.trouble, &open.screen) {
        (Some(trouble), _) => pages::trouble(&mut canvas, body, trouble),
        (None, Screen::Datasets(list)) => {
            let empty = "No datasets yet. n proposes the first.";
            lists::list(&mut canvas, body, list, if open.waiting.is_some() { "" } else { empty });
        }
        (None, Screen::Versions { list, .. }) => lists::list(&mut canvas, body, list, ""),
        (None, Screen::Bucket { list, more, .. }) => {
            let empty = if open.waiting.is_some() { "" } else { "Nothing lies here." };
            lists::list(&mut canvas, body, list, empty);
            if *more {
                let cut = "There is more than was looked at.".to_owned();
                canvas.put(body.first + body.lines - 1, &[(Tone::Warn, cut)]);
            }
        }
        (None, Screen::Settings(list)) => lists::settings(&mut canvas, body, list),
        (None, Screen::Page(page)) => pages::page(&mut canvas, body, page),
        (None, Screen::Form(form)) => pages::form(&mut canvas, body, form),
        (None, Screen::Plan(plan)) => pages::plan(&mut canvas, body, plan),
    }
    said(&mut canvas, model, lines.saturating_sub(2));
    footer(&mut canvas, model, lines.saturating_sub(1));
    if !look.unicode {
        plain(canvas.buffer);
    }
}

/// Lines of the screen between the title and the last two.
#[derive(Clone, Copy)]
struct Body {
    first: usize,
    lines: usize,
}

fn title(canvas: &mut Canvas<'_>, model: &Model) {
    let what = match &model.top().screen {
        Screen::Datasets(_) => model.place.clone(),
        Screen::Versions { name, .. } => name.clone(),
        Screen::Page(page) => page.title.clone(),
        Screen::Form(form) if form.name.is_empty() => "a new dataset".to_owned(),
        Screen::Form(form) => format!("{} {}", form.verb.word(), form.name),
        Screen::Plan(plan) => plan.page.title.clone(),
        Screen::Bucket { bucket, prefix, address, .. } => format!("{}  {address}  {prefix}", bucket.word()),
        Screen::Settings(_) => "Settings of this clone".to_owned(),
    };
    let what = text::clean(what);
    let text = if canvas.columns() < 40 { what } else { format!("git data  {what}") };
    let text = cut(&text, canvas.columns());
    canvas.put(0, &[(Tone::Plain, text)]);
    canvas.mark(0, Modifier::BOLD | Modifier::REVERSED);
}

/// The line above the last: what was said, or what is being worked on.
fn said(canvas: &mut Canvas<'_>, model: &Model, line: usize) {
    if line == 0 {
        return;
    }
    let filter = lists::filter(&model.top().screen);
    match (filter, &model.said) {
        (Some((filter, true)), _) => return canvas.put(line, &[(Tone::Warn, format!("filter: {filter}_"))]),
        (_, Some((tone, words))) => return canvas.put(line, &[(*tone, cut(words, canvas.columns()))]),
        (Some((filter, false)), None) => {
            return canvas.put(line, &[(Tone::Warn, format!("filter: {filter}   Esc shows all"))]);
        }
        (None, None) => {}
    }
    let Some(job) = model.jobs.last() else { return };
    let words = match &job.progress {
        Some(p) if p.total > 0 => {
            let percent = p.done.min(p.total).saturating_mul(100) / p.total;
            format!("{}: {} of {}, {percent} %", p.what, human_size(p.done), human_size(p.total))
        }
        Some(p) => p.what.clone(),
        None => format!("{} …", job.what),
    };
    canvas.put(line, &[(Tone::Dim, cut(&words, canvas.columns()))]);
}

/// As many keys as have room; the help knows the others.
fn footer(canvas: &mut Canvas<'_>, model: &Model, line: usize) {
    if line == 0 {
        return;
    }
    let mut pieces: Toned = Vec::new();
    let mut taken = 0;
    let open = model.top();
    // What was not asked for cannot be asked for again.
    for (key, what) in key::of(open).iter().filter(|(key, _)| *key != "r" || open.wish.is_some()) {
        let gap = if pieces.is_empty() { 0 } else { 2 };
        let wide = gap + width(key) + 1 + width(what);
        if taken + wide > canvas.columns() {
            continue;
        }
        taken += wide;
        pieces.push((Tone::Dim, format!("{}{key} ", " ".repeat(gap))));
        pieces.push((Tone::Plain, (*what).to_owned()));
    }
    canvas.put(line, &pieces);
}

/// Where a terminal does not speak UTF-8, only what everyone can show is drawn.
fn plain(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        let symbol = cell.symbol();
        if symbol.is_ascii() {
            continue;
        }
        let plain = match symbol {
            "…" => ".",
            "→" | "›" => ">",
            "←" | "‹" => "<",
            "↑" => "^",
            "↓" => "v",
            "–" | "−" | "─" => "-",
            "✓" => "+",
            "✗" => "x",
            "·" => "*",
            _ => "?",
        };
        cell.set_symbol(plain);
    }
}
