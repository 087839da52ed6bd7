//! `random.json`: keys, bits and distributions in both counter layouts.

use graxe_core::random::{
    Key, bernoulli, bits, exponential, gumbel, laplace, logistic, normal, randint, threefry_block,
    truncated_normal, uniform, uniform_between,
};
use graxe_core::{Array, DType, stack, vmap};
use graxe_nn::{
    Distribution, Fan, Initializer, glorot_normal, glorot_uniform, he_normal, he_uniform,
    lecun_normal, lecun_uniform, variance_scaling,
};
use serde_json::Value;

use super::convert;
use super::outputs::{Named, Outputs};
use super::settle::settle;
use super::{Case, Outcome};

pub(crate) fn run(case: &Case) -> Outcome {
    let draw = Draw { case };
    if let Some(name) = draw.text("dtype")
        && convert::dtype(name).is_none()
    {
        return Outcome::Skipped(format!("dtype {name}: later"));
    }
    settle(case, |inputs| draw.outputs(inputs))
}

/// A case with its static arguments.
struct Draw<'c> {
    case: &'c Case,
}

impl Draw<'_> {
    fn param(&self, name: &str) -> Option<&Value> {
        self.case.params.get(name)
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.param(name).and_then(Value::as_str)
    }

    fn number(&self, name: &str) -> f64 {
        match self.param(name).and_then(Value::as_f64) {
            Some(number) => number,
            None => panic!("parameter {name} is not a number"),
        }
    }

    fn integer(&self, name: &str) -> i64 {
        match self.param(name).and_then(Value::as_i64) {
            Some(integer) => integer,
            None => panic!("parameter {name} is not an integer"),
        }
    }

    /// The elements of a list, or the one number as a list.
    fn integers(&self, name: &str) -> Vec<u64> {
        match self.param(name) {
            Some(Value::Array(list)) => list.iter().filter_map(Value::as_u64).collect(),
            Some(one) => one.as_u64().into_iter().collect(),
            None => panic!("parameter {name} is absent"),
        }
    }

    fn shape(&self) -> Vec<usize> {
        self.integers("shape").iter().map(|&n| n as usize).collect()
    }

    fn dtype(&self) -> DType {
        self.text("dtype")
            .and_then(convert::dtype)
            .unwrap_or(DType::F32)
    }

    fn outputs(&self, inputs: &Named) -> Outputs {
        match self.case.op.as_deref().unwrap_or_default() {
            "PRNGKey" => self.seeds(),
            "threefry2x32" => {
                let [y0, y1] = threefry_block(&key(inputs), &inputs["x0"], &inputs["x1"]);
                Outputs::default().with("y0", y0).with("y1", y1)
            }
            "split" | "split_chain" | "fold_in" | "fold_in_nested" => self.keys(&key(inputs)),
            "vmap_uniform" => self.over_keys(&key(inputs)),
            "first_uniform" => first(&key(inputs)),
            "normal_stats" => moments(&normal(&key(inputs), self.shape(), self.dtype())),
            op @ ("permutation"
            | "permutation_array"
            | "choice"
            | "choice_rows"
            | "categorical"
            | "categorical_noreplace"
            | "rademacher") => Outputs::later(format!("{op}: later")),
            op => self.distribution(op, &key(inputs), inputs),
        }
    }

    fn seeds(&self) -> Outputs {
        let Some(Value::Array(seeds)) = self.param("seeds") else {
            panic!("no seeds")
        };
        let keys = seeds.iter().map(|seed| {
            let seed = seed.as_str().and_then(|s| s.parse().ok());
            Key::new(seed.expect("a seed is a decimal 64-bit integer"))
        });
        Outputs::default().with("keys", rows(keys))
    }

    fn keys(&self, key: &Key) -> Outputs {
        match self.case.op.as_deref().unwrap_or_default() {
            "split" => {
                let mut shape: Vec<isize> =
                    self.integers("num").iter().map(|&n| n as isize).collect();
                let count: isize = shape.iter().product();
                shape.push(2);
                let keys = key.split_array(count as usize).reshape_dyn(&shape);
                Outputs::default().with("keys", keys)
            }
            "split_chain" => {
                let mut last = key.clone();
                let subs = rows((0..self.integer("steps")).map(|_| {
                    let [next, sub] = last.split();
                    last = next;
                    sub
                }));
                Outputs::default()
                    .with("subs", subs)
                    .with("last", last.data().clone())
            }
            "fold_in" => {
                let data = self.integers("data");
                let keys = rows(data.iter().map(|&d| key.fold_in(d as u32)));
                Outputs::default().with("keys", keys)
            }
            _ => {
                let [_, sub] = key.split();
                let data = self.integers("data");
                let folded = sub.fold_in(data[0] as u32).fold_in(data[1] as u32);
                Outputs::default().with("key", folded.data().clone())
            }
        }
    }

    fn over_keys(&self, key: &Key) -> Outputs {
        let (shape, dtype) = (self.shape(), self.dtype());
        let draw = move |key: &Array| uniform(&Key::from_array(key.clone()), &shape, dtype);
        let keys = key.split_array(self.integer("num") as usize);
        vmap(draw)(&keys).into()
    }

    fn distribution(&self, op: &str, key: &Key, inputs: &Named) -> Outputs {
        let dtype = self.dtype();
        let out = match op {
            "bits" => bits(key, self.shape(), dtype),
            "uniform" if inputs.contains_key("minval") => {
                let (low, high) = (&inputs["minval"], &inputs["maxval"]);
                uniform_between(key, self.shape(), dtype, low, high)
            }
            "uniform" => {
                let (low, high) = (self.number("minval"), self.number("maxval"));
                uniform_between(key, self.shape(), dtype, low, high)
            }
            "normal" => normal(key, self.shape(), dtype),
            "truncated_normal" => {
                let (lower, upper) = (self.number("lower"), self.number("upper"));
                truncated_normal(key, lower, upper, self.shape(), dtype)
            }
            "bernoulli" => match inputs.get("p") {
                Some(p) => bernoulli(key, p, p.shape()),
                None => bernoulli(key, self.number("p"), self.shape()),
            },
            "randint" => {
                let (low, high) = (self.integer("minval"), self.integer("maxval"));
                randint(key, self.shape(), low, high, dtype)
            }
            "gumbel" => gumbel(key, self.shape(), dtype),
            "exponential" => exponential(key, self.shape(), dtype),
            "logistic" => logistic(key, self.shape(), dtype),
            "laplace" => laplace(key, self.shape(), dtype),
            "init_normal" => {
                let stddev = self.number("stddev");
                Initializer::Normal { stddev }.sample(key, &self.shape(), dtype)
            }
            "init_uniform" => {
                let scale = self.number("scale");
                Initializer::Uniform { scale }.sample(key, &self.shape(), dtype)
            }
            op => match self.initialiser(op) {
                Some(initializer) => initializer.sample(key, &self.shape(), dtype),
                None => return Outputs::later(format!("{op}: later")),
            },
        };
        out.into()
    }

    /// The initialisers that scale with the fans of a weight.
    fn initialiser(&self, op: &str) -> Option<Initializer> {
        Some(match op {
            "glorot_uniform" => glorot_uniform(),
            "glorot_normal" => glorot_normal(),
            "he_uniform" => he_uniform(),
            "he_normal" => he_normal(),
            "lecun_uniform" => lecun_uniform(),
            "lecun_normal" => lecun_normal(),
            "variance_scaling" => {
                let mode = match self.text("mode") {
                    Some("fan_in") => Fan::In,
                    Some("fan_out") => Fan::Out,
                    _ => Fan::Average,
                };
                let distribution = match self.text("distribution") {
                    Some("normal") => Distribution::Normal,
                    Some("uniform") => Distribution::Uniform,
                    _ => Distribution::TruncatedNormal,
                };
                variance_scaling(self.number("scale"), mode, distribution)
            }
            _ => return None,
        })
    }
}

