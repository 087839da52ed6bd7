//! What the files state becomes a graph to learn on: the same protocol for every format.

use graxe_core::random::Key;
use graxe_core::{Array, Csr, Pattern};
use graxe_graph::{Dataset, EdgeList, Graph, ListedEdges, Scaling, Split};

use crate::error::{Error, ErrorKind};
use crate::raw::RawDataset;

/// More classes are ids or a quantity, and a confusion matrix of them would fill the memory.
pub(crate) const MOST_CLASSES: usize = 1 << 12;

/// The seed of the split where the files state none.
const SPLIT_SEED: i64 = 0;

impl RawDataset {
    /// The undirected graph without loops and repeats, with features, labels and a split of labelled nodes.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Empty`] without nodes or edges or labelled nodes for each part of the split;
    /// [`ErrorKind::Inconsistent`] for lists that do not fit one another, which no reader returns.
    pub fn into_dataset(mut self) -> Result<Dataset, Error> {
        self.check()?;
        let (graph, listed) = self.graph()?;
        let features = self.features()?;
        let split = self.take_split();
        demand_parts(&self.name, &split)?;
        Ok(Dataset {
            name: self.name,
            graph,
            listed,
            features,
            scaling: Scaling::Rows,
            labels: self.labels,
            class_names: self.class_names,
            node_names: self.node_names,
            split,
            warnings: self.warnings,
        })
    }

    /// Whether the lists agree on the number of nodes and stay in range.
    fn check(&self) -> Result<(), Error> {
        let n = self.num_nodes;
        let classes = self.num_classes();
        let class_fits = |class: &u32| (*class as usize) < classes;
        let split = self.split.iter();
        let mut split = split
            .flat_map(|(train, val, test)| [train, val, test])
            .flatten();
        let fits = self.labels.len() == n
            && self.feature_row_ptr.len() == n + 1
            && self.feature_values.len() == self.feature_col.len()
            && (self.node_names.is_empty() || self.node_names.len() == n)
            && self.labels.iter().flatten().all(class_fits)
            && split.all(|&node| (node as usize) < n);
        if fits {
            return Ok(());
        }
        let message = format!(
            "data set `{}`: features, labels and split do not fit its {n} nodes and {classes} classes",
            self.name
        );
        Err(Error::inconsistent(message))
    }

    fn graph(&mut self) -> Result<(Graph, ListedEdges), Error> {
        let (src, dst) = std::mem::take(&mut self.edges).into_iter().unzip();
        let weights = None;
        let edges = EdgeList { src, dst, weights };
        let (graph, listed) = Graph::simple(self.num_nodes, edges, false)
            .map_err(|error| Error::inconsistent(format!("data set `{}`: {error}", self.name)))?;
        if self.num_nodes == 0 {
            let message = format!("data set `{}` has no nodes", self.name);
            return Err(Error::new(ErrorKind::Empty, message));
        }
        demand_edges(&self.name, &graph)?;
        Ok((graph, listed))
    }

    /// The features; the identity where there are none.
    fn features(&mut self) -> Result<Csr, Error> {
        if self.num_features == 0 {
            return Ok(identity(self.num_nodes, &mut self.warnings));
        }
        let row_ptr = std::mem::take(&mut self.feature_row_ptr);
        let col = std::mem::take(&mut self.feature_col);
        let values = std::mem::take(&mut self.feature_values);
        let pattern = Pattern::new(self.num_features, row_ptr, col)
            .map_err(|error| Error::inconsistent(format!("data set `{}`: {error}", self.name)))?;
        let nnz = values.len();
        Ok(Csr::new(pattern, Array::from_vec(values, nnz)))
    }

    /// The split of the files without nodes that have no label, or a random one.
    fn take_split(&mut self) -> Split {
        let Some((train, val, test)) = self.split.take() else {
            self.warnings.push(format!(
                "the files state no split, so it is drawn at random with seed {SPLIT_SEED} in the manner of Planetoid"
            ));
            return Split::planetoid(&self.labels, &Key::new(SPLIT_SEED));
        };
        let mut unlabelled = 0;
        let [train, val, test] = [train, val, test].map(|mut nodes| {
            let stated = nodes.len();
            nodes.retain(|&node| self.labels[node as usize].is_some());
            unlabelled += stated - nodes.len();
            nodes
        });
        if unlabelled > 0 {
            self.warnings.push(format!(
                "{unlabelled} nodes of the split have no label and were left out of it"
            ));
        }
        Split { train, val, test }
    }
}

/// Refuses a split that lacks one of its parts.
pub(crate) fn demand_parts(name: &str, split: &Split) -> Result<(), Error> {
    let parts = [
        ("train", &split.train),
        ("validate", &split.val),
        ("test", &split.test),
    ];
    let missing = parts.iter().find(|(_, nodes)| nodes.is_empty());
    missing.map_or(Ok(()), |(part, _)| {
        let message = format!("data set `{name}` has no labelled nodes to {part} on");
        Err(Error::new(ErrorKind::Empty, message))
    })
}

/// Refuses a graph without edges.
pub(crate) fn demand_edges(name: &str, graph: &Graph) -> Result<(), Error> {
    if graph.num_edges() > 0 {
        return Ok(());
    }
    let message = format!("data set `{name}` has no edges between different nodes");
    Err(Error::new(ErrorKind::Empty, message))
}

