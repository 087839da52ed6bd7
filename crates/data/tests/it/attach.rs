//! New tables by the schema of old ones: graphs of their own, and nodes attached to a data set.

use graxe_data::{ErrorKind, FeatureKind, Imported, NewNodes, Schema};

use crate::tables::{EDGES, Toy, nodes};

/// Six nodes with a number, a truth, a category and a word.
fn toy() -> (Toy, Imported) {
    let table = nodes(
        "age,ok,kind,w",
        [
            "1,yes,a,0",
            "3,no,b,1",
            "NA,yes,a,1",
            "5,,b,0",
            "7,no,a,1",
            "9,no,b,0",
        ],
    );
    let edges = EDGES
        .replace('\n', ",1\n")
        .replacen("target,1", "target,weight", 1);
    let toy = Toy::new(table, edges);
    let imported = toy.import().unwrap();
    (toy, imported)
}

fn read(
    toy: &Toy,
    imported: &Imported,
    nodes: &str,
    edges: &str,
    attach: bool,
) -> Result<NewNodes, String> {
    let nodes = toy.file("new.csv", nodes);
    let edges = toy.file("links.csv", edges);
    let base = attach.then_some(&imported.dataset);
    let new = imported.schema.read(&nodes, Some(&edges), base);
    new.map_err(|error| toy.line_of(error))
}

const NEW: &str = "w,id,kind,ok,age\n1,m0,a,yes,2\n0,m1,unseen,,\n";

#[test]
fn a_schema_is_the_same_after_json() {
    let (_, imported) = toy();
    let schema = imported.schema;
    let text = serde_json::to_string(&schema).unwrap();
    assert_eq!(serde_json::from_str::<Schema>(&text).unwrap(), schema);
    for mean in [
        0.1 + 0.2,
        1.0 / 3.0,
        5e-324,
        f64::MAX,
        -1e22,
        123456789.12345679,
    ] {
        let json = text.replace("\"mean\":\"2\"", &format!("\"mean\":\"{mean}\""));
        let back: Schema = serde_json::from_str(&json).unwrap();
        let FeatureKind::Number { mean: found, .. } = back.features()[0].kind else {
            panic!("{json}");
        };
        assert_eq!(found.to_bits(), mean.to_bits());
        assert_eq!(
            serde_json::from_str::<Schema>(&serde_json::to_string(&back).unwrap()).unwrap(),
            back
        );
    }
    for (old, new, feature) in [
        ("\"deviation\":\"1\"", "\"deviation\":\"0\"", "age"),
        ("[\"a\",\"b\"]", "[\"b\",\"a\"]", "kind"),
        ("\"name\":\"ok\"", "\"name\":\"age\"", "age"),
    ] {
        assert!(text.contains(old), "{text}");
        let error = serde_json::from_str::<Schema>(&text.replace(old, new)).unwrap_err();
        let expected = format!("the schema contradicts itself in feature `{feature}`");
        assert!(error.to_string().starts_with(&expected), "{error}");
    }
}

#[test]
fn a_schema_tells_what_it_reads() {
    let (_, imported) = toy();
    let schema = &imported.schema;
    assert_eq!((schema.id(), schema.label()), ("id", "label"));
    assert_eq!(schema.ends(), ("source", "target"));
    assert_eq!(
        (schema.weight(), schema.directed()),
        (Some("weight"), false)
    );
    assert_eq!(schema.classes(), ["ant", "bee"]);
    assert_eq!(schema.num_features(), imported.dataset.num_features());
    assert_eq!(schema.scaling(), imported.dataset.scaling);
}

#[test]
fn new_nodes_are_a_graph_of_their_own() {
    let (toy, imported) = toy();
    let labelled = "label,w,id,kind,ok,age\n,1,m0,a,yes,2\nbee,0,m1,unseen,,\n";
    let edges = "weight,source,target\n2,m0,m1\n1,m1,m0\n";
    for (table, label) in [(NEW, None), (labelled, Some(1))] {
        let NewNodes { dataset, first_new } = read(&toy, &imported, table, edges, false).unwrap();
        assert_eq!((first_new, dataset.name.as_str()), (0, "new"));
        assert_eq!(dataset.node_names, ["m0", "m1"]);
        #[rustfmt::skip]
        let expected = [
            0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0,
            0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0,
        ];
        assert_eq!(dataset.features.to_dense().to_vec::<f32>(), expected);
        assert_eq!(dataset.graph.pattern().col(), [1, 0]);
        assert_eq!(dataset.graph.adjacency.values.to_vec::<f32>(), [3.0, 3.0]);
        assert_eq!(dataset.labels, [None, label]);
        assert_eq!(dataset.split.test, label.map_or(vec![], |_| vec![1]));
        assert!(dataset.split.train.is_empty() && dataset.split.val.is_empty());
    }
    let nodes = toy.file("new.csv", NEW);
    let alone = imported.schema.read(&nodes, None, None).unwrap().dataset;
    assert_eq!((alone.num_nodes(), alone.graph.num_edges()), (2, 0));
}

