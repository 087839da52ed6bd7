//! What the places of a named axis do together: results and gradients against sums over places by hand.

use graxe_core::{
    Arg0, Arg1, Array, BatchAxes, BatchAxis, DType, all_gather, all_to_all, axis_index, axis_size,
    checkpoint, cond, grad, grad_at, jit, jvp, pmax, pmean, pmin, ppermute, psum, scan, stack,
    vmap, vmap_with, while_loop,
};

use super::messages::message;
use super::numbers::{assert_close, bits, doubles};

/// How many places there are; each has an array of as many elements.
const N: usize = 4;

fn named(name: &str) -> BatchAxes {
    BatchAxes::default().name(name)
}

/// A place, an element there, and what it counts.
type Source = (usize, usize, f64);

/// A linear collective, and what an element of its result sums at a place: places and elements of
/// the operand with coefficients.
struct Linear {
    name: &'static str,
    apply: fn(&Array) -> Array,
    /// How many elements the result has at a place.
    elements: usize,
    /// Of the place and the element.
    sources: fn(usize, usize) -> Vec<Source>,
}

const PAIRS: [(usize, usize); 3] = [(0, 1), (1, 2), (3, 0)];

fn everywhere(element: usize, coefficient: f64) -> Vec<Source> {
    (0..N).map(|place| (place, element, coefficient)).collect()
}

const LINEAR: [Linear; 6] = [
    Linear {
        name: "psum",
        apply: |x| psum(x, "i"),
        elements: N,
        sources: |_, e| everywhere(e, 1.0),
    },
    Linear {
        name: "pmean",
        apply: |x| pmean(x, "i"),
        elements: N,
        sources: |_, e| everywhere(e, 1.0 / N as f64),
    },
    Linear {
        name: "all_gather",
        apply: |x| all_gather(x, "i").reshape([-1]),
        elements: N * N,
        sources: |_, e| vec![(e / N, e % N, 1.0)],
    },
    Linear {
        name: "ppermute",
        apply: |x| ppermute(x, "i", &PAIRS),
        elements: N,
        sources: |place, e| {
            let found = PAIRS.iter().filter(|(_, to)| *to == place);
            found.map(|(from, _)| (*from, e, 1.0)).collect()
        },
    },
    Linear {
        name: "all_to_all",
        apply: |x| all_to_all(x, "i", 0, 0),
        elements: N,
        sources: |place, e| vec![(e, place, 1.0)],
    },
    Linear {
        name: "psum of ppermute",
        apply: |x| psum(&ppermute(x, "i", &PAIRS), "i"),
        elements: N,
        sources: |_, e| PAIRS.iter().map(|(from, _)| (*from, e, 1.0)).collect(),
    },
];

impl Linear {
    /// The results of all places, by hand.
    fn by_hand(&self, x: &Array) -> Array {
        let x = x.to_vec::<f64>();
        let one = |k: usize| -> f64 {
            let sources = (self.sources)(k / self.elements, k % self.elements);
            sources.iter().map(|(p, e, c)| c * x[p * N + e]).sum()
        };
        let data: Vec<f64> = (0..N * self.elements).map(one).collect();
        Array::from_vec(data, [N, self.elements])
    }

    /// The cotangents of all places' operands, by hand.
    fn back_by_hand(&self, c: &Array) -> Array {
        let mut pulled = vec![0.0; N * N];
        for (k, c) in c.to_vec::<f64>().into_iter().enumerate() {
            for (p, e, by) in (self.sources)(k / self.elements, k % self.elements) {
                pulled[p * N + e] += by * c;
            }
        }
        Array::from_vec(pulled, [N, N])
    }
}

#[test]
fn linear_collectives_are_sums_over_places() {
    let x = doubles([N, N], 0);
    for op in LINEAR {
        let f = |x: &Array| (op.apply)(x);
        let wanted = op.by_hand(&x);
        assert_close(&vmap_with(f, named("i"))(&x), &wanted, 1e-14);
        let compiled = jit(vmap_with(f, named("i")))(&x);
        assert_eq!(
            bits(&compiled),
            bits(&vmap_with(f, named("i"))(&x)),
            "{}",
            op.name
        );
        assert_eq!(bits(&vmap_with(jit(f), named("i"))(&x)), bits(&compiled));
        // Over the last axis.
        let last = BatchAxes::inputs([-1]).name("i").output(-1);
        assert_close(&vmap_with(f, last)(&x.t()), &wanted.t(), 1e-14);
    }
}

