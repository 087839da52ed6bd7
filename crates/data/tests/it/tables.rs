//! Small tables: what columns become, what is guessed, and what graph and split come out.

use std::fmt::Write;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use graxe_data::{Columns, Error, Feature, FeatureKind, Imported, Tables, import};
use graxe_graph::Scaling;
use tempfile::TempDir;

/// Two tables in a folder of their own.
pub(crate) struct Toy {
    folder: TempDir,
    pub(crate) tables: Tables,
}

impl Toy {
    pub(crate) fn new(nodes: impl AsRef<[u8]>, edges: impl AsRef<[u8]>) -> Self {
        let folder = TempDir::new().unwrap();
        let [nodes, edges] =
            [("nodes.csv", nodes.as_ref()), ("edges.csv", edges.as_ref())].map(|(name, bytes)| {
                let path = folder.path().join(name);
                std::fs::write(&path, bytes).unwrap();
                path
            });
        let tables = Tables::new(nodes, edges);
        Self { folder, tables }
    }

    pub(crate) fn with(mut self, change: impl FnOnce(&mut Tables)) -> Self {
        change(&mut self.tables);
        self
    }

    pub(crate) fn import(&self) -> Result<Imported, Error> {
        import(&self.tables)
    }

    /// Another file in the same folder.
    pub(crate) fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// The one line of the refusal, without the folder.
    pub(crate) fn refusal(&self) -> String {
        self.line_of(self.import().map(drop).unwrap_err())
    }

    pub(crate) fn line_of(&self, error: Error) -> String {
        let line = error.to_string();
        assert_eq!(line.lines().count(), 1, "{line}");
        line.replace(&format!("{}/", self.folder.path().display()), "")
    }
}

/// Six nodes of two classes with features `features(0..6)` under the header `names`, the split stated.
pub(crate) fn nodes(names: &str, features: [&str; 6]) -> String {
    let parts = ["train", "train", "val", "val", "test", "test"];
    let mut table = format!("id,label,split,{names}\n");
    for (node, (part, features)) in parts.iter().zip(features).enumerate() {
        let class = ["ant", "bee"][node % 2];
        writeln!(table, "n{node},{class},{part},{features}").unwrap();
    }
    table
}

pub(crate) const EDGES: &str = "source,target\nn0,n1\nn1,n2\nn2,n3\nn3,n4\nn4,n5\n";

fn of_features(names: &str, features: [&str; 6]) -> Imported {
    Toy::new(nodes(names, features), EDGES).import().unwrap()
}

fn dense(imported: &Imported) -> Vec<f32> {
    imported.dataset.features.to_dense().to_vec()
}

fn kinds(imported: &Imported) -> Vec<&FeatureKind> {
    let features = imported.schema.features().iter();
    features.map(|feature| &feature.kind).collect()
}

#[test]
fn numbers_are_standardised_by_the_training_nodes() {
    let imported = of_features("age", ["1", "3", "NA", " 5 ", "100", "2.5"]);
    assert_eq!(
        kinds(&imported),
        [&FeatureKind::Number {
            mean: 2.0,
            deviation: 1.0,
            missing: true
        }]
    );
    assert_eq!(
        imported.schema.features()[0].column_names(),
        ["age", "age is missing"]
    );
    assert_eq!(
        dense(&imported),
        [-1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 3.0, 0.0, 98.0, 0.0, 0.5, 0.0]
    );
    assert_eq!(imported.dataset.scaling, Scaling::Done);
    assert_eq!(imported.dataset.warnings, Vec::<String>::new());
}

#[test]
fn words_stay_sparse_and_as_they_are() {
    // A word that no node has stays among words, but one that all have tells nothing.
    let lines = ["0,1,1", "1,0,1", "0,0,1", "0,0,1", "1.0,0,1", "0,1,1"];
    let with_absent = lines.map(|line| line.to_owned() + ",0");
    let imported = of_features("a,b,all,none", with_absent.each_ref().map(String::as_str));
    assert_eq!(kinds(&imported), [&FeatureKind::Word; 3]);
    assert_eq!(imported.dataset.num_features(), 3);
    let imported = of_features("a,b,all", lines);
    assert_eq!(kinds(&imported), [&FeatureKind::Word; 2]);
    assert_eq!(imported.dataset.features.nnz(), 4);
    assert_eq!(
        dense(&imported),
        [0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0]
    );
    assert_eq!(imported.dataset.scaling, Scaling::Rows);
}

