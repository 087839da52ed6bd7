//! The edge table: which nodes it links, by their ids.

use std::path::Path;

use graxe_graph::{EdgeList, Graph, ListedEdges};

use super::header::{Header, no_header};
use super::records::{Record, Records};
use super::roles::{EdgeRoles, file_name};
use super::value::number;
use crate::error::{Error, ErrorKind, quoted};

/// A graph has no more edges, and no list of them is longer.
const MOST_EDGES: usize = 1 << 30;

/// Reads the edges whose ends `node` knows.
///
/// # Errors
/// An end that is not known, with `nowhere` for where it is not; a weight that is not a finite number
/// from 0 up; names of nodes where the header should be.
pub(super) fn read_edges(
    mut records: Records,
    header: &Header,
    roles: &EdgeRoles,
    node: impl Fn(&str) -> Option<u32>,
    nowhere: &str,
) -> Result<EdgeList, Error> {
    let path = records.path().to_owned();
    let ends = [("source", roles.source), ("target", roles.target)];
    let names = ends.map(|(_, column)| header.names()[column].as_str());
    if names.iter().all(|name| node(name).is_some()) {
        return Err(no_header(names[0]).in_file(&path).at_line(header.line));
    }
    let mut edges = EdgeList {
        weights: roles.weight.map(|_| Vec::new()),
        ..EdgeList::default()
    };
    while let Some(record) = records.next()? {
        let at = |error: Error| error.in_file(&path).at_line(record.line);
        let [src, dst] = ends.map(|(end, column)| {
            let id = record.field(column);
            node(id).ok_or_else(|| unknown(id, end, nowhere, &record, header))
        });
        edges.src.push(src.map_err(at)?);
        edges.dst.push(dst.map_err(at)?);
        if let (Some(weights), Some(column)) = (&mut edges.weights, roles.weight) {
            weights.push(weight(record.field(column)).map_err(at)?);
        }
        if edges.src.len() > MOST_EDGES {
            let message = format!("more than {MOST_EDGES} edges are too many");
            return Err(at(Error::new(ErrorKind::TooLarge, message)));
        }
    }
    Ok(edges)
}

/// Whether an end of some edge is a node that `node` does not know.
pub(super) fn names_others(
    mut records: Records,
    roles: &EdgeRoles,
    node: impl Fn(&str) -> Option<u32>,
) -> Result<bool, Error> {
    while let Some(record) = records.next()? {
        let ends = [roles.source, roles.target];
        if ends
            .iter()
            .any(|&column| node(record.field(column)).is_none())
        {
            return Ok(true);
        }
    }
    Ok(false)
}

fn unknown(id: &str, end: &str, nowhere: &str, record: &Record<'_>, header: &Header) -> Error {
    if id.is_empty() {
        return Error::malformed(format!("the {end} of the edge is empty"))
            .with_remedy("remove the edge or say where it leads");
    }
    let repeated = header.names().iter().enumerate();
    if repeated
        .clone()
        .all(|(column, name)| record.field(column).trim() == name)
    {
        return second_header();
    }
    Error::inconsistent(format!(
        "the {end} {} is not in {nowhere}",
        quoted(id.as_bytes())
    ))
    .with_remedy("add it to the node table or remove the edge")
}

/// The error of a line that repeats the header.
pub(super) fn second_header() -> Error {
    Error::malformed("the line repeats the header").with_remedy("remove it")
}

fn weight(field: &str) -> Result<f32, Error> {
    let weight = number(field.trim()).map(|weight| weight as f32);
    match weight {
        Some(weight) if weight.is_finite() && weight >= 0.0 => Ok(weight),
        Some(weight) if weight < 0.0 => Err(Error::new(
            ErrorKind::Unsupported,
            format!("the weight {} is negative", quoted(field.as_bytes())),
        )
        .with_remedy("the means and normalisations of models need weights from 0 up")),
        _ => Err(Error::malformed(format!(
            "expected a finite number as the weight, found {}",
            quoted(field.as_bytes())
        ))
        .with_remedy("mend it, or leave the column out by --exclude")),
    }
}

/// The graph of these edges and what was listed; loops, repeats and edges of both directions are told of once.
///
/// # Errors
/// Too many edges, and weights that add up to infinity.
pub(super) fn build(
    edges: EdgeList,
    num_nodes: usize,
    directed: bool,
    path: &Path,
    warnings: &mut Vec<String>,
) -> Result<(Graph, ListedEdges), Error> {
    let weighted = edges.weights.is_some();
    let (graph, listed) = Graph::simple(num_nodes, edges, directed)
        .map_err(|error| Error::new(ErrorKind::TooLarge, error.to_string()).in_file(path))?;
    let weights = graph.adjacency.values.as_slice::<f32>();
    if weights.iter().any(|weight| !weight.is_finite()) {
        let message = "the weights of an edge that is listed repeatedly add up to infinity";
        return Err(Error::malformed(message).in_file(path));
    }
    let ListedEdges {
        count,
        loops,
        repeats,
    } = listed;
    // Both directions of a pair are two entries, whether one was listed or both.
    let both = if weighted && !directed {
        count - loops - repeats - graph.num_edges() / 2
    } else {
        0
    };
    let file = file_name(path);
    if weighted && repeats + both > 0 {
        warnings.push(format!(
            "{loops} loops of {file} were left out, and the weights of {repeats} repeated edges and of {both} that are listed in both directions were added up"
        ));
    } else if loops + repeats > 0 {
        warnings.push(format!(
            "{loops} loops and {repeats} repeated edges of {file} were left out"
        ));
    }
    Ok((graph, listed))
}
