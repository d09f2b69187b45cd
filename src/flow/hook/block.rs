//! Our lines in a script of somebody else: put in after its first line, brought up to date, taken out. The rest stays as
//! it is, byte for byte.

/// The line that our lines begin with.
pub const BEGIN: &str = "# >>> git data >>>";
/// The line that they end with.
pub const END: &str = "# <<< git data <<<";
/// What a file of ours holds besides them.
pub const HEAD: &str = "#!/bin/sh\n# A hook of git data. docs/hooks.md tells what it does.\n";

/// Shells that understand what is written in our lines.
const SHELLS: [&str; 7] = ["sh", "bash", "dash", "ash", "ksh", "mksh", "zsh"];

/// What is wrong with the marks in a file.
pub const UNPAIRED: &str = "its marks of git data are not in pairs";

/// Whether a script is one for a shell, so that our lines can stand in it.
#[must_use]
pub fn is_shell(bytes: &[u8]) -> bool {
    let Some(line) = bytes.strip_prefix(b"#!").filter(|_| !bytes.contains(&0)) else { return false };
    let line = line.split(|b| *b == b'\n').next().unwrap_or_default();
    let line = String::from_utf8_lossy(line);
    let mut words = line.split_whitespace();
    let name = |word: &str| word.rsplit(['/', '\\']).next().unwrap_or_default().trim_end_matches(".exe").to_owned();
    let program = words.next().map(name).unwrap_or_default();
    let program = if program == "env" {
        words.find(|word| !word.starts_with('-') && !word.contains('=')).map(name).unwrap_or_default()
    } else {
        program
    };
    SHELLS.contains(&program.as_str())
}

/// Whether a script has our lines.
#[must_use]
pub fn is_in(bytes: &[u8]) -> bool {
    lines(bytes).any(|(_, line)| line == BEGIN.as_bytes() || line == END.as_bytes())
}

/// A shell's script with the lines of `ours` (a whole script of ours): behind its first line, so that they run whatever
/// its end does, or where they stood before.
pub fn with(bytes: &[u8], ours: &str) -> Result<Vec<u8>, &'static str> {
    let block = &ours[ours.find(BEGIN).expect("a script of ours has a block")..];
    let old = spans(bytes)?;
    if let [(start, end), rest @ ..] = old.as_slice() {
        let mut new = bytes[..*start].to_vec();
        let open = !bytes[..*end].ends_with(b"\n");
        new.extend_from_slice(if open { block.trim_end().as_bytes() } else { block.as_bytes() });
        let mut at = *end;
        for (start, end) in rest {
            new.extend_from_slice(&bytes[at..*start]);
            at = *end;
        }
        new.extend_from_slice(&bytes[at..]);
        return Ok(new);
    }
    let Some(first) = bytes.iter().position(|b| *b == b'\n') else {
        // Without a line end there is none after our lines either: so it is found when they go.
        return Ok([bytes, b"\n", block.trim_end().as_bytes()].concat());
    };
    let (head, rest) = bytes.split_at(first + 1);
    Ok([head, block.as_bytes(), rest].concat())
}

/// The script without our lines.
pub fn without(bytes: &[u8]) -> Result<Vec<u8>, &'static str> {
    let mut new = Vec::new();
    let mut at = 0;
    for (start, end) in spans(bytes)? {
        // Where our last line has no end, the line end before the block was ours too.
        let open = end == bytes.len() && !bytes.ends_with(b"\n");
        let cut = if open && bytes[..start].ends_with(b"\n") { start - 1 } else { start };
        new.extend_from_slice(&bytes[at..cut]);
        at = end;
    }
    new.extend_from_slice(&bytes[at..]);
    Ok(new)
}

/// Each line without its end, and where it begins. An editor may have changed the line ends.
fn lines(bytes: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut at = 0;
    bytes.split_inclusive(|b| *b == b'\n').map(move |line| {
        at += line.len();
        (at - line.len(), line.trim_ascii_end())
    })
}

