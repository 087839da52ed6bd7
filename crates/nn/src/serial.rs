//! Layers one after another.

use graxe_core::random::Key;
use graxe_core::{Tree, tree};

use crate::layer::{Context, Inputs, Layer};

/// Layers applied one after another, made by [`serial`].
#[derive(Clone, Copy, Debug)]
pub struct Serial<T>(T);

/// What belongs to the layers of a [`Serial`], in a tuple; a leaf's path is, for example,
/// `layers[1].weight`.
#[derive(Clone, Debug, Tree)]
pub struct Layers<T> {
    /// One element a layer.
    pub layers: T,
}

/// The composition of a tuple of one to eight layers, the first applied first.
///
/// Initialisation and application split their key into one a layer. What a layer
/// [records](crate::Context::record) goes by its path, as its parameters do: `layers[1].attention`.
pub fn serial<T>(layers: T) -> Serial<T>
where
    Serial<T>: Layer,
{
    Serial(layers)
}

/// The place of the last layer that has parameters, by whether each has none.
fn last_with_parameters(without: &[bool]) -> Option<usize> {
    without.iter().rposition(|&without| !without)
}

macro_rules! serials {
    ($($n:literal: $($layer:ident $i:tt),*;)*) => {$(
        impl<$($layer: Layer),*> Layer for Serial<($($layer,)*)> {
            type Params = Layers<($($layer::Params,)*)>;
            type State = Layers<($($layer::State,)*)>;

            fn init(
                &self,
                key: &Key,
                input_shape: &[usize],
            ) -> (Vec<usize>, Self::Params, Self::State) {
                let keys = key.split_n($n);
                let shape = input_shape.to_vec();
                $(
                    #[allow(non_snake_case, reason = "a layer's parts go by its type's letter")]
                    let (shape, $layer) = {
                        let (shape, params, state) = self.0.$i.init(&keys[$i], &shape);
                        (shape, (params, state))
                    };
                )*
                let params = Layers { layers: ($($layer.0,)*) };
                let state = Layers { layers: ($($layer.1,)*) };
                (shape, params, state)
            }

            fn apply(
                &self,
                params: &Self::Params,
                state: &Self::State,
                inputs: &Inputs,
                context: &Context,
            ) -> (Inputs, Self::State) {
                let contexts = context.split($n);
                let last = context.is_recording().then(|| {
                    last_with_parameters(&[$(tree::leaves(&params.layers.$i).is_empty()),*])
                });
                let inputs = inputs.clone();
                $(
                    #[allow(non_snake_case, reason = "a layer's state goes by its type's letter")]
                    let (inputs, $layer) = {
                        let last = last == Some(Some($i));
                        if last {
                            context.record_embedding(&inputs);
                        }
                        self.0.$i.apply(
                            &params.layers.$i,
                            &state.layers.$i,
                            &inputs,
                            &contexts[$i].part(|| format!("layers[{}]", $i), last),
                        )
                    };
                )*
                (inputs, Layers { layers: ($($layer,)*) })
            }
        }
    )*};
}

serials!(
    1: A 0;
    2: A 0, B 1;
    3: A 0, B 1, C 2;
    4: A 0, B 1, C 2, D 3;
    5: A 0, B 1, C 2, D 3, E 4;
    6: A 0, B 1, C 2, D 3, E 4, F 5;
    7: A 0, B 1, C 2, D 3, E 4, F 5, G 6;
    8: A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7;
);
