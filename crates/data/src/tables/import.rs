//! The way of two tables into a data set: a look at all values, then the split, then the encoding.

use std::path::Path;

use graxe_core::random::Key;
use graxe_graph::{Dataset, Split};

use super::features::{encoded, features, standardise, told_kinds};
use super::header::Header;
use super::labels::Classes;
use super::links::{build, read_edges};
use super::nodes::Nodes;
use super::parts::Parts;
use super::records::Records;
use super::roles::{Table, file_name};
use super::schema::{Schema, Stored};
use super::{Imported, Tables};
use crate::dataset::{demand_edges, demand_parts, identity};
use crate::error::{Error, ErrorKind};

/// Reads a node table and an edge table as one data set.
///
/// Both are CSV or TSV in UTF-8, plain or packed by gzip, with a header; commas, tabs, semicolons and vertical
/// bars are told apart by the header. Columns that [`Columns`](super::Columns) does not name are guessed from
/// their names, and each guess is a line of the result.
///
/// * **Nodes**: one a line, with an id that is any text. A node without a label, or with one that stands for a
///   missing value, is unlabelled. Classes are in sorted order.
/// * **Features**: every other column, by the kind of all its values ([`FeatureKind`](super::FeatureKind)). Numbers are
///   standardised by the training nodes alone, so that nothing of the others reaches the training. Columns that
///   hold one value are left out with a warning, but among words one that no node has stays; free text is refused. Nodes without any feature get the identity.
/// * **Split**: the column of words `train`, `val` and `test`, or a stratified draw by `fractions` and `split_seed`.
/// * **Edges**: undirected unless `directed`, without loops and repeats; weights of repeats, and of the two directions of an
///   undirected edge where both are listed, are added up.
///
/// Missing values are empty fields, `NA`, `N/A`, `NaN`, `null`, `None` and `?`, in any case. The files are read more
/// than once and never held in memory, but for one record.
///
/// # Errors
/// One line with the file, the line and a remedy: for columns that are not there, ids that are empty, stand twice or
/// are not in the node table, lines with another number of fields than the header, bytes that are not UTF-8,
/// values that are not finite, negative weights, labels that are no classes, and a split without labelled nodes in
/// each part.
///
/// ```
/// use graxe_data::{Tables, import};
/// # let folder = tempfile::tempdir()?;
/// # let [nodes, edges] = ["nodes.csv", "edges.csv"].map(|name| folder.path().join(name));
/// # std::fs::write(&nodes, "id,age,topic,split\na,1,x,train\nb,3,y,train\nc,2,x,val\nd,,y,test\n")?;
/// # std::fs::write(&edges, "source,target\na,b\nb,c\nc,d\n")?;
/// let imported = import(&Tables::new(nodes, edges))?;
/// assert_eq!(imported.dataset.graph.num_edges(), 6);
/// assert_eq!(imported.schema.classes(), ["x", "y"]);
/// assert_eq!(imported.missing, [("age".to_owned(), 1)]);
/// assert_eq!(imported.schema.features()[0].column_names(), ["age", "age is missing"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn import(tables: &Tables) -> Result<Imported, Error> {
    let mut guesses = Vec::new();
    let mut warnings = Vec::new();
    let (records, header) = Records::open(&tables.nodes)?;
    let (edge_records, edge_header) = Records::open(&tables.edges)?;
    check_excluded(tables, &header, &edge_header)?;
    let node_table = Table::of_nodes(&header, &tables.nodes, &tables.columns);
    let edge_table = Table::of_edges(&edge_header, &tables.edges, &tables.columns);
    guesses.extend(node_table.odd_delimiter());
    guesses.extend(edge_table.odd_delimiter());
    let mut roles = node_table.node_roles(&mut guesses)?;
    let edge_roles = edge_table.edge_roles(&mut guesses)?;

    let in_nodes = |error: Error| error.in_file(&tables.nodes);
    let mut nodes = Nodes::read(records, &header, &roles, &tables.columns.exclude)?;
    let classes = std::mem::take(&mut nodes.labels).classes();
    let classes = classes.map_err(|e| in_nodes(e.in_column(&header.names()[roles.label])))?;
    // What is only called a split is one if its values say so, and otherwise a feature.
    if !roles.split_named {
        roles.split = roles.split.filter(|_| nodes.parts.are_words());
        let guess = |column| node_table.guess("the parts of the split", column);
        guesses.extend(roles.split.map(guess));
    }
    let is_feature = |column| roles.split != Some(column);
    nodes.surveys.retain(|(column, _)| is_feature(*column));
    let parts = roles
        .split
        .map(|column| (header.names()[column].as_str(), nodes.parts));
    let split = split(parts, &classes, tables, &mut warnings).map_err(in_nodes)?;
    let name = name_of(&tables.nodes);
    demand_parts(&name, &split).map_err(in_nodes)?;

    let missing = (nodes.surveys.iter())
        .filter(|(_, survey)| survey.any_missing())
        .map(|(column, survey)| (header.names()[*column].clone(), survey.num_missing()))
        .collect();
    let mut features = features(nodes.surveys, &header, &mut warnings).map_err(in_nodes)?;
    standardise(&mut features, &tables.nodes, &split.train, &mut warnings)?;
    guesses.extend(told_kinds(&features, &tables.nodes));
    let schema = Schema {
        stored: Stored {
            id: header.names()[roles.id].clone(),
            label: header.names()[roles.label].clone(),
            source: edge_header.names()[edge_roles.source].clone(),
            target: edge_header.names()[edge_roles.target].clone(),
            weight: edge_roles
                .weight
                .map(|column| edge_header.names()[column].clone()),
            directed: tables.directed,
            features,
            classes: classes.names.clone(),
        },
    };

    let ids = nodes.ids;
    let (edges, file) = (&tables.edges, file_name(&tables.nodes));
    let list = read_edges(edge_records, &edge_header, &edge_roles, &ids, &file, None)?;
    let (graph, listed) = build(list, ids.len(), tables.directed, edges, &mut warnings)?;
    demand_edges(&name, &graph).map_err(|error| error.in_file(edges))?;
    let features = match schema.features() {
        [] => identity(ids.len(), &mut warnings),
        features => encoded(features, &tables.nodes, ids.len())?,
    };
    let dataset = Dataset {
        name,
        graph,
        listed,
        features,
        scaling: schema.scaling(),
        labels: classes.of_node,
        class_names: classes.names,
        node_names: ids.to_names(),
        split,
        warnings,
    };
    Ok(Imported {
        dataset,
        schema,
        guesses,
        missing,
    })
}

