//! Optimisers as chains of transformations of gradients, with optax's three functions.
//!
//! A [`GradientTransformation`] has a state that `init` makes and an `update` that turns
//! gradients into updates; [`apply_updates`] adds those to the parameters. A tuple of
//! transformations is their chain, so `(add_decayed_weights(5e-4), adam(0.01))` is Adam with
//! an L2 penalty, and [`masked`] restricts one to some arrays. A learning rate is a number or a
//! [`Schedule`]. Configurations hold numbers only; all arrays are in the state. A function such
//! as [`adam`] takes what is usual; other constants are fields of the chain's links.
//!
//! ```
//! use graxe_core::{Array, array, value_and_grad};
//! use graxe_nn::optim::{GradientTransformation, adam, apply_updates};
//! let loss = |w: &Array| (w - 3).square().sum(..);
//! let optimiser = adam(0.5);
//! let mut w = array([0.0, 1.0]);
//! let mut state = optimiser.init(&w);
//! for _ in 0..200 {
//!     let (_, gradient) = value_and_grad(loss)(&w);
//!     let (updates, next) = optimiser.update(&gradient, &state, &w);
//!     w = apply_updates(&w, &updates);
//!     state = next;
//! }
//! assert!((w.to_vec::<f32>()[0] - 3.0).abs() < 0.01);
//! ```

mod adadelta;
mod adagrad;
mod adam;
mod adamax;
mod clip;
mod decay;
mod lamb;
mod lion;
mod masked;
mod moment;
mod normalize;
mod rms;
mod scale;
mod schedule;
mod trace;

use graxe_core::{Tree, tree};

pub use adadelta::{Adadelta, AdadeltaState, ScaleByAdadelta, adadelta};
pub use adagrad::{Adagrad, ScaleByRss, adagrad};
pub use adam::{Adam, AdamState, AdamW, ScaleByAdam, adam, adamw, nadam};
pub use adamax::{Adamax, ScaleByAdamax, adamax};
pub use clip::{
    Clip, ClipByBlockRms, ClipByGlobalNorm, clip, clip_by_block_rms, clip_by_global_norm,
};
pub use decay::{AddDecayedWeights, add_decayed_weights};
pub use lamb::{Lamb, ScaleByTrustRatio, lamb};
pub use lion::{Lion, LionState, ScaleByLion, lion};
pub use masked::{Masked, masked};
pub use normalize::{Centralize, NormalizeByUpdateNorm};
pub use rms::{RmsProp, RmsState, ScaleByRms, rmsprop};
pub use scale::{Scale, ScaleBySchedule, scale, scale_by_learning_rate, scale_by_schedule};
pub use schedule::Schedule;
pub use trace::{Sgd, Trace, sgd, trace};

/// A transformation of gradients on their way to becoming updates of parameters `T`.
pub trait GradientTransformation<T: Tree>: Send + Sync {
    /// What is kept from step to step.
    type State: Tree;

    /// The state before the first step.
    #[track_caller]
    fn init(&self, params: &T) -> Self::State;

    /// The transformed updates and the next state.
    ///
    /// # Panics
    /// If updates, state and parameters are of different structures.
    #[track_caller]
    fn update(&self, updates: &T, state: &Self::State, params: &T) -> (T, Self::State);
}

/// `params + updates`, in the dtypes of the parameters.
///
/// # Panics
/// If the structures differ.
#[track_caller]
pub fn apply_updates<T: Tree>(params: &T, updates: &T) -> T {
    tree::map2(params, updates, |p, u| (p + u).astype(p.dtype()))
}

/// A transformation that may be left out.
impl<T: Tree, G: GradientTransformation<T>> GradientTransformation<T> for Option<G> {
    type State = Option<G::State>;

    fn init(&self, params: &T) -> Self::State {
        self.as_ref().map(|g| g.init(params))
    }

    fn update(&self, updates: &T, state: &Self::State, params: &T) -> (T, Self::State) {
        match (self, state) {
            (Some(g), Some(state)) => {
                let (updates, state) = g.update(updates, state, params);
                (updates, Some(state))
            }
            _ => (updates.clone(), None),
        }
    }
}

macro_rules! chains {
    ($(($($g:ident $i:tt),*))*) => {$(
        impl<Params: Tree, $($g: GradientTransformation<Params>),*>
            GradientTransformation<Params> for ($($g,)*)
        {
            type State = ($($g::State,)*);

            fn init(&self, params: &Params) -> Self::State {
                ($(self.$i.init(params),)*)
            }

            fn update(
                &self,
                updates: &Params,
                state: &Self::State,
                params: &Params,
            ) -> (Params, Self::State) {
                let updates = updates.clone();
                $(
                    #[allow(non_snake_case, reason = "a link's state goes by its type's letter")]
                    let (updates, $g) = self.$i.update(&updates, &state.$i, params);
                )*
                (updates, ($($g,)*))
            }
        }
    )*};
}
chains!(
    (A 0)
    (A 0, B 1)
    (A 0, B 1, C 2)
    (A 0, B 1, C 2, D 3)
    (A 0, B 1, C 2, D 3, E 4)
    (A 0, B 1, C 2, D 3, E 4, F 5)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7)
);
