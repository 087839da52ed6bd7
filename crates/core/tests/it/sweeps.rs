//! What goes along edges is wide: it is made again in each sweep over them, and never stored.

use graxe_core::{
    Arg0, Arg1, Arg2, Array, Csr, Pattern, grad_at, jit, leaky_relu, set_threads, sparse,
};

const NODES: usize = 300;
const HEADS: usize = 4;
const FEATURES: usize = 8;

/// A graph with many edges into some nodes and none into others.
fn pattern() -> Pattern {
    let (mut row_ptr, mut col) = (vec![0u32], Vec::new());
    for row in 0..NODES {
        let degree = match row % 7 {
            0 => 0,
            1 => 40,
            k => k,
        };
        for k in 0..degree {
            col.push(((row * 31 + k * k * 17 + 5) % NODES) as u32);
        }
        col[row_ptr[row] as usize..].sort_unstable();
        row_ptr.push(col.len() as u32);
    }
    Pattern::new(NODES, row_ptr, col).expect("sorted rows")
}

fn numbers(shape: &[usize], salt: usize) -> Array {
    let size: usize = shape.iter().product();
    let number = |i: usize| ((i * 7919 + salt * 104_729) % 2003) as f32 / 1000.0 - 1.0;
    Array::from_vec((0..size).map(number).collect(), shape)
}

fn bits(x: &Array) -> Vec<u32> {
    x.to_vec::<f32>().iter().map(|v| v.to_bits()).collect()
}

type Loss = fn(&Pattern, &Array, &Array, &Array) -> Array;

/// Attention whose scores are made of all features of both ends.
fn attention(p: &Pattern, src: &Array, dst: &Array, a: &Array) -> Array {
    let ends = sparse::gather_cols(p, src) + sparse::gather_rows(p, dst);
    let scores = (leaky_relu(&ends, 0.2) * a).sum(-1);
    let weights = sparse::softmax_rows(p, &scores);
    let out = Csr::new(p.clone(), weights).matmul(src);
    (out.square() * 0.5 + out.sin()).sum(..)
}

/// A gate on every feature of every edge.
fn gated(p: &Pattern, src: &Array, dst: &Array, a: &Array) -> Array {
    let (from, to) = (sparse::gather_cols(p, src), sparse::gather_rows(p, dst));
    let gate = (&from * a - &to).clip(0.0, 1.0);
    let out = sparse::sum_rows(p, &(gate * from));
    out.square().sum(..)
}

/// Means, whose backward pass takes nodes to edges and sums them at the other end.
fn mean(p: &Pattern, src: &Array, dst: &Array, a: &Array) -> Array {
    let sum = sparse::sum_rows(p, &sparse::gather_cols(p, src));
    ((sum * 0.1 + dst) * a).square().sum(..)
}

/// Sums at sources of what comes from both ends.
fn outwards(p: &Pattern, src: &Array, dst: &Array, a: &Array) -> Array {
    let ends = (sparse::gather_cols(p, src) - sparse::gather_rows(p, dst)) * a;
    let narrow = ends.abs().sum(-1);
    let back = sparse::sum_cols(p, &(ends * narrow.expand_dims(-1)));
    back.square().sum(..)
}

const LOSSES: [(&str, Loss); 4] = [
    ("attention", attention),
    ("gated", gated),
    ("mean", mean),
    ("outwards", outwards),
];

#[test]
fn wide_values_of_edges_are_not_stored() {
    let p = pattern();
    let shape = [NODES, HEADS, FEATURES];
    let (src, dst, a) = (
        numbers(&shape, 1),
        numbers(&shape, 2),
        numbers(&shape[1..], 3),
    );
    for (name, loss) in LOSSES {
        let gradients = |src: &Array, dst: &Array, a: &Array| {
            let of = |src: &Array, dst: &Array, a: &Array| loss(&p, src, dst, a);
            grad_at(of, (Arg0, Arg1, Arg2))(src, dst, a)
        };
        let wanted = gradients(&src, &dst, &a);
        for threads in [1, 2, 3] {
            set_threads(threads);
            let compiled = jit(gradients);
            let found = compiled(&src, &dst, &a);
            assert_eq!(bits(&found.0), bits(&wanted.0), "{name}: sources");
            assert_eq!(bits(&found.1), bits(&wanted.1), "{name}: destinations");
            // Entries are summed by rows first, in another order than all at once.
            let pairs = found.2.to_vec::<f32>();
            for (got, want) in pairs.into_iter().zip(wanted.2.to_vec::<f32>()) {
                assert!(
                    (got - want).abs() <= 1e-4 * want.abs().max(1.0),
                    "{name}: {got} {want}"
                );
            }
            let text = compiled.explain(|f| f(&src, &dst, &a)).to_string();
            let stored = format!("[{},{HEADS},{FEATURES}]", p.nnz());
            let all = text.split("->").skip(1).any(|writes| {
                writes
                    .lines()
                    .next()
                    .is_some_and(|line| line.contains(&stored))
            });
            assert!(!all, "{name} stores {stored}:\n{text}");
        }
    }
    set_threads(2);
}

/// Values that come along one pattern and are summed along another are not made again by the columns of
/// either.
#[test]
fn patterns_that_differ_are_not_taken_for_each_other() {
    let a = pattern();
    // As many entries, elsewhere.
    let col = a.col().iter().map(|c| (c * 7 + 3) % NODES as u32).collect();
    let b = Pattern::new(NODES, a.row_ptr().to_vec(), col).expect("in range");
    let shape = [NODES, HEADS, FEATURES];
    let (x, y) = (numbers(&shape, 4), numbers(&shape, 5));
    let f = |x: &Array, y: &Array| {
        let ends = sparse::gather_cols(&a, x) + sparse::gather_rows(&b, y);
        sparse::sum_cols(&b, &(ends * 2))
    };
    assert_eq!(bits(&jit(f)(&x, &y)), bits(&f(&x, &y)));
}