/// Where our lines stand, from the first byte of the first to behind the line end of the last.
fn spans(bytes: &[u8]) -> Result<Vec<(usize, usize)>, &'static str> {
    let mut found = Vec::new();
    let mut begun = None;
    for (at, line) in lines(bytes) {
        if line == BEGIN.as_bytes() {
            if begun.replace(at).is_some() {
                return Err(UNPAIRED);
            }
        } else if line == END.as_bytes() {
            let end = bytes[at..].iter().position(|b| *b == b'\n').map_or(bytes.len(), |n| at + n + 1);
            found.push((begun.take().ok_or(UNPAIRED)?, end));
        }
    }
    if begun.is_some() { Err(UNPAIRED) } else { Ok(found) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::flow::hook::Hook;

    const OURS: &str = "#!/bin/sh\n# head\n# >>> git data >>>\ncall\n# <<< git data <<<\n";

    fn text(old: &str) -> String {
        String::from_utf8(with(old.as_bytes(), OURS).unwrap()).unwrap()
    }

    #[test]
    fn our_lines_stand_before_anything_that_ends_the_script() {
        let block = "# >>> git data >>>\ncall\n# <<< git data <<<\n";
        assert_eq!(text("#!/bin/sh\nexit 0\n"), format!("#!/bin/sh\n{block}exit 0\n"));
        assert_eq!(text("#!/bin/sh\r\nexec x\r\n"), format!("#!/bin/sh\r\n{block}exec x\r\n"));
        assert_eq!(text("#!/bin/sh\nx"), format!("#!/bin/sh\n{block}x"));
        assert_eq!(text("#!/bin/sh"), format!("#!/bin/sh\n{}", block.trim_end()));
    }

    #[test]
    fn they_are_brought_up_to_date_where_they_stand() {
        let old = "#!/bin/sh\nmine\n# >>> git data >>>\nold\n# <<< git data <<<\nmore\n";
        let new = "#!/bin/sh\nmine\n# >>> git data >>>\ncall\n# <<< git data <<<\nmore\n";
        assert_eq!(text(old), new);
        assert_eq!(text(new), new);
        assert_eq!(text(&text("#!/bin/sh")), text("#!/bin/sh"));
        // An editor turned the line ends round.
        assert_eq!(without(old.replace('\n', "\r\n").as_bytes()).unwrap(), b"#!/bin/sh\r\nmine\r\nmore\r\n");
    }

    #[test]
    fn marks_that_are_not_in_pairs_are_left_to_a_person() {
        for bad in ["# >>> git data >>>\n", "# <<< git data <<<\n", "# >>> git data >>>\n# >>> git data >>>\n"] {
            assert_eq!(with(bad.as_bytes(), OURS), Err(UNPAIRED));
            assert_eq!(without(bad.as_bytes()), Err(UNPAIRED));
            assert!(is_in(bad.as_bytes()));
        }
        assert!(!is_in(b"# >>> git data >>> is what we look for\n"));
    }

    #[test]
    fn only_what_a_shell_reads_gets_them() {
        let shells = ["#!/bin/sh\n", "#!/usr/bin/env bash", "#! /bin/bash -e\r\n", "#!/usr/bin/env -S FOO=1 zsh -f\n"];
        assert!(shells.iter().all(|script| is_shell(script.as_bytes())));
        let others: [&[u8]; 6] =
            [b"", b"echo\n", b"#!/usr/bin/env python3\n", b"#!/usr/bin/fish\n", b"\x7fELF\0", b"#!/bin/sh\n\0"];
        assert!(!others.iter().any(|bytes| is_shell(bytes)));
    }

    proptest! {
        #[test]
        fn what_was_there_comes_back_byte_for_byte(rest in "[ -~\r\n]{0,60}", open in any::<bool>()) {
            let old = if open { format!("#!/bin/sh{}", rest.replace('\n', " ")) } else { format!("#!/bin/sh\n{rest}") };
            for hook in Hook::ALL {
                let new = with(old.as_bytes(), hook.script()).unwrap();
                prop_assert!(is_in(&new));
                prop_assert_eq!(&with(&new, hook.script()).unwrap(), &new);
                prop_assert_eq!(without(&new).unwrap(), old.as_bytes());
            }
        }
    }
}
