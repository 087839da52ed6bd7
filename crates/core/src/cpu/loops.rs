//! Elementwise families: one pass over the operands each, in place where nobody else looks.

use graxe_kernels::map;
use graxe_kernels::number::{Float, Integer, Number, cast};
use graxe_kernels::{index, threefry};

use super::index::take;
use super::{finish, room};
use crate::array::{Array, DType, Native, with_dtype, with_number};
use crate::ir::{Aval, Type, Value};
use crate::ops::{Binary, Convert, Iota, Loop, Threefry, Unary};

pub(super) fn run(op: &Loop<'_>, mut inputs: Vec<Value>, outputs: &[Type]) -> Vec<Value> {
    let out = |i: usize| match &outputs[i] {
        Type::Array(aval) => aval,
        Type::Pattern(_) => unreachable!("elementwise results are arrays"),
    };
    let array = match op {
        Loop::Unary(op) => unary(*op, inputs.swap_remove(0).into_array(), out(0)),
        Loop::Binary(op) => {
            let y = inputs.swap_remove(1).into_array();
            binary(*op, inputs.swap_remove(0).into_array(), &y, out(0))
        }
        Loop::Select(_) => {
            with_dtype!(out(0).dtype, T => select::<T>(&inputs, out(0)))
        }
        Loop::Convert(op) => convert(**op, inputs[0].array(), out(0)),
        Loop::Iota(op) => iota(op, out(0)),
        Loop::Copy => {
            let mut array = inputs.swap_remove(0).into_array();
            array.aval = out(0).clone();
            array
        }
        Loop::Threefry(op) => return random(op, &inputs, outputs),
    };
    vec![array.into()]
}

/// `f` over every element, in the operand's own buffer if it is free.
fn map_same<T: Native>(x: Array, out: &Aval, f: impl Fn(T) -> T) -> Array {
    let mut data = take::<T>(x);
    map::map_in_place(&mut data, f);
    finish(data, out)
}

fn unary(op: Unary, x: Array, out: &Aval) -> Array {
    match x.dtype() {
        DType::Bool => map_same::<bool>(x, out, |v| !v),
        DType::F32 => float_unary::<f32>(op, x, out),
        DType::F64 => float_unary::<f64>(op, x, out),
        DType::I32 => integer_unary::<i32>(op, x, out),
        DType::I64 => integer_unary::<i64>(op, x, out),
        DType::U32 => integer_unary::<u32>(op, x, out),
        DType::U64 => integer_unary::<u64>(op, x, out),
    }
}

/// The rows that every number has.
fn number_unary<T: Native + Number>(op: Unary, x: Array, out: &Aval) -> Array {
    match op {
        Unary::Neg => map_same::<T>(x, out, T::neg),
        Unary::Abs => map_same::<T>(x, out, T::abs),
        Unary::Sign => map_same::<T>(x, out, T::sign),
        Unary::Square => map_same::<T>(x, out, |v| v.mul(v)),
        Unary::IntegerPow(n) => map_same::<T>(x, out, |v| v.powi(n)),
        _ => unreachable!("infer has seen that {op:?} takes {}", T::DTYPE),
    }
}

fn integer_unary<T: Native + Integer>(op: Unary, x: Array, out: &Aval) -> Array {
    match op {
        Unary::Not => map_same::<T>(x, out, T::not),
        Unary::PopulationCount => map_same::<T>(x, out, T::population_count),
        Unary::CountLeadingZeros => map_same::<T>(x, out, T::leading_zeros),
        op => number_unary::<T>(op, x, out),
    }
}

fn float_unary<T: Native + Float>(op: Unary, x: Array, out: &Aval) -> Array {
    let f: fn(T) -> T = match op {
        Unary::IsFinite => {
            let mut data = room::<bool>(&out.shape);
            map::map(x.host::<T>(), &mut data, T::is_finite);
            return finish(data, out);
        }
        Unary::Sqrt => return map_same::<T>(x, out, T::sqrt),
        Unary::Rsqrt => return map_same::<T>(x, out, T::rsqrt),
        Unary::Floor => T::floor,
        Unary::Ceil => T::ceil,
        Unary::Round => T::round_half_even,
        Unary::Exp => T::exp,
        Unary::Exp2 => T::exp2,
        Unary::Expm1 => T::expm1,
        Unary::Log => T::log,
        Unary::Log1p => T::log1p,
        Unary::Cbrt => T::cbrt,
        Unary::Sin => T::sin,
        Unary::Cos => T::cos,
        Unary::Tan => T::tan,
        Unary::Asin => T::asin,
        Unary::Acos => T::acos,
        Unary::Atan => T::atan,
        Unary::Sinh => T::sinh,
        Unary::Cosh => T::cosh,
        Unary::Tanh => T::tanh,
        Unary::Asinh => T::asinh,
        Unary::Acosh => T::acosh,
        Unary::Atanh => T::atanh,
        Unary::Logistic => T::logistic,
        Unary::Erf => T::erf,
        Unary::Erfc => T::erfc,
        Unary::ErfInv => T::erf_inv,
        op => return number_unary::<T>(op, x, out),
    };
    map_same::<T>(x, out, f)
}

