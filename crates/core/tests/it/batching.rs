//! Where arguments and results carry a batch, and what is said of batches that do not fit.

use std::collections::BTreeMap;

use graxe_core::{
    Array, BatchAxes, BatchAxis, Csr, DType, Mapped, Pattern, Tree, array, jit, stack, vmap,
    vmap_with,
};

use super::messages::message;
use super::numbers::{bits, doubles};

#[derive(Clone, Tree)]
struct Layer {
    w: Array,
    b: Option<Array>,
    inner: (Array, Vec<Array>),
}

fn layer() -> Layer {
    Layer {
        w: doubles([2, 4], 0),
        b: Some(doubles([4], 1)),
        inner: (doubles([3], 2), vec![doubles([3, 4], 3), doubles([], 4)]),
    }
}

/// A number of the layer at example `i`, where `w` is batched last, `b` first, and of the inner
/// arrays the first of the list last.
fn example(layer: &Layer, i: isize) -> Layer {
    let column = |x: &Array| x.index((.., i));
    Layer {
        w: column(&layer.w),
        b: layer.b.as_ref().map(|b| b.index(i)),
        inner: (
            layer.inner.0.clone(),
            vec![column(&layer.inner.1[0]), layer.inner.1[1].clone()],
        ),
    }
}

fn apply(l: &Layer, x: &Array) -> Array {
    let b = l.b.clone().unwrap_or_else(|| Array::from(0.0));
    let sums = l.w.sum(..) * b + (&l.inner.0 * &l.inner.1[0]).sum(..);
    sums * &l.inner.1[1] * x
}

fn wanted(x: &Array) -> Array {
    let each: Vec<Array> = (0..4).map(|i| apply(&example(&layer(), i), x)).collect();
    stack(&each.iter().collect::<Vec<_>>(), 0)
}

/// Where the layer carries its batch.
fn layer_axes() -> BatchAxis {
    (1, 0, ((), (-1, ()))).into()
}

#[test]
fn each_part_has_its_axis() {
    let x = doubles([2], 5);
    let axes = BatchAxes::inputs([layer_axes(), BatchAxis::Shared]);
    let f = vmap_with(apply, axes.clone());
    assert_eq!(bits(&f(&layer(), &x)), bits(&wanted(&x)));
    assert_eq!(
        bits(&jit(vmap_with(apply, axes))(&layer(), &x)),
        bits(&wanted(&x))
    );
    // One axis for a whole part.
    let pair = |p: &((Array, Array), Array)| &p.0.0 * &p.0.1 + &p.1;
    let at = ((doubles([3, 2], 0), doubles([3, 2], 1)), doubles([2], 2));
    let whole = vmap_with(pair, BatchAxes::inputs([(0, ())]))(&at);
    assert_eq!(bits(&whole), bits(&pair(&at)));
}

#[test]
fn each_leaf_has_its_axis() {
    let (layer, x) = (layer(), doubles([2], 5));
    let axes = Mapped::new(&layer, |path, leaf| match path.to_string().as_str() {
        "b" => BatchAxis::At(0),
        _ if leaf.rank() == 2 => BatchAxis::At(1),
        _ => BatchAxis::Shared,
    });
    let f = vmap_with(
        apply,
        BatchAxes::inputs([(&axes).into(), BatchAxis::Shared]),
    );
    assert_eq!(bits(&f(&layer, &x)), bits(&wanted(&x)));
    // The only argument, and the result.
    let swap = |p: &(Array, Array)| (p.1.clone(), p.0.clone());
    let p = (doubles([3, 2], 0), doubles([2, 3], 1));
    let axes = Mapped::from_arrays(&p, [BatchAxis::At(0), BatchAxis::At(1)]);
    let back = Mapped::from_arrays(&p, [BatchAxis::At(1), BatchAxis::At(0)]);
    let (a, b) = vmap_with(swap, BatchAxes::inputs([&axes]).output(&back))(&p);
    assert_eq!(bits(&(b, a)), bits(&p));
}

