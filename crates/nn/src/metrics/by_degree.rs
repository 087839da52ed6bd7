//! Whether nodes with many neighbours are found more easily than those with few.

use graxe_graph::Graph;
use graxe_graph::statistics::DegreeBin;

use super::predictions::Predictions;

/// How many of the nodes with a like number of neighbours are right.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DegreeAccuracy {
    /// The in-degrees, and how many nodes have them.
    pub bin: DegreeBin,
    /// The share of these nodes that is right; NaN of none.
    pub accuracy: f64,
}

impl Predictions<'_> {
    /// The accuracy for each bin of in-degrees, from bin 0 to that of the greatest among the nodes.
    ///
    /// # Panics
    /// If the graph has another number of nodes or a traced pattern, or a node does not exist.
    #[track_caller]
    pub fn accuracy_by_degree(&self, nodes: &[u32], graph: &Graph) -> Vec<DegreeAccuracy> {
        let row_ptr = graph.pattern().row_ptr();
        assert!(
            graph.num_nodes() == self.num_nodes(),
            "accuracy by degree: predictions for {} nodes do not belong to a graph of {}",
            self.num_nodes(),
            graph.num_nodes()
        );
        let mut bins: Vec<(DegreeBin, usize)> = Vec::new();
        for measured in self.measured(nodes) {
            let degree = (row_ptr[measured.node + 1] - row_ptr[measured.node]) as usize;
            let place = DegreeBin::place(degree);
            bins.extend((bins.len()..=place).map(|place| (DegreeBin::at(place), 0)));
            let (bin, right) = &mut bins[place];
            bin.count += 1;
            *right += usize::from(measured.is_right());
        }
        let accuracy = |(bin, right): (DegreeBin, usize)| DegreeAccuracy {
            bin,
            accuracy: right as f64 / bin.count as f64,
        };
        bins.into_iter().map(accuracy).collect()
    }
}
