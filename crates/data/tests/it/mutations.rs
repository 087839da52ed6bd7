//! Mutated files of every format: an error of one line or a sound data set, never a panic, and soon.
//!
//! `GRAXE_MUTATIONS=1000000 cargo test --release -p graxe-data --test it mutations -- --nocapture` runs a million of each
//! instead of a thousand, and tells how long they took and how much memory.

use std::path::Path;
use std::time::{Duration, Instant};

use graxe_data::{Columns, Error, ErrorKind, RawDataset, Schema, Tables, import};
use graxe_data::{read_linqs, read_npz, read_planetoid};
use graxe_graph::Dataset;
use tempfile::TempDir;

use crate::hostile::peak_mebibytes;
use crate::npz::Npz;
use crate::tables::{EDGES, nodes};
use crate::writer::Planetoid;

/// What a change puts into a file, besides random bytes.
const SNIPPETS: [&[u8]; 30] = [
    b"\"",
    b"\"\"",
    b",",
    b";",
    b"\t",
    b"|",
    b"\n",
    b"\r\n",
    b"\r",
    b"\0",
    b"\xff",
    b"\xc3",
    b"\xef\xbb\xbf",
    b"inf",
    b"-1",
    b"1e999",
    b"NaN",
    b"0.5",
    b"n0",
    b"id",
    b"label",
    b"train",
    b"weight",
    b"true",
    b"?",
    b"\xff\xff\xff\x7f",
    b"\xff\xff\xff\xff\xff\xff\xff\x7f",
    b"(9999999999,)",
    b"'<U1'",
    b"99999999999999999999",
];

/// The numbers of Vigna's `SplitMix64`.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % bound.max(1) as u64) as usize
    }

    /// A few changes of the bytes: replaced, removed, put in, doubled or cut off.
    fn mutate(&mut self, bytes: &mut Vec<u8>) {
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len() + 1);
            let end = (at + self.below(8)).min(bytes.len());
            match self.below(12) {
                0..=3 if at < bytes.len() => bytes[at] = self.below(256) as u8,
                4 | 5 => drop(bytes.drain(at..end)),
                6..=9 => {
                    let snippet = SNIPPETS[self.below(SNIPPETS.len())];
                    bytes.splice(at..at, snippet.iter().copied());
                }
                10 => {
                    let end = (at + self.below(64)).min(bytes.len());
                    let again = bytes[at..end].to_vec();
                    bytes.splice(at..at, again);
                }
                11 if self.below(4) == 0 => bytes.truncate(at),
                _ => {}
            }
        }
    }
}

/// Runs a format's mutations; `case` reads one and tells whether it was refused.
fn mutations(format: &str, mut case: impl FnMut(&mut Random) -> Option<Error>) {
    let count = std::env::var("GRAXE_MUTATIONS").ok();
    let count: u64 = count.map_or(1000, |count| {
        count.parse().expect("GRAXE_MUTATIONS is a number")
    });
    let (start, mut slowest, mut refused) = (Instant::now(), Duration::ZERO, 0);
    for seed in 0..count {
        let case_start = Instant::now();
        if let Some(error) = case(&mut Random(seed.wrapping_mul(0x2545_f491_4f6c_dd1d))) {
            let line = error.to_string();
            assert_eq!(line.lines().count(), 1, "{format}, seed {seed}: {line}");
            assert!(line.len() < 2000, "{format}, seed {seed}: {line}");
            refused += 1;
        }
        slowest = slowest.max(case_start.elapsed());
    }
    eprintln!(
        "{format}: {count} mutations in {:.1} s, the slowest {slowest:?}, {refused} refused, peak {} MiB",
        start.elapsed().as_secs_f64(),
        peak_mebibytes().map_or("unknown".to_owned(), |peak| peak.to_string())
    );
    assert!(slowest < Duration::from_secs(10), "{format}: {slowest:?}");
    assert!(
        refused > 0 && refused < count,
        "{format}: {refused} of {count} were refused"
    );
}

fn check(dataset: &Dataset) {
    let n = dataset.num_nodes();
    assert_eq!(dataset.graph.num_nodes(), n);
    assert_eq!(dataset.features.rows(), n);
    assert!(dataset.node_names.is_empty() || dataset.node_names.len() == n);
    assert!(
        dataset
            .features
            .values
            .to_vec::<f32>()
            .iter()
            .all(|value| value.is_finite())
    );
    assert!(
        dataset
            .graph
            .adjacency
            .values
            .to_vec::<f32>()
            .iter()
            .all(|value| value.is_finite())
    );
    let classes = dataset.num_classes() as u32;
    assert!(
        dataset
            .labels
            .iter()
            .flatten()
            .all(|&class| class < classes)
    );
    for nodes in [
        &dataset.split.train,
        &dataset.split.val,
        &dataset.split.test,
    ] {
        assert!(
            nodes
                .iter()
                .all(|&node| dataset.labels[node as usize].is_some())
        );
    }
}

