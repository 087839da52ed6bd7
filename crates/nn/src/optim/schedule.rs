//! Numbers that change with the count of steps: learning rates and their like.

mod value;

pub(super) use value::times;

/// A number for each step, the first of which is step 0.
///
/// A schedule is plain data. It is evaluated inside of traced code, on the count that an
/// optimiser keeps in its state, so a jitted step is traced once for all steps. A number is a
/// schedule: whatever takes `impl Into<Schedule>` takes a rate such as `0.01` too. The functions
/// here make the usual ones; a variant written out has every option.
///
/// Steps are counted in `i32`.
///
/// ```
/// use graxe_core::scalar;
/// use graxe_nn::optim::{Schedule, adam};
/// let rate = Schedule::warmup_cosine_decay(0.0, 0.1, 3, 8, 0.01);
/// assert_eq!(rate.at(&scalar(3)).item::<f32>(), 0.1);
/// let optimiser = adam(rate);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Schedule {
    /// Always this number.
    Constant(f64),
    /// `(init_value - end_value) (1 - t / transition_steps)^power + end_value`, where `t` is the
    /// count less `transition_begin` limited to `[0, transition_steps]`.
    ///
    /// Without steps (`transition_steps <= 0`) it stays at `init_value`.
    Polynomial {
        /// The number until `transition_begin`.
        init_value: f64,
        /// The number after the transition.
        end_value: f64,
        /// The exponent: 1 is a line.
        power: f64,
        /// How many steps the transition takes.
        transition_steps: i32,
        /// The step at which it begins; negative ones are 0.
        transition_begin: i32,
    },
    /// `init_value ((1 - alpha) c^exponent + alpha)` with `c = ½ (1 + cos(π t / decay_steps))`,
    /// where `t` is the count, at most `decay_steps`.
    ///
    /// # Reference
    /// Loshchilov and Hutter, SGDR: Stochastic gradient descent with warm restarts, 2017,
    /// equation 5, within one period.
    CosineDecay {
        /// The number at step 0.
        init_value: f64,
        /// How many steps the decay takes; positive.
        decay_steps: i32,
        /// The share of `init_value` that stays.
        alpha: f64,
        /// The exponent of the cosine's half wave.
        exponent: f64,
    },
    /// `init_value · decay_rate^(t / transition_steps)`, where `t` is the count less
    /// `transition_begin`, at least 0.
    ///
    /// Without steps or with a rate of 0 it stays at `init_value`.
    ExponentialDecay {
        /// The number until `transition_begin`.
        init_value: f64,
        /// In how many steps the number is multiplied by the rate once.
        transition_steps: i32,
        /// What the number is multiplied by.
        decay_rate: f64,
        /// The step at which the decay begins; negative ones are 0.
        transition_begin: i32,
        /// Whether the exponent is rounded down, so that the number changes by jumps.
        staircase: bool,
        /// The bound of the number: from below where the rate is less than 1, else from above.
        end_value: Option<f64>,
    },
    /// `init_value` times the scales of all boundaries that the count has reached.
    PiecewiseConstant {
        /// The number before the first boundary.
        init_value: f64,
        /// Steps, and what the number is multiplied by from that step on; not negative.
        boundaries_and_scales: Vec<(i32, f64)>,
    },
    /// One schedule until the first boundary, the next from there on, each counting from its own
    /// boundary.
    Join {
        /// The pieces.
        schedules: Vec<Schedule>,
        /// The first steps of all pieces but the first, in order.
        boundaries: Vec<i32>,
    },
}

/// The schedule that never changes.
impl From<f64> for Schedule {
    fn from(value: f64) -> Self {
        Self::Constant(value)
    }
}

impl Schedule {
    /// A line from `init_value` to `end_value` in `transition_steps` steps.
    pub fn linear(init_value: f64, end_value: f64, transition_steps: i32) -> Self {
        Self::polynomial(init_value, end_value, 1.0, transition_steps)
    }

    /// [`Schedule::Polynomial`] that begins at step 0.
    pub fn polynomial(init_value: f64, end_value: f64, power: f64, transition_steps: i32) -> Self {
        Self::Polynomial {
            init_value,
            end_value,
            power,
            transition_steps,
            transition_begin: 0,
        }
    }

    /// [`Schedule::CosineDecay`] to 0: `alpha = 0`, `exponent = 1`.
    ///
    /// # Panics
    /// If `decay_steps` is not positive.
    #[track_caller]
    pub fn cosine_decay(init_value: f64, decay_steps: i32) -> Self {
        Self::cosine(init_value, decay_steps, 0.0)
    }

    #[track_caller]
    fn cosine(init_value: f64, decay_steps: i32, alpha: f64) -> Self {
        Self::CosineDecay {
            init_value,
            decay_steps,
            alpha,
            exponent: 1.0,
        }
        .checked()
    }

    /// A line from `init_value` to `peak_value`, then half a cosine down to `end_value`.
    ///
    /// The warmup counts among the `decay_steps`: the cosine takes `decay_steps - warmup_steps`.
    ///
    /// # Panics
    /// If `decay_steps` is not above `warmup_steps`.
    #[track_caller]
    pub fn warmup_cosine_decay(
        init_value: f64,
        peak_value: f64,
        warmup_steps: i32,
        decay_steps: i32,
        end_value: f64,
    ) -> Self {
        let alpha = if peak_value == 0.0 {
            0.0
        } else {
            end_value / peak_value
        };
        let decay = Self::cosine(peak_value, decay_steps - warmup_steps, alpha);
        let warmup = Self::linear(init_value, peak_value, warmup_steps);
        Self::join([warmup, decay], [warmup_steps])
    }

    /// [`Schedule::ExponentialDecay`] from step 0 on, smooth and without a bound.
    pub fn exponential_decay(init_value: f64, transition_steps: i32, decay_rate: f64) -> Self {
        Self::ExponentialDecay {
            init_value,
            transition_steps,
            decay_rate,
            transition_begin: 0,
            staircase: false,
            end_value: None,
        }
    }

    /// [`Schedule::PiecewiseConstant`]: `init_value`, multiplied by each scale at its boundary.
    ///
    /// # Panics
    /// If a scale is negative.
    #[track_caller]
    pub fn piecewise_constant(
        init_value: f64,
        boundaries_and_scales: impl IntoIterator<Item = (i32, f64)>,
    ) -> Self {
        Self::PiecewiseConstant {
            init_value,
            boundaries_and_scales: boundaries_and_scales.into_iter().collect(),
        }
        .checked()
    }

    /// [`Schedule::Join`] of these pieces at these steps.
    ///
    /// # Panics
    /// If there is not one boundary fewer than there are pieces.
    #[track_caller]
    pub fn join(
        schedules: impl IntoIterator<Item = Schedule>,
        boundaries: impl IntoIterator<Item = i32>,
    ) -> Self {
        Self::Join {
            schedules: schedules.into_iter().collect(),
            boundaries: boundaries.into_iter().collect(),
        }
        .checked()
    }

    /// The schedule, if its numbers make one.
    #[track_caller]
    fn checked(self) -> Self {
        self.check();
        self
    }
}
