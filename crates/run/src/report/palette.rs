//! The colours of the classes, told apart by colour-blind readers as far as their number allows.

use std::fmt::Write as _;

/// Okabe and Ito's colours, in light and in dark; black is left to the text and yellow deepened on white.
///
/// # Reference
/// Okabe and Ito, "Color Universal Design", 2008.
const FIRST: [(&str, &str); 7] = [
    ("#0072b2", "#3d96dc"),
    ("#e69f00", "#f0b030"),
    ("#009e73", "#1fbf90"),
    ("#d55e00", "#ee7a2e"),
    ("#cc79a7", "#dc92bb"),
    ("#56b4e9", "#9ad6f7"),
    ("#a39400", "#f0e442"),
];

/// One rule a class, `.k0` and on, that sets `--k` to its colour.
pub(super) fn rules(classes: usize) -> String {
    let mut out = String::new();
    for class in 0..classes {
        let _ = match FIRST.get(class) {
            Some((light, dark)) => writeln!(out, ".k{class}{{--k:light-dark({light},{dark})}}"),
            None => writeln!(out, ".k{class}{{--k:{}}}", later(class - FIRST.len())),
        };
    }
    out
}

/// Hues by the golden angle, so that neighbours in the list lie far apart, at three levels of lightness.
fn later(place: usize) -> String {
    let hue = (275.0 + place as f64 * 137.508) % 360.0;
    let lightness = [42, 60, 30][place % 3];
    let saturation = [70, 48, 45][place % 3];
    let dark = lightness + 18;
    format!(
        "light-dark(hsl({hue:.0} {saturation}% {lightness}%),hsl({hue:.0} {saturation}% {dark}%))"
    )
}