fn checked(result: Result<RawDataset, Error>) -> Option<Error> {
    match result.and_then(RawDataset::into_dataset) {
        Ok(dataset) => {
            check(&dataset);
            None
        }
        Err(error) => {
            assert_ne!(error.kind(), ErrorKind::Io, "{error}");
            Some(error)
        }
    }
}

fn write(path: &Path, bytes: &[u8]) {
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn tables() {
    let sound = [
        nodes(
            "age,ok,kind,w",
            [
                "1,yes,a,0",
                "3,no,b,1",
                "NA,yes,a,1",
                "5,,b,0",
                "\"7\",no,a,1",
                "9.5,no,b,0",
            ],
        ),
        EDGES
            .replace('\n', ",1\n")
            .replacen("target,1", "target,weight", 1),
        "id,age,ok,kind,w\nm0,2,yes,a,0\nm1,,no,c,1\n".to_owned(),
        "source,target,weight\nm0,m1,1\nm0,n3,2\n".to_owned(),
    ];
    let folder = TempDir::new().unwrap();
    let paths = ["nodes", "edges", "new", "links"].map(|name| folder.path().join(name));
    for (path, text) in paths.iter().zip(&sound) {
        write(path, text.as_bytes());
    }
    let base = import(&Tables::new(&paths[0], &paths[1])).unwrap();
    mutations("tables", |random| {
        let part = random.below(4);
        let mut bytes = sound[part].clone().into_bytes();
        random.mutate(&mut bytes);
        write(&paths[part], &bytes);
        let mut tables = Tables::new(&paths[0], &paths[1]);
        tables.directed = random.below(2) == 0;
        if random.below(8) == 0 {
            let exclude = vec!["kind".to_owned(), "weight".to_owned()];
            tables.columns = Columns {
                exclude,
                ..Columns::default()
            };
        }
        let error = if part < 2 {
            import(&tables).map(|imported| {
                check(&imported.dataset);
                let json = serde_json::to_string(&imported.schema).unwrap();
                assert_eq!(
                    serde_json::from_str::<Schema>(&json).unwrap(),
                    imported.schema
                );
            })
        } else {
            let _ = base.schema.names_others(&paths[2], &paths[3]);
            let attached = base
                .schema
                .read(&paths[2], Some(&paths[3]), Some(&base.dataset));
            attached.map(|new| check(&new.dataset))
        };
        write(&paths[part], sound[part].as_bytes());
        error.err()
    });
}

#[test]
fn npz() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("toy.npz");
    // Three labelled nodes are the fewest that fill a split.
    let sound = Npz::toy().with("labels", "|i1", "(3,)", &[1, 1, 1]);
    let zipped = sound.bytes();
    mutations("npz", |random| {
        let bytes = if random.below(4) == 0 {
            let mut bytes = zipped.clone();
            random.mutate(&mut bytes);
            bytes
        } else {
            let mut npz = sound.clone();
            let member = random.below(npz.members.len());
            random.mutate(&mut npz.members[member].1);
            npz.bytes()
        };
        write(&path, &bytes);
        checked(read_npz(&path, "toy"))
    });
}

#[test]
fn planetoid() {
    let folder = TempDir::new().unwrap();
    let sound = Planetoid::toy();
    sound.write(folder.path(), "toy");
    mutations("planetoid", |random| {
        let (part, bytes) = &sound.parts[random.below(sound.parts.len())];
        let path = folder.path().join(format!("ind.toy.{part}"));
        let mut mutated = bytes.clone();
        random.mutate(&mut mutated);
        write(&path, &mutated);
        let error = checked(read_planetoid(folder.path(), "toy"));
        write(&path, bytes);
        error
    });
}

#[test]
fn linqs() {
    let folder = TempDir::new().unwrap();
    let sound = [
        (
            "toy.content",
            "p1\t0\t1\tzoo\np2\t0.5\t0\tzoo\np3\t1\t1\tzoo\np4\t0\t0\tant\np5\t1\t0\tant\np6\t1\t1\tant\n",
        ),
        ("toy.cites", "p1\tp2\np2\tp3\np3\tp4\np4\tp5\np6\tp6\n"),
    ];
    for (name, text) in sound {
        write(&folder.path().join(name), text.as_bytes());
    }
    mutations("linqs", |random| {
        let (name, text) = sound[random.below(2)];
        let path = folder.path().join(name);
        let mut mutated = text.as_bytes().to_vec();
        random.mutate(&mut mutated);
        write(&path, &mutated);
        let error = checked(read_linqs(folder.path(), "toy"));
        write(&path, text.as_bytes());
        error
    });
}
