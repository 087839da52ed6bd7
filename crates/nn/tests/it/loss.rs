//! Losses and metrics over index sets, and losses of each element.

use graxe_core::{Array, array, grad, one_hot};
use graxe_nn::{
    accuracy, cosine_similarity, cross_entropy, huber_loss, l2_loss, l2_norm, log_cosh,
    sigmoid_binary_cross_entropy, smooth_labels, softmax_cross_entropy,
    softmax_cross_entropy_with_integer_labels, sum_of_squares,
};

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

#[test]
fn labels_outside_of_the_classes_are_not_numbers() {
    let losses = softmax_cross_entropy_with_integer_labels(&logits(), &array([1, 3, -1]));
    let losses = losses.to_vec::<f32>();
    assert!(losses[1].is_nan());
    let last = softmax_cross_entropy_with_integer_labels(&logits(), &array([1, 2, 2]));
    assert_eq!(
        [losses[0], losses[2]],
        [0, 2].map(|i| last.to_vec::<f32>()[i])
    );
}

#[test]
fn integer_labels_agree_with_their_probabilities() {
    let labels = array([2, 0, 1]);
    let whole = one_hot(&labels, 3, logits().dtype());
    let pairs = [
        softmax_cross_entropy_with_integer_labels(&logits(), &labels),
        softmax_cross_entropy(&logits(), &whole),
    ];
    let [a, b] = pairs.map(|losses| losses.to_vec::<f32>());
    assert!(
        a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-6),
        "{a:?} {b:?}"
    );
    let smooth = smooth_labels(&whole, 0.3);
    assert!((smooth.sum(-1) - 1).abs().max(..).item::<f32>() < 1e-6);
}

#[test]
#[should_panic(expected = "logits of shape [3,3] and labels f32[3]")]
fn labels_that_are_no_integers_are_refused() {
    softmax_cross_entropy_with_integer_labels(&logits(), &array([1.0, 0.0, 2.0]));
}

#[test]
#[should_panic(expected = "l2_loss: predictions of shape [3] and targets of shape [1]")]
fn errors_of_different_shapes_are_refused() {
    l2_loss(&array([1.0, 2.0, 3.0]), &array([1.0]));
}

#[test]
fn large_errors_stay_finite_and_their_slopes_bounded() {
    let errors = array([-1000.0, -0.25, 0.0, 0.25, 1000.0]);
    let slopes = |f: fn(&Array) -> Array| grad(move |x: &Array| f(x).sum(..))(&errors);
    let none = array([0.0]);
    assert!((log_cosh(&errors, &none).to_vec::<f32>()[0] - 999.30685).abs() < 1e-3);
    let log_cosh = slopes(|x| log_cosh(x, &array([0.0]))).to_vec::<f32>();
    assert_eq!([log_cosh[0], log_cosh[2], log_cosh[4]], [-1.0, 0.0, 1.0]);
    let huber = slopes(|x| huber_loss(x, &array([0.0]), 0.5)).to_vec::<f32>();
    assert_eq!(huber, [-0.5, -0.25, 0.0, 0.25, 0.5]);
    let z = array([-1000.0, 1000.0]);
    let binary = sigmoid_binary_cross_entropy(&z, &array([1, 1]));
    assert_eq!(binary.to_vec::<f32>(), [1000.0, 0.0]);
}

#[test]
fn a_vector_of_zeros_has_an_angle_only_by_epsilon() {
    let (a, b) = (array([0.0, 0.0]), array([3.0, 4.0]));
    assert!(cosine_similarity(&a, &b, 0.0).item::<f32>().is_nan());
    assert_eq!(cosine_similarity(&a, &b, 1e-8).item::<f32>(), 0.0);
    assert_eq!(cosine_similarity(&b, &b, 100.0).item::<f32>(), 0.25);
}
