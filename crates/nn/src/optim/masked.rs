//! A transformation of some arrays of a tree.

use graxe_core::{Array, Mapped, Tree, tree};

use super::GradientTransformation;

/// Applies a transformation where the mask is true; other updates pass as they are.
///
/// The inner transformation sees the chosen arrays alone, as a [`Mapped`] tree without the rest:
/// its state has none for them, and a norm over all is one over these.
#[derive(Clone, Debug)]
pub struct Masked<T, G> {
    inner: G,
    mask: Mapped<T, bool>,
}

/// [`Masked`] by a truth value for each array of the parameters.
///
/// ```
/// use graxe_core::{Mapped, array};
/// use graxe_nn::optim::{GradientTransformation, add_decayed_weights, masked, sgd};
/// let params = (array([[1.0, 2.0]]), array([3.0]));
/// // Weights decay and biases do not.
/// let weights = Mapped::new(&params, |_, leaf| leaf.rank() >= 2);
/// let optimiser = (masked(add_decayed_weights(0.1), weights), sgd(1.0, None));
/// let state = optimiser.init(&params);
/// let gradient = (array([[0.0, 0.0]]), array([0.5]));
/// let (updates, _) = optimiser.update(&gradient, &state, &params);
/// assert_eq!(updates.0.to_vec::<f32>(), [-0.1, -0.2]);
/// assert_eq!(updates.1.to_vec::<f32>(), [-0.5]);
/// ```
///
/// # Panics
/// When used, if the parameters or updates have other arrays than the mask.
pub fn masked<T: Tree, G>(inner: G, mask: Mapped<T, bool>) -> Masked<T, G> {
    Masked { inner, mask }
}

impl<T: Tree, G> Masked<T, G> {
    /// The arrays of `tree` where the mask is true.
    #[track_caller]
    fn chosen(&self, tree: &T) -> Mapped<T, Option<Array>> {
        let mut mask = self.mask.iter();
        let chosen = Mapped::new(tree, |path, leaf| match mask.next() {
            Some((place, &chosen)) if place == path => chosen.then(|| leaf.clone()),
            Some((place, _)) => panic!("masked: the mask has {place} where the tree has {path}"),
            None => panic!("masked: the mask has nothing for {path}"),
        });
        if let Some((place, _)) = mask.next() {
            panic!("masked: the mask has {place}, which the tree lacks");
        }
        chosen
    }
}

impl<T, G> GradientTransformation<T> for Masked<T, G>
where
    T: Tree,
    G: GradientTransformation<Mapped<T, Option<Array>>>,
{
    type State = G::State;

    fn init(&self, params: &T) -> G::State {
        self.inner.init(&self.chosen(params))
    }

    fn update(&self, updates: &T, state: &G::State, params: &T) -> (T, G::State) {
        let (chosen, params) = (self.chosen(updates), self.chosen(params));
        let (inner, state) = self.inner.update(&chosen, state, &params);
        let mut inner = inner.leaves().iter();
        let merged = tree::map(updates, |u| match inner.next() {
            Some(Some(transformed)) => transformed.clone(),
            _ => u.clone(),
        });
        (merged, state)
    }
}