#[test]
fn gradients_of_linear_collectives_are_sums_over_places() {
    let (x, salt) = (doubles([N, N], 0), 5);
    for op in LINEAR {
        let w = doubles([N, op.elements], salt);
        let loss = |x: &Array, w: &Array| ((op.apply)(x).sin() * w).sum(..);
        let slopes = op.by_hand(&x).cos() * &w;
        let wanted = op.back_by_hand(&slopes);
        // In each place: the derivative of the sum of all places' losses.
        let within = vmap_with(grad(loss), named("i"));
        assert_close(&within(&x, &w), &wanted, 1e-13);
        let total = |x: &Array| vmap_with(loss, named("i"))(x, &w).sum(..);
        assert_close(&grad(total)(&x), &wanted, 1e-13);
        assert_close(&jit(grad(total))(&x), &wanted, 1e-13);
        assert_close(
            &jit(vmap_with(grad(loss), named("i")))(&x, &w),
            &wanted,
            1e-13,
        );
        let again = checkpoint(loss);
        let again = |x: &Array, w: &Array| again(x, w);
        assert_close(&vmap_with(grad(again), named("i"))(&x, &w), &wanted, 1e-13);
        // Forward mode pushes what reverse mode pulls.
        let push =
            |x: &Array, t: &Array| jvp(|x: &Array| (op.apply)(x), (x.clone(),), (t.clone(),)).1;
        let t = doubles([N, N], 6);
        assert_close(&vmap_with(push, named("i"))(&x, &t), &op.by_hand(&t), 1e-14);
    }
}

#[test]
fn second_derivatives_go_through() {
    let x = doubles([N, N], 0);
    for op in LINEAR {
        let w = doubles([N, op.elements], 5);
        let loss = |x: &Array, w: &Array| ((op.apply)(&x.sin()).powi(3) * w).sum(..);
        let within = |x: &Array, w: &Array| {
            let along = |x: &Array| (grad(loss)(x, w) * x.cos().stop_gradient()).sum(..);
            grad(along)(x)
        };
        let total = |x: &Array| vmap_with(loss, named("i"))(x, &w).sum(..);
        let all = |x: &Array| (grad(total)(x) * x.cos().stop_gradient()).sum(..);
        assert_close(
            &vmap_with(within, named("i"))(&x, &w),
            &grad(all)(&x),
            1e-12,
        );
    }
}

#[test]
fn extremes_are_those_of_all_places_and_ties_share() {
    let x = Array::from_vec(
        vec![
            1.0f64, 5.0, 2.0, 3.0, 5.0, 0.0, 1.0, 5.0, -1.0, 0.0, 2.0, -1.0,
        ],
        [4, 3],
    );
    let largest = Array::from_vec(vec![3.0f64, 5.0, 2.0], 3);
    let smallest = Array::from_vec(vec![0.0f64, 2.0, -1.0], 3);
    let weights = doubles([4, 3], 7);
    let all = weights.sum(0).to_vec::<f64>();
    for (f, extreme) in [
        (pmax::<Array> as fn(&Array, &str) -> Array, &largest),
        (pmin::<Array>, &smallest),
    ] {
        let found = vmap_with(|x: &Array| f(x, "i"), named("i"))(&x);
        assert_eq!(bits(&found), bits(&stack(&[extreme; 4], 0)));
        let loss = |x: &Array, w: &Array| (f(x, "i") * w).sum(..);
        let x_at = x.to_vec::<f64>();
        let of = extreme.to_vec::<f64>();
        let slope = |k: usize| {
            let ties = (0..4).filter(|p| x_at[p * 3 + k % 3] == of[k % 3]).count();
            let own = x_at[k] == of[k % 3];
            if own { all[k % 3] / ties as f64 } else { 0.0 }
        };
        let wanted = Array::from_vec((0..12).map(slope).collect::<Vec<f64>>(), [4, 3]);
        assert_close(
            &vmap_with(grad(loss), named("i"))(&x, &weights),
            &wanted,
            1e-14,
        );
        let total = |x: &Array| vmap_with(loss, named("i"))(x, &weights).sum(..);
        assert_close(&grad(total)(&x), &wanted, 1e-14);
    }
}