#[test]
fn parts_without_arrays_are_not_counted() {
    let mut without = layer();
    without.b = None;
    let x = doubles([2], 5);
    let axes = BatchAxes::inputs([(1, ((), (-1, ()))).into(), BatchAxis::Shared]);
    let found = vmap_with(apply, axes)(&without, &x);
    assert_eq!(&found.shape()[..], [4, 2]);
    let mut zero = layer();
    zero.b = Some(Array::zeros(4, DType::F64));
    let axes = BatchAxes::inputs([layer_axes(), BatchAxis::Shared]);
    assert_eq!(bits(&found), bits(&vmap_with(apply, axes)(&zero, &x)));
}

#[test]
fn negative_axes_count_on_the_batched_array() {
    let x = doubles([2, 3, 4], 0);
    let sum = |x: &Array| x.sum(0);
    for (from, to) in [(-1, -1), (-2, 0), (-3, 1), (2, -2)] {
        let places = BatchAxes::inputs([from]).output(to);
        let positive = |a: isize, rank: isize| if a < 0 { a + rank } else { a };
        let same = BatchAxes::inputs([positive(from, 3)]).output(positive(to, 2));
        assert_eq!(
            bits(&vmap_with(sum, places)(&x)),
            bits(&vmap_with(sum, same)(&x))
        );
    }
    let last = vmap_with(sum, BatchAxes::inputs([-1]).output(-1))(&x);
    assert_eq!(bits(&last), bits(&x.sum(0)));
}

#[test]
fn results_are_trees_with_axes_of_their_own() {
    let (x, y) = (doubles([3, 2], 0), doubles([2], 1));
    let f = |x: &Array, y: &Array| {
        let parts = [("a", x + y), ("b", y.sin()), ("c", x.sum(..))];
        let named = parts.map(|(name, value)| (name.to_owned(), value));
        (BTreeMap::from(named), vec![x.clone(), y.clone()])
    };
    let over = BatchAxes::inputs([BatchAxis::At(0), BatchAxis::Shared]);
    let wanted = (&x + &y, y.sin(), x.sum(1), x.clone(), y.clone());
    let out = vmap_with(f, over.clone().output(((1, (), 0), (0, ()))))(&x, &y);
    let (map, list) = out;
    let found = (
        map["a"].t(),
        map["b"].clone(),
        map["c"].clone(),
        list[0].clone(),
        list[1].clone(),
    );
    assert_eq!(bits(&found), bits(&wanted));
    // What does not depend on the batch is repeated where an axis is wanted.
    let (map, _) = vmap_with(f, over.clone())(&x, &y);
    assert_eq!(&map["b"].shape()[..], [3, 2]);
    let (map, _) = vmap_with(f, over.output(((1, -1, 0), 0)))(&x, &y);
    assert_eq!(&map["b"].shape()[..], [2, 3]);
}

#[test]
fn the_size_may_be_said() {
    let y = doubles([2], 1);
    let shared = BatchAxes::inputs([BatchAxis::Shared]).size(3);
    let repeated = vmap_with(Array::sin, shared)(&y);
    assert_eq!(bits(&repeated), bits(&stack(&[&y.sin(); 3], 0)));
    let counted = |(): &()| graxe_core::axis_index("i");
    let axes = BatchAxes::default().name("i").size(4);
    assert_eq!(vmap_with(counted, axes)(&()).to_vec::<i32>(), [0, 1, 2, 3]);
    let none = BatchAxes::inputs([BatchAxis::Shared]).size(0);
    assert_eq!(&vmap_with(Array::sin, none)(&y).shape()[..], [0, 2]);
}