fn key(inputs: &Named) -> Key {
    Key::from_array(inputs["key"].clone())
}

/// The keys as `u32[n, 2]`.
fn rows(keys: impl Iterator<Item = Key>) -> Array {
    let rows: Vec<Array> = keys.map(|k| k.data().clone()).collect();
    stack(&rows.iter().collect::<Vec<_>>(), 0)
}

/// The draws that documents show: with a key, and with the two it splits into.
fn first(key: &Key) -> Outputs {
    let [new, sub] = key.split();
    let draw = |key| uniform(key, (), DType::F32);
    Outputs::default()
        .with("uniform_key", draw(key))
        .with("split", key.split_array(2))
        .with("uniform_new_key", draw(&new))
        .with("uniform_subkey", draw(&sub))
        .with("normal_key", normal(key, (), DType::F32))
        .with("normal_subkey", normal(&sub, (), DType::F32))
}

/// Statistics of a matrix of draws, and its corners.
fn moments(x: &Array) -> Outputs {
    let corners = [(0, 0), (0, -1), (-1, 0), (-1, -1)].map(|at| x.index(at));
    Outputs::default()
        .with("mean", x.mean(..))
        .with("mean_sq", x.square().mean(..))
        .with("min", x.min(..))
        .with("max", x.max(..))
        .with("corners", stack(&corners.each_ref(), 0))
}
