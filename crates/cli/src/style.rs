//! Colours and weights of what a terminal shows; pipes and files get none of them.

use std::fmt::Display;

use anstyle::{AnsiColor, Style};
use clap::Command;
use clap::builder::{Resettable, StyledStr, Styles};

pub(crate) const HEADING: Style = Style::new().bold();
pub(crate) const DIM: Style = Style::new().dimmed();
pub(crate) const ACCENT: Style = AnsiColor::Cyan.on_default();
pub(crate) const WARNING: Style = AnsiColor::Yellow.on_default();
pub(crate) const ERROR: Style = AnsiColor::Red.on_default().bold();

/// How clap writes help.
pub(crate) const HELP: Styles = Styles::plain()
    .header(HEADING)
    .usage(HEADING)
    .literal(ACCENT)
    .placeholder(DIM)
    .context(DIM);

/// Text in a style. Whether the style is shown is decided where the text is written.
pub(crate) fn paint(style: Style, text: impl Display) -> String {
    format!("{style}{text}{style:#}")
}

/// A command whose descriptions, and those of its subcommands, have their headings in the style
/// of clap's own.
pub(crate) fn with_headings(command: Command) -> Command {
    let styled = |text: Option<&StyledStr>| {
        Resettable::from(text.map(|text| StyledStr::from(headed(&text.to_string()))))
    };
    let about = styled(command.get_about());
    let long_about = styled(command.get_long_about());
    let after_help = styled(command.get_after_help());
    command
        .about(about)
        .long_about(long_about)
        .after_help(after_help)
        .mut_subcommands(with_headings)
}

/// Text with its headings in their style: lines that begin at the margin and end with a colon, such as `Examples:`.
pub(crate) fn headed(text: &str) -> String {
    let lines = text.lines().map(|line| {
        if line.ends_with(':') && !line.starts_with(' ') {
            paint(HEADING, line)
        } else {
            line.to_owned()
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_are_lines_at_the_margin_that_end_with_a_colon() {
        let text = "Trains: a model.\n\nExamples:\n  graxe train:";
        let expected = "Trains: a model.\n\n\x1b[1mExamples:\x1b[0m\n  graxe train:";
        assert_eq!(headed(text), expected);
    }
}
