//! The initialisers against those of `jax.nn.initializers`.

use graxe_core::random::{Key, Layout};
use graxe_core::{DType, with_layout, with_x64};
use graxe_nn::{
    Distribution, Fan, Initializer, glorot_normal, glorot_uniform, he_normal, he_uniform,
    lecun_normal, lecun_uniform, variance_scaling,
};
use graxe_testkit::golden::Case;

use crate::golden::{cases, check, number, to_array};

fn initializer(case: &Case) -> Initializer {
    match case.op.as_deref().unwrap_or_default() {
        "glorot_uniform" => glorot_uniform(),
        "glorot_normal" => glorot_normal(),
        "he_uniform" => he_uniform(),
        "he_normal" => he_normal(),
        "lecun_uniform" => lecun_uniform(),
        "lecun_normal" => lecun_normal(),
        "init_normal" => Initializer::Normal {
            stddev: number(case, "stddev"),
        },
        "init_uniform" => Initializer::Uniform {
            scale: number(case, "scale"),
        },
        "variance_scaling" => {
            assert_eq!(case.params["mode"], "fan_out");
            assert_eq!(case.params["distribution"], "normal");
            variance_scaling(number(case, "scale"), Fan::Out, Distribution::Normal)
        }
        other => panic!("{other} is no initialiser"),
    }
}

#[test]
fn initialisers_give_the_numbers_of_jax() {
    let cases = cases("random.json", |name| name.starts_with("init_"));
    assert!(cases.len() >= 25, "only {} cases", cases.len());
    for case in &cases {
        let key = Key::from_array(to_array(case.input("key").expect("a key")));
        let want = case.output("out").expect("numbers");
        let flag = |name: &str| case.params[name].as_bool() == Some(true);
        let layout = if flag("partitionable") {
            Layout::Partitionable
        } else {
            Layout::Original
        };
        let dtype = match want.dtype.as_str() {
            "float64" => DType::F64,
            _ => DType::F32,
        };
        let sample = || initializer(case).sample(&key, &want.shape, dtype);
        let got = with_layout(layout, || {
            if flag("x64") {
                with_x64(sample)
            } else {
                sample()
            }
        });
        check(case, "out", &got, want, &case.tol);
    }
}

#[test]
#[should_panic(expected = "two axes are needed")]
fn a_vector_has_no_fan() {
    glorot_uniform().sample(&Key::new(0), &[3], DType::F32);
}
