//! Schedules at a batch of steps.

use graxe_core::{Array, vmap};
use graxe_nn::optim::Schedule;

use super::{count, number, op, required};
use crate::golden::Case;
use crate::golden::outputs::{Named, named};

pub(super) fn outputs(case: &Case, inputs: &Named) -> Option<Named> {
    let schedule = schedule(case)?;
    let values = vmap(|step: &Array| schedule.at(step))(&inputs["step"]);
    Some(named([("value", values)]))
}

/// The schedule of the case's static arguments.
fn schedule(case: &Case) -> Option<Schedule> {
    let n = |name: &str| required(case, name);
    let steps = |name: &str| count(case, name);
    let begin = number(case, "transition_begin").unwrap_or(0.0) as i32;
    let flag = |name: &str| case.params.get(name) == Some(&true.into());
    Some(match op(case) {
        "schedule_constant" => n("value").into(),
        "schedule_linear" => Schedule::Polynomial {
            init_value: n("init_value"),
            end_value: n("end_value"),
            power: 1.0,
            transition_steps: steps("transition_steps"),
            transition_begin: begin,
        },
        "schedule_polynomial" => Schedule::polynomial(
            n("init_value"),
            n("end_value"),
            n("power"),
            steps("transition_steps"),
        ),
        "schedule_cosine_decay" => {
            assert_eq!(number(case, "alpha"), Some(0.0));
            Schedule::cosine_decay(n("init_value"), steps("decay_steps"))
        }
        "schedule_warmup_cosine_decay" => Schedule::warmup_cosine_decay(
            n("init_value"),
            n("peak_value"),
            steps("warmup_steps"),
            steps("decay_steps"),
            n("end_value"),
        ),
        "schedule_exponential_decay" => {
            Schedule::exponential_decay(n("init_value"), steps("transition_steps"), n("decay_rate"))
        }
        "schedule_exponential_decay_staircase" => Schedule::ExponentialDecay {
            init_value: n("init_value"),
            transition_steps: steps("transition_steps"),
            decay_rate: n("decay_rate"),
            transition_begin: begin,
            staircase: flag("staircase"),
            end_value: number(case, "end_value"),
        },
        "schedule_piecewise_constant" => {
            Schedule::piecewise_constant(n("init_value"), boundaries_and_scales(case)?)
        }
        "schedule_join" => {
            let pieces = "linear 0->1 in 4; constant 1; exponential_decay(1, 2, 0.5)";
            assert_eq!(case.params["pieces"], pieces);
            assert_eq!(case.params["boundaries"], serde_json::json!([4, 8]));
            let schedules = [
                Schedule::linear(0.0, 1.0, 4),
                Schedule::Constant(1.0),
                Schedule::exponential_decay(1.0, 2, 0.5),
            ];
            Schedule::join(schedules, [4, 8])
        }
        _ => return None,
    })
}

fn boundaries_and_scales(case: &Case) -> Option<Vec<(i32, f64)>> {
    let pairs = case.params.get("boundaries_and_scales")?.as_array()?;
    pairs
        .iter()
        .map(|pair| Some((pair[0].as_i64()? as i32, pair[1].as_f64()?)))
        .collect()
}
