//! A list that one moves in: what is selected, and what the filter leaves.

use super::key::Key;
use crate::cli::page::Tone;

/// Something that stands on one line of a list.
pub(super) trait Row {
    /// The head of each column.
    const HEADS: &'static [&'static str];
    /// Columns in the order in which a narrow terminal does without them. The first column always stays.
    const FIRST_TO_GO: &'static [usize];

    /// A cell for each column; numbers begin with a blank, which moves them to the right.
    fn cells(&self) -> Vec<(Tone, String)>;

    /// What a filter looks at: the name, and the words in the last column.
    fn words(&self) -> String {
        let cells = self.cells();
        let word = |cell: Option<&(Tone, String)>| cell.map(|(_, text)| text.to_lowercase()).unwrap_or_default();
        format!("{} {}", word(cells.first()), word(cells.last()))
    }

    /// What stays the same when the list is read again.
    fn name(&self) -> &str;
}

/// Rows, one of which is selected.
#[derive(Clone, Debug)]
pub(super) struct List<T> {
    items: Vec<T>,
    at: usize,
    /// Only rows with this text are seen.
    pub(super) filter: String,
    /// The filter is being typed.
    pub(super) typing: bool,
}

impl<T> Default for List<T> {
    fn default() -> Self {
        List { items: Vec::new(), at: 0, filter: String::new(), typing: false }
    }
}

impl<T: Row> List<T> {
    /// Takes new rows; the selected one stays selected if it is still there.
    pub(super) fn replace(&mut self, items: Vec<T>) {
        let name = self.selected().map(|row| row.name().to_owned());
        self.items = items;
        let found = name.and_then(|name| self.seen().iter().position(|row| row.name() == name));
        self.at = found.unwrap_or(self.at).min(self.seen().len().saturating_sub(1));
    }

    /// The rows that the filter leaves.
    pub(super) fn seen(&self) -> Vec<&T> {
        let wanted = self.filter.to_lowercase();
        self.items.iter().filter(|row| wanted.is_empty() || row.words().contains(&wanted)).collect()
    }

    /// All rows.
    pub(super) fn all(&self) -> &[T] {
        &self.items
    }

    /// The selected row.
    pub(super) fn selected(&self) -> Option<&T> {
        self.seen().get(self.at).copied()
    }

    /// Its place among those that are seen.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Does what a key means to a list, if it means anything. `page` is how many rows are on the screen.
    pub(super) fn take(&mut self, key: &Key, page: usize) -> bool {
        if self.typing {
            return self.typed(key, page);
        }
        let last = self.seen().len().saturating_sub(1);
        let to = match key {
            Key::Up | Key::Char('k') => self.at.saturating_sub(1),
            Key::Down | Key::Char('j') => self.at + 1,
            Key::PageUp => self.at.saturating_sub(page),
            Key::PageDown => self.at + page,
            Key::Home => 0,
            Key::End => last,
            Key::Char('/') => {
                self.typing = true;
                return true;
            }
            Key::Esc if !self.filter.is_empty() => {
                self.filter.clear();
                0
            }
            _ => return false,
        };
        self.at = to.min(last);
        true
    }

    fn typed(&mut self, key: &Key, page: usize) -> bool {
        match key {
            Key::Char(c) => self.filter.push(*c),
            Key::Paste(text) => self.filter.push_str(text),
            Key::Backspace => drop(self.filter.pop()),
            Key::Enter => self.typing = false,
            Key::Esc => {
                self.filter.clear();
                self.typing = false;
            }
            Key::Up | Key::Down | Key::PageUp | Key::PageDown | Key::Home | Key::End => {
                self.typing = false;
                let moved = self.take(key, page);
                self.typing = true;
                return moved;
            }
            _ => return false,
        }
        self.at = self.at.min(self.seen().len().saturating_sub(1));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Row for &str {
        const HEADS: &'static [&'static str] = &["name"];
        const FIRST_TO_GO: &'static [usize] = &[];
        fn cells(&self) -> Vec<(Tone, String)> {
            vec![(Tone::Plain, (*self).to_owned())]
        }
        fn name(&self) -> &str {
            self
        }
    }

    fn of(items: Vec<&'static str>) -> List<&'static str> {
        let mut list = List::default();
        list.replace(items);
        list
    }

    fn press(list: &mut List<&str>, keys: &[Key]) -> Option<String> {
        keys.iter().for_each(|key| assert!(list.take(key, 2)));
        list.selected().map(|row| (*row).to_owned())
    }

    #[test]
    fn keys_move_and_stop_at_both_ends() {
        let mut list = of(vec!["a", "b", "c"]);
        assert_eq!(press(&mut list, &[Key::Up]).as_deref(), Some("a"));
        assert_eq!(press(&mut list, &[Key::PageDown, Key::Char('j')]).as_deref(), Some("c"));
        assert_eq!(press(&mut list, &[Key::Char('k')]).as_deref(), Some("b"));
        assert_eq!(press(&mut list, &[Key::End]).as_deref(), Some("c"));
        assert_eq!(press(&mut list, &[Key::Home]).as_deref(), Some("a"));
        assert_eq!(press(&mut of(Vec::new()), &[Key::Down, Key::PageUp, Key::End]), None);
    }

    #[test]
    fn a_filter_is_typed_kept_and_cleared() {
        let mut list = of(vec!["prices", "energy", "en"]);
        // While it is typed, letters are letters.
        let typed = [Key::Char('/'), Key::Char('E'), Key::Char('n'), Key::Char('j'), Key::Backspace];
        assert_eq!(press(&mut list, &typed).as_deref(), Some("energy"));
        assert_eq!(press(&mut list, &[Key::Enter, Key::Char('j'), Key::Char('j')]).as_deref(), Some("en"));
        assert_eq!(press(&mut list, &[Key::Esc]).as_deref(), Some("prices"));
        assert!(!list.take(&Key::Esc, 2), "there is nothing left to clear: the key is for the screen");
    }

    #[test]
    fn what_was_selected_stays_selected_when_it_is_read_again() {
        let mut list = of(vec!["a", "b", "c"]);
        press(&mut list, &[Key::End]);
        list.replace(vec!["0", "c", "d"]);
        assert_eq!(list.selected(), Some(&"c"));
        list.replace(vec!["0"]);
        assert_eq!(list.selected(), Some(&"0"));
        list.replace(Vec::new());
        assert_eq!(list.selected(), None);
    }
}
