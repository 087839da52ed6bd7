//! Two tables of a graph that can be learned: classes that attract one another and colour the features.

use std::fmt::Write as _;
use std::path::Path;

use graxe_run::Source;

/// Numbers that look random (Marsaglia, Xorshift RNGs, 2003).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % end
    }
}

const CLASSES: [&str; 3] = ["ash", "beech", "cedar"];

/// The lines of a node table and of an edge table, headers first.
pub(crate) fn lines(nodes: usize, seed: u64) -> [String; 2] {
    let mut random = Random(seed);
    let mut node_table = "id,height,weight,soil,wet,kind\n".to_owned();
    for node in 0..nodes {
        let class = node % 3;
        let noise = |random: &mut Random| random.below(400) as f64 / 100.0;
        let (height, weight) = (class as f64 + noise(&mut random), noise(&mut random));
        let soil = ["clay", "sand", "peat"][(class + random.below(2)) % 3];
        let wet = if random.below(3) == 0 { "yes" } else { "no" };
        let kind = CLASSES[class];
        writeln!(node_table, "n{node},{height},{weight},{soil},{wet},{kind}").unwrap();
    }
    let mut edge_table = "source,target\n".to_owned();
    for node in 0..nodes {
        for _ in 0..2 {
            let other = random.below(nodes);
            let same = other / 3 * 3 + node % 3;
            let other = if random.below(4) > 0 && same < nodes {
                same
            } else {
                other
            };
            if other != node {
                writeln!(edge_table, "n{node},n{other}").unwrap();
            }
        }
    }
    [node_table, edge_table]
}

/// The tables in files of a folder.
pub(crate) fn write(folder: &Path, nodes: usize) -> Source {
    let [node_table, edge_table] = lines(nodes, 0x9e37_79b9_7f4a_7c15);
    std::fs::write(folder.join("nodes.csv"), node_table).unwrap();
    std::fs::write(folder.join("edges.csv"), edge_table).unwrap();
    Source::tables(folder.join("nodes.csv"), folder.join("edges.csv")).with_label("kind")
}