#[test]
fn axes_that_do_not_fit_are_named() {
    let (x, y) = (array([[1.0, 2.0, 3.0]]), array([1.0, 2.0]));
    let add = |x: &Array, y: &Array| x + y;
    let refused = |axes: BatchAxes| message(|| drop(vmap_with(add, axes)(&x, &y)));
    assert_eq!(
        refused(BatchAxes::inputs([0, 0, 0])),
        "vmap: 3 axes for 2 arguments: give one for each, or one for all"
    );
    assert_eq!(
        refused(BatchAxes::inputs([1, 0])),
        "vmap: the batch has different sizes: argument 0 [1,3] has size 3 on axis 1; argument 1 [2] \
         has size 2 on axis 0"
    );
    assert_eq!(
        refused(BatchAxes::inputs([0, 1])),
        "vmap: argument 1 is to be batched on axis 1, which needs rank 2, but has shape [2]"
    );
    assert_eq!(
        refused(BatchAxes::inputs([-3, 0])),
        "vmap: argument 0 is to be batched on axis -3, which needs rank 3, but has shape [1,3]"
    );
    assert_eq!(
        refused(BatchAxes::inputs([(), ()])),
        "vmap: no argument is batched: give at least one an axis, or say the size"
    );
    assert_eq!(
        refused(BatchAxes::inputs([None, Some(0)]).size(3)),
        "vmap: the batch has different sizes: argument 1 [2] has size 2 on axis 0; the size is said \
         to be 3"
    );
    let text = refused(BatchAxes::inputs([1, -1]).output(3));
    assert!(text.starts_with("vmap"), "{text}");
    let over = BatchAxes::inputs([Some(1), None]);
    let first = |x: &Array, _: &Array| x.sum(..);
    let text = message(|| drop(vmap_with(first, over.output(3))(&x, &y)));
    assert!(
        text.contains("vmap: result") && text.contains("axis 3"),
        "{text}"
    );
}

#[test]
fn parts_and_leaves_that_do_not_fit_are_named() {
    let pair = (doubles([3], 0), (doubles([3], 1), doubles([3], 2)));
    let f = |p: &(Array, (Array, Array))| (&p.0 + &p.1.0, p.1.1.clone());
    let refused = |axes: BatchAxes| message(|| drop(vmap_with(f, axes)(&pair)));
    assert_eq!(
        refused(BatchAxes::inputs([(0, 0, 0)])),
        "vmap: 3 axes for the 2 parts of argument 0"
    );
    let text = refused(BatchAxes::inputs([(0, (0, 0, 0))]));
    assert!(
        text.starts_with("vmap: 3 axes for the 2 parts of argument 0"),
        "{text}"
    );
    assert_eq!(
        refused(BatchAxes::default().output((0, 0, 0))),
        "vmap: 3 axes for the 2 parts of the result"
    );
    assert_eq!(
        refused(BatchAxes::inputs([BatchAxis::Leaves(vec![
            BatchAxis::At(0);
            2
        ])])),
        "vmap: 2 axes for the 3 arrays of argument 0"
    );
    let text = refused(BatchAxes::inputs([(0, (0, 1))]));
    assert_eq!(
        text,
        "vmap: argument 0[1][1] is to be batched on axis 1, which needs rank 2, but has shape [3]"
    );
    assert_eq!(
        refused(BatchAxes::default().output((0, ()))),
        "vmap: the result [1] is wanted shared but is batched on axis 0"
    );
    let text = message(|| drop(vmap_with(Array::sin, BatchAxes::inputs([(0, 0)]))(&pair.0)));
    assert!(
        text.contains("2 axes for the 1 parts of argument 0"),
        "{text}"
    );
}

#[test]
fn patterns_are_shared() {
    let pattern = Pattern::new(2, vec![0, 1, 2], vec![1, 0]).unwrap_or_else(|e| panic!("{e}"));
    let text = message(|| {
        let f = |_: &Pattern, x: &Array| x.clone();
        drop(vmap(f)(&pattern, &doubles([2], 0)));
    });
    assert_eq!(
        text,
        "vmap: argument 0 is a pattern, which cannot be batched: share it"
    );
    let matrices = Csr::new(pattern.clone(), doubles([2, 3], 0));
    let x = doubles([2, 4], 1);
    let product = |a: &Csr, x: &Array| a.matmul(x);
    let over = BatchAxes::inputs([BatchAxis::At(1), BatchAxis::Shared]);
    let found = vmap_with(product, over)(&matrices, &x);
    for i in 0..3 {
        let one = Csr::new(pattern.clone(), matrices.values.index((.., i)));
        assert_eq!(bits(&found.index(i)), bits(&one.matmul(&x)));
    }
}