#[test]
fn words_with_gaps_stay_words() {
    // Of `e` nothing but ones is known, and of `f` nothing but zeros.
    let imported = of_features(
        "a,b,c,e,f",
        [
            "0,1,1,1,0",
            "1,0,NA,,0",
            "0,,1,1,",
            "0,0,0,,0",
            "1.0,0,1,1,0",
            "0,1,1,,0",
        ],
    );
    assert_eq!(kinds(&imported), [&FeatureKind::Word; 5]);
    assert_eq!(imported.dataset.scaling, Scaling::Rows);
    assert_eq!(imported.dataset.features.nnz(), 2 + 2 + 4 + 3);
    assert_eq!(
        imported.dataset.warnings,
        [
            "4 columns of words (0 or 1) have missing values, which are read as 0: `b`, `c`, `e`, `f`"
        ]
    );
    assert_eq!(imported.missing.len(), 4);
    let mixed = of_features("age,x", ["1,0", "2,1", "3,1", "4,", "5,0", "6,1"]);
    assert_eq!(kinds(&mixed)[1], &FeatureKind::Word);
    assert_eq!(
        mixed.dataset.warnings,
        ["1 column of words (0 or 1) has missing values, which are read as 0: `x`"]
    );
}

#[test]
fn truths_and_categories_become_ones() {
    let imported = of_features("ok,kind", ["yes,b", "No,a", "T,a", "f,b", "true,?", ",b"]);
    let values = vec!["a".to_owned(), "b".to_owned()];
    assert_eq!(
        kinds(&imported),
        [
            &FeatureKind::Boolean { missing: true },
            &FeatureKind::Category { values }
        ]
    );
    let names: Vec<String> = imported
        .schema
        .features()
        .iter()
        .flat_map(Feature::column_names)
        .collect();
    assert_eq!(names, ["ok", "ok is missing", "kind = a", "kind = b"]);
    #[rustfmt::skip]
    let expected = [
        1.0, 0.0, 0.0, 1.0,
        0.0, 0.0, 1.0, 0.0,
        1.0, 0.0, 1.0, 0.0,
        0.0, 0.0, 0.0, 1.0,
        1.0, 0.0, 0.0, 0.0,
        0.0, 1.0, 0.0, 1.0,
    ];
    assert_eq!(dense(&imported), expected);
    // Numbers among the names of a category are names.
    let mixed = of_features("zip", ["1", "0", "A1", "1", "0", "A1"]);
    let values = ["0", "1", "A1"].map(str::to_owned).to_vec();
    assert_eq!(kinds(&mixed), [&FeatureKind::Category { values }]);
}

#[test]
fn columns_that_do_not_vary_are_left_out_with_a_warning() {
    let imported = of_features(
        "x,same,none,late,absent,vast",
        [
            "1,7,,3,,1e300",
            "0,7,,3,,2",
            "1,7,,3,5,3",
            "0,7,,4,6,4",
            "1,7,,5,7,5",
            "0,7,,6,8,6",
        ],
    );
    assert_eq!(imported.dataset.num_features(), 1);
    assert_eq!(
        imported.dataset.warnings,
        [
            "columns that hold one value or none were left out: `same`, `none`",
            "columns of numbers that do not vary over the training nodes were left out: `late`",
            "columns of numbers that no training node has were left out: `absent`",
            "columns of numbers whose variance over the training nodes is beyond double precision were left out: `vast`",
        ]
    );
}

#[test]
fn nodes_without_features_get_the_identity() {
    let imported = of_features("x", ["1"; 6]);
    assert_eq!(imported.dataset.num_features(), 6);
    assert_eq!(imported.dataset.features.pattern.col(), [0, 1, 2, 3, 4, 5]);
    let warnings = &imported.dataset.warnings;
    assert!(
        warnings[1].starts_with("the nodes have no features"),
        "{warnings:?}"
    );
    assert!(imported.schema.features().is_empty());
}

