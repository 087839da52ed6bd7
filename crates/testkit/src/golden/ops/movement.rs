//! Elements moved, arrays made, joined and chosen from.

use graxe_core::{
    Array, DType, ELLIPSIS, Item, NEW_AXIS, arange, arange_from, concatenate, eye, linspace,
    meshgrid_ij, one_hot, select, select_n, stack, step,
};

use super::super::Case;
use super::super::outputs::{Named, Outputs};

pub(super) fn outputs(case: &Case, a: &Named) -> Option<Outputs> {
    let x = || &a["x"];
    Some(match case.name.as_str() {
        "transpose" => transposed(x()),
        "reshape" => reshaped(x()),
        "slice" => sliced(x()),
        "flip_roll_tile_repeat" => turned(x()),
        "concat_stack_split" => joined(x(), &a["y"], &a["z"]),
        "concat_promote" => concatenate(&[x(), &a["y"], &a["z"]], 0).into(),
        "pad" => padded(x()),
        "where_select" => chosen(&a["c"], x(), &a["y"]),
        "select_n" => {
            let cases = ["a", "b", "c"].map(|name| a[name].clone());
            select_n(&a["i"], &cases).into()
        }
        "where_nan" => select(&x().greater(0), x().sqrt(), 0.0).into(),
        "constructors" => constructors(),
        "meshgrid" => {
            let grid = meshgrid_ij(&[x(), &a["y"]]);
            Outputs::default()
                .with("xy0", grid[0].t())
                .with("xy1", grid[1].t())
                .with("ij0", grid[0].clone())
        }
        "one_hot" => {
            let i = &a["i"];
            Outputs::default()
                .with("k4", one_hot(i, 4, DType::F32))
                .with("k3_axis0", one_hot(i, 3, DType::F32).t())
                .with("int32", one_hot(i, 4, DType::I32))
        }
        _ => return None,
    })
}

fn transposed(x: &Array) -> Outputs {
    Outputs::default()
        .with("default", x.t())
        .with("perm=1,0,2", x.transpose(&[1, 0, 2]))
        .with("perm=2,0,1", x.transpose(&[2, 0, 1]))
        .with("swapaxes0,2", x.swap_axes(0, 2))
        .with("moveaxis0,-1", x.move_axis(0, -1))
        .with("moveaxis(0,1)->(2,0)", x.move_axis(0, -1).move_axis(0, 0))
}

fn reshaped(x: &Array) -> Outputs {
    Outputs::default()
        .with("(6,4)", x.reshape([6, 4]))
        .with("(-1,)", x.reshape([-1]))
        .with("(4,-1,2)", x.reshape([4, -1, 2]))
        .with("order_F", x.t().reshape([4, 6]).t())
        .with("expand", x.index((.., NEW_AXIS, ELLIPSIS, NEW_AXIS)))
        .with("squeeze", x.index(..1).squeeze())
}

fn sliced(x: &Array) -> Outputs {
    Outputs::default()
        .with("[1]", x.index(1))
        .with("[:,1:]", x.index((.., 1..)))
        .with("[...,::2]", x.index((ELLIPSIS, step(.., 2))))
        .with("[::-1]", x.index(step(.., -1)))
        .with("[0,-1,1:3]", x.index((0, -1, 1..3)))
        .with(
            "[:,:,3:0:-1]",
            x.index((.., .., Item::Slice(Some(3), Some(0), -1))),
        )
        .with("[5:]", x.index(5..))
        .with("[:,-2:]", x.index((.., -2..)))
        .with(
            "lax(0,1,0)-(2,3,4)step(1,2,3)",
            x.slice(&[0, 1, 0], &[2, 3, 4], &[1, 2, 3]),
        )
}

fn turned(x: &Array) -> Outputs {
    Outputs::default()
        .with("flip", x.flip(0).flip(1))
        .with("flip1", x.flip(1))
        .with("roll1", x.flatten().roll(1, 0).reshape([2, 3]))
        .with("roll(2,axis1)", x.roll(2, 1))
        .with("roll((1,-1),(0,1))", x.roll(1, 0).roll(-1, 1))
        .with("tile(2,1)", x.tile(&[2, 1]))
        .with("tile2", x.tile(&[2]))
        .with("repeat2", x.flatten().repeat(2, 0))
        .with("repeat2axis0", x.repeat(2, 0))
        .with("rot90", x.t().flip(0))
}

fn joined(x: &Array, y: &Array, z: &Array) -> Outputs {
    Outputs::default()
        .with("concat1", concatenate(&[x, y, z], 1))
        .with("concat0", concatenate(&[x, z], 0))
        .with("stack0", stack(&[x, z], 0))
        .with("stack-1", stack(&[x, z], -1))
        .with("hstack", concatenate(&[x, y], 1))
        .with("vstack", concatenate(&[x, z], 0))
        .with("split3", x.split(3, 1).remove(1))
        .with("split_at", x.split_at(&[1], 1).remove(1))
        .with("array_split", x.split_at(&[2], 1).remove(0))
}

fn padded(x: &Array) -> Outputs {
    let mirrored = "padding that repeats the array: later";
    Outputs::default()
        .with(
            "lax(lo1,hi2,int0),(0,1,2)",
            x.pad_interior(&[(1, 2, 0), (0, 1, 2)], 9.0),
        )
        .with("lax_neg(-1,1,0),(1,-1,0)", x.pad(&[(-1, 1), (1, -1)], 7.0))
        .with("constant", x.pad(&[(1, 0), (2, 1)], 5))
        .without("edge", mirrored)
        .without("reflect", mirrored)
        .without("wrap", mirrored)
        .without("symmetric", mirrored)
}

fn chosen(c: &Array, x: &Array, y: &Array) -> Outputs {
    Outputs::default()
        .with("where", select(c, x, y))
        .with("where_scalar", select(c, x, 0))
        .with("where_row", select(&c.index((.., ..1)), x, y))
        .with("select", select(c, x, y.broadcast_to([2, 3])))
        .with("clip", x.clip(-0.5, 0.5))
        .with("clip_lo_gt_hi", x.clip(1.0, -1.0))
        .with("clamp", x.clip(-0.3, 0.3))
}

fn constructors() -> Outputs {
    let columns = arange(3).broadcast_to([2, 3]);
    Outputs::default()
        .with("arange(5)", arange(5).astype(DType::I32))
        .with("arange(2,9,3)", arange_from(2, 9, 3))
        .with("arange(0,1,0.25)", arange_from(0, 1, 0.25))
        .with("arange(5.)", arange(5.0))
        .with("arange(3,0,-1)", arange_from(3, 0, -1))
        .with("linspace(0,1,5)", linspace(0.0, 1.0, 5))
        .without(
            "linspace(0,1,4,endpoint=False)",
            "linspace without its end: later",
        )
        .with("eye(2,3)", eye(2, 3, 0, DType::F32))
        .with("eye(3,k=1)", eye(3, 3, 1, DType::F32))
        .with("full((2,),7)", Array::full(2, 7, DType::I32))
        .with("full((2,),7.)", Array::full(2, 7.0, DType::F32))
        .with("ones(2,int)", Array::ones(2, DType::default_int()))
        .with("iota(2x3,dim1)", columns)
        .with("zeros(())", Array::zeros((), DType::F32))
}
