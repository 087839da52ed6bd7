//! How many edges arrive at the nodes.

use crate::graph::Graph;

/// The distribution of in-degrees: how many edges arrive at a node, loops and repeats included.
#[derive(Clone, Debug, PartialEq)]
pub struct Degrees {
    /// How many nodes no edge joins to another node, in either direction.
    pub isolated: usize,
    /// The least in-degree; 0 if there are no nodes, as all numbers are then.
    pub min: usize,
    /// The middle in-degree, or the mean of the two in the middle.
    pub median: f64,
    /// The mean in-degree.
    pub mean: f64,
    /// The greatest in-degree.
    pub max: usize,
    /// How many nodes have which in-degrees: from bin 0 to that of the greatest; empty if there are no nodes.
    pub histogram: Vec<DegreeBin>,
}

/// The nodes whose degree is from `lower` to `upper`, both included.
///
/// The bins are 0, 1, 2, 3 to 4, 5 to 8 and so on: bin `b > 1` ends at `2^(b - 1)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DegreeBin {
    /// The least degree of the bin.
    pub lower: usize,
    /// The greatest degree of the bin.
    pub upper: usize,
    /// How many nodes are in it.
    pub count: usize,
}

impl DegreeBin {
    /// The place of the bin of a degree.
    pub fn place(degree: usize) -> usize {
        match degree {
            0 => 0,
            // The logarithm to base 2, rounded up: the bits of what stands below the degree.
            _ => 1 + (usize::BITS - (degree - 1).leading_zeros()) as usize,
        }
    }

    /// The bin at a place, without nodes.
    ///
    /// # Panics
    /// If no degree has so high a place.
    #[track_caller]
    pub fn at(place: usize) -> Self {
        assert!(
            place <= usize::BITS as usize,
            "degree bin: no degree is in bin {place}"
        );
        let (lower, upper) = match place {
            0 => (0, 0),
            1 => (1, 1),
            _ => (1 + (1 << (place - 2)), 1 << (place - 1)),
        };
        Self {
            lower,
            upper,
            count: 0,
        }
    }
}

impl Degrees {
    /// The in-degrees of a graph.
    ///
    /// # Panics
    /// If the graph's pattern is traced.
    #[track_caller]
    pub fn of(graph: &Graph) -> Self {
        let pattern = graph.pattern();
        let ends = pattern.row_ptr().windows(2);
        let mut degrees: Vec<usize> = ends.map(|w| (w[1] - w[0]) as usize).collect();
        degrees.sort_unstable();
        let n = degrees.len();
        let median = match n {
            0 => 0.0,
            _ => (degrees[(n - 1) / 2] + degrees[n / 2]) as f64 / 2.0,
        };
        let max = degrees.last().copied().unwrap_or(0);
        let bins = if n == 0 { 0 } else { DegreeBin::place(max) + 1 };
        let mut histogram: Vec<DegreeBin> = (0..bins).map(DegreeBin::at).collect();
        for &degree in &degrees {
            histogram[DegreeBin::place(degree)].count += 1;
        }
        Self {
            isolated: isolated(graph),
            min: degrees.first().copied().unwrap_or(0),
            median,
            mean: graph.num_edges() as f64 / n.max(1) as f64,
            max,
            histogram,
        }
    }
}

fn isolated(graph: &Graph) -> usize {
    let mut joined = vec![false; graph.num_nodes()];
    for (dst, &src) in graph.pattern().row().into_iter().zip(graph.pattern().col()) {
        if dst != src {
            joined[dst as usize] = true;
            joined[src as usize] = true;
        }
    }
    joined.iter().filter(|&&joined| !joined).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_degree_is_in_the_bin_at_its_place() {
        for degree in (0..100).chain([1 << 20, (1 << 20) + 1, usize::MAX / 2]) {
            let bin = DegreeBin::at(DegreeBin::place(degree));
            assert!((bin.lower..=bin.upper).contains(&degree), "{degree}");
        }
        let bounds = |place| (DegreeBin::at(place).lower, DegreeBin::at(place).upper);
        assert_eq!([2, 3, 4].map(bounds), [(2, 2), (3, 4), (5, 8)]);
    }
}
