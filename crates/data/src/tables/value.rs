//! What one field of a table says: nothing, a number, or yes or no.

/// What stands for a value that is not known, in any case.
const MISSING: [&str; 7] = ["", "NA", "N/A", "NaN", "null", "None", "?"];

/// Whether the field, without spaces around it, holds no value.
pub(super) fn is_missing(field: &str) -> bool {
    field.len() <= 4 && MISSING.iter().any(|word| field.eq_ignore_ascii_case(word))
}

/// The number that the field spells, which may be infinite.
pub(super) fn number(field: &str) -> Option<f64> {
    match field {
        "0" => Some(0.0),
        "1" => Some(1.0),
        _ => field.parse().ok(),
    }
}

/// What a word for yes or no says.
pub(super) fn truth(field: &str) -> Option<bool> {
    let is = |word: &&str| field.eq_ignore_ascii_case(word);
    if ["true", "yes", "t"].iter().any(is) {
        Some(true)
    } else if ["false", "no", "f"].iter().any(is) {
        Some(false)
    } else {
        None
    }
}
