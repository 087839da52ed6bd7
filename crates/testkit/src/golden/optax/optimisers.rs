//! Trajectories: what an optimiser makes of the parameters of a small loss, step by step.

use std::collections::BTreeMap;

use graxe_core::{Array, Mapped, stack, value_and_grad};
use graxe_nn::optim::{
    GradientTransformation, ScaleByAdadelta, ScaleByAdam, ScaleByAdamax, ScaleByLion, ScaleByRms,
    ScaleByRss, Schedule, adadelta, adagrad, adam, adamax, adamw, add_decayed_weights,
    apply_updates, clip, clip_by_global_norm, lamb, lion, masked, nadam, rmsprop,
    scale_by_learning_rate, sgd, trace,
};

use super::{count, number, op, part, prefixed, required};
use crate::golden::Case;
use crate::golden::outputs::Named;

pub(super) fn outputs(case: &Case, inputs: &Named) -> Option<Named> {
    let n = |name: &str| required(case, name);
    let flag = |name: &str| case.params.get(name) == Some(&true.into());
    let (lr, momentum) = (learning_rate(case), number(case, "momentum"));
    let follow = Trajectory { case, inputs };
    Some(match op(case) {
        "sgd" if flag("nesterov") => {
            let momentum = trace(n("momentum"), true);
            follow.of(&(momentum, scale_by_learning_rate(lr)))
        }
        "sgd" => follow.of(&sgd(lr, momentum)),
        "adam" if moments(case) == ScaleByAdam::default() => follow.of(&adam(lr)),
        "adam" => follow.of(&(moments(case), scale_by_learning_rate(lr))),
        "adamw" => {
            assert_eq!(moments(case), ScaleByAdam::default());
            follow.of(&adamw(lr, n("weight_decay")))
        }
        "nadam" => {
            assert_eq!(moments(case), ScaleByAdam::default());
            follow.of(&nadam(lr))
        }
        "lamb" => {
            let optimiser = lamb(lr, n("weight_decay"));
            assert_eq!(moments(case), optimiser.0);
            follow.of(&optimiser)
        }
        "adamax" => {
            let own = ScaleByAdamax {
                b1: n("b1"),
                b2: n("b2"),
                eps: n("eps"),
            };
            assert_eq!(own, ScaleByAdamax::default());
            follow.of(&adamax(lr))
        }
        "lion" => {
            let own = ScaleByLion {
                b1: n("b1"),
                b2: n("b2"),
            };
            assert_eq!(own, ScaleByLion::default());
            follow.of(&lion(lr, n("weight_decay")))
        }
        "rmsprop" if flag("centered") => {
            let centred = ScaleByRms {
                decay: n("decay"),
                eps: n("eps"),
                centered: true,
                ..ScaleByRms::default()
            };
            let momentum = momentum.map(|decay| trace(decay, false));
            follow.of(&(centred, scale_by_learning_rate(lr), momentum))
        }
        "rmsprop" => {
            let own = ScaleByRms {
                decay: n("decay"),
                eps: n("eps"),
                ..ScaleByRms::default()
            };
            assert_eq!(own, ScaleByRms::default());
            follow.of(&rmsprop(lr, momentum))
        }
        "adagrad" => {
            let own = ScaleByRss {
                initial_accumulator_value: n("initial_accumulator_value"),
                eps: n("eps"),
            };
            assert_eq!(own, ScaleByRss::default());
            follow.of(&adagrad(lr))
        }
        "adadelta" => {
            let own = ScaleByAdadelta {
                rho: n("rho"),
                eps: n("eps"),
            };
            assert_eq!(own, ScaleByAdadelta::default());
            follow.of(&adadelta(lr))
        }
        "chain(add_decayed_weights, adam)" => {
            follow.of(&(add_decayed_weights(n("weight_decay")), adam(lr)))
        }
        "chain(clip_by_global_norm, sgd)" => {
            follow.of(&(clip_by_global_norm(n("max_norm")), sgd(lr, None)))
        }
        "chain(clip, adam)" => follow.of(&(clip(n("max_delta")), adam(lr))),
        "chain(add_decayed_weights(0.1, mask W only), sgd(0.1))" => {
            let mask = Mapped::new(&follow.start(), |path, _| path.to_string() == "W");
            follow.of(&(masked(add_decayed_weights(0.1), mask), sgd(0.1, None)))
        }
        _ => return None,
    })
}

