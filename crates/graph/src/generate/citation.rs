//! A made-up citation graph of any size.

use graxe_core::random::{Key, bits};
use graxe_core::{Array, Csr, DType, Pattern};

use crate::dataset::{Dataset, ListedEdges, Scaling};
use crate::graph::Graph;
use crate::split::Split;

/// Share of citations that stay within the class.
const HOMOPHILY: f64 = 0.8;
/// A paper cites 1 to 3 earlier ones, 2 on average, as in Cora.
const MOST_CITATIONS: usize = 3;
/// Share of words that come from the vocabulary of the class.
const ON_TOPIC: f64 = 0.25;
/// A paper draws 10 to 26 words.
const FEWEST_WORDS: usize = 10;
const MOST_WORDS: usize = 26;

/// A made-up citation graph: papers of `num_classes` fields that cite one another and consist of words.
///
/// Papers come one by one. Each has a class at random and cites one to three earlier papers, four
/// out of five within its class, with a probability that grows with the citations that they have; so degrees
/// follow a power law, as in real citation graphs. The graph is undirected, without loops and
/// repeats. Features are 10 to 26 binary words, fewer where a word is drawn twice, a quarter of them from the
/// class's own slice of the vocabulary. The split is [`Split::planetoid`].
///
/// Time and memory are linear in the number of nodes; the same key gives the same data set. Any argument may be
/// zero: without classes there are no labels, without features no words.
///
/// # Shapes
/// Features are `[num_nodes, num_features]`.
///
/// # Panics
/// If there are more than 2³⁰ / 3 nodes.
///
/// # Reference
/// Degrees after Price, "A General Theory of Bibliometric and Other Cumulative Advantage Processes", 1976.
pub fn citation(num_nodes: usize, num_classes: usize, num_features: usize, key: &Key) -> Dataset {
    let classes = draw_classes(num_nodes, num_classes, &mut Draws::new(key.fold_in(0)));
    let labels: Vec<Option<u32>> = classes
        .iter()
        .map(|&class| (num_classes > 0).then_some(class))
        .collect();
    let graph = draw_graph(&classes, num_classes, &mut Draws::new(key.fold_in(1)));
    let mut words = Draws::new(key.fold_in(2));
    Dataset {
        name: format!("citation-{num_nodes}"),
        listed: ListedEdges {
            count: graph.num_edges(),
            ..ListedEdges::default()
        },
        graph,
        scaling: Scaling::Rows,
        features: draw_features(&classes, num_classes, num_features, &mut words),
        class_names: (0..num_classes)
            .map(|class| format!("class {class}"))
            .collect(),
        node_names: Vec::new(),
        split: Split::planetoid(&labels, &key.fold_in(3)),
        labels,
        warnings: Vec::new(),
    }
}

/// All zero where there are no classes.
fn draw_classes(num_nodes: usize, num_classes: usize, draws: &mut Draws) -> Vec<u32> {
    let class = |_| draws.below(num_classes.max(1)) as u32;
    (0..num_nodes).map(class).collect()
}

fn draw_graph(classes: &[u32], num_classes: usize, draws: &mut Draws) -> Graph {
    // A paper stands in these lists once, and once more for each citation that it gets: drawing evenly from
    // a list draws papers in proportion to that.
    let mut everybody = Vec::new();
    let mut of_class = vec![Vec::new(); num_classes.max(1)];
    let (mut src, mut dst) = (Vec::new(), Vec::new());
    for (paper, &class) in (0..).zip(classes) {
        let own = class as usize;
        let earlier = dst.len();
        for _ in 0..=draws.below(MOST_CITATIONS) {
            let inside = draws.chance(HOMOPHILY) && !of_class[own].is_empty();
            let list: &[u32] = if inside { &of_class[own] } else { &everybody };
            if !list.is_empty() {
                src.push(paper);
                dst.push(list[draws.below(list.len())]);
            }
        }
        for &listed in dst[earlier..].iter().chain([&paper]) {
            everybody.push(listed);
            of_class[classes[listed as usize] as usize].push(listed);
        }
    }
    Graph::from_edges(classes.len(), &src, &dst)
        .unwrap_or_else(|error| panic!("citation: {error}"))
        .undirected()
}

fn draw_features(
    classes: &[u32],
    num_classes: usize,
    num_features: usize,
    draws: &mut Draws,
) -> Csr {
    let mut row_ptr = vec![0];
    let mut col: Vec<u32> = Vec::new();
    for &class in classes {
        let own = class as usize;
        // The class's slice of the vocabulary; empty where there are more classes than words.
        let slice = |class: usize| class * num_features / num_classes.max(1);
        let (low, high) = (slice(own), slice(own + 1));
        let mut words = Vec::with_capacity(MOST_WORDS);
        if num_features > 0 {
            for _ in 0..FEWEST_WORDS + draws.below(MOST_WORDS - FEWEST_WORDS + 1) {
                let on_topic = draws.chance(ON_TOPIC) && low < high;
                let (low, high) = if on_topic {
                    (low, high)
                } else {
                    (0, num_features)
                };
                words.push((low + draws.below(high - low)) as u32);
            }
        }
        words.sort_unstable();
        words.dedup();
        col.extend(words);
        row_ptr.push(col.len() as u32);
    }
    let nnz = col.len();
    let pattern = Pattern::new(num_features, row_ptr, col)
        .unwrap_or_else(|error| panic!("citation: {error}"));
    Csr::new(pattern, Array::from_vec(vec![1f32; nnz], nnz))
}

/// A stream of random numbers for the host, drawn from a key block by block.
struct Draws {
    key: Key,
    block: Vec<u32>,
    num_blocks: u32,
    used: usize,
}

impl Draws {
    const BLOCK: usize = 1 << 14;

    fn new(key: Key) -> Self {
        Self {
            key,
            block: Vec::new(),
            num_blocks: 0,
            used: 0,
        }
    }

    fn next(&mut self) -> u32 {
        if self.used == self.block.len() {
            let key = self.key.fold_in(self.num_blocks);
            self.block = bits(&key, Self::BLOCK, DType::U32).to_vec();
            self.num_blocks += 1;
            self.used = 0;
        }
        self.used += 1;
        self.block[self.used - 1]
    }

    /// A number below `n`, which is not zero and fits 32 bits.
    fn below(&mut self, n: usize) -> usize {
        ((u64::from(self.next()) * n as u64) >> 32) as usize
    }

    /// True with probability `p`.
    fn chance(&mut self, p: f64) -> bool {
        f64::from(self.next()) < p * 2f64.powi(32)
    }
}
