//! Parsers of the numbers that flags take.

/// A parser of whole numbers from 1 to `most`.
pub(super) fn count(most: usize) -> impl Fn(&str) -> Result<usize, String> + Clone {
    let expected = match most {
        usize::MAX => "expected a whole number of at least 1".to_owned(),
        _ => format!("expected a whole number of at least 1 and at most {most}"),
    };
    move |text| match text.parse::<usize>() {
        Ok(n) if (1..=most).contains(&n) => Ok(n),
        _ => Err(expected.clone()),
    }
}

fn float(text: &str, fits: impl Fn(f64) -> bool, expected: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(x) if x.is_finite() && fits(x) => Ok(x),
        _ => Err(format!("expected {expected}")),
    }
}

pub(super) fn positive(text: &str) -> Result<f64, String> {
    float(text, |x| x > 0.0, "a number above 0")
}

pub(super) fn not_negative(text: &str) -> Result<f64, String> {
    float(text, |x| x >= 0.0, "a number of at least 0")
}

pub(super) fn share(text: &str) -> Result<f64, String> {
    float(
        text,
        |x| (0.0..1.0).contains(&x),
        "a number of at least 0 and below 1",
    )
}

/// A whole number, as seeds are.
pub(super) fn whole(text: &str) -> Result<i64, String> {
    text.parse()
        .map_err(|_| "expected a whole number".to_owned())
}

/// Three fractions of a whole.
pub(super) fn fractions(text: &str) -> Result<[f64; 3], String> {
    let numbers: Option<Vec<f64>> = text.split(',').map(|x| x.trim().parse().ok()).collect();
    let three = numbers.and_then(|numbers| <[f64; 3]>::try_from(numbers).ok());
    let sound = |of: &[f64; 3]| {
        of.iter().all(|x| (0.0..=1.0).contains(x)) && of.iter().sum::<f64>() <= 1.0 + 1e-9
    };
    three.filter(sound).ok_or_else(|| {
        "expected three numbers from 0 to 1 that add up to 1 at most, such as 0.6,0.2,0.2"
            .to_owned()
    })
}
