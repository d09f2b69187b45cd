//! The terminal: taken over, drawn on, read from, and given back whatever happens.

use std::io::{self, Write as _};
use std::sync::Once;
use std::sync::mpsc::Sender;

use ratatui_core::buffer::Buffer;
use ratatui_core::terminal::Terminal;
use ratatui_crossterm::CrosstermBackend;
use ratatui_crossterm::crossterm::event::{
    self, DisableBracketedPaste, EnableBracketedPaste, Event as Input, KeyCode, KeyEvent, KeyEventKind, KeyModifiers,
};
use ratatui_crossterm::crossterm::terminal::{
    Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use ratatui_crossterm::crossterm::{cursor, execute};

use super::key::Key;
use super::model::Event;

/// The whole terminal, until it is dropped.
#[must_use = "the terminal is given back when this is dropped"]
pub(super) struct Screen {
    terminal: Terminal<CrosstermBackend<io::Stdout>>,
    size: (u16, u16),
}

impl Screen {
    /// Takes the terminal over.
    pub(super) fn open() -> io::Result<Screen> {
        give_back_on_panic();
        enable_raw_mode()?;
        // From here on the guard gives it back.
        let mut screen = Screen { terminal: Terminal::new(CrosstermBackend::new(io::stdout()))?, size: (0, 0) };
        execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste, cursor::Hide, Clear(ClearType::All))?;
        screen.size = screen.size()?;
        Ok(screen)
    }

    /// Columns and lines.
    pub(super) fn size(&self) -> io::Result<(u16, u16)> {
        present()?;
        let size = self.terminal.size()?;
        Ok((size.width, size.height))
    }

    /// Draws what differs from what is there.
    pub(super) fn draw(&mut self, view: impl FnOnce(&mut Buffer)) -> io::Result<()> {
        self.terminal.draw(|frame| view(frame.buffer_mut())).map(drop)
    }

    /// Its new size, if that changed. Also without its signal: an error says that the terminal went away.
    pub(super) fn resized(&mut self) -> io::Result<Option<Event>> {
        let size = self.size()?;
        let changed = size != self.size;
        self.size = size;
        Ok(changed.then_some(Event::Size(size.0, size.1)))
    }
}

/// Sends what is typed. On a thread of its own: where a terminal went away, reading it never comes back.
pub(super) fn listen(events: Sender<Event>) -> io::Result<()> {
    let read = move || {
        loop {
            let event = match event::read() {
                Ok(input) => translated(&input),
                Err(_) => Some(Event::Key(Key::Interrupt)),
            };
            if event.is_some_and(|event| events.send(event).is_err()) {
                return;
            }
        }
    };
    std::thread::Builder::new().name("keys".to_owned()).spawn(read).map(drop)
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

/// Whether the terminal is still there.
#[cfg(unix)]
fn present() -> io::Result<()> {
    Ok(rustix::termios::tcgetwinsize(io::stdout()).map(drop)?)
}

#[cfg(not(unix))]
fn present() -> io::Result<()> {
    Ok(())
}

/// Leaves the terminal as it was found. Twice is as good as once.
fn give_back() {
    let _ = execute!(io::stdout(), DisableBracketedPaste, LeaveAlternateScreen, cursor::Show);
    let _ = disable_raw_mode();
    let _ = io::stdout().flush();
}

/// A panic of the screens is told on a terminal that can show it; one of a worker becomes an answer.
fn give_back_on_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let told = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if std::thread::current().name() == Some("main") {
                give_back();
                told(panic);
            }
        }));
    });
}

/// Ours of what the terminal says, if it means anything.
fn translated(input: &Input) -> Option<Event> {
    match input {
        Input::Key(key) if key.kind != KeyEventKind::Release => pressed(key).map(Event::Key),
        Input::Paste(text) => Some(Event::Key(Key::Paste(text.clone()))),
        Input::Resize(columns, lines) => Some(Event::Size(*columns, *lines)),
        _ => None,
    }
}

fn pressed(key: &KeyEvent) -> Option<Key> {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    Some(match key.code {
        KeyCode::Char('c') if control => Key::Interrupt,
        KeyCode::Char('u') if control => Key::Clear,
        KeyCode::Char(_) if control || key.modifiers.contains(KeyModifiers::ALT) => return None,
        KeyCode::Char(c) => Key::Char(c),
        KeyCode::Enter => Key::Enter,
        KeyCode::Esc => Key::Esc,
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::Left => Key::Left,
        KeyCode::Right => Key::Right,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        KeyCode::Tab => Key::Tab,
        KeyCode::BackTab => Key::BackTab,
        KeyCode::Backspace => Key::Backspace,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_as_they_are_meant() {
        let key = |code, modifiers| translated(&Input::Key(KeyEvent::new(code, modifiers)));
        let is = |event: Option<Event>| if let Some(Event::Key(key)) = event { Some(key) } else { None };
        assert_eq!(is(key(KeyCode::Char('c'), KeyModifiers::CONTROL)), Some(Key::Interrupt));
        assert_eq!(is(key(KeyCode::Char('P'), KeyModifiers::SHIFT)), Some(Key::Char('P')));
        assert_eq!(is(key(KeyCode::Char('d'), KeyModifiers::CONTROL)), None, "no command by accident");
        assert_eq!(is(key(KeyCode::F(1), KeyModifiers::NONE)), None);
        assert_eq!(is(translated(&Input::Paste("a\nq".to_owned()))), Some(Key::Paste("a\nq".to_owned())));
    }
}
