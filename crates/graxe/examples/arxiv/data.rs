//! The graph: read from a folder, or made up.

use std::error::Error;
use std::path::Path;

use graxe::prelude::*;

use crate::options::Options;

/// A graph with dense features `[num_nodes, features]` and a class for every node.
pub(crate) struct Data {
    pub(crate) graph: Graph,
    pub(crate) features: Array,
    pub(crate) labels: Array,
    pub(crate) num_classes: usize,
    pub(crate) train: Array,
    pub(crate) test: Array,
}

impl Data {
    /// Reads a folder of little-endian numbers of four bytes: `edges.u32` (all sources, then all
    /// destinations), `features.f32`, `labels.i32`, `train.i32` and `test.i32`.
    pub(crate) fn read(folder: &Path) -> Result<Self, Box<dyn Error>> {
        let edges = numbers(folder, "edges.u32", u32::from_le_bytes)?;
        let features = numbers(folder, "features.f32", f32::from_le_bytes)?;
        let labels = numbers(folder, "labels.i32", i32::from_le_bytes)?;
        let train = numbers(folder, "train.i32", i32::from_le_bytes)?;
        let test = numbers(folder, "test.i32", i32::from_le_bytes)?;
        let (src, dst) = edges.split_at(edges.len() / 2);
        Self::assemble((src, dst), features, labels, train, test)
    }

    /// A degree-corrected block model: ends of edges are drawn by weights from a Pareto
    /// distribution, 65 of 100 edges stay within their class, and features are normal numbers
    /// around a mean for each class. Half of the nodes are for training, the others for tests.
    pub(crate) fn synthetic(options: &Options, key: &Key) -> Result<Self, Box<dyn Error>> {
        let &Options { nodes, edges, .. } = options;
        let keys = key.split_n(8);
        let uniform = |key: &Key, n: usize| random::uniform(key, n, DType::F32).to_vec::<f32>();
        let labels = random::randint(&keys[0], nodes, 0, options.classes as i64, DType::I32);
        let classes = labels.to_vec::<i32>();

        // Nodes sorted by class, with running sums of their weights: a class is a range of both.
        let mut order: Vec<usize> = (0..nodes).collect();
        order.sort_by_key(|&node| classes[node]);
        let weights = uniform(&keys[1], nodes);
        let mut total = 0.0;
        let mut sums = vec![total];
        for _ in &order {
            total += f64::from(1.0 - weights[sums.len() - 1]).powf(-1.0 / 1.8);
            sums.push(total);
        }
        let draw = |range: (usize, usize), share: f32| {
            let (low, high) = (sums[range.0], sums[range.1]);
            let place = low + f64::from(share) * (high - low);
            order[(sums.partition_point(|&sum| sum <= place) - 1).min(range.1 - 1)]
        };
        let range_of = |class: i32| {
            let start = order.partition_point(|&node| classes[node] < class);
            (start, order.partition_point(|&node| classes[node] <= class))
        };
        let [starts, stays, ends] = [2, 3, 4].map(|key| uniform(&keys[key], edges));
        let (mut src, mut dst) = (Vec::new(), Vec::new());
        for ((&start, &stay), &end) in starts.iter().zip(&stays).zip(&ends) {
            let from = draw((0, nodes), start);
            let range = if stay < 0.65 {
                range_of(classes[from])
            } else {
                (0, nodes)
            };
            src.push(from as u32);
            dst.push(draw(range, end) as u32);
        }

        let means = random::normal(&keys[5], [options.classes, options.features], DType::F32);
        let noise = random::normal(&keys[6], [nodes, options.features], DType::F32);
        let features = 0.3 * means.take(&labels, 0) + noise;
        let (train, test) = (0..nodes as i32).partition(|node| node % 2 == 0);
        Self::assemble((&src, &dst), features.to_vec(), classes, train, test)
    }

    fn assemble(
        (src, dst): (&[u32], &[u32]),
        features: Vec<f32>,
        labels: Vec<i32>,
        train: Vec<i32>,
        test: Vec<i32>,
    ) -> Result<Self, Box<dyn Error>> {
        let num_nodes = labels.len();
        let graph = Graph::from_edges(num_nodes, src, dst)?;
        let width = features.len() / num_nodes.max(1);
        if features.len() != num_nodes * width {
            return Err(format!("{} features for {num_nodes} nodes", features.len()).into());
        }
        let vector = |numbers: Vec<i32>| {
            let length = numbers.len();
            Array::from_vec(numbers, length)
        };
        Ok(Self {
            graph: graph.without_self_loops().undirected(),
            features: Array::from_vec(features, [num_nodes, width]),
            num_classes: labels.iter().max().map_or(0, |&last| last as usize + 1),
            labels: vector(labels),
            train: vector(train),
            test: vector(test),
        })
    }
}

fn numbers<T>(folder: &Path, file: &str, of: fn([u8; 4]) -> T) -> Result<Vec<T>, Box<dyn Error>> {
    let path = folder.join(file);
    let bytes = std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let (words, rest) = bytes.as_chunks();
    if !rest.is_empty() {
        return Err(format!("{}: not whole numbers of four bytes", path.display()).into());
    }
    Ok(words.iter().map(|&word| of(word)).collect())
}