#[test]
fn places_know_their_number_and_how_many_there_are() {
    let f = |x: &Array| x * axis_index("i") + axis_size("i") as f64;
    let x = doubles([N], 0);
    let wanted = &x * Array::from_vec(vec![0.0, 1.0, 2.0, 3.0], N) + 4.0;
    assert_close(&vmap_with(f, named("i"))(&x), &wanted, 0.0);
    assert_close(&jit(vmap_with(f, named("i")))(&x), &wanted, 0.0);
    let slopes = vmap_with(grad(f), named("i"))(&x);
    assert_eq!(slopes.to_vec::<f64>(), [0.0, 1.0, 2.0, 3.0]);
}

#[test]
fn all_to_all_moves_slices_between_any_axes() {
    let x = doubles([3, 2, 3, 5], 0);
    // Of place p, axis 1 taken apart: slice q goes to place q, where it stands as slice p.
    for concat in 0..3 {
        let f = move |x: &Array| all_to_all(x, "i", 1, concat);
        let found = vmap_with(f, named("i"))(&x);
        for q in 0..3 {
            let slices: Vec<Array> = (0..3).map(|p| x.index((p, .., q))).collect();
            let wanted = stack(&slices.iter().collect::<Vec<_>>(), concat as isize);
            assert_eq!(bits(&found.index(q)), bits(&wanted));
        }
        let back = move |y: &Array| all_to_all(y, "i", concat, 1);
        assert_eq!(bits(&vmap_with(back, named("i"))(&found)), bits(&x));
        let w = doubles([3, 2, 3, 5], 1);
        let loss = move |x: &Array, w: &Array| (all_to_all(&f(x), "i", concat, 1) * w).sum(..);
        assert_eq!(bits(&vmap_with(grad(loss), named("i"))(&x, &w)), bits(&w));
    }
}

#[test]
fn what_all_places_share_has_its_gradient_summed_once() {
    let (x, w) = (doubles([N, 3], 0), doubles([3], 1));
    let over = || BatchAxes::inputs([BatchAxis::Shared, BatchAxis::At(0)]).name("i");
    // Of a loss of each place.
    let own = |w: &Array, x: &Array| (x.dot(w)).sin();
    let each = vmap_with(own, over());
    let wanted = grad(|w: &Array| each(w, &x).sum(..))(&w);
    let everywhere = |g: &Array| stack(&[g; N], 0);
    assert_close(
        &vmap_with(grad(own), over())(&w, &x),
        &everywhere(&wanted),
        1e-14,
    );
    // Of the mean of all: the same at each place.
    let mean = |w: &Array, x: &Array| pmean(&own(w, x), "i");
    let wanted = grad(|w: &Array| each(w, &x).mean(..))(&w);
    assert_close(
        &vmap_with(grad(mean), over())(&w, &x),
        &everywhere(&wanted),
        1e-14,
    );
    // It may be given shared.
    let shared = vmap_with(grad(mean), over().output(()))(&w, &x);
    assert_close(&shared, &wanted, 1e-14);
    assert_eq!(
        bits(&jit(vmap_with(grad(mean), over().output(())))(&w, &x)),
        bits(&shared)
    );
    // Captured instead of given.
    let held = |x: &Array| grad(|w: &Array| mean(w, x))(&w);
    assert_close(&vmap_with(held, named("i").output(()))(&x), &wanted, 1e-14);
}

#[test]
fn what_is_the_same_everywhere_may_meet_too() {
    let (w, c) = (doubles([N], 1), doubles([N, N, N], 2));
    let over = || BatchAxes::inputs([BatchAxis::Shared, BatchAxis::At(0)]).name("i");
    let programs: [fn(&Array) -> Array; 7] = [
        |w| psum(w, "i"),
        |w| pmean(w, "i"),
        |w| pmax(w, "i"),
        |w| pmin(w, "i"),
        |w| all_gather(w, "i"),
        |w| ppermute(w, "i", &PAIRS),
        |w| all_to_all(w, "i", 0, 0),
    ];
    for f in programs {
        // Of a loss of each place, and of one that is the same at all.
        let own = |w: &Array, c: &Array| (f(&w.sin()) * c).sum(..);
        let each = vmap_with(own, over());
        let wanted = grad(|w: &Array| each(w, &c).sum(..))(&w);
        let found = vmap_with(grad(own), over())(&w, &c);
        assert_close(&found, &stack(&[&wanted; N], 0), 1e-13);
        let mean = |w: &Array, c: &Array| pmean(&own(w, c), "i");
        let wanted = grad(|w: &Array| each(w, &c).mean(..))(&w);
        let found = vmap_with(grad(mean), over())(&w, &c);
        assert_close(&found, &stack(&[&wanted; N], 0), 1e-13);
    }
}

