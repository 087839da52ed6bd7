//! Whole pages of data that are known.

use expect_test::expect;
use serde_json::json as object;

use super::{kinds, page};
use crate::shared_data;
use crate::train::json;

#[expect(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]
#[test]
fn the_karate_club_is_a_page() {
    expect![[r#"
        karate

        Graph
          nodes           34
          edges           78, undirected
          listed          78, with no self loops and no duplicates
          isolated        0 nodes
          components      1

        Degrees
          1 to 17, median 3, mean 4.59
              1   1  ██▋
              2  11  █████████████████████████████▍
            3–4  12  ████████████████████████████████
            5–8   5  █████████████▍
           9–16   4  ██████████▋
          17–32   1  ██▋

        Features
          number          34
                          one of its own for each node (the identity)

        Labels
          2 classes                         all              train       val      test
          Mr. Hi                             17   50.0 %         1         8         8
          Officer                            17   50.0 %         1         8         8

        Homophily
          edges           85.9 % of the edges join nodes of one class
          nodes           88.8 % of a node's neighbours are of its class
          beyond chance   0.718, from 0 (by chance) to 1
          Neighbours mostly share a class, which is what GNNs thrive on.

        Split
          train            2    5.9 %
          validate        16   47.1 %
          test            16   47.1 %
          leaks           none

        Training gcn (kipf)
          time ...
          memory ...

        Warnings
          ! fewer than 10 training nodes for every class, as few as 1
            label more nodes, or train several seeds (--runs 10) and mind the deviation
          ! there are only 16 nodes to validate on, so that chance says when to stop
            validate on more, or use --protocol cucurull, which never stops early
          ! there are only 16 nodes to test on, each of which is 6.2 % of the accuracy
            test on more nodes, or compare means over several seeds (--runs 10)
          ! the features say nothing of a node but which one it is
            give features if there are any: edges alone say nothing about new nodes
    "#]]
    .assert_eq(&page(&["inspect"]));
    assert_eq!(page(&["inspect", "karate", "--quiet"]), page(&["inspect"]));
}

#[expect(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]
#[test]
fn cora_is_as_it_is_known() {
    let Some(folder) = shared_data() else { return };
    let archive = folder.join("linqs/cora.tgz");
    let archive = archive.to_string_lossy();
    expect![[r#"
        cora

        Graph
          nodes           2,708
          edges           5,278, undirected
          listed          5,429, with no self loops and no duplicates
          isolated        0 nodes
          components      78, the largest with 2,485 nodes (91.8 %)

        Degrees
          1 to 168, median 3, mean 3.90
                1  485  ████████████████▌
                2  583  ███████████████████▊
              3–4  942  ████████████████████████████████
              5–8  551  ██████████████████▊
             9–16  107  ███▋
            17–32   30  █
            33–64    6  ▎
           65–128    3  ▏
          129–256    1  ▏

        Features
          number          1,433
          not 0           49,216, 1.27 % of all
          always 0        1 feature
          as another      27 nodes (1.0 %)

        Labels
          7 classes                         all              train       val      test
          Neural_Networks                   818   30.2 %        20       161       312
          Probabilistic_Methods             426   15.7 %        20        79       155
          Genetic_Algorithms                418   15.4 %        20        94       157
          Theory                            351   13.0 %        20        65       119
          Case_Based                        298   11.0 %        20        50       112
          Reinforcement_Learning            217    8.0 %        20        30        84
          Rule_Learning                     180    6.6 %        20        21        61

        Homophily
          edges           81.0 % of the edges join nodes of one class
          nodes           82.5 % of a node's neighbours are of its class
          beyond chance   0.766, from 0 (by chance) to 1
          Neighbours mostly share a class, which is what GNNs thrive on.

        Split
          train             140    5.2 %
          validate          500   18.5 %
          test            1,000   36.9 %
          unused          1,068   39.4 %
          leaks           3 validation and 1 test nodes have a training node's features

        Training mlp (kipf)
          time ...
          memory ...

        Warnings
          ! the files state no split, so it is drawn at random with seed 0 in the
            manner of Planetoid
    "#]]
    .assert_eq(&page(&["inspect", &archive, "--model", "mlp"]));
    let linqs = json(&["inspect", &archive, "--json"]);
    assert_eq!(
        linqs["graph"]["listed"],
        object!({"edges": 5429, "self_loops": 0, "duplicates": 0})
    );
    let planetoid = folder.join("planetoid");
    let planetoid = planetoid.to_string_lossy();
    let planetoid = json(&["inspect", "cora", "--data", &planetoid, "--json"]);
    assert_eq!(planetoid["graph"]["listed"]["duplicates"], 302);
    assert_eq!(planetoid["graph"]["messages"], 10_556);
    assert_eq!(planetoid["graph"], {
        let mut graph = linqs["graph"].clone();
        graph["listed"] = planetoid["graph"]["listed"].clone();
        graph
    });
    assert_eq!(planetoid["homophily"]["level"], "high");
    assert!(kinds(&planetoid).is_empty(), "{planetoid}");
}
