//! Reductions of messages at the nodes they arrive at.

use graxe_core::{Array, Pattern, concatenate, select, sparse};
use graxe_graph::normalise;

use super::scaler::{Degrees, Scaler, float_dtype, in_degrees};

/// How the messages that arrive at a node become one; 0 where none arrives.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Aggregation {
    /// `Σ m`.
    Sum,
    /// `Σ m / n` for `n` messages.
    Mean,
    /// The greatest; equal ones share the gradient evenly.
    Max,
    /// The least; equal ones share the gradient evenly.
    Min,
    /// `mean(m²) - mean(m)²`.
    Var,
    /// The root of [`Self::Var`], 0 where that is at most 1e-5.
    Std,
    /// [`softmax_sum`] at this inverse temperature.
    Softmax(f64),
    /// [`power_mean`] of this power; of a power of 1 the plain mean.
    PowerMean(f64),
}

/// The least variance that has a root: below it, rounding decides.
const LEAST_VARIANCE: f64 = 1e-5;

impl Aggregation {
    /// The reduction of `messages: [nnz, ..]` to `[rows, ..]`.
    #[track_caller]
    fn of(self, pattern: &Pattern, messages: &Array) -> Array {
        match self {
            Self::Sum => sparse::sum_rows(pattern, messages),
            Self::Mean => normalise::mean_rows(pattern, messages),
            Self::Max => received(pattern, &sparse::max_rows(pattern, messages)),
            Self::Min => received(pattern, &sparse::min_rows(pattern, messages)),
            Self::Var => {
                let mean = normalise::mean_rows(pattern, messages);
                normalise::mean_rows(pattern, &messages.square()) - mean.square()
            }
            Self::Std => {
                let var = Self::Var.of(pattern, messages);
                let there = var.greater(LEAST_VARIANCE);
                select(&there, select(&there, &var, 1).sqrt(), 0)
            }
            Self::Softmax(t) => softmax_sum(pattern, messages, &constant(t, messages)),
            Self::PowerMean(p) if (p - 1.0).abs() < f64::EPSILON => {
                Self::Mean.of(pattern, messages)
            }
            Self::PowerMean(p) => power_mean(pattern, messages, &constant(p, messages)),
        }
    }
}

/// A number in the dtype of what it meets.
fn constant(value: f64, beside: &Array) -> Array {
    Array::full((), value, float_dtype(beside))
}

/// 0 in the rows of no entry, where a maximum is infinite.
#[track_caller]
fn received(pattern: &Pattern, reduced: &Array) -> Array {
    let there = in_degrees(pattern, reduced).greater(0);
    select(&there.broadcast_to(reduced.shape()), reduced, 0)
}

/// `Σ softmax(t · m) · m` over the messages of each row, feature by feature: between the mean (`t = 0`) and the maximum.
///
/// # Shapes
/// `messages: [nnz, .., F]` gives `[rows, .., F]`; `t` is `[]` or `[F]`, and may be trained.
///
/// # Panics
/// If `messages` has not one row an entry.
///
/// # Reference
/// Li, Xiong, Thabet and Ghanem, `DeeperGCN`: all you need to train deeper GCNs, 2020, equation 6.
#[track_caller]
pub fn softmax_sum(pattern: &Pattern, messages: &Array, t: &Array) -> Array {
    let weights = sparse::softmax_rows(pattern, &(messages * t));
    sparse::sum_rows(pattern, &(messages * weights))
}

/// What the bases of powers are kept between.
const POWER_RANGE: (f64, f64) = (1e-4, 100.0);

/// `mean(m^p)^(1/p)` over the messages of each row, with `m` and the mean kept in `[1e-4, 100]`.
///
/// # Shapes
/// `messages: [nnz, .., F]` gives `[rows, .., F]`; `p` is `[]` or `[F]`, and may be trained.
///
/// # Panics
/// If `messages` has not one row an entry.
///
/// # Reference
/// Li, Xiong, Thabet and Ghanem, `DeeperGCN`: all you need to train deeper GCNs, 2020, equation 7;
/// `PowerMeanAggregation` of `PyG`, which gives `1e-4^(1/p)` where no message arrives: here it is 0.
#[track_caller]
pub fn power_mean(pattern: &Pattern, messages: &Array, p: &Array) -> Array {
    let within = |x: &Array| x.clip(POWER_RANGE.0, POWER_RANGE.1);
    let mean = normalise::mean_rows(pattern, &within(messages).pow(p));
    received(pattern, &within(&mean).pow(p.reciprocal()))
}

/// Several reductions side by side on the last axis, and all of them again for each scaler of the degree.
#[derive(Clone, Debug, PartialEq)]
pub struct Aggregations {
    reductions: Vec<Aggregation>,
    scalers: Vec<Scaler>,
    degrees: Degrees,
}

impl From<Aggregation> for Aggregations {
    fn from(one: Aggregation) -> Self {
        Self::from(vec![one])
    }
}

impl<const N: usize> From<[Aggregation; N]> for Aggregations {
    fn from(several: [Aggregation; N]) -> Self {
        Self::from(several.to_vec())
    }
}

impl From<Vec<Aggregation>> for Aggregations {
    fn from(reductions: Vec<Aggregation>) -> Self {
        Self {
            reductions,
            scalers: vec![Scaler::Identity],
            degrees: Degrees::default(),
        }
    }
}

impl Aggregations {
    /// The same reductions, side by side once for each scaler, the first scaler's first.
    ///
    /// # Reference
    /// Corso, Cavalleri, Beaini, Liò and Veličković, Principal neighbourhood aggregation for graph nets, 2020,
    /// equations 5 and 8.
    pub fn scaled(mut self, scalers: &[Scaler], degrees: Degrees) -> Self {
        self.scalers = scalers.to_vec();
        self.degrees = degrees;
        self
    }

    /// How many times wider than a message the result is.
    pub fn width(&self) -> usize {
        self.reductions.len() * self.scalers.len()
    }

    /// The reduction of `messages: [nnz, .., F]` to `[rows, .., width · F]`.
    ///
    /// # Panics
    /// If there is no reduction or no scaler, or `messages` has not one row an entry.
    #[track_caller]
    pub fn of(&self, pattern: &Pattern, messages: &Array) -> Array {
        assert!(
            self.width() > 0,
            "aggregations: neither reductions nor scalers may be empty"
        );
        let reduced = self.reductions.iter().map(|how| how.of(pattern, messages));
        let reduced = side_by_side(reduced.collect());
        let scaled = self.scalers.iter().map(|scaler| {
            match scaler.factor(self.degrees, &in_degrees(pattern, &reduced)) {
                Some(factor) => &reduced * factor,
                None => reduced.clone(),
            }
        });
        side_by_side(scaled.collect())
    }
}

fn side_by_side(parts: Vec<Array>) -> Array {
    match &parts[..] {
        [one] => one.clone(),
        several => concatenate(&several.iter().collect::<Vec<_>>(), -1),
    }
}