#[test]
fn named_axes_nest() {
    let x = doubles([2, 3, 4], 0);
    let both = |f: fn(&Array) -> Array| {
        let outer = vmap_with(vmap_with(f, named("j")), named("i"))(&x);
        // The other way around, the axes change their places.
        let turned = vmap_with(
            vmap_with(f, BatchAxes::inputs([0]).output(0).name("i")),
            BatchAxes::inputs([1]).output(1).name("j"),
        )(&x);
        assert_close(&turned, &outer, 1e-14);
        outer
    };
    let repeat = |y: &Array, n: usize, axis: isize| stack(&vec![y; n], axis);
    assert_close(&both(|x| psum(x, "i")), &repeat(&x.sum(0), 2, 0), 1e-14);
    assert_close(&both(|x| psum(x, "j")), &repeat(&x.sum(1), 3, 1), 1e-14);
    let all = repeat(&repeat(&x.sum(0).sum(0), 3, 0), 2, 0);
    assert_close(&both(|x| psum(&psum(x, "i"), "j")), &all, 1e-14);
    assert_close(&both(|x| psum(&psum(x, "j"), "i")), &all, 1e-14);
    let pairs = both(|x| x * 0.0 + axis_index("i") * 10 + axis_index("j"));
    assert_eq!(pairs.index((1, 2, 0)).item::<f64>(), 12.0);
    let gathered = both(|x| all_gather(&all_gather(x, "j"), "i"));
    assert_eq!(bits(&gathered.index((1, 0))), bits(&x));
    // Gradients within both, against one of the whole.
    let loss = |x: &Array| psum(&(x.sin() * psum(x, "j")), "i").powi(2).sum(..);
    let within = vmap_with(vmap_with(grad(loss), named("j")), named("i"));
    // Over i the loss is the same at all places and counts once, over j each counts.
    let total = |x: &Array| {
        let sums = x.sum(1).expand_dims(1);
        (x.sin() * sums).sum(0).powi(2).sum(..)
    };
    assert_close(&within(&x), &grad(total)(&x), 1e-13);
}

#[test]
fn the_innermost_of_two_axes_of_a_name_is_meant() {
    let x = doubles([2, 3], 0);
    let f = |x: &Array| psum(x, "i");
    let found = vmap_with(vmap_with(f, named("i")), named("i"))(&x);
    assert_close(&found, &stack(&[&x.sum(1); 3], 1), 1e-15);
}

#[test]
fn axes_without_a_name_inside_and_outside_keep_apart() {
    let x = doubles([3, N, N], 0);
    for op in LINEAR {
        let f = |x: &Array| (op.apply)(x);
        let each: Vec<Array> = (0..3).map(|b| op.by_hand(&x.index(b))).collect();
        let wanted = stack(&each.iter().collect::<Vec<_>>(), 0);
        assert_close(&vmap(vmap_with(f, named("i")))(&x), &wanted, 1e-14);
        let inside = BatchAxes::inputs([1]).output(1).name("i");
        assert_close(&vmap_with(vmap(f), inside.clone())(&x), &wanted, 1e-14);
        let last = vmap_with(f, BatchAxes::inputs([-1]).output(-1));
        let turned = x.transpose(&[1, 2, 0]);
        let found = vmap_with(last, named("i"))(&turned);
        assert_close(&found, &wanted.transpose(&[1, 2, 0]), 1e-14);
        let w = doubles([3, N, op.elements], 5);
        let loss = |x: &Array, w: &Array| ((op.apply)(x).sin() * w).sum(..);
        let slopes = wanted.cos() * &w;
        let each: Vec<Array> = (0..3).map(|b| op.back_by_hand(&slopes.index(b))).collect();
        let wanted = stack(&each.iter().collect::<Vec<_>>(), 0);
        assert_close(
            &vmap(vmap_with(grad(loss), named("i")))(&x, &w),
            &wanted,
            1e-13,
        );
        assert_close(&vmap_with(vmap(grad(loss)), inside)(&x, &w), &wanted, 1e-13);
    }
}

