//! Axes of the parts of arguments and results, the named axis, and rules of one's own under a batch.

use graxe_core::{
    Array, BatchAxes, BatchAxis, Tree, axis_index, custom_vjp, grad, pmax, pmean, psum, vmap,
    vmap_with,
};

use super::super::outputs::{Named, leaves, named};

#[derive(Clone, Tree)]
struct Given {
    a: Array,
    b: (Array, Array),
}

#[derive(Clone, Tree)]
struct Made {
    s: Array,
    t: (Array, Array),
}

pub(super) fn outputs(name: &str, a: &Named) -> Option<Named> {
    let first_alone = || BatchAxes::inputs([BatchAxis::At(0), BatchAxis::Shared]);
    Some(match name {
        "out_axes_tuple" => {
            let f = |u: &Array, v: &Array| (u + v, u * v, u.sum(..));
            let (o0, o1, o2) = vmap_with(f, first_alone().output((0, 1, 0)))(&a["a"], &a["v"]);
            named([("o0", o0), ("o1", o1), ("o2", o2)])
        }
        "out_axes_none" => {
            let f = |u: &Array, v: &Array| (u * v, v.sum(..));
            let (o0, o1) = vmap_with(f, first_alone().output((0, ())))(&a["a"], &a["v"]);
            named([("o0", o0), ("o1", o1)])
        }
        "ensemble_params" => {
            let mut p = a.clone();
            let x = p.remove("x")?;
            let f = |p: &Named, x: &Array| (x.matmul(&p["W1"]) + &p["b1"]).tanh().matmul(&p["W2"]);
            // In the order of the names: W1, W2, b1.
            let axes = BatchAxes::inputs([(0, (), 0).into(), BatchAxis::Shared]);
            named([("out", vmap_with(f, axes)(&p, &x))])
        }
        "tree_dict_tuple" => {
            let f = |t: &Given| Made {
                s: &t.a + &t.b.0,
                t: (&t.b.1 * &t.a, t.a.sum(..)),
            };
            let given = Given {
                a: a["in.a"].clone(),
                b: (a["in.b[0]"].clone(), a["in.b[1]"].clone()),
            };
            let axes = BatchAxes::inputs([(0, (1, ()))]).output((0, (1, 0)));
            leaves("out", &vmap_with(f, axes)(&given))
        }
        "axis_name_collectives" => {
            let f = |x: &Array| {
                let centred = x - pmean(x, "i");
                (centred, psum(x, "i"), pmax(x, "i"), axis_index("i"))
            };
            let (centred, sum, max, index) = vmap_with(f, BatchAxes::default().name("i"))(&a["x"]);
            named([
                ("centered", centred),
                ("psum", sum),
                ("pmax", max),
                ("index", index),
            ])
        }
        "custom_vjp_under_vmap" => {
            let h = custom_vjp(
                |x: &Array| x.powi(2),
                |(x,)| (x.powi(2), ()),
                |(), c: Array| (c * 3,),
            );
            let h = |x: &Array| h(x);
            let total = |x: &Array| vmap(h)(x).sum(..);
            named([
                ("vmap_grad", vmap(grad(h))(&a["x"])),
                ("grad_vmap", grad(total)(&a["x"])),
            ])
        }
        _ => return None,
    })
}
