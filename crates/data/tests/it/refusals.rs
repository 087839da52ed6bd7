//! Tables that are refused: the whole line of each error.

use std::fmt::Write;

use graxe_data::{Columns, ErrorKind};

use crate::tables::{EDGES, Toy, nodes, pack};

fn sound() -> String {
    nodes("x", ["1", "2", "3", "4", "5", "6"])
}

/// What is said of a node table with sound edges.
fn of_nodes(nodes: impl AsRef<[u8]>) -> String {
    Toy::new(nodes, EDGES).refusal()
}

/// What is said of an edge table with sound nodes.
fn of_edges(edges: impl AsRef<[u8]>) -> String {
    Toy::new(sound(), edges).refusal()
}

/// What is said of sound tables with these columns.
fn of_columns(columns: Columns) -> String {
    Toy::new(sound(), EDGES)
        .with(|tables| tables.columns = columns)
        .refusal()
}

#[test]
fn edges_without_their_nodes() {
    for (edges, expected) in [
        (
            "source,target\nn0,n9\n",
            "edges.csv:2: the target `n9` is not in nodes.csv; add it to the node table or remove the edge",
        ),
        (
            "source,target\nn0,n1\n\n,n1\n",
            "edges.csv:4: the source of the edge is empty; remove the edge or say where it leads",
        ),
        (
            "source,target\nsource,target\nn0,n1\n",
            "edges.csv:2: the line repeats the header; remove it",
        ),
        (
            "source,target\nsource,n1\n",
            "edges.csv:2: the source `source` is not in nodes.csv; add it to the node table or remove the edge",
        ),
        (
            "source,target,year\nsource,target,9\n",
            "edges.csv:2: the source `source` is not in nodes.csv; add it to the node table or remove the edge",
        ),
        (
            "source,target,year\nn0,n1,9\nsource,target, year\n",
            "edges.csv:3: the line repeats the header; remove it",
        ),
        (
            "n0,n1\nn1,n2\n",
            "edges.csv:1: expected names of columns, found data such as `n0`; add a first line that names the columns",
        ),
        (
            "source\nn0\n",
            "edges.csv:1: the header is one column, `source`; separate columns by commas, tabs, semicolons or vertical bars",
        ),
        (
            "source,target,weight\nn0,n1,heavy\n",
            "edges.csv:2: expected a finite number as the weight, found `heavy`; mend it, or leave the column out by --exclude",
        ),
        (
            "source,target,weight\nn0,n1,inf\n",
            "edges.csv:2: expected a finite number as the weight, found `inf`; mend it, or leave the column out by --exclude",
        ),
        (
            "source,target,weight\nn0,n1,-0.5\n",
            "edges.csv:2: the weight `-0.5` is negative; the means and normalisations of models need weights from 0 up",
        ),
        (
            "source,target,weight\nn0,n1,3e38\nn0,n1,3e38\n",
            "edges.csv: the weights of an edge that is listed repeatedly add up to infinity",
        ),
    ] {
        assert_eq!(of_edges(edges), expected);
    }
    let error = Toy::new(sound(), "s,t\nn0,n0\n").import().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Empty);
    assert!(
        error
            .to_string()
            .ends_with("has no edges between different nodes")
    );
}

