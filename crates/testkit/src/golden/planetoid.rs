//! `planetoid.json`: what the Cora citation graph holds, and a network's first step on it.

use std::path::{Path, PathBuf};

use graxe_core::{Array, Csr, DType, relu, value_and_grad_aux};
use graxe_graph::{Dataset, normalise};
use graxe_nn::{accuracy, cross_entropy};
use serde_json::{Value, json};

use super::outputs::Outputs;
use super::settle::{in_mode, settle};
use super::{Case, Outcome};

pub(crate) fn run(case: &Case) -> Outcome {
    let folder = folder();
    if !folder.join("ind.cora.x").is_file() {
        return Outcome::Skipped(format!(
            "{} holds no Cora; GRAXE_DATA may name another folder",
            folder.display()
        ));
    }
    let cora = match graxe_data::load("cora", Some(&folder)) {
        Ok(cora) => cora,
        Err(error) => return Outcome::Failed(error.to_string()),
    };
    match case.op.as_deref().or(case.function.as_deref()) {
        Some("facts") => in_mode(case, || facts(case, &cora)),
        Some("feature_rows") => settle(case, |_| feature_rows(case, &cora)),
        Some("neighbours") => settle(case, |_| neighbours(case, &cora)),
        Some("degree_histogram") => settle(case, |_| histogram(case, &cora)),
        Some("edges") => settle(case, |_| edges(&cora)),
        Some("normalised") => settle(case, |_| normalised(&cora)),
        Some("gcn_forward") => settle(case, |_| gcn_forward(case, &cora)),
        _ => Outcome::Skipped(format!("{}: later", case.name)),
    }
}

