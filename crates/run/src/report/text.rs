//! Text and numbers as a page shows them.

use std::fmt::Write as _;

/// What stands where there is no number.
pub(super) const NONE: &str = "–";

/// Text without the characters that XML cannot hold, and without those that would turn the text around them.
pub(super) fn clean(text: &str) -> String {
    let replaced = |c: char| match c {
        '\t' | '\n' => ' ',
        '\u{fffe}' | '\u{ffff}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        c if c.is_control() => '\u{fffd}',
        c => c,
    };
    text.chars().map(replaced).collect()
}

/// Text for HTML and SVG, in elements and in quoted attributes.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in clean(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// Escaped text that may be broken after an underscore, as names without spaces must be on a phone.
pub(super) fn breakable(text: &str) -> String {
    escape(text).replace('_', "_<wbr>")
}

/// JSON that may stand inside a `<script>`: no tag can begin in it, and no line end but ASCII's.
pub(super) fn escape_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

/// Text of at most `most` characters.
pub(super) fn shorten(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// A share in per cent.
pub(super) fn percent(x: f64) -> String {
    if x.is_finite() {
        format!("{:.1}\u{a0}%", x * 100.0)
    } else {
        NONE.to_owned()
    }
}

/// A number with so many decimals.
pub(super) fn decimal(x: f64, decimals: usize) -> String {
    if !x.is_finite() {
        NONE.to_owned()
    } else if x.abs() >= 1e6 {
        format!("{x:.2e}")
    } else {
        format!("{x:.decimals$}")
    }
}

/// A count with its thousands set apart.
pub(super) fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() * 4 / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
