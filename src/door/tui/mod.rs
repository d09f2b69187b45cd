//! Screens: the journey for a person at a terminal.
//!
//! ```text
//! keys ─→ update(model, event) ─→ orders ─→ work: a thread each, which calls a command
//!             │      ▲                          │
//!             ▼      └────── events ────────────┘
//!         view(model) ─→ the terminal
//! ```
//!
//! `update` and `view` are pure; only `work` touches the world, and only `terminal` the terminal.

mod action;
mod key;
mod list;
mod model;
mod terminal;
mod text;
mod update;
mod view;
mod work;

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::mpsc;
use std::time::Duration;

use crate::cli::exit::words;
use crate::command::env::Surroundings;
use crate::error::{Error, Kind};

use model::{Event, Model};
use terminal::Screen;
use view::Look;

/// The terminal is looked at so often when nothing happens: it may have another size, or be gone.
const LOOK: Duration = Duration::from_millis(250);

/// Whether screens can be shown: a person at a terminal that can do more than print lines.
#[must_use]
pub fn possible(around: &Surroundings) -> bool {
    let smart = match around.variable("TERM") {
        Some(term) => term != "dumb",
        // There no terminal says its name.
        None => cfg!(windows),
    };
    smart && io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// Shows the screens until somebody leaves them; gives the exit code.
pub fn run(around: Surroundings) -> u8 {
    let look = Look::of(&around);
    let screen = match Screen::open() {
        Ok(screen) => screen,
        Err(error) => {
            let error = Error::user("this terminal cannot show screens").because(error).hint("git data -h");
            let _ = io::stderr().write_all(words(&error).as_bytes());
            return error.kind.exit();
        }
    };
    // Where the terminal went away nobody is left to tell.
    shown(around, look, screen).unwrap_or(Kind::Interrupted.exit())
}

fn shown(around: Surroundings, look: Look, mut screen: Screen) -> io::Result<u8> {
    let (sender, events) = mpsc::channel();
    terminal::listen(sender.clone())?;
    let workers = work::Workers::new(around, sender);
    let size = screen.size()?;
    workers.within(size.0);
    let (mut model, mut orders) = Model::new(size);
    let mut changed = true;
    loop {
        orders.into_iter().for_each(|order| workers.begin(order));
        if changed {
            screen.draw(|buffer| view::draw(&model, look, buffer))?;
        }
        let mut happened: Vec<Event> = events.recv_timeout(LOOK).into_iter().chain(events.try_iter()).collect();
        if let Some(resized) = screen.resized()? {
            workers.within(screen.size()?.0);
            happened.push(resized);
        }
        changed = !happened.is_empty();
        orders = happened.into_iter().flat_map(|event| update::update(&mut model, event)).collect();
        if let Some(exit) = model.exit {
            return Ok(exit);
        }
    }
}