/// The case's learning rate; a schedule is given in words, and a case may have neither.
fn learning_rate(case: &Case) -> Schedule {
    let Some(words) = case.params.get("schedule") else {
        return number(case, "learning_rate").unwrap_or(f64::NAN).into();
    };
    let decay_steps = count(case, "decay_steps");
    match words.as_str().unwrap_or_default() {
        "cosine_decay(0.1, decay_steps, alpha=0.1)" => Schedule::CosineDecay {
            init_value: 0.1,
            decay_steps,
            alpha: 0.1,
            exponent: 1.0,
        },
        "warmup_cosine_decay(init 0, peak 0.1, warmup 3, decay_steps, end 0.01)" => {
            Schedule::warmup_cosine_decay(0.0, 0.1, 3, decay_steps, 0.01)
        }
        other => panic!("{other} is not a schedule of these cases"),
    }
}

/// The constants of the case's Adam.
fn moments(case: &Case) -> ScaleByAdam {
    ScaleByAdam {
        b1: required(case, "b1"),
        b2: required(case, "b2"),
        eps: required(case, "eps"),
        eps_root: number(case, "eps_root").unwrap_or(0.0),
        nesterov: false,
    }
}

/// The way of a case's parameters.
struct Trajectory<'a> {
    case: &'a Case,
    inputs: &'a Named,
}

impl Trajectory<'_> {
    /// The parameters before the first step.
    fn start(&self) -> Named {
        part(self.inputs, "params0.")
    }

    /// The losses before each step, the first updates, and the parameters after each step.
    fn of(&self, optimiser: &impl GradientTransformation<Named>) -> Named {
        let mut params = self.start();
        let mut state = optimiser.init(&params);
        let mut seen: BTreeMap<String, Vec<Array>> = BTreeMap::new();
        let mut outputs = Named::new();
        for t in 0..count(self.case, "steps") {
            let (loss, gradient) = value_and_grad(|p: &Named| self.loss(p))(&params);
            let (updates, next) = optimiser.update(&gradient, &state, &params);
            params = apply_updates(&params, &updates);
            state = next;
            if t == 0 {
                outputs.extend(prefixed("first_update.", updates));
            }
            let after = prefixed("params.", params.clone());
            for (name, array) in after.chain([("losses".to_owned(), loss)]) {
                seen.entry(name).or_default().push(array);
            }
        }
        outputs.extend(seen.into_iter().map(|(name, steps)| {
            let steps: Vec<&Array> = steps.iter().collect();
            (name, stack(&steps, 0))
        }));
        outputs
    }

    /// The loss of the case's formula.
    fn loss(&self, p: &Named) -> Array {
        let a = self.inputs;
        match self.case.function.as_deref().unwrap_or_default() {
            "f(x) = 0.5*x@A@x - b@x" => {
                let x = &p["x"];
                0.5 * x.dot(&a["A"].dot(x)) - a["b"].dot(x)
            }
            "f(x) = sum(100*(x[1:]-x[:-1]**2)**2 + (1-x[:-1])**2)" => {
                let (head, tail) = (p["x"].index(..-1), p["x"].index(1..));
                (100 * (tail - head.square()).square() + (1 - head).square()).sum(..)
            }
            "p={'W':(2,3),'b':(3,),'v':(3,)}; f = mean((tanh(X@W+b)@v - y)**2)" => {
                let hidden = (a["X"].matmul(&p["W"]) + &p["b"]).tanh();
                (hidden.matmul(&p["v"]) - &a["y"]).square().mean(..)
            }
            other => panic!("{other} is not a loss of these cases"),
        }
    }
}