#[test]
fn they_stand_in_loops_and_branches() {
    let x = doubles([N, N], 0);
    let sums = x.sum(0);
    // A scan: each step meets.
    let looped = |x: &Array| {
        let step = |c: Array, x: Array| (&c * 0.5 + psum(&x, "i"), psum(&c, "i") + x);
        scan(step, Array::zeros((), DType::F64), x)
    };
    let by_hand = |x: &Array| {
        let (mut c, mut ys) = (Array::zeros(N, DType::F64), Vec::new());
        for t in 0..N as isize {
            let slice = x.index((.., t));
            ys.push(c.sum(..) + &slice);
            c = c * 0.5 + slice.sum(..);
        }
        (c, stack(&ys.iter().collect::<Vec<_>>(), 1))
    };
    let all = vmap_with(looped, named("i"));
    assert_close(&all(&x), &by_hand(&x), 1e-14);
    assert_eq!(
        bits(&jit(all)(&x)),
        bits(&vmap_with(looped, named("i"))(&x))
    );
    let loss = |(c, ys): (Array, Array)| c.sin().sum(..) + ys.cos().sum(..);
    let wanted = grad(|x: &Array| loss(by_hand(x)))(&x);
    let within = vmap_with(grad(|x: &Array| loss(looped(x))), named("i"));
    assert_close(&within(&x), &wanted, 1e-13);
    let total = |x: &Array| {
        let (c, ys) = vmap_with(looped, named("i"))(x);
        loss((c, ys))
    };
    assert_close(&grad(total)(&x), &wanted, 1e-13);
    // A branch that all places take.
    let chosen = |x: &Array| {
        let large = psum(&x.sum(..), "i").greater(-100);
        cond(large, |x| psum(x, "i").sin(), Array::clone, x)
    };
    let wanted = stack(&[&sums.sin(); N], 0);
    assert_close(&vmap_with(chosen, named("i"))(&x), &wanted, 1e-14);
    assert_close(&jit(vmap_with(chosen, named("i")))(&x), &wanted, 1e-14);
    let slopes = vmap_with(grad(|x: &Array| chosen(x).sum(..)), named("i"))(&x);
    let plain = |x: &Array| x.sum(0).sin().sum(..);
    assert_close(&slopes, &grad(plain)(&x), 1e-14);
    // A loop that all places leave together.
    let halved = |x: &Array| {
        let going = |x: &Array| psum(&x.square().sum(..), "i").greater(0.5);
        while_loop(
            going,
            |x: Array| (x.clone() + pmean(&x, "i")) * 0.25,
            x.clone(),
        )
    };
    let mut wanted = x.clone();
    while wanted.square().sum(..).item::<f64>() > 0.5 {
        wanted = (&wanted + wanted.mean(0)) * 0.25;
    }
    assert_close(&vmap_with(halved, named("i"))(&x), &wanted, 1e-14);
    assert_close(&jit(vmap_with(halved, named("i")))(&x), &wanted, 1e-14);
    let push = |x: &Array| jvp(halved, (x.clone(),), (x.clone(),)).1;
    assert_close(&vmap_with(push, named("i"))(&x), &wanted, 1e-13);
}

#[test]
fn sharing_is_known_through_branches_and_loops() {
    // The gradient of w is the same at every place, wherever w meets what differs.
    let (x, w) = (doubles([N, 3], 0), doubles([3], 1));
    let over = || BatchAxes::inputs([BatchAxis::Shared, BatchAxis::At(0)]).name("i");
    let programs: [fn(&Array, &Array) -> Array; 5] = [
        |w, x| {
            let step = |c: Array, x: Array| ((c * w.sum(..) + x).sin(), ());
            scan(step, Array::zeros((), DType::F64), x).0
        },
        |w, x| {
            let step = |c: Array, w: Array| ((c * x.sum(..) + w).sin(), ());
            scan(step, Array::ones((), DType::F64), w).0
        },
        |w, x| {
            cond(
                x.sum(..).less(0.3),
                |w| w.sin().sum(..),
                |w| w.square().sum(..),
                w,
            )
        },
        |w, x| cond(true, |w| (w * x).sum(..), |w| w.sum(..), w),
        |w, x| jit(|w: &Array, x: &Array| (w * x).sin().sum(..))(w, x),
    ];
    for f in programs {
        let total = |w: &Array, x: &Array| vmap_with(f, over())(w, x).sum(..);
        let (dw, dx) = grad_at(total, (Arg0, Arg1))(&w, &x);
        let (each, own) = vmap_with(grad_at(f, (Arg0, Arg1)), over())(&w, &x);
        assert_close(&each, &stack(&[&dw; N], 0), 1e-13);
        assert_close(&own, &dx, 1e-13);
    }
}

