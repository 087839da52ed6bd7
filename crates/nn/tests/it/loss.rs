//! Losses and metrics over index sets.

use graxe_core::{Array, array, grad};
use graxe_nn::{accuracy, cross_entropy, l2_norm, sum_of_squares};

fn logits() -> Array {
    array([[1.0, 2.0, 0.5], [0.0, -1.0, 3.0], [2.0, 2.0, 1.0]])
}

fn index(nodes: &[i32]) -> Array {
    Array::from_vec(nodes.to_vec(), nodes.len())
}

#[test]
fn cross_entropy_is_the_mean_over_the_index_set() {
    let labels = array([1, 0, 2]);
    let one = |row: [f64; 3], label: usize| {
        let sum: f64 = row.iter().map(|v| v.exp()).sum();
        sum.ln() - row[label]
    };
    let want = f64::midpoint(one([1.0, 2.0, 0.5], 1), one([2.0, 2.0, 1.0], 2));
    let got = cross_entropy(&logits(), &labels, &index(&[0, 2])).item::<f64>();
    assert!((got - want).abs() < 1e-6, "{got} is not {want}");
}

#[test]
fn only_rows_of_the_index_set_have_gradients() {
    let labels = array([1, 0, 2]);
    let g = grad(|x: &Array| cross_entropy(x, &labels, &index(&[1])))(&logits());
    let g = g.to_vec::<f32>();
    assert_eq!(g[..3], [0.0; 3]);
    assert_eq!(g[6..], [0.0; 3]);
    let softmax = |v: f64| v.exp() / (0f64.exp() + (-1f64).exp() + 3f64.exp());
    for (got, want) in g[3..6]
        .iter()
        .zip([softmax(0.0) - 1.0, softmax(-1.0), softmax(3.0)])
    {
        assert!((f64::from(*got) - want).abs() < 1e-6);
    }
}

#[test]
fn a_missing_label_adds_nothing() {
    let labels = array([1, 0, -1]);
    let both = cross_entropy(&logits(), &labels, &index(&[0, 2])).item::<f32>();
    let alone = cross_entropy(&logits(), &labels, &index(&[0])).item::<f32>();
    assert!((both - alone / 2.0).abs() < 1e-6);
}

#[test]
fn accuracy_counts_the_first_of_equal_logits() {
    let labels = array([1, 2, 1]);
    let share = |nodes: &[i32]| accuracy(&logits(), &labels, &index(nodes)).item::<f32>();
    assert_eq!(share(&[0, 1]), 1.0);
    assert_eq!(share(&[2]), 0.0);
    assert!((share(&[0, 1, 2]) - 2.0 / 3.0).abs() < 1e-6);
    assert!(share(&[]).is_nan());
}

#[test]
fn norms_run_over_whole_trees() {
    let tree = (array([3.0, 0.0]), vec![array([[4.0]])]);
    assert_eq!(sum_of_squares(&tree).item::<f32>(), 25.0);
    assert_eq!(l2_norm(&tree).item::<f32>(), 5.0);
}
