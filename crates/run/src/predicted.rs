//! Predictions for nodes, by their ids.

use std::io;

/// The probabilities of all classes for nodes.
#[derive(Clone, Debug, PartialEq)]
pub struct Predicted {
    classes: Vec<String>,
    ids: Vec<String>,
    /// `[nodes, classes]`, row by row.
    probabilities: Vec<f32>,
}

impl Predicted {
    /// Probabilities `[nodes, classes]` row by row.
    pub(crate) fn new(classes: &[String], ids: Vec<String>, probabilities: Vec<f32>) -> Self {
        assert!(
            probabilities.len() == ids.len() * classes.len(),
            "predicted: {} probabilities are not those of {} nodes",
            probabilities.len(),
            ids.len()
        );
        Self {
            classes: classes.to_vec(),
            ids,
            probabilities,
        }
    }

    /// How many nodes there are.
    pub fn num_nodes(&self) -> usize {
        self.ids.len()
    }

    /// The names of the classes.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// The id of a node.
    ///
    /// # Panics
    /// If there is no node of this number.
    pub fn id(&self, node: usize) -> &str {
        &self.ids[node]
    }

    /// The name of a node's most probable class, the first of equal ones.
    ///
    /// # Panics
    /// If there is no node of this number.
    pub fn class(&self, node: usize) -> &str {
        &self.classes[self.most_probable(node)]
    }

    /// The probability of each class for a node.
    ///
    /// # Panics
    /// If there is no node of this number.
    pub fn probabilities(&self, node: usize) -> &[f32] {
        let count = self.classes.len();
        &self.probabilities[node * count..(node + 1) * count]
    }

    pub(crate) fn all(&self) -> &[f32] {
        &self.probabilities
    }

    pub(crate) fn most_probable(&self, node: usize) -> usize {
        let row = self.probabilities(node);
        let first = |best: usize, class: usize| if row[class] > row[best] { class } else { best };
        (0..row.len()).fold(0, first)
    }

    /// Those of some nodes at the end.
    pub(crate) fn from(mut self, first: usize) -> Self {
        self.ids.drain(..first);
        self.probabilities.drain(..first * self.classes.len());
        self
    }

    /// Writes a table: the id, the name of the class, and the probability of each class, as decimals that
    /// read back to the same bits.
    ///
    /// # Errors
    /// Whatever the writer says.
    pub fn write_csv(&self, to: impl io::Write) -> io::Result<()> {
        let mut table = csv::Writer::from_writer(to);
        let header = ["id".to_owned(), "class".to_owned()].into_iter();
        let each = self.classes.iter().map(|class| format!("p({class})"));
        table.write_record(header.chain(each)).map_err(said)?;
        for node in 0..self.num_nodes() {
            let names = [self.id(node).to_owned(), self.class(node).to_owned()];
            let numbers = self.probabilities(node).iter().map(f32::to_string);
            let record = names.into_iter().chain(numbers);
            table.write_record(record).map_err(said)?;
        }
        table.flush()
    }
}

/// What the writer said: whoever stops reading is no error of the table's.
fn said(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_quotes_what_it_must_and_keeps_the_bits() {
        let classes = ["a".to_owned(), "b, \"c\"".to_owned()];
        let ids = vec!["x".to_owned(), "y,z".to_owned()];
        let values = vec![0.1_f32, 0.9, 1.0, 1e-12];
        let predicted = Predicted::new(&classes, ids, values);
        let mut text = Vec::new();
        predicted.write_csv(&mut text).expect("memory takes all");
        let text = String::from_utf8(text).expect("text");
        assert_eq!(
            text,
            "id,class,p(a),\"p(b, \"\"c\"\")\"\nx,\"b, \"\"c\"\"\",0.1,0.9\n\"y,z\",a,1,0.000000000001\n"
        );
        let last: f32 = "0.000000000001".parse().expect("a number");
        assert_eq!(last.to_bits(), 1e-12_f32.to_bits());
    }
}