#[test]
fn lines_that_are_odd() {
    let ragged = |found: &str, line: usize| {
        format!(
            "nodes.csv:{line}: expected 4 fields as in the header, found {found}; fields are separated by commas; one that holds them stands in double quotes"
        )
    };
    let utf8 = "if it is Latin-1, convert it: iconv -f ISO-8859-1 -t UTF-8 OLD > NEW";
    let quote = "double a quote that belongs to a field's text";
    let table = |text: &str| sound().replace("n3,bee,val,4", text);
    let cases: Vec<(Vec<u8>, String)> = vec![
        (
            b"".to_vec(),
            "nodes.csv: the file is empty, expected a table; its first line names the columns".to_owned(),
        ),
        (
            b"id,label\n".to_vec(),
            "nodes.csv: the table has a header but no nodes".to_owned(),
        ),
        (table("n3,bee,val").into(), ragged("3", 5)),
        (table("n3,bee,val,4,5").into(), ragged("5", 5)),
        (table("n3;bee;val;4").into(), ragged("1", 5)),
        (
            table(",bee,val,4").into(),
            "nodes.csv:5: the id of the node is empty; give each node an id of its own".to_owned(),
        ),
        (
            table("n1,bee,val,4").into(),
            "nodes.csv:5: the id `n1` stands here and on line 3; give each node an id of its own".to_owned(),
        ),
        (
            sound().replacen('\n', "\nid,label,split,x\n", 1).into(),
            "nodes.csv:2: the line repeats the header; remove it".to_owned(),
        ),
        (
            b"n0,0.5,ant\nn1,0.25,bee\n".to_vec(),
            "nodes.csv:1: expected names of columns, found data such as `0.5`; add a first line that names the columns".to_owned(),
        ),
        (
            b"17,1,0\n18,0,1\n".to_vec(),
            "nodes.csv:1: expected names of columns, found data such as `17`; add a first line that names the columns".to_owned(),
        ),
        (
            b"n0,1,0,0,ant\n".to_vec(),
            "nodes.csv:1: expected names of columns, found data such as `0`; add a first line that names the columns".to_owned(),
        ),
        (
            b"id,label,x,x\n".to_vec(),
            "nodes.csv:1: the header names `x` twice, in fields 3 and 4; give each column a name of its own".to_owned(),
        ),
        (
            [&sound().replace("n3,", "n\u{1},").into_bytes()[..]].concat()
                .iter().map(|&b| if b == 1 { 0xe9 } else { b }).collect(),
            format!("nodes.csv:5: expected UTF-8 text, found byte 0xe9; {utf8}"),
        ),
        (
            table("n\u{1},\u{2}ee,val,4").bytes()
                .map(|b| match b { 1 => 0xc3, 2 => 0xa9, b => b }).collect(),
            format!("nodes.csv:5: expected UTF-8 text, found a character across two fields; {utf8}"),
        ),
        (
            b"\xff\xfei\0d\0".to_vec(),
            "nodes.csv: expected a table of UTF-8 text, found UTF-16 text; convert it: iconv -f UTF-16 -t UTF-8 OLD > NEW".to_owned(),
        ),
        (
            b"i\0d\0,\0l\0".to_vec(),
            "nodes.csv: expected a table of UTF-8 text, found zero bytes, as in UTF-16 text or a binary file; convert it: iconv -f UTF-16 -t UTF-8 OLD > NEW".to_owned(),
        ),
        (
            format!("id{}\n", ",x".repeat(1 << 20)).into(),
            "nodes.csv:1: more than 1048576 columns are too many".to_owned(),
        ),
        (
            b"PK\x03\x04....".to_vec(),
            "nodes.csv: expected a table of UTF-8 text, found a zip archive or a spreadsheet; unpack it or export it as CSV".to_owned(),
        ),
        (
            table("\"n3,bee,val,4").into(),
            format!("nodes.csv:5: a quote is opened here and never closed; {quote}"),
        ),
        (
            table(&format!("\"{}", "n3,bee,val,4\n".repeat(2 << 20))).into(),
            format!("nodes.csv:5: the record is longer than 16 MiB, as when a quote is not closed; {quote}"),
        ),
    ];
    for (bytes, expected) in cases {
        assert_eq!(of_nodes(&bytes), expected);
    }
}

#[test]
fn files_that_cannot_be_read() {
    let toy = Toy::new(sound(), EDGES);
    let packed = toy.file("packed.gz", "");
    pack(&packed, sound().repeat(100).as_bytes());
    let bytes = std::fs::read(&packed).unwrap();
    let cut = toy.file("packed.gz", &bytes[..bytes.len() - 9]);
    let toy = toy.with(|tables| tables.nodes = cut);
    let line = toy.refusal();
    assert!(
        line.starts_with("packed.gz: the gzip file is cut off or damaged: ")
            && line.ends_with("; fetch it or pack it again"),
        "{line}"
    );
    let folder = toy.tables.nodes.parent().unwrap().join("nodes");
    std::fs::create_dir(&folder).unwrap();
    let toy = toy.with(|tables| tables.nodes = folder);
    assert_eq!(
        toy.refusal(),
        "nodes: expected a table, found a folder; name a file in it"
    );
    let toy = toy.with(|tables| tables.nodes.push("nowhere"));
    assert_eq!(toy.import().unwrap_err().kind(), ErrorKind::Io);
}

