//! What passes inside a network, for those who ask.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use graxe_core::Array;

/// The name under which a network records what its last layer with parameters takes.
pub(crate) const EMBEDDING: &str = "embedding";

/// Arrays that layers have [recorded](crate::Context::record), by the path of the layer and their name, such as
/// `layers[1].attention`.
///
/// Clones share what is recorded. Make the record inside a traced function and [take](Self::take) the arrays there, as
/// outputs of it: an array that was recorded under a trace means nothing outside.
///
/// ```
/// use graxe_core::{jit, random::Key};
/// use graxe_graph::karate_club;
/// use graxe_nn::{Context, Inputs, Layer, Record, gat};
///
/// let club = karate_club();
/// let graph = club.graph.with_remaining_self_loops(1.0);
/// let inputs = Inputs::on_graph(club.features, &graph);
/// let network = gat(8, 4, 2, 0.0);
/// let (_, params, state) = network.init(&Key::new(0), &[34, 34]);
/// let look = jit(|params: &_| {
///     let record = Record::new();
///     let context = Context::eval().recording(&record);
///     let (out, _) = network.apply(params, &state, &inputs, &context);
///     (out.dense().clone(), record.take())
/// });
/// let (_, recorded) = look(&params);
/// assert_eq!(recorded["layers[1].attention"].shape()[..], [graph.num_edges(), 8]);
/// assert_eq!(recorded["embedding"].shape()[..], [34, 32]);
/// ```
///
/// # Reference
/// `Module.sow` of Flax.
#[derive(Clone, Debug, Default)]
pub struct Record(Arc<Mutex<BTreeMap<String, Array>>>);

impl Record {
    /// A record without arrays.
    pub fn new() -> Self {
        Self::default()
    }

    /// The arrays so far, which the record gives up.
    pub fn take(&self) -> BTreeMap<String, Array> {
        std::mem::take(&mut *self.arrays())
    }

    fn arrays(&self) -> MutexGuard<'_, BTreeMap<String, Array>> {
        // A map is whole between any two insertions, whatever panicked there.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where in a network a layer stands that records.
#[derive(Clone, Debug)]
pub(crate) struct Recorder {
    record: Record,
    /// The path to the layer; empty for the network itself.
    path: String,
    /// Whether this is the network itself, or the last of its layers with parameters, or the last of theirs: only there may a
    /// network say what the embedding is.
    last: bool,
}

impl Recorder {
    pub(crate) fn new(record: &Record) -> Self {
        Self {
            record: record.clone(),
            path: String::new(),
            last: true,
        }
    }

    /// The same for a part of the layer.
    pub(crate) fn within(&self, part: &str, last: bool) -> Self {
        Self {
            record: self.record.clone(),
            path: self.name(part),
            last: self.last && last,
        }
    }

    /// Keeps an array; where the layer has one of this name, behind `[1]`, `[2]` and so on.
    pub(crate) fn keep(&self, name: &str, array: &Array) {
        let name = self.name(name);
        let mut arrays = self.record.arrays();
        let numbered = (1..).map(|i| format!("{name}[{i}]"));
        let free = std::iter::once(name.clone())
            .chain(numbered)
            .find(|name| !arrays.contains_key(name));
        arrays.extend(free.map(|name| (name, array.clone())));
    }

    /// Keeps what the last layer with parameters takes, in place of what a network around this one took for it.
    pub(crate) fn keep_embedding(&self, array: &Array) {
        if self.last {
            self.record
                .arrays()
                .insert(EMBEDDING.to_owned(), array.clone());
        }
    }

    fn name(&self, part: &str) -> String {
        if self.path.is_empty() {
            part.to_owned()
        } else {
            format!("{}.{part}", self.path)
        }
    }
}

#[cfg(test)]
mod tests {
    use graxe_core::scalar;

    use super::*;

    #[test]
    fn a_name_that_is_taken_gets_a_number() {
        let record = Record::new();
        let layer = Recorder::new(&record).within("layers[0]", true);
        for x in [1.0, 2.0, 3.0] {
            layer.keep("attention", &scalar(x));
        }
        let names: Vec<String> = record.take().into_keys().collect();
        let want = ["attention", "attention[1]", "attention[2]"];
        assert_eq!(names, want.map(|name| format!("layers[0].{name}")));
        assert!(record.take().is_empty());
    }

    #[test]
    fn the_innermost_of_the_last_networks_says_what_the_embedding_is() {
        let record = Record::new();
        let outer = Recorder::new(&record);
        outer.keep_embedding(&scalar(1.0));
        outer.within("layers[0]", true).keep_embedding(&scalar(2.0));
        outer
            .within("layers[1]", false)
            .within("layers[0]", true)
            .keep_embedding(&scalar(3.0));
        assert_eq!(record.take()[EMBEDDING].item::<f32>(), 2.0);
    }
}
