//! Headings, rows and columns of text that a terminal of 80 columns holds.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::style::{HEADING, paint};

/// The columns of a page.
pub(super) const WIDTH: usize = 79;

/// The columns before a line under a heading.
pub(super) const INDENT: usize = 2;

/// The columns of what stands before a row's value.
pub(super) const NAME: usize = 16;

/// Lines of text under headings.
#[derive(Default)]
pub(super) struct Layout {
    lines: Vec<String>,
}

impl Layout {
    /// The lines, without an end of the last.
    pub(super) fn into_text(self) -> String {
        self.lines.join("\n")
    }

    /// A heading with an empty line above it.
    pub(super) fn heading(&mut self, text: &str) {
        self.lines.push(String::new());
        self.lines.push(paint(HEADING, text));
    }

    /// A name and what it has.
    pub(super) fn row(&mut self, name: &str, value: &str) {
        let mut name = name;
        for line in wrap(value, WIDTH - INDENT - NAME) {
            self.line(&format!("{}{line}", left(name, NAME)));
            name = "";
        }
    }

    /// A line under a heading.
    pub(super) fn line(&mut self, text: &str) {
        let line = format!("{}{text}", " ".repeat(INDENT));
        self.lines.push(line.trim_end().to_owned());
    }
}

/// Text at the left of so many columns.
pub(super) fn left(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(text.width())))
}

/// Text at the right of so many columns.
pub(super) fn right(text: &str, columns: usize) -> String {
    format!("{}{text}", " ".repeat(columns.saturating_sub(text.width())))
}

/// Text of at most so many columns; what is cut off leaves an ellipsis.
pub(super) fn cut(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let mut used = 0;
    let kept = text.chars().take_while(|c| {
        used += c.width().unwrap_or(0);
        used < columns
    });
    let kept: String = kept.collect();
    format!("{}…", kept.trim_end())
}

/// A bar for a share of the widest, in eighths of a column; something is never nothing.
pub(super) fn bar(share: f64, columns: usize) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (share * columns as f64 * 8.0).round() as usize;
    let eighths = eighths.max(usize::from(share > 0.0));
    format!("{}{}", "█".repeat(eighths / 8), PARTS[eighths % 8])
}

/// The words of a text in lines of at most so many columns.
pub(super) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.len() - 1;
        if lines[last].is_empty() {
            lines[last].push_str(word);
        } else if lines[last].width() + 1 + word.width() <= columns {
            lines[last].extend([" ", word]);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_are_cut_at_their_columns() {
        assert_eq!(cut("Neural_Networks", 15), "Neural_Networks");
        assert_eq!(cut("Neural_Networks", 8), "Neural_…");
        // Each of these takes two columns.
        assert_eq!(cut("神经网络", 8), "神经网络");
        assert_eq!(cut("神经网络", 7), "神经网…");
        assert_eq!(left("神经", 6), "神经  ");
    }

    #[test]
    fn bars_are_shares_and_something_is_never_nothing() {
        assert_eq!(bar(1.0, 4), "████");
        assert_eq!(bar(0.5, 3), "█▌");
        assert_eq!(bar(1e-9, 4), "▏");
        assert_eq!(bar(0.0, 4), "");
    }

    #[test]
    fn wrapped_lines_keep_within_their_columns() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("", 7), [""]);
    }
}
