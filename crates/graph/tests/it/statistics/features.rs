//! Features, nodes that share them and what leaks through them, against plain lists.

use graxe_core::{Array, Csr, Pattern};
use graxe_graph::statistics::{IdenticalRows, Leaks, Statistics};
use graxe_graph::{Graph, Split};

use super::{dataset, random};

#[test]
fn features_are_counted_without_stored_zeros() {
    for seed in 0..10 {
        let (data, rows) = random(seed, 5, 3);
        let features = Statistics::of(&data).features;
        let nonzero = rows.iter().flatten().filter(|&&x| x != 0).count();
        assert_eq!((features.num_features, features.nonzero), (4, nonzero));
        assert_eq!(features.density, Some(nonzero as f64 / 20.0));
        let columns = |wanted: u32| {
            (0..4)
                .filter(|&c| rows.iter().all(|row| row[c] == wanted))
                .count()
        };
        assert_eq!(
            (features.empty_columns, features.constant_columns),
            (columns(0), columns(1))
        );
        let empty = rows
            .iter()
            .filter(|row| row.iter().all(|&x| x == 0))
            .count();
        assert_eq!(features.empty_rows, empty);
    }
}

#[test]
fn equal_rows_are_found_and_leak_across_the_split() {
    for seed in 0..20 {
        let (data, rows) = random(seed, 40, 3);
        let empty = |row: &[u32]| row.iter().all(|&x| x == 0);
        let twins = &|node: usize| {
            let same = |&other: &usize| other != node && rows[other] == rows[node];
            (0..40)
                .filter(same)
                .filter(|&n| !empty(&rows[n]))
                .collect::<Vec<_>>()
        };
        let statistics = Statistics::of(&data);
        let IdenticalRows { groups } = &statistics.identical;
        let with_twins = (0..40).filter(|&node| !twins(node).is_empty()).count();
        assert_eq!(statistics.identical.num_nodes(), with_twins);
        for group in groups {
            assert_eq!(twins(group[0] as usize).len() + 1, group.len());
            assert!(
                group
                    .iter()
                    .all(|&node| rows[node as usize] == rows[group[0] as usize])
            );
        }
        let Split { train, val, test } = &data.split;
        let like_train = |part: &[u32]| {
            let twin_trains = |&&node: &&u32| {
                twins(node as usize)
                    .iter()
                    .any(|&t| train.contains(&(t as u32)))
            };
            part.iter().filter(twin_trains).count()
        };
        let parts = |node: &u32| {
            [train, val, test]
                .iter()
                .filter(|part| part.contains(node))
                .count()
        };
        let want = Leaks {
            val_like_train: like_train(val),
            test_like_train: like_train(test),
            in_two_parts: (0..40).filter(|node| parts(node) > 1).collect(),
        };
        assert_eq!(statistics.leaks, want);
    }
}

#[test]
fn entries_of_one_place_are_one_number() {
    let pattern = Pattern::new(3, vec![0, 3, 5, 5], vec![2, 0, 2, 0, 2]).unwrap();
    let graph = Graph::from_edges(3, &[], &[]).unwrap();
    let mut data = dataset(graph, &vec![vec![1]; 3], vec![None; 3], Split::default());
    data.features = Csr::new(pattern, Array::from_vec(vec![1f32, 4.0, 2.0, 4.0, 3.0], 5));
    let statistics = Statistics::of(&data);
    assert_eq!(statistics.identical.groups, [[0, 1]]);
    assert_eq!(
        (statistics.features.nonzero, statistics.features.empty_rows),
        (4, 1)
    );
}