/// An excluded column must be in one of the tables, or its name is a slip.
fn check_excluded(tables: &Tables, nodes: &Header, edges: &Header) -> Result<(), Error> {
    let exclude = &tables.columns.exclude;
    let stray = exclude
        .iter()
        .find(|name| edges.get(name).is_none() && nodes.get(name).is_none());
    stray.map_or(Ok(()), |name| nodes.column(name, &tables.nodes).map(drop))
}

/// The split of the table, or a stratified one.
fn split(
    parts: Option<(&str, Parts)>,
    classes: &Classes,
    tables: &Tables,
    warnings: &mut Vec<String>,
) -> Result<Split, Error> {
    if classes.num_missing > 0 {
        warnings.push(format!(
            "{} nodes have no label and are in no part of the split",
            classes.num_missing
        ));
    }
    let Some((column, parts)) = parts else {
        let [train, val, test] = tables.fractions.map(percent);
        warnings.push(format!(
            "no column states the split, so {train}, {val} and {test} % of each class are drawn at random with seed {} to train, validate and test on",
            tables.split_seed
        ));
        let key = Key::new(tables.split_seed);
        let split = Split::random(&classes.of_node, tables.fractions, &key)
            .map_err(|error| Error::inconsistent(error.to_string()))?;
        demand_large_classes(&split, classes, tables.fractions)?;
        return Ok(split);
    };
    let (split, unlabelled) = parts
        .split(&classes.of_node)
        .map_err(|e| e.in_column(column))?;
    if unlabelled > 0 {
        warnings.push(format!(
            "{unlabelled} nodes of the split have no label and were left out of it"
        ));
    }
    Ok(split)
}

/// Refuses a random split that lacks a part since every class is too small for it.
fn demand_large_classes(
    split: &Split,
    classes: &Classes,
    fractions: [f64; 3],
) -> Result<(), Error> {
    let parts = [("validate", &split.val), ("test", &split.test)];
    let empty = parts.iter().find(|(_, nodes)| nodes.is_empty());
    let mut sizes = vec![0_usize; classes.names.len()];
    for &class in classes.of_node.iter().flatten() {
        sizes[class as usize] += 1;
    }
    let (Some((part, _)), Some(largest)) = (empty, sizes.iter().max()) else {
        return Ok(());
    };
    let largest = match sizes.len() {
        1 => format!("the only class has {largest}"),
        count => format!("the largest of {count} classes has {largest}"),
    };
    let [train, val, test] = fractions.map(percent);
    let message = format!(
        "no class has enough labelled nodes to {part} on: {largest}, and of each class {train}, {val} and {test} % are drawn"
    );
    let split_one = |size: &usize| Split::random(&vec![Some(0); *size], fractions, &Key::new(0));
    let enough = (1..=100).find(|size| {
        split_one(size).is_ok_and(|split| !split.val.is_empty() && !split.test.is_empty())
    });
    let give = enough.map_or_else(
        || "draw more of each class".to_owned(),
        |size| format!("give classes of {size} nodes or more"),
    );
    Err(Error::new(ErrorKind::Empty, message)
        .with_remedy(format!("{give}, or a split column of your own (--split)")))
}

/// A share without more decimals than it has, of which two are enough.
fn percent(share: f64) -> f64 {
    (share * 1e4).round() / 1e2
}

/// The name of the file without its endings, or of its folder where the file is only called nodes.
pub(super) fn name_of(nodes: &Path) -> String {
    let file = file_name(nodes);
    let stem = file.split('.').next().unwrap_or_default();
    let folder = nodes.parent().and_then(Path::file_name);
    match folder {
        Some(folder) if ["", "node", "nodes"].contains(&stem) => folder.display().to_string(),
        _ => stem.to_owned(),
    }
}
