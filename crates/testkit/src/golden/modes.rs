//! A computation in every way it can run: equation by equation and compiled, on one thread and on two.

use graxe_core::{Array, jit, set_threads, threads};

use super::Data;
use super::convert::to_tensor;
use super::outputs::{Named, Outputs};

/// What `f` makes of the inputs equation by equation; nothing where `f` has no answer.
///
/// # Panics
/// If compiled it gives other bits, shapes or dtypes.
pub(crate) fn in_every_way(
    inputs: &Named,
    f: impl Fn(&Named) -> Option<Named> + Send + Sync,
) -> Option<Outputs> {
    let plain = f(inputs)?;
    let compiled = jit(|inputs: &Named| f(inputs));
    let before = threads();
    for count in [1, 2] {
        set_threads(count);
        let found = compiled(inputs).unwrap_or_default();
        assert!(
            found.keys().eq(plain.keys()),
            "compiled, other results are named"
        );
        for (name, array) in &found {
            let (got, want) = (bits(array), bits(&plain[name]));
            assert!(
                got == want,
                "{name}: on {count} threads the compiled program gives {got:?}, its equations {want:?}"
            );
        }
    }
    set_threads(before);
    Some(plain.into_iter().collect())
}

/// Dtype, shape and elements, floats by their bits.
fn bits(array: &Array) -> (String, Vec<usize>, Vec<u64>) {
    let tensor = to_tensor(array);
    let bits = match tensor.data {
        Data::Bool(v) => v.into_iter().map(u64::from).collect(),
        Data::I64(v) => v.into_iter().map(|x| x as u64).collect(),
        Data::U64(v) => v,
        Data::F32(v) => v.into_iter().map(|x| x.to_bits().into()).collect(),
        Data::F64(v) => v.into_iter().map(f64::to_bits).collect(),
    };
    (tensor.dtype, tensor.shape, bits)
}
