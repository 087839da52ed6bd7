//! What goes along edges is wide: it is made again in each sweep over them, and never stored.

use graxe_core::{
    Arg0, Arg1, Arg2, Arg3, Array, Csr, Pattern, grad_at, jit, leaky_relu, set_threads, sparse,
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
            assert_no_wide(
                &compiled.explain(|f| f(&src, &dst, &a)).to_string(),
                p.nnz(),
                name,
                [HEADS, FEATURES],
            );
        }
    }
    set_threads(2);
}

/// Features of edges times a matrix take part: neither the product nor its slope is stored.
#[test]
fn features_of_edges_are_multiplied_in_each_sweep() {
    for (of_edges, heads, features) in [
        (3, 4, 8),
        (16, 4, 32),
        (40, 3, 16),
        (40, 4, 8),
        (100, 2, 64),
    ] {
        multiplied_in_each_sweep(of_edges, heads, features);
    }
}

/// Attention of `heads` by `features` that adds a projection of so many features of edges.
fn multiplied_in_each_sweep(of_edges: usize, heads: usize, features: usize) {
    let p = pattern();
    let shape = [NODES, heads, features];
    let (src, dst) = (numbers(&shape, 6), numbers(&shape, 7));
    let edges = numbers(&[p.nnz(), of_edges], 8);
    let w = numbers(&[of_edges, heads * features], 9);
    let a = numbers(&shape[1..], 3);
    let loss = |src: &Array, dst: &Array, w: &Array, edges: &Array| {
        let own = edges
            .matmul(w)
            .reshape([p.nnz() as isize, heads as isize, features as isize]);
        let ends = sparse::gather_cols(&p, src) + sparse::gather_rows(&p, dst) + &own;
        let scores = (leaky_relu(&ends, 0.2) * &a).sum(-1);
        let weights = sparse::softmax_rows(&p, &scores);
        let sent = sparse::gather_cols(&p, src) + own;
        let out = sparse::sum_rows(&p, &(sent * weights.expand_dims(-1)));
        (out.square() * 0.5 + out.sin()).sum(..)
    };
    let gradients = |src: &Array, dst: &Array, w: &Array, edges: &Array| {
        grad_at(loss, (Arg0, Arg1, Arg2, Arg3))(src, dst, w, edges)
    };
    let listed = |(a, b, c, d): (Array, Array, Array, Array)| [a, b, c, d];
    let wanted = listed(gradients(&src, &dst, &w, &edges));
    let mut first: Option<Vec<Vec<u32>>> = None;
    for threads in [1, 2, 3] {
        set_threads(threads);
        let compiled = jit(gradients);
        let found = listed(compiled(&src, &dst, &w, &edges));
        for (got, want) in found.iter().zip(&wanted) {
            let most = want.abs().max(..).item::<f32>();
            let apart = (got - want).abs().max(..).item::<f32>();
            assert!(apart <= 1e-5 * most, "{apart} of {most}");
        }
        let all: Vec<Vec<u32>> = found.iter().map(bits).collect();
        assert_eq!(
            *first.get_or_insert_with(|| all.clone()),
            all,
            "{threads} threads"
        );
        assert_no_wide(
            &compiled.explain(|f| f(&src, &dst, &w, &edges)).to_string(),
            p.nnz(),
            &format!("edges of {of_edges}"),
            [heads, features],
        );
    }
    set_threads(2);
}

/// Nothing of the size of edges times heads times features is written.
fn assert_no_wide(text: &str, nnz: usize, name: &str, [heads, features]: [usize; 2]) {
    let width = heads * features;
    for stored in [
        format!("[{nnz},{heads},{features}]"),
        format!("[{nnz},{width}]"),
    ] {
        let wide = text.split("->").skip(1).any(|writes| {
            let line = writes.lines().next();
            line.is_some_and(|line| line.contains(&stored))
        });
        assert!(!wide, "{name} stores {stored}:\n{text}");
    }
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
