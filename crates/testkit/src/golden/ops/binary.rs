//! Functions of two arrays: arithmetic, comparisons, bits, and how shapes broadcast.

use graxe_core::ops::{Binary, bind};
use graxe_core::{Array, Value, logaddexp, logical_and, logical_or, logical_xor};

use super::super::Case;
use super::super::outputs::{Named, Outputs};

type Function = fn(&Array, &Array) -> Array;

/// The functions by the name of their operation.
const TABLE: &[(&str, Function)] = &[
    ("add", |x, y| x + y),
    ("subtract", |x, y| x - y),
    ("multiply", |x, y| x * y),
    ("divide", |x, y| x / y),
    ("true_divide", |x, y| x / y),
    ("maximum", |x, y| x.maximum(y)),
    ("minimum", |x, y| x.minimum(y)),
    ("power", |x, y| x.pow(y)),
    ("remainder", |x, y| x % y),
    ("fmod", |x, y| x.fmod(y)),
    ("lax_rem", |x, y| lax(Binary::Rem, x, y)),
    ("floor_divide", |x, y| x.floor_divide(y)),
    ("arctan2", |x, y| x.arctan2(y)),
    ("hypot", |x, y| x.hypot(y)),
    ("logaddexp", |x, y| logaddexp(x, y)),
    ("copysign", |x, y| x.copysign(y)),
    ("nextafter", |x, y| x.nextafter(y)),
    ("equal", |x, y| x.equal(y)),
    ("not_equal", |x, y| x.not_equal(y)),
    ("less", |x, y| x.less(y)),
    ("less_equal", |x, y| x.less_equal(y)),
    ("greater", |x, y| x.greater(y)),
    ("greater_equal", |x, y| x.greater_equal(y)),
    ("logical_and", logical_and),
    ("logical_or", logical_or),
    ("logical_xor", logical_xor),
    ("bitwise_and", |x, y| x & y),
    ("bitwise_or", |x, y| x | y),
    ("bitwise_xor", |x, y| x ^ y),
    ("squared_difference", |x, y| (x - y).powi(2)),
];

pub(super) fn outputs(case: &Case, a: &Named) -> Option<Outputs> {
    let op = case.op.as_deref()?;
    Some(match case.name.as_str() {
        "int_lax_div" => lax(Binary::Div, &a["x"], &a["y"]).into(),
        "int_div_by_zero" => by_zero(&a["x"], &a["y"]),
        "shifts" => shifts(&a["x"], &a["s"]),
        "integer_pow" => powers(&a["x"]),
        "int_power" => a["x"].pow(&a["y"]).into(),
        name if is_table(name) => {
            let (_, function) = TABLE.iter().find(|(name, _)| *name == op)?;
            function(&a["x"], &a["y"]).into()
        }
        _ => return None,
    })
}

fn is_table(name: &str) -> bool {
    ["binary_", "int_", "broadcast_"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
}

/// A primitive, where no method has it alone.
fn lax(op: Binary, x: &Array, y: &Array) -> Array {
    match bind(&op.into(), vec![x.into(), y.into()]).pop() {
        Some(Value::Array(z)) => z,
        _ => panic!("{op:?} gives no array"),
    }
}

/// The integer forms must not trap; their values are open.
fn by_zero(x: &Array, y: &Array) -> Outputs {
    Outputs::default()
        .free("lax_div", lax(Binary::Div, x, y))
        .free("lax_rem", lax(Binary::Rem, x, y))
        .free("floor_divide", x.floor_divide(y))
        .free("remainder", x % y)
        .with("true_divide", x / y)
}

fn shifts(x: &Array, s: &Array) -> Outputs {
    Outputs::default()
        .with("left", x << s)
        .with("right_arithmetic", x >> s)
        .with("right_logical", lax(Binary::ShiftRightLogical, x, s))
}

fn powers(x: &Array) -> Outputs {
    let powers = [
        ("p0", 0),
        ("p2", 2),
        ("p3", 3),
        ("p5", 5),
        ("m1", -1),
        ("m2", -2),
    ];
    powers
        .map(|(name, n)| (name, x.powi(n)))
        .into_iter()
        .collect()
}