#[test]
fn columns_are_guessed_and_told() {
    let imported = of_features("x,y2", ["1,a", "2,a", "3,b", "4,b", "5,a", "6,b"]);
    assert_eq!(
        imported.guesses,
        [
            "nodes.csv: classes are in column `label`",
            "nodes.csv: ids are in column `id`",
            "edges.csv: sources are in column `source`",
            "edges.csv: targets are in column `target`",
            "nodes.csv: the parts of the split are in column `split`",
            "nodes.csv: 1 column is read as numbers: `x`",
            "nodes.csv: 1 column is read as categories: `y2`",
        ]
    );
    // Ids by their place, ends by theirs, a weight by its name; semicolons are seen in the header.
    let toy = Toy::new(
        "Paper;Subject;set;x\np1;A;train;0\np2;B;valid;1\np3;A;TEST;0\n",
        "Weight|a|b\n2|p1|p2\n0.5|p2|p3\n",
    );
    let imported = toy.import().unwrap();
    assert_eq!(
        imported.guesses,
        [
            "nodes.csv: fields are separated by semicolons",
            "edges.csv: fields are separated by vertical bars",
            "nodes.csv: classes are in column `Subject`",
            "nodes.csv: ids are in column `Paper`",
            "edges.csv: weights are in column `Weight`",
            "edges.csv: sources are in column `a`",
            "edges.csv: targets are in column `b`",
            "nodes.csv: the parts of the split are in column `set`",
            "nodes.csv: 1 column is read as words (0 or 1): `x`",
        ]
    );
    assert_eq!(imported.dataset.node_names, ["p1", "p2", "p3"]);
    assert_eq!(
        imported.dataset.graph.adjacency.values.to_vec::<f32>(),
        [2.0, 2.0, 0.5, 0.5]
    );
    let split = &imported.dataset.split;
    assert_eq!(
        [&split.train, &split.val, &split.test].map(|part| part[0]),
        [0, 1, 2]
    );
}

#[test]
fn named_columns_are_not_guessed() {
    let toy = Toy::new(
        "key,id,class,fold,x\na,1,u,1,0\nb,1,v,2,1\nc,2,u,1,1\nd,2,v,2,0\n",
        "from,to,by,weight\n9,a,b,x\n9,b,c,x\n9,c,d,x\n",
    )
    .with(|tables| {
        tables.fractions = [0.4, 0.3, 0.3];
        tables.columns = Columns {
            id: Some("key".to_owned()),
            source: Some("to".to_owned()),
            target: Some("by".to_owned()),
            exclude: vec!["weight".to_owned(), "id".to_owned()],
            ..Columns::default()
        };
    });
    // Two nodes a class cannot fill three parts.
    assert_eq!(
        toy.refusal(),
        "nodes.csv: no class has enough labelled nodes to validate on: the largest of 2 classes has 2, and of each class 40, 30 and 30 % are drawn; give classes of 3 nodes or more, or a split column of your own (--split)"
    );
    // A column that is called fold but holds no parts is a feature.
    let more = "e,3,u,1,1\nf,3,v,2,0\n";
    let nodes = std::fs::read_to_string(&toy.tables.nodes).unwrap() + more;
    std::fs::write(&toy.tables.nodes, nodes).unwrap();
    let toy = toy.with(|tables| tables.fractions = [0.34, 0.33, 0.33]);
    let imported = toy.import().unwrap();
    let names = imported
        .schema
        .features()
        .iter()
        .map(|feature| feature.name.as_str());
    assert!(names.eq(["fold", "x"]));
    assert_eq!(
        imported.guesses[0],
        "nodes.csv: classes are in column `class`"
    );
    assert_eq!(imported.guesses.len(), 3, "{:?}", imported.guesses);
    assert_eq!(
        imported.dataset.warnings,
        [
            "no column states the split, so 34, 33 and 33 % of each class are drawn at random with seed 0 to train, validate and test on"
        ]
    );
}

#[test]
fn ids_may_be_names_of_other_columns() {
    let table = nodes("x", ["1", "2", "3", "4", "5", "6"]);
    let [table, edges] = [table.as_str(), EDGES].map(|text| text.replace("n0,", "x,"));
    let imported = Toy::new(table, edges).import().unwrap();
    assert_eq!(imported.dataset.node_names[..2], ["x", "n1"]);
}

#[test]
fn labels_are_classes_in_sorted_order() {
    let labelled = |labels: [&str; 6]| {
        let parts = ["train", "train", "val", "val", "test", "test"];
        let mut table = "id,label,split\n".to_owned();
        for (node, (label, part)) in labels.iter().zip(parts).enumerate() {
            writeln!(table, "n{node},{label},{part}").unwrap();
        }
        Toy::new(table, EDGES).import().unwrap().dataset
    };
    let numbers = labelled(["10", "9", "9", "10", "-1", "9"]);
    assert_eq!(numbers.class_names, ["-1", "9", "10"]);
    assert_eq!(numbers.labels, [2, 1, 1, 2, 0, 1].map(Some));
    let names = labelled(["zoo", "ant", "", "ant", " zoo", "NaN"]);
    assert_eq!(names.class_names, ["ant", "zoo"]);
    assert_eq!(
        names.labels,
        [Some(1), Some(0), None, Some(0), Some(1), None]
    );
    assert_eq!((names.split.val, names.split.test), (vec![3], vec![4]));
    assert_eq!(
        names.warnings[..2],
        [
            "2 nodes have no label and are in no part of the split",
            "2 nodes of the split have no label and were left out of it",
        ]
    );
}