#[test]
fn new_nodes_are_attached_behind_the_base() {
    let (toy, imported) = toy();
    let edges = "source,target,weight\nm0,n0,2\nn5,m1,1\nn0,m0,0.5\nn0,n1,3\n";
    let paths = (toy.file("new.csv", NEW), toy.file("links.csv", edges));
    assert!(imported.schema.names_others(&paths.0, &paths.1).unwrap());
    let within = toy.file("within.csv", "source,target,weight\nm0,m1,1\n");
    assert!(!imported.schema.names_others(&paths.0, &within).unwrap());
    let NewNodes { dataset, first_new } = read(&toy, &imported, NEW, edges, true).unwrap();
    let base = &imported.dataset;
    assert_eq!((first_new, dataset.num_nodes()), (6, 8));
    assert_eq!(dataset.name, base.name);
    assert_eq!(dataset.split, base.split);
    assert_eq!(dataset.labels[..6], base.labels);
    assert_eq!(dataset.labels[6..], [None, None]);
    let weights = dataset.graph.adjacency.to_dense().to_vec::<f32>();
    assert_eq!((weights[6], weights[6 * 8]), (2.5, 2.5));
    assert_eq!(
        (weights[5 * 8 + 7], weights[1], weights[8]),
        (1.0, 4.0, 4.0)
    );
    assert_eq!(dataset.graph.num_edges(), base.graph.num_edges() + 4);
    let old = base.features.nnz();
    assert_eq!(
        dataset.features.pattern.col()[..old],
        *base.features.pattern.col()
    );
    assert_eq!(dataset.listed.count, 9);
}

#[test]
fn new_tables_that_do_not_fit_are_refused() {
    let (toy, imported) = toy();
    let edges = "source,target,weight\nm0,m1,1\n";
    let refused = |nodes: &str, edges: &str, attach| {
        read(&toy, &imported, nodes, edges, attach)
            .map(drop)
            .unwrap_err()
    };
    for (nodes, expected) in [
        (
            "id,age\nm0,1\n",
            "new.csv:1: there is no column `ok`, there are `id`, `age`",
        ),
        (
            "id,age,ok,kind,w\nm0,old,yes,a,0\n",
            "new.csv:2: column `age`: expected a number, found `old`; leave the field empty where the value is not known",
        ),
        (
            "id,age,ok,kind,w\nm0,-inf,yes,a,0\n",
            "new.csv:2: column `age`: expected a finite number, found `-inf`; leave the field empty where the value is not known",
        ),
        (
            "id,age,ok,kind,w\nm0,1,perhaps,a,0\n",
            "new.csv:2: column `ok`: expected true or false, found `perhaps`; leave the field empty where the value is not known",
        ),
        (
            "id,age,ok,kind,w\nm0,1,yes,a,2\n",
            "new.csv:2: column `w`: expected 0 or 1, found `2`; leave the field empty where the value is not known",
        ),
        (
            "id,age,ok,kind,w,label\nm0,1,yes,a,0,cat\n",
            "new.csv:2: column `label`: `cat` is none of the classes `ant`, `bee`; leave the label empty where it is not known",
        ),
        (
            "id,age,ok,kind,w\nn3,1,yes,a,0\n",
            "new.csv:2: the id `n3` is that of a node already; leave out nodes that the model was trained on",
        ),
        (
            "id,age,ok,kind,w\n",
            "new.csv: the table has a header but no nodes",
        ),
    ] {
        assert_eq!(refused(nodes, edges, true), expected);
    }
    let stray = "source,target,weight\nm0,n9,1\n";
    let name = &imported.dataset.name;
    assert_eq!(
        refused(NEW, stray, true),
        format!(
            "links.csv:2: the target `n9` is not in new.csv nor in data set `{name}`; add it to new.csv or remove the edge"
        )
    );
    assert_eq!(
        refused(NEW, "source,target\nm0,m1\n", false),
        "links.csv:1: there is no column `weight`, there are `source`, `target`"
    );
    let nodes = toy.file("new.csv", NEW);
    let club = graxe_data::load("karate", None).unwrap();
    let error = imported.schema.read(&nodes, None, Some(&club)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Inconsistent);
    let bare = Toy::new(
        "id,label,split\nn0,a,train\nn1,b,val\nn2,a,test\n",
        "s,t\nn0,n1\n",
    );
    let error = bare
        .import()
        .unwrap()
        .schema
        .read(&nodes, None, None)
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the nodes of the training had no features but one of their own each; train on a table with features to read new nodes"
    );
}