#[test]
fn columns_that_are_not_there() {
    let name = |name: &str| Some(name.to_owned());
    let there = "there are `id`, `label`, `split`, `x`";
    for (columns, expected) in [
        (
            Columns { label: name("lable"), ..Columns::default() },
            format!("nodes.csv:1: there is no column `lable`, {there}; did you mean `label`?"),
        ),
        (
            Columns { id: name("paper"), ..Columns::default() },
            format!("nodes.csv:1: there is no column `paper`, {there}"),
        ),
        (
            Columns { exclude: vec!["X".to_owned()], ..Columns::default() },
            format!("nodes.csv:1: there is no column `X`, {there}; did you mean `x`?"),
        ),
        (
            Columns { exclude: vec!["label".to_owned()], ..Columns::default() },
            format!("nodes.csv:1: no column is known to hold classes, {there}; name it by --label"),
        ),
        (
            Columns { target: name("tagret"), ..Columns::default() },
            "edges.csv:1: there is no column `tagret`, there are `source`, `target`; did you mean `target`?".to_owned(),
        ),
        (
            Columns { exclude: vec!["source".to_owned()], ..Columns::default() },
            "edges.csv:1: no column is left that could hold sources, there are `source`, `target`; name the columns by --source and --target".to_owned(),
        ),
    ] {
        assert_eq!(of_columns(columns), expected);
    }
    let many: Vec<String> = (0..30).map(|word| format!("w{word}")).collect();
    assert_eq!(
        of_nodes(format!("id,{}\n", many.join(","))),
        "nodes.csv:1: no column is known to hold classes, there are `id`, `w0`, `w1`, `w2`, `w3`, `w4`, `w5`, `w6`, `w7`, `w8`, `w9`, `w10` and 19 more; name it by --label"
    );
    let twice = "a,label,x\nn0,u,1\nn1,v,2\nn0,u,3\n";
    assert_eq!(
        of_nodes(twice),
        "nodes.csv:4: no column is known to hold ids, and the first one, `a`, holds `n0` here and on line 2; name the column of ids by --id"
    );
}

#[test]
fn values_that_are_no_features() {
    let advice =
        "leave it out by --exclude, or turn it into columns of words (0 or 1) or of an embedding";
    let of = |features: [&str; 6]| of_nodes(nodes("x", features));
    assert_eq!(
        of(["one fish", "two fish", "red fish", "blue fish", "1", "2"]),
        format!(
            "nodes.csv:2: column `x`: free text is not read: 6 different values for 6 nodes, such as `one fish`; {advice}"
        )
    );
    assert_eq!(
        of(["1", "2", "3", "n/k", "5", "6"]),
        "nodes.csv:5: column `x`: expected a number as in most lines, found `n/k`; leave the field empty where the value is not known"
    );
    assert_eq!(
        of(["1", "2", "inf", "4", "", "6"]),
        "nodes.csv:4: column `x`: expected a finite number, found `inf`; leave the field empty where the value is not known"
    );
    assert_eq!(
        of(["1", "2", "3", "1e999", "", "6"]),
        "nodes.csv:5: column `x`: expected a finite number, found `1e999`; leave the field empty where the value is not known"
    );
    let mut table = "id,label,title\n".to_owned();
    for node in 0..200 {
        writeln!(table, "n{node},{},title {}", node % 2, node % 60).unwrap();
    }
    assert_eq!(
        of_nodes(table),
        format!(
            "nodes.csv:2: column `title`: free text is not read: more than 50 different values for 200 nodes, such as `title 0`; {advice}"
        )
    );
}

