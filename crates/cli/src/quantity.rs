//! How counts, shares, times and sizes are written for a person.

/// A count with its thousands set apart.
pub(crate) fn count(n: usize) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A count with its noun, which takes an s where they are not one.
pub(crate) fn counted(n: usize, noun: &str) -> String {
    format!("{} {noun}{}", count(n), if n == 1 { "" } else { "s" })
}

/// A share in per cent.
pub(crate) fn percent(share: f64) -> String {
    percent_to(share, 1)
}

/// A share in per cent with so many decimals; something is never nothing, nor all but something all.
pub(crate) fn percent_to(share: f64, decimals: usize) -> String {
    let least = 0.1_f64.powi(decimals as i32);
    let x = share * 100.0;
    if x > 0.0 && x < least / 2.0 {
        format!("< {least:.decimals$} %")
    } else if x < 100.0 && x > 100.0 - least / 2.0 {
        format!("> {:.decimals$} %", 100.0 - least)
    } else {
        format!("{x:.decimals$} %")
    }
}

/// Seconds in the unit that fits them.
pub(crate) fn duration(seconds: f64) -> String {
    match seconds {
        ..1e-3 => format!("{:.0} µs", seconds * 1e6),
        ..1e-2 => format!("{:.1} ms", seconds * 1e3),
        ..1.0 => format!("{:.0} ms", seconds * 1e3),
        ..10.0 => format!("{seconds:.1} s"),
        ..120.0 => format!("{seconds:.0} s"),
        ..7200.0 => format!("{:.0} min", seconds / 60.0),
        _ => format!("{:.0} h", seconds / 3600.0),
    }
}

/// Bytes in the unit that fits them, of powers of ten.
pub(crate) fn size(bytes: usize) -> String {
    let x = bytes as f64;
    match x {
        ..1e3 => format!("{bytes} B"),
        ..1e6 => format!("{:.1} kB", x / 1e3),
        ..1e9 => format!("{:.1} MB", x / 1e6),
        _ => format!("{:.1} GB", x / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart() {
        let counts = [0, 999, 1000, 12_345, 1_234_567].map(count);
        assert_eq!(counts, ["0", "999", "1,000", "12,345", "1,234,567"]);
        assert_eq!(counted(1, "node"), "1 node");
        assert_eq!(counted(0, "node"), "0 nodes");
    }

    #[test]
    fn quantities_have_the_unit_that_fits() {
        let shares = [0.0, 0.0001, 0.0127, 0.302, 1.0].map(percent);
        assert_eq!(shares, ["0.0 %", "< 0.1 %", "1.3 %", "30.2 %", "100.0 %"]);
        assert_eq!(percent(0.99996), "> 99.9 %");
        assert_eq!(percent_to(0.0127, 2), "1.27 %");
        let times = [2e-4, 4.3e-3, 0.25, 3.21, 34.0, 600.0, 9000.0].map(duration);
        let expected = [
            "200 µs", "4.3 ms", "250 ms", "3.2 s", "34 s", "10 min", "2 h",
        ];
        assert_eq!(times, expected);
        let sizes = [12, 1500, 7_200_000, 3_000_000_000].map(size);
        assert_eq!(sizes, ["12 B", "1.5 kB", "7.2 MB", "3.0 GB"]);
    }
}
