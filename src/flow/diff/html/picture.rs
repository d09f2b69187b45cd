//! Two histograms of a column in one small picture.

use std::fmt::Write as _;

use super::line;
use crate::flow::diff::found::{Histogram, Stats};
use crate::flow::diff::words::rounded;

const HEIGHT: u64 = 48;
const STEP: u64 = 10;

/// The older side beside the newer one, step by step; `None` where there are no numbers.
pub(super) fn histograms(before: &Stats, after: &Stats) -> Option<String> {
    let (old, new) = (before.histogram.as_ref(), after.histogram.as_ref());
    let Histogram { from, to, counts } = new.or(old)?;
    let steps = counts.len() as u64;
    let most = [old, new].into_iter().flatten().flat_map(|one| &one.counts).copied().max()?.max(1);
    let (low, high) = (line(&rounded(*from)), line(&rounded(*to)));
    let mut svg = format!(
        "<svg viewBox=\"0 0 {} {}\" role=\"img\" preserveAspectRatio=\"none\"><title>values from {low} to {high}, before and \
         after</title>",
        steps * STEP,
        HEIGHT + 2
    );
    for (class, side, shift) in [("before", old, 1), ("after", new, 5)] {
        for (at, count) in
            side.into_iter().flat_map(|one| one.counts.iter().enumerate()).filter(|(_, count)| **count > 0)
        {
            // What is there is seen, however little it is.
            let tall =
                u64::try_from(u128::from(*count) * u128::from(HEIGHT) / u128::from(most)).unwrap_or(HEIGHT).max(1);
            let (x, y) = (at as u64 * STEP + shift, HEIGHT - tall);
            let _ = write!(svg, "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"4\" height=\"{tall}\"/>");
        }
    }
    let _ = write!(svg, "<line x1=\"0\" x2=\"{}\" y1=\"{HEIGHT}\" y2=\"{HEIGHT}\"/></svg>", steps * STEP);
    let _ = write!(svg, "<span class=\"quiet\">{low} … {high}</span>");
    Some(svg)
}
