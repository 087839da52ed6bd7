//! Elementwise families: one pass over the operands each, in place where nobody else looks.

use graxe_kernels::map;
use graxe_kernels::number::cast;
use graxe_kernels::{index, threefry};

use super::index::take;
use super::table::{self, Apply, Apply1, Apply2, ApplyCast};
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
            binary(*op, inputs.swap_remove(0).into_array(), y, out(0))
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

fn unary(op: Unary, x: Array, out: &Aval) -> Array {
    table::unary(op, x.dtype(), Whole { x, y: None, out })
}

fn binary(op: Binary, x: Array, y: Array, out: &Aval) -> Array {
    table::binary(op, x.dtype(), Whole { x, y: Some(y), out })
}

/// Runs over whole arrays, in the left operand's own buffer where it is free and large enough.
struct Whole<'a> {
    x: Array,
    y: Option<Array>,
    out: &'a Aval,
}

impl Apply for Whole<'_> {
    type Out = Array;
    fn one<T: Native>(self) -> impl Apply1<T, Out = Array> {
        self
    }
    fn two<T: Native>(self) -> impl Apply2<T, Out = Array> {
        self
    }
}

impl<T: Native> Apply1<T> for Whole<'_> {
    type Out = Array;

    fn map(self, f: impl Fn(T) -> T) -> Array {
        let mut data = take::<T>(self.x);
        map::map_in_place(&mut data, f);
        finish(data, self.out)
    }

    fn test(self, f: impl Fn(T) -> bool) -> Array {
        let mut data = room::<bool>(&self.out.shape);
        map::map(self.x.host::<T>(), &mut data, f);
        finish(data, self.out)
    }
}

fn right<T: Native>(y: Option<&Array>) -> &[T] {
    match y {
        Some(y) => y.host(),
        None => unreachable!("a binary operation has two operands"),
    }
}

impl<T: Native> Apply2<T> for Whole<'_> {
    type Out = Array;

    fn map(self, f: impl Fn(T, T) -> T) -> Array {
        let Self { x, y, out } = self;
        let y = right(y.as_ref());
        if x.size() == out.shape.size() {
            let mut data = take::<T>(x);
            map::map2_in_place(&mut data, y, f);
            return finish(data, out);
        }
        let mut data = room::<T>(&out.shape);
        map::map2(x.host::<T>(), y, &mut data, f);
        finish(data, out)
    }

    fn test(self, f: impl Fn(T, T) -> bool) -> Array {
        let mut data = room::<bool>(&self.out.shape);
        map::map2(self.x.host::<T>(), right(self.y.as_ref()), &mut data, f);
        finish(data, self.out)
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
            Recast { x, out }.cast(cast::<T, U>)
        })),
        Convert::Bits { .. } => table::bits(x.dtype(), out.dtype, Recast { x, out }),
    }
}

/// Runs over a whole array into a new one.
struct Recast<'a> {
    x: &'a Array,
    out: &'a Aval,
}

impl ApplyCast for Recast<'_> {
    type Out = Array;
    fn cast<T: Native, U: Native>(self, f: impl Fn(T) -> U) -> Array {
        let mut data = room::<U>(&self.out.shape);
        map::map(self.x.host::<T>(), &mut data, f);
        finish(data, self.out)
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