/// `f` over pairs, in the left operand's buffer if it is free and large enough.
fn map2_same<T: Native>(x: Array, y: &Array, out: &Aval, f: impl Fn(T, T) -> T) -> Array {
    if x.size() == out.shape.size() {
        let mut data = take::<T>(x);
        map::map2_in_place(&mut data, y.host::<T>(), f);
        return finish(data, out);
    }
    let mut data = room::<T>(&out.shape);
    map::map2(x.host::<T>(), y.host::<T>(), &mut data, f);
    finish(data, out)
}

fn compare<T: Native>(x: &Array, y: &Array, out: &Aval, f: impl Fn(T, T) -> bool) -> Array {
    let mut data = room::<bool>(&out.shape);
    map::map2(x.host::<T>(), y.host::<T>(), &mut data, f);
    finish(data, out)
}

fn binary(op: Binary, x: Array, y: &Array, out: &Aval) -> Array {
    match x.dtype() {
        DType::Bool => match op {
            Binary::And => map2_same::<bool>(x, y, out, |a, b| a & b),
            Binary::Or => map2_same::<bool>(x, y, out, |a, b| a | b),
            Binary::Xor => map2_same::<bool>(x, y, out, |a, b| a ^ b),
            Binary::Eq => compare::<bool>(&x, y, out, |a, b| a == b),
            Binary::Ne => compare::<bool>(&x, y, out, |a, b| a != b),
            _ => unreachable!("infer has seen that {op:?} takes no bool"),
        },
        DType::F32 => match op {
            Binary::NextAfter => map2_same::<f32>(x, y, out, libm::nextafterf),
            op => float_binary::<f32>(op, x, y, out),
        },
        DType::F64 => match op {
            Binary::NextAfter => map2_same::<f64>(x, y, out, libm::nextafter),
            op => float_binary::<f64>(op, x, y, out),
        },
        DType::I32 => integer_binary::<i32>(op, x, y, out),
        DType::I64 => integer_binary::<i64>(op, x, y, out),
        DType::U32 => integer_binary::<u32>(op, x, y, out),
        DType::U64 => integer_binary::<u64>(op, x, y, out),
    }
}

/// The rows that every number has.
fn number_binary<T: Native + Number>(op: Binary, x: Array, y: &Array, out: &Aval) -> Array {
    match op {
        Binary::Add | Binary::AddAny => map2_same::<T>(x, y, out, T::add),
        Binary::Sub => map2_same::<T>(x, y, out, T::sub),
        Binary::Mul => map2_same::<T>(x, y, out, T::mul),
        Binary::Div => map2_same::<T>(x, y, out, T::div),
        Binary::Rem => map2_same::<T>(x, y, out, T::rem),
        Binary::Pow => map2_same::<T>(x, y, out, <T as Number>::pow),
        Binary::Max => map2_same::<T>(x, y, out, <T as Number>::maximum),
        Binary::Min => map2_same::<T>(x, y, out, <T as Number>::minimum),
        Binary::Eq => compare::<T>(&x, y, out, |a, b| a == b),
        Binary::Ne => compare::<T>(&x, y, out, |a, b| a != b),
        Binary::Lt => compare::<T>(&x, y, out, |a, b| a < b),
        Binary::Le => compare::<T>(&x, y, out, |a, b| a <= b),
        Binary::Gt => compare::<T>(&x, y, out, |a, b| a > b),
        Binary::Ge => compare::<T>(&x, y, out, |a, b| a >= b),
        _ => unreachable!("infer has seen that {op:?} takes {}", T::DTYPE),
    }
}

fn integer_binary<T: Native + Integer>(op: Binary, x: Array, y: &Array, out: &Aval) -> Array {
    match op {
        Binary::And => map2_same::<T>(x, y, out, T::and),
        Binary::Or => map2_same::<T>(x, y, out, T::or),
        Binary::Xor => map2_same::<T>(x, y, out, T::xor),
        Binary::ShiftLeft => map2_same::<T>(x, y, out, T::shl),
        Binary::ShiftRightLogical => map2_same::<T>(x, y, out, T::shr_logical),
        Binary::ShiftRightArithmetic => map2_same::<T>(x, y, out, T::shr_arithmetic),
        op => number_binary::<T>(op, x, y, out),
    }
}

fn float_binary<T: Native + Float>(op: Binary, x: Array, y: &Array, out: &Aval) -> Array {
    match op {
        Binary::Atan2 => map2_same::<T>(x, y, out, T::atan2),
        op => number_binary::<T>(op, x, y, out),
    }
}

