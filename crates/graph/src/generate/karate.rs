//! Zachary's karate club.

use graxe_core::{Array, Csr, Pattern};

use crate::dataset::{Dataset, ListedEdges, Scaling};
use crate::graph::Graph;
use crate::split::Split;

const NUM_NODES: usize = 34;

/// The 78 friendships: each member with those of higher number.
const FRIENDS: [&[u32]; NUM_NODES] = [
    &[1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 17, 19, 21, 31],
    &[2, 3, 7, 13, 17, 19, 21, 30],
    &[3, 7, 8, 9, 13, 27, 28, 32],
    &[7, 12, 13],
    &[6, 10],
    &[6, 10, 16],
    &[16],
    &[],
    &[30, 32, 33],
    &[33],
    &[],
    &[],
    &[],
    &[33],
    &[32, 33],
    &[32, 33],
    &[],
    &[],
    &[32, 33],
    &[33],
    &[32, 33],
    &[],
    &[32, 33],
    &[25, 27, 29, 32, 33],
    &[25, 27, 31],
    &[31],
    &[29, 33],
    &[33],
    &[31, 33],
    &[32, 33],
    &[32, 33],
    &[32, 33],
    &[33],
    &[],
];

/// Members who stayed with the instructor; the others went with the officer.
const MR_HI: [u32; 17] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 16, 17, 19, 21];

/// Zachary's karate club: 34 members, 78 friendships (156 directed edges of weight 1), and the two clubs that it
/// split into, `"Mr. Hi"` and `"Officer"`.
///
/// Features are the identity `[34, 34]`. The instructor (node 0) and the officer (node 33) train. Of each
/// club's other members every second validates and the rest test, 16 nodes each.
///
/// # Reference
/// Zachary, "An Information Flow Model for Conflict and Fission in Small Groups", 1977. Member 9 (node 8) belongs to
/// Mr. Hi's club, as the paper's table 3 and `NetworkX` have it.
///
/// ```
/// let club = graxe_graph::karate_club();
/// assert_eq!((club.num_nodes(), club.graph.num_edges()), (34, 156));
/// assert_eq!(club.split.train, [0, 33]);
/// ```
pub fn karate_club() -> Dataset {
    let pairs = (0..).zip(FRIENDS);
    let (src, dst): (Vec<u32>, Vec<u32>) = pairs
        .flat_map(|(node, friends)| friends.iter().map(move |&friend| (node, friend)))
        .unzip();
    let graph = Graph::from_edges(NUM_NODES, &src, &dst)
        .expect("the table names members only")
        .undirected();
    let class = |node: u32| u32::from(!MR_HI.contains(&node));
    Dataset {
        name: "karate".to_owned(),
        listed: ListedEdges {
            count: src.len(),
            ..ListedEdges::default()
        },
        graph,
        features: identity(NUM_NODES),
        scaling: Scaling::Rows,
        labels: (0..NUM_NODES as u32)
            .map(|node| Some(class(node)))
            .collect(),
        class_names: vec!["Mr. Hi".to_owned(), "Officer".to_owned()],
        node_names: Vec::new(),
        split: split(class),
        warnings: Vec::new(),
    }
}

/// The two heads train; the members of each club take turns to validate and to test.
fn split(class: impl Fn(u32) -> u32) -> Split {
    let last = NUM_NODES as u32 - 1;
    let mut split = Split {
        train: vec![0, last],
        ..Split::default()
    };
    let mut validates = [true; 2];
    for node in 1..last {
        let turn = &mut validates[class(node) as usize];
        let part = if *turn {
            &mut split.val
        } else {
            &mut split.test
        };
        part.push(node);
        *turn = !*turn;
    }
    split
}

/// One feature for each node, its own.
fn identity(n: usize) -> Csr {
    let pattern = Pattern::new(n, (0..=n as u32).collect(), (0..n as u32).collect())
        .expect("a diagonal is in range");
    Csr::new(pattern, Array::from_vec(vec![1f32; n], n))
}
