//! Optimisers against optax's trajectories.

use std::collections::BTreeMap;

use graxe_core::{Array, array, value_and_grad, with_x64};
use graxe_nn::optim::{
    GradientTransformation, ScaleByAdam, adam, adamw, add_decayed_weights, apply_updates,
    scale_by_adam, scale_by_learning_rate, sgd, trace,
};
use graxe_testkit::golden::{Case, Data, Tensor};

use crate::golden::{cases, check, number, to_array};

type Params = BTreeMap<String, Array>;

/// The loss of the case's formula.
fn loss(case: &Case, p: &Params) -> Array {
    let input = |name: &str| to_array(case.input(name).expect("the formula's input"));
    let formula = case.function.as_deref().unwrap_or_default();
    if formula.contains("x@A@x") {
        let x = &p["x"];
        0.5 * x.dot(&input("A").dot(x)) - input("b").dot(x)
    } else if formula.contains("tanh") {
        let hidden = (input("X").matmul(&p["W"]) + &p["b"]).tanh();
        (hidden.matmul(&p["v"]) - input("y")).square().mean(..)
    } else {
        assert!(formula.contains("100*"), "{formula} is not Rosenbrock's");
        let (head, tail) = (p["x"].index(..-1), p["x"].index(1..));
        (100 * (tail - head.square()).square() + (1 - head).square()).sum(..)
    }
}

/// Row `t` of a recorded trajectory.
fn at(trajectory: &Tensor, t: usize) -> Tensor {
    let shape = trajectory.shape[1..].to_vec();
    let size: usize = shape.iter().product();
    let rows = t * size..(t + 1) * size;
    Tensor {
        shape,
        dtype: trajectory.dtype.clone(),
        data: match &trajectory.data {
            Data::F64(v) => Data::F64(v[rows].to_vec()),
            Data::F32(v) => Data::F32(v[rows].to_vec()),
            other => panic!("a trajectory of floats was expected, not {other:?}"),
        },
    }
}

fn follow(case: &Case, optimiser: &impl GradientTransformation<Params>) {
    let start = case.inputs.iter().filter_map(|(name, tensor)| {
        let name = name.strip_prefix("params0.")?;
        Some((name.to_owned(), to_array(tensor)))
    });
    let mut params: Params = start.collect();
    let mut state = optimiser.init(&params);
    for t in 0..number(case, "steps") as usize {
        let (value, gradient) = value_and_grad(|p: &Params| loss(case, p))(&params);
        let losses = at(case.output("losses").expect("losses"), t);
        check(case, "losses", &value, &losses, &case.tol);
        let (updates, next) = optimiser.update(&gradient, &state, &params);
        for (name, update) in updates.iter().filter(|_| t == 0) {
            let first = case.output(&format!("first_update.{name}"));
            check(case, name, update, first.expect("an update"), &case.tol);
        }
        params = apply_updates(&params, &updates);
        state = next;
        for (name, got) in &params {
            let trajectory = case.output(&format!("params.{name}")).expect("parameters");
            check(case, name, got, &at(trajectory, t), &case.tol);
        }
    }
}

fn run(case: &Case) {
    let lr = number(case, "learning_rate");
    let moments = || {
        let eps_root = case
            .params
            .get("eps_root")
            .and_then(serde_json::Value::as_f64);
        scale_by_adam(
            number(case, "b1"),
            number(case, "b2"),
            number(case, "eps"),
            eps_root.unwrap_or(0.0),
        )
    };
    match case.op.as_deref().unwrap_or_default() {
        "sgd" if case.params.contains_key("nesterov") => {
            let momentum = trace(number(case, "momentum"), true);
            follow(case, &(momentum, scale_by_learning_rate(lr)));
        }
        "sgd" => {
            let momentum = case
                .params
                .get("momentum")
                .map(|_| number(case, "momentum"));
            follow(case, &sgd(lr, momentum));
        }
        "adam" if moments() == ScaleByAdam::default() => follow(case, &adam(lr)),
        "adam" => follow(case, &(moments(), scale_by_learning_rate(lr))),
        "adamw" => {
            assert_eq!(moments(), ScaleByAdam::default());
            follow(case, &adamw(lr, number(case, "weight_decay")));
        }
        "chain(add_decayed_weights, adam)" => {
            let decay = add_decayed_weights(number(case, "weight_decay"));
            follow(case, &(decay, adam(lr)));
        }
        other => panic!("{other} is not one of these tests' optimisers"),
    }
}

#[test]
fn trajectories_are_those_of_optax() {
    let ours = |name: &str| {
        let families = ["sgd_", "adam_", "adamw_"];
        families.iter().any(|f| name.starts_with(f)) && !name.contains("cosine")
    };
    let cases = cases("optax.json", ours);
    assert!(cases.len() >= 14, "only {} cases", cases.len());
    for case in &cases {
        if case.params["dtype"] == "float64" {
            with_x64(|| run(case));
        } else {
            run(case);
        }
    }
}

#[test]
fn updates_do_not_widen_parameters() {
    let params = array([1.0, 2.0]);
    let updates = Array::from_vec(vec![0.5f64, 0.25], 2);
    let after = apply_updates(&params, &updates);
    assert_eq!(after.dtype(), params.dtype());
    assert_eq!(after.to_vec::<f32>(), [1.5, 2.25]);
}