/// The folder of the Planetoid files.
fn folder() -> PathBuf {
    let data = std::env::var_os("GRAXE_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let inner = data.join("planetoid");
    if inner.is_dir() { inner } else { data }
}

/// The nodes that node `i` receives from.
fn row(a: &Csr, i: usize) -> Vec<i32> {
    let ends = &a.pattern.row_ptr()[i..=i + 1];
    let columns = &a.pattern.col()[ends[0] as usize..ends[1] as usize];
    columns.iter().map(|&c| c as i32).collect()
}

fn vector(values: Vec<i32>) -> Array {
    let n = values.len();
    Array::from_vec(values, n)
}

/// The number after a name's letters: `row2706`, `node10`.
fn number(name: &str) -> usize {
    let digits = name.trim_start_matches(char::is_alphabetic);
    digits.parse().expect("the name ends in a number")
}

/// Compares the facts that a data set keeps; those about the files are the reader's own tests.
fn facts(case: &Case, cora: &Dataset) -> Outcome {
    let labels: Vec<u32> = cora.labels.iter().flatten().copied().collect();
    let counts = |nodes: &mut dyn Iterator<Item = usize>| {
        let mut counts = vec![0; cora.num_classes()];
        nodes.for_each(|node| counts[labels[node] as usize] += 1);
        counts
    };
    let of = |nodes: &[u32]| counts(&mut nodes.iter().map(|&n| n as usize));
    let degrees = cora.graph.in_degrees().to_vec::<i32>();
    let most = degrees.iter().copied().max().unwrap_or_default();
    let split = &cora.split;
    let per_row = (0..cora.num_nodes()).map(|i| row(&cora.features, i).len());
    let (fewest, widest) = (per_row.clone().min(), per_row.max());
    let known = [
        ("num_nodes", json!(cora.num_nodes())),
        ("num_features", json!(cora.num_features())),
        ("num_classes", json!(cora.num_classes())),
        ("features nnz", json!(cora.features.nnz())),
        ("row nnz min/max", json!([fewest, widest])),
        (
            "nodes without a label",
            json!(cora.num_nodes() - labels.len()),
        ),
        ("class counts", json!(counts(&mut (0..labels.len())))),
        ("labels of nodes 0..19", json!(labels[..20])),
        (
            "labels of the last 10 nodes",
            json!(labels[labels.len() - 10..]),
        ),
        (
            "directed edges after symmetrising, no loops",
            json!(cora.graph.num_edges()),
        ),
        (
            "undirected edges, no loops",
            json!(cora.graph.num_edges() / 2),
        ),
        (
            "split sizes train/val/test",
            json!([split.train.len(), split.val.len(), split.test.len()]),
        ),
        ("train class counts", json!(of(&split.train))),
        ("val class counts", json!(of(&split.val))),
        ("test class counts", json!(of(&split.test))),
        ("degree max", json!(most)),
        (
            "node of degree max",
            json!(degrees.iter().position(|&d| d == most)),
        ),
        (
            "isolated nodes (degree 0)",
            json!(degrees.iter().filter(|&&d| d == 0).count()),
        ),
    ];
    let facts = case.facts.as_ref().unwrap_or(&Value::Null);
    let wrong = known.iter().find(|(name, got)| facts[*name] != *got);
    match wrong {
        None => Outcome::Passed,
        Some((name, got)) => {
            Outcome::Failed(format!("{name}: got {got}, expected {}", facts[*name]))
        }
    }
}

fn feature_rows(case: &Case, cora: &Dataset) -> Outputs {
    let names = case.outputs.iter().map(|(name, _)| name);
    names
        .map(|name| (name, vector(row(&cora.features, number(name)))))
        .collect()
}

fn neighbours(case: &Case, cora: &Dataset) -> Outputs {
    let names = case.outputs.iter().map(|(name, _)| name);
    names
        .map(|name| (name, vector(row(&cora.graph.adjacency, number(name)))))
        .collect()
}

fn histogram(case: &Case, cora: &Dataset) -> Outputs {
    let length = case.output("histogram").map_or(0, |t| t.shape[0]);
    let mut histogram = vec![0; length];
    for degree in cora.graph.in_degrees().to_vec::<i32>() {
        histogram[degree as usize] += 1;
    }
    Outputs::default().with("histogram", vector(histogram))
}

/// The graph is symmetric: its rows, read as sources, give the edges sorted by source and target.
fn edges(cora: &Dataset) -> Outputs {
    let pattern = cora.graph.pattern();
    let both = pattern.row().into_iter().zip(pattern.col().to_vec());
    let flat: Vec<i32> = both.flat_map(|(a, b)| [a as i32, b as i32]).collect();
    let pairs = vector(flat).reshape([-1, 2]);
    Outputs::default()
        .with("first20", pairs.index(..20))
        .with("last5", pairs.index(-5..))
}

/// The propagation matrix and the features with rows of sum 1, in double precision.
fn inputs(cora: &Dataset) -> (Csr, Csr) {
    let wide = |a: &Csr| a.with_values(a.values.astype(DType::F64));
    let p = normalise::gcn(&cora.graph).adjacency;
    let ones = p.with_values(Array::ones(p.nnz(), DType::F64));
    let features = normalise::rows(&wide(&cora.features));
    (normalise::symmetric(&ones), features)
}

fn normalised(cora: &Dataset) -> Outputs {
    let (p, x) = inputs(cora);
    let ones = |n: usize| Array::ones([n, 1], DType::F64);
    let product = p.matmul(&x.to_dense());
    let starts = x.pattern.row_ptr()[..10].iter().map(|&s| s as i32);
    let count = p.pattern.row_ptr()[1] as isize;
    let mut first = p.values.index(..count).to_vec::<f64>();
    first.sort_by(f64::total_cmp);
    Outputs::default()
        .with("P_sum", p.values.sum(..))
        .with("P_frobenius_sq", p.values.square().sum(..))
        .with(
            "P_ones_first10",
            p.matmul(&ones(p.cols())).flatten().index(..10),
        )
        .with("P_first_row_values", Array::from_vec(first, count as usize))
        .with("Xn_first_values", x.values.index(vector(starts.collect())))
        .with("PX_checks", product.sum(1).index(..10))
        .with("PX_colsum_first10", product.sum(0).index(..10))
}

/// A two-layer network with weights by formula, its loss and gradient.
fn gcn_forward(case: &Case, cora: &Dataset) -> Outputs {
    let integer = |name: &str| case.params[name].as_u64().unwrap_or_default() as usize;
    let (s, hidden, classes) = (integer("s"), integer("hidden"), cora.num_classes());
    let weights = |rows: usize, cols: usize, f: &dyn Fn(usize, usize) -> f64| {
        let all = (0..rows).flat_map(|i| (0..cols).map(move |j| f(i, j)));
        Array::from_vec(all.collect(), [rows, cols])
    };
    let w1 = weights(cora.num_features(), hidden, &|i, j| {
        0.2 * ((s + i * 16 + j) as f64).sin()
    });
    let w2 = weights(hidden, classes, &|i, j| {
        0.5 * ((2 * s + i * classes + j) as f64).cos()
    });
    let (p, x) = inputs(cora);
    let labels = &cora.labels_array();
    let index = |nodes: &[u32]| vector(nodes.iter().map(|&n| n as i32).collect());
    let (train, test) = (&index(&cora.split.train), &index(&cora.split.test));
    let f = |(w1, w2): &(Array, Array)| {
        let h = relu(&p.matmul(&x.matmul(w1)));
        let z = p.matmul(&h.matmul(w2));
        (cross_entropy(&z, labels, train), z)
    };
    let ((loss, z), (g1, g2)) = value_and_grad_aux(f)(&(w1, w2));
    Outputs::default()
        .with("loss", loss)
        .with("logits_first5", z.index(..5))
        .with("logits_last2", z.index(-2..))
        .with("train_accuracy", accuracy(&z, labels, train))
        .with("test_accuracy", accuracy(&z, labels, test))
        .with("grad_W2", g2)
        .with("grad_W1_norm", g1.square().sum(..).sqrt())
        .with("grad_W1_row0", g1.index(0))
        .with("grad_W1_colsum", g1.sum(0))
}