#[test]
fn gradients_within_steps_of_a_loop_are_those_of_all_places() {
    let (x, w) = (doubles([N, 5, 3], 0), doubles([3], 1));
    let sine = |w: &Array, x: &Array| (w * x).sin().sum(..);
    let square = |w: &Array| w.square().sum(..);
    // Each place chooses its branch, each step adds a gradient of w, which all share.
    let accumulated = |w: &Array, x: &Array| {
        let step = |sum: Array, x: Array| {
            let loss = |w: &Array| cond(x.sum(..).less(0), |w| sine(w, &x), square, w);
            (sum + grad(loss)(w), ())
        };
        scan(step, Array::zeros(3, DType::F64), x).0
    };
    let rows: Vec<Array> = (0..N as isize * 5)
        .map(|k| x.index((k / 5, k % 5)))
        .collect();
    let negative: Vec<bool> = rows.iter().map(|x| x.sum(..).item::<f64>() < 0.0).collect();
    assert!(negative.contains(&true) && negative.contains(&false));
    let total = |w: &Array| {
        let each = rows.iter().zip(&negative);
        let terms = each.map(|(x, negative)| if *negative { sine(w, x) } else { square(w) });
        terms.fold(Array::zeros((), DType::F64), |a, b| a + b)
    };
    let wanted = stack(&[&grad(total)(&w); N], 0);
    let over = || BatchAxes::inputs([BatchAxis::Shared, BatchAxis::At(0)]).name("i");
    assert_close(&vmap_with(accumulated, over())(&w, &x), &wanted, 1e-13);
    assert_close(&jit(vmap_with(accumulated, over()))(&w, &x), &wanted, 1e-13);
}

#[test]
fn trees_are_taken_leaf_by_leaf() {
    let pair = (doubles([N], 0), vec![doubles([N, 2], 1)]);
    let f = |p: &(Array, Vec<Array>)| psum(p, "i");
    let (a, b) = vmap_with(f, named("i").output(()))(&pair);
    assert_close(&(a, b), &(pair.0.sum(..), vec![pair.1[0].sum(0)]), 1e-14);
}

#[test]
fn integers_and_empty_axes_are_summed() {
    let n = Array::from_vec(vec![3i32, -1, 5], 3);
    let f = |n: &Array| (psum(n, "i"), pmax(n, "i"), pmin(n, "i"));
    let (sum, most, least) = vmap_with(f, named("i").output(()))(&n);
    assert_eq!([sum, most, least].map(|x| x.item::<i32>()), [7, 5, -1]);
    let none = vmap_with(|x: &Array| psum(x, "i"), named("i"))(&doubles([0, 2], 0));
    assert_eq!(&none.shape()[..], [0, 2]);
    // The same everywhere: as many times as there are places.
    let same = vmap_with(
        |_: &Array| psum(&Array::from(2), "i"),
        named("i").output(()),
    )(&n);
    assert_eq!(same.item::<i32>(), 6);
}

#[test]
fn misuse_is_named() {
    let x = doubles([N, N], 0);
    let text = message(|| drop(psum(&x, "i")));
    assert!(text.starts_with("psum: no axis \"i\""), "{text}");
    assert!(text.contains("no axis has a name here"), "{text}");
    let refused = |f: fn(&Array) -> Array| message(|| drop(vmap_with(f, named("rows"))(&x)));
    let text = refused(|x| pmax(x, "row"));
    assert_eq!(text, "pmax: no axis \"row\": the axes here are \"rows\"");
    let text = message(|| {
        let f = |x: &Array| x * axis_index("k");
        drop(vmap_with(vmap_with(f, named("j")), named("i"))(&x));
    });
    assert_eq!(
        text,
        "axis_index: no axis \"k\": the axes here are \"i\", \"j\""
    );
    let text = refused(|x| x * axis_size("r") as f64);
    assert!(text.starts_with("axis_size: no axis \"r\""), "{text}");
    let text = refused(|x| ppermute(x, "rows", &[(0, 4)]));
    assert!(
        text.contains("ppermute: no place 4 among the 4 of rows"),
        "{text}"
    );
    let text = refused(|x| ppermute(x, "rows", &[(0, 1), (2, 1)]));
    assert!(text.contains("sends or receives twice"), "{text}");
    let text = refused(|x| all_to_all(&x.index(..3), "rows", 0, 0));
    assert!(
        text.contains("axis 0 of f64[3] must have 4 slices"),
        "{text}"
    );
    let text = refused(|x| all_to_all(x, "rows", 0, 2));
    assert!(text.contains("no place for axis 2"), "{text}");
}