/// A feature of its own for each node, which is told of.
pub(crate) fn identity(num_nodes: usize, warnings: &mut Vec<String>) -> Csr {
    warnings.push(
        "the nodes have no features, so each is given one of its own (the identity)".to_owned(),
    );
    let n = num_nodes as u32;
    let pattern = Pattern::new(num_nodes, (0..=n).collect(), (0..n).collect())
        .expect("a diagonal has one entry a row");
    Csr::new(pattern, Array::from_vec(vec![1f32; num_nodes], num_nodes))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Five nodes in a ring with a loop and a repeat, two classes, one feature.
    fn ring() -> RawDataset {
        RawDataset {
            name: "ring".to_owned(),
            num_nodes: 5,
            num_features: 1,
            feature_row_ptr: vec![0, 1, 1, 1, 1, 2],
            feature_col: vec![0, 0],
            feature_values: vec![1.0, 2.0],
            labels: vec![Some(0), Some(1), None, Some(1), Some(0)],
            class_names: vec!["a".to_owned(), "b".to_owned()],
            edges: vec![
                (0, 1),
                (1, 2),
                (2, 3),
                (3, 4),
                (4, 0),
                (1, 0),
                (0, 1),
                (2, 2),
            ],
            split: Some((vec![0, 1], vec![2, 3], vec![4])),
            ..RawDataset::default()
        }
    }

    #[test]
    fn edges_lose_direction_loops_and_repeats() {
        let ring = ring().into_dataset().unwrap();
        assert_eq!(
            (ring.num_nodes(), ring.num_features(), ring.num_classes()),
            (5, 1, 2)
        );
        assert_eq!(ring.graph.pattern().row_ptr(), [0, 2, 4, 6, 8, 10]);
        assert_eq!(ring.graph.pattern().col(), [1, 4, 0, 2, 1, 3, 2, 4, 0, 3]);
        assert_eq!(ring.graph.adjacency.values.to_vec::<f32>(), [1.0; 10]);
        let listed = ListedEdges {
            count: 8,
            loops: 1,
            repeats: 1,
        };
        assert_eq!(ring.listed, listed);
        assert_eq!(
            ring.features.to_dense().to_vec::<f32>(),
            [1.0, 0.0, 0.0, 0.0, 2.0]
        );
        assert_eq!(ring.labels_array().to_vec::<i32>(), [0, 1, -1, 1, 0]);
    }

    #[test]
    fn the_split_holds_labelled_nodes() {
        let stated = ring().into_dataset().unwrap();
        assert_eq!(stated.split.val, [3]);
        assert_eq!(
            stated.warnings,
            ["1 nodes of the split have no label and were left out of it"]
        );
        let raw = RawDataset {
            split: None,
            ..ring()
        };
        let drawn = raw.clone().into_dataset().unwrap();
        assert_eq!(drawn.split, raw.into_dataset().unwrap().split);
        let sizes = [&drawn.split.train, &drawn.split.val, &drawn.split.test].map(Vec::len);
        assert_eq!(sizes, [2, 1, 1]);
        assert!(drawn.warnings[0].starts_with("the files state no split"));
    }

    #[test]
    fn nodes_without_features_get_the_identity() {
        let raw = RawDataset {
            num_features: 0,
            feature_row_ptr: vec![0; 6],
            feature_col: Vec::new(),
            feature_values: Vec::new(),
            ..ring()
        };
        let bare = raw.into_dataset().unwrap();
        assert_eq!(bare.num_features(), 5);
        assert_eq!(bare.features.pattern.col(), [0, 1, 2, 3, 4]);
        assert!(bare.warnings[0].starts_with("the nodes have no features"));
    }

    #[test]
    fn nothing_to_learn_from_is_refused() {
        let refusal = |raw: RawDataset| {
            let error = raw.into_dataset().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Empty);
            error.to_string()
        };
        let nobody = RawDataset {
            name: "ring".to_owned(),
            feature_row_ptr: vec![0],
            ..RawDataset::default()
        };
        assert_eq!(refusal(nobody), "data set `ring` has no nodes");
        for edges in [vec![], vec![(2, 2)]] {
            assert_eq!(
                refusal(RawDataset { edges, ..ring() }),
                "data set `ring` has no edges between different nodes"
            );
        }
        for (split, part) in [
            ((vec![2], vec![3], vec![4]), "train"),
            ((vec![0], vec![], vec![4]), "validate"),
            ((vec![0], vec![1], vec![2]), "test"),
        ] {
            assert_eq!(
                refusal(RawDataset {
                    split: Some(split),
                    ..ring()
                }),
                format!("data set `ring` has no labelled nodes to {part} on")
            );
        }
        let unlabelled = RawDataset {
            labels: vec![None; 5],
            split: None,
            ..ring()
        };
        assert_eq!(
            refusal(unlabelled),
            "data set `ring` has no labelled nodes to train on"
        );
    }

    #[test]
    fn lists_that_do_not_fit_are_refused() {
        let wrong = [
            RawDataset {
                edges: vec![(0, 5)],
                ..ring()
            },
            RawDataset {
                edges: vec![(u32::MAX, 0)],
                ..ring()
            },
            RawDataset {
                labels: vec![Some(2); 5],
                ..ring()
            },
            RawDataset {
                labels: vec![Some(0); 4],
                ..ring()
            },
            RawDataset {
                split: Some((vec![0], vec![1], vec![5])),
                ..ring()
            },
            RawDataset {
                feature_col: vec![0, 1],
                ..ring()
            },
            RawDataset {
                feature_values: vec![1.0],
                ..ring()
            },
            RawDataset {
                feature_row_ptr: vec![0, 1, 0, 1, 1, 2],
                ..ring()
            },
            RawDataset {
                feature_row_ptr: Vec::new(),
                ..ring()
            },
            RawDataset {
                node_names: vec![String::new()],
                ..ring()
            },
            RawDataset {
                num_nodes: 4,
                ..ring()
            },
        ];
        for raw in wrong {
            let error = raw.into_dataset().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Inconsistent, "{error}");
        }
    }
}
