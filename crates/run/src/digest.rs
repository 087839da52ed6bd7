//! A number for a data set, by which a run knows its data again.

use std::fmt::Write as _;

use graxe_core::{Csr, DType};
use graxe_graph::{Dataset, Scaling};
use sha2::{Digest as _, Sha256};

/// SHA-256 over all that a data set says, as `sha256:` and 64 hexadecimal digits: edges and weights, features, labels, names
/// and the split; not what it is called.
pub(crate) fn digest(dataset: &Dataset) -> String {
    let mut hash = Hash(Sha256::new());
    hash.matrix(&dataset.graph.adjacency);
    hash.matrix(&dataset.features);
    hash.numbers(
        dataset
            .labels
            .iter()
            .map(|l| l.map_or(0, |class| class + 1)),
    );
    hash.strings(&dataset.class_names);
    hash.strings(&dataset.node_names);
    let split = &dataset.split;
    for part in [&split.train, &split.val, &split.test] {
        hash.numbers(part.iter().copied());
    }
    hash.numbers([u32::from(dataset.scaling == Scaling::Done)].into_iter());
    let mut text = "sha256:".to_owned();
    for byte in hash.0.finalize() {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

struct Hash(Sha256);

impl Hash {
    /// A length in front keeps lists apart.
    fn length(&mut self, length: usize) {
        self.0.update((length as u64).to_le_bytes());
    }

    fn numbers(&mut self, numbers: impl ExactSizeIterator<Item = u32>) {
        self.length(numbers.len());
        let mut bytes = Vec::with_capacity(4 * numbers.len());
        bytes.extend(numbers.flat_map(u32::to_le_bytes));
        self.0.update(bytes);
    }

    fn strings(&mut self, strings: &[String]) {
        self.length(strings.len());
        for string in strings {
            self.length(string.len());
            self.0.update(string);
        }
    }

    fn matrix(&mut self, matrix: &Csr) {
        self.length(matrix.cols());
        self.numbers(matrix.pattern.row_ptr().iter().copied());
        self.numbers(matrix.pattern.col().iter().copied());
        let values = matrix.values.astype(DType::F32).to_vec::<f32>();
        self.numbers(values.iter().map(|value| value.to_bits()));
    }
}