#[test]
fn labels_that_are_no_classes_and_splits_that_are_none() {
    let labelled = |label: &dyn Fn(usize) -> String| {
        let lines = (0..60).map(|node| format!("n{node},{}\n", label(node)));
        format!("id,label\n{}", lines.collect::<String>())
    };
    assert_eq!(
        of_nodes(labelled(&|node| format!("{}.5", node % 30))),
        "nodes.csv: column `label`: expected classes, found 30 different numbers such as `0.5`; regression is not supported; cut the numbers into classes"
    );
    assert_eq!(
        of_nodes(labelled(&|node| format!("c{node}"))),
        "nodes.csv: column `label`: 60 classes for 60 labelled nodes are a quantity or ids, not classes: `c0`, `c1`, `c2`, `c3`, `c4`, `c5`, `c6`, `c7`, `c8`, `c9`, `c10`, `c11` and 48 more; name another column by --label"
    );
    let lines = (0..11).map(|node| format!("n{node},{}\n", 20 + node));
    assert_eq!(
        of_nodes(format!("id,y\n{}", lines.collect::<String>())),
        "nodes.csv: column `y`: 11 classes for 11 labelled nodes are a quantity or ids, not classes: `20`, `21`, `22`, `23`, `24`, `25`, `26`, `27`, `28`, `29`, `30`; name another column by --label"
    );
    for (labels, largest, part) in [
        ("aabb", "the largest of 2 classes has 2", "test"),
        ("aaabbb", "the largest of 2 classes has 3", "validate"),
        ("aa", "the only class has 2", "test"),
    ] {
        let lines = (0..)
            .zip(labels.chars())
            .map(|(node, label)| format!("n{node},{label}\n"));
        let toy = Toy::new(
            format!("id,label\n{}", lines.collect::<String>()),
            "s,t\nn0,n1\n",
        );
        assert_eq!(
            toy.refusal(),
            format!(
                "nodes.csv: no class has enough labelled nodes to {part} on: {largest}, and of each class 60, 20 and 20 % are drawn; give classes of 4 nodes or more, or a split column of your own (--split)"
            )
        );
    }
    let lines = (0..4100).map(|node| format!("n{node},c{node}\n"));
    assert_eq!(
        of_nodes(format!("id,label\n{}", lines.collect::<String>())),
        "nodes.csv:4098: column `label`: expected classes, found more than 4096 different values, `c4096` the last, which look like ids or a quantity; name the column of classes by --label"
    );
    let toy = Toy::new(sound().replace("val", "holdout"), EDGES)
        .with(|tables| tables.columns.split = Some("split".to_owned()));
    assert_eq!(
        toy.refusal(),
        "nodes.csv:4: column `split`: expected train, val or test, found `holdout`; leave the field empty where a node is in no part"
    );
    let toy = Toy::new("id,label\nn0,a\nn1,b\n", "s,t\nn0,n1\n")
        .with(|tables| tables.fractions = [0.9, 0.9, 0.0]);
    assert_eq!(
        toy.refusal(),
        "nodes.csv: split: the fractions [0.9, 0.9, 0.0] must be from 0 to 1 and sum to at most 1"
    );
}

/// A table of so many nodes with a column `x`, of which one value is odd.
fn with_one_odd(count: usize, odd: &str) -> String {
    let mut table = "id,label,split,x\n".to_owned();
    for node in 0..count {
        let (class, part) = (
            ["ant", "bee"][node % 2],
            ["train", "val", "test"][node / 2 % 3],
        );
        let value = if node == 7 {
            odd.to_owned()
        } else {
            (20 + node % 9).to_string()
        };
        let _ = writeln!(table, "n{node},{class},{part},{value}");
    }
    table
}

#[test]
fn slips_among_many_good_values() {
    assert_eq!(
        of_nodes(with_one_odd(60, "4l")),
        "nodes.csv:9: column `x`: expected a number as in most lines, found `4l`; leave the field empty where the value is not known"
    );
    assert_eq!(
        of_nodes(with_one_odd(60, "\"21,5\"")),
        "nodes.csv:9: column `x`: expected a number with a decimal point, found `21,5`; write 21.5 for 21,5"
    );
    // A part of the split that is none, in a column that is only called so.
    let odd = with_one_odd(60, "20").replace("n9,bee,val", "n9,bee,unused");
    let refusal = of_nodes(odd);
    assert!(
        refusal.contains("expected train, val or test, found `unused`"),
        "{refusal}"
    );
    // Grades that are mostly numbers are names all the same.
    let grades = with_one_odd(60, "20").replace(",20\n", ",K\n");
    let imported = Toy::new(grades, EDGES).import();
    assert!(imported.is_ok(), "{imported:?}");
}

#[test]
fn a_header_that_comes_again_in_other_letters() {
    let twice = sound().replacen("x\n", "x\nID,Label,Split,X\n", 1);
    let refusal = of_nodes(twice);
    assert!(refusal.contains("the line repeats the header"), "{refusal}");
}