#[test]
fn loops_and_repeats_are_counted_and_weights_added_up() {
    let edges = "source,target,weight\nn0,n1,1\nn1,n0,2\nn0,n1,4\nn2,n2,9\nn4,n3,0.5\n";
    let toy = Toy::new(nodes("x", ["0", "1", "0", "1", "0", "1"]), edges);
    let imported = toy.import().unwrap();
    let graph = &imported.dataset.graph;
    assert_eq!(graph.pattern().row(), [0, 1, 3, 4]);
    assert_eq!(graph.pattern().col(), [1, 0, 4, 3]);
    assert_eq!(graph.adjacency.values.to_vec::<f32>(), [7.0, 7.0, 0.5, 0.5]);
    let listed = imported.dataset.listed;
    assert_eq!((listed.count, listed.loops, listed.repeats), (5, 1, 1));
    assert_eq!(
        imported.dataset.warnings,
        [
            "1 loops of edges.csv were left out, and the weights of 1 repeated edges and of 1 that are listed in both directions were added up"
        ]
    );
    let toy = toy.with(|tables| tables.directed = true);
    let directed = toy.import().unwrap().dataset.graph;
    assert_eq!(directed.pattern().row(), [0, 1, 3]);
    assert_eq!(directed.pattern().col(), [1, 0, 4]);
    assert_eq!(directed.adjacency.values.to_vec::<f32>(), [2.0, 5.0, 0.5]);
    let toy = toy.with(|tables| tables.columns.exclude = vec!["weight".to_owned()]);
    let bare = toy.import().unwrap().dataset;
    assert_eq!(bare.graph.adjacency.values.to_vec::<f32>(), [1.0; 3]);
    assert_eq!(
        bare.warnings,
        ["1 loops and 1 repeated edges of edges.csv were left out"]
    );
}

#[test]
fn the_same_tables_in_other_clothes_are_the_same() {
    let plain = Toy::new(nodes("x", ["1", "2", "3", "4", "5", "6"]), EDGES);
    let expected = format!("{:?}", plain.import().unwrap().dataset.features.to_dense());
    let text = std::fs::read_to_string(&plain.tables.nodes).unwrap();
    let marked = format!("\u{feff}{}", text.replace('\n', "\r\n"));
    let blank = format!("\n\n{}\n \n\n", text.replace("n2,", "\n\nn2,"));
    let quoted = text.replace("ant", "\"ant\"").replace("id,", "\"id\",");
    let old_macintosh = text.replace('\n', "\r");
    let unended = text.trim_end().to_owned();
    for text in [
        marked,
        blank,
        quoted,
        old_macintosh,
        unended,
        text.replace(',', "\t"),
    ] {
        let toy = Toy::new(&text, EDGES);
        let imported = toy
            .import()
            .unwrap_or_else(|error| panic!("{error}: {text:?}"));
        assert_eq!(
            format!("{:?}", imported.dataset.features.to_dense()),
            expected
        );
    }
    let packed = plain.tables.nodes.with_file_name("packed");
    pack(&packed, text.as_bytes());
    let toy = plain.with(|tables| tables.nodes = packed);
    let imported = toy.import().unwrap();
    assert_eq!(
        format!("{:?}", imported.dataset.features.to_dense()),
        expected
    );
    assert_eq!(imported.dataset.name, "packed");
}

#[test]
fn fields_in_quotes_hold_delimiters_line_ends_and_quotes() {
    let table = "id,label,split\n\"a,\n1\",\"x\"\"y\",train\nb,z,val\nc,z,test\n";
    let toy = Toy::new(table, "s,t\n\"a,\n1\",b\nb,c\n");
    let dataset = toy.import().unwrap().dataset;
    assert_eq!(dataset.node_names, ["a,\n1", "b", "c"]);
    assert_eq!(dataset.class_names, ["x\"y", "z"]);
    // Ids keep their spaces, and lines are those of the file.
    let toy = Toy::new(table, "s,t\n\"a,\n1\",b\nb, c\n");
    assert_eq!(
        toy.refusal(),
        "edges.csv:4: the target ` c` is not in nodes.csv; add it to the node table or remove the edge"
    );
}

pub(crate) fn pack(path: &Path, bytes: &[u8]) {
    let mut gzip = GzEncoder::new(File::create(path).unwrap(), Compression::fast());
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap();
}