fn select<T: Native>(inputs: &[Value], out: &Aval) -> Array {
    let which = inputs[0].array();
    let cases: Vec<&[T]> = inputs[1..].iter().map(|v| v.array().host::<T>()).collect();
    let mut data = room::<T>(&out.shape);
    match (which.dtype(), cases.as_slice()) {
        (DType::Bool, [off, on]) => {
            let which = which.host::<bool>();
            if let [which] = which {
                data.copy_from_slice(if *which { on } else { off });
            } else {
                map::map3(which, on, off, &mut data, |w, a, b| if w { a } else { b });
            }
        }
        (DType::Bool, _) => data.copy_from_slice(cases[0]),
        _ => {
            let which = which.host::<i32>();
            for (i, out) in data.iter_mut().enumerate() {
                let w = if which.len() == 1 { which[0] } else { which[i] };
                *out = cases[w.clamp(0, cases.len() as i32 - 1) as usize][i];
            }
        }
    }
    finish(data, out)
}

fn convert(op: Convert, x: &Array, out: &Aval) -> Array {
    match op {
        Convert::Value { .. } => with_dtype!(x.dtype(), T => with_dtype!(out.dtype, U => {
            let mut data = room::<U>(&out.shape);
            map::map(x.host::<T>(), &mut data, cast::<T, U>);
            finish(data, out)
        })),
        Convert::Bits { .. } if x.dtype().size() == 4 => {
            let bits: Vec<u32> = match x.dtype() {
                DType::F32 => x.host::<f32>().iter().map(|v| v.to_bits()).collect(),
                DType::I32 => x.host::<i32>().iter().map(|&v| v as u32).collect(),
                _ => x.to_vec::<u32>(),
            };
            match out.dtype {
                DType::F32 => finish(bits.into_iter().map(f32::from_bits).collect(), out),
                DType::I32 => finish(bits.into_iter().map(|v| v as i32).collect(), out),
                _ => finish(bits, out),
            }
        }
        Convert::Bits { .. } => {
            let bits: Vec<u64> = match x.dtype() {
                DType::F64 => x.host::<f64>().iter().map(|v| v.to_bits()).collect(),
                DType::I64 => x.host::<i64>().iter().map(|&v| v as u64).collect(),
                _ => x.to_vec::<u64>(),
            };
            match out.dtype {
                DType::F64 => finish(bits.into_iter().map(f64::from_bits).collect(), out),
                DType::I64 => finish(bits.into_iter().map(|v| v as i64).collect(), out),
                _ => finish(bits, out),
            }
        }
    }
}

fn iota(op: &Iota, out: &Aval) -> Array {
    with_number!(out.dtype, T => {
        let mut data = room::<T>(&out.shape);
        index::iota(&op.shape, op.axis, &mut data);
        finish(data, out)
    })
}

/// One draw for each key.
fn random(op: &Threefry, inputs: &[Value], outputs: &[Type]) -> Vec<Value> {
    let out = |i: usize| match &outputs[i] {
        Type::Array(aval) => aval,
        Type::Pattern(_) => unreachable!("random bits are arrays"),
    };
    let words = inputs[0].array().host::<u32>();
    let keys = words.chunks_exact(2).map(|k| [k[0], k[1]]);
    match op {
        Threefry::Block => {
            let (x0, x1) = (
                inputs[1].array().host::<u32>(),
                inputs[2].array().host::<u32>(),
            );
            let (mut a, mut b) = (Vec::new(), Vec::new());
            let shared = inputs[1].array().rank() == 1;
            let n = x0.len() / if shared { 1 } else { keys.len().max(1) };
            for (i, key) in keys.enumerate() {
                let own = if shared { 0..n } else { i * n..(i + 1) * n };
                for (&x0, &x1) in x0[own.clone()].iter().zip(&x1[own]) {
                    let [y0, y1] = threefry::threefry2x32(key, [x0, x1]);
                    a.push(y0);
                    b.push(y1);
                }
            }
            vec![finish(a, out(0)).into(), finish(b, out(1)).into()]
        }
        Threefry::Bits {
            shape,
            dtype: DType::U64,
            layout,
        } => {
            let mut data = room::<u64>(&out(0).shape);
            for (key, draw) in keys.zip(data.chunks_mut(shape.size().max(1))) {
                threefry::bits64(key, *layout, draw);
            }
            vec![finish(data, out(0)).into()]
        }
        Threefry::Bits { shape, layout, .. } => {
            let mut data = room::<u32>(&out(0).shape);
            for (key, draw) in keys.zip(data.chunks_mut(shape.size().max(1))) {
                threefry::bits32(key, *layout, draw);
            }
            vec![finish(data, out(0)).into()]
        }
        Threefry::PatternBits { layout } => {
            let p = inputs[1].pattern().host();
            let mut data = room::<u32>(&out(0).shape);
            for (key, draw) in keys.zip(data.chunks_mut(p.col.len().max(1))) {
                threefry::bits32_at_entries(key, *layout, p.cols, &p.row_ptr, &p.col, draw);
            }
            vec![finish(data, out(0)).into()]
        }
    }
}
