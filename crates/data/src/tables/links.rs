//! The edge table: which nodes it links, by their ids.

use std::path::Path;

use graxe_graph::{EdgeList, Graph, ListedEdges};

use super::header::{Header, no_header};
use super::ids::Ids;
use super::records::{Record, Records};
use super::roles::{EdgeRoles, file_name};
use super::value::number;
use crate::error::{Error, ErrorKind, quoted};

/// A graph has no more edges, and no list of them is longer.
const MOST_EDGES: usize = 1 << 30;

/// How many edges are looked up at a time.
const BATCH: usize = 1 << 10;

/// Edges as their table spells them, before their ends are looked up.
#[derive(Default)]
struct Batch {
    /// The ids of sources and targets in turn.
    text: String,
    ends: Vec<usize>,
    lines: Vec<usize>,
    /// The lines that repeat the header.
    headers: Vec<usize>,
    nodes: Vec<Option<u32>>,
}

/// An end of an edge that is no node.
struct Stray {
    /// Whether it is the source or the target.
    end: &'static str,
    id: String,
    line: usize,
    /// Whether its line repeats the header.
    in_header: bool,
}

impl Batch {
    fn push(&mut self, record: &Record<'_>, roles: &EdgeRoles, header: &Header) {
        for column in [roles.source, roles.target] {
            self.text.push_str(record.field(column));
            self.ends.push(self.text.len());
        }
        self.lines.push(record.line);
        if record.repeats(header) {
            self.headers.push(record.line);
        }
    }

    /// Moves the edges to the lists; the first end that is not known otherwise.
    fn look_up(&mut self, ids: &Ids, edges: &mut EdgeList) -> Result<(), Stray> {
        ids.get_all(&self.text, &self.ends, &mut self.nodes);
        for (place, &node) in self.nodes.iter().enumerate() {
            let list = if place % 2 == 0 {
                &mut edges.src
            } else {
                &mut edges.dst
            };
            let Some(node) = node else {
                let start = place.checked_sub(1).map_or(0, |before| self.ends[before]);
                let line = self.lines[place / 2];
                return Err(Stray {
                    end: ["source", "target"][place % 2],
                    id: self.text[start..self.ends[place]].to_owned(),
                    line,
                    in_header: self.headers.contains(&line),
                });
            };
            list.push(node);
        }
        self.text.clear();
        self.ends.clear();
        self.lines.clear();
        self.headers.clear();
        Ok(())
    }
}

/// Reads the edges between nodes of these ids.
///
/// # Errors
/// An end that is neither in the node table, the file `nodes`, nor in the data set `base`; a weight that is not a finite number
/// from 0 up; names of nodes where the header should be.
pub(super) fn read_edges(
    mut records: Records,
    header: &Header,
    roles: &EdgeRoles,
    ids: &Ids,
    nodes: &str,
    base: Option<&str>,
) -> Result<EdgeList, Error> {
    let path = records.path().to_owned();
    let ends = [roles.source, roles.target];
    let names = ends.map(|column| header.names()[column].as_str());
    if names.iter().all(|name| ids.get(name).is_some()) {
        return Err(no_header(names[0]).in_file(&path).at_line(header.line));
    }
    let mut edges = EdgeList {
        weights: roles.weight.map(|_| Vec::new()),
        ..EdgeList::default()
    };
    let mut batch = Batch::default();
    loop {
        let at = |error: Error, line| error.in_file(&path).at_line(line);
        // What is wrong further down must not hide an end that is not known.
        let mut last = records.next();
        if let Ok(Some(record)) = &last {
            batch.push(record, roles, header);
            if let (Some(weights), Some(column)) = (&mut edges.weights, roles.weight) {
                match weight(record.field(column)) {
                    Ok(weight) => weights.push(weight),
                    Err(error) => last = Err(at(error, record.line)),
                }
            }
        }
        let more = matches!(last, Ok(Some(_)));
        if more && batch.lines.len() < BATCH {
            continue;
        }
        if let Err(stray) = batch.look_up(ids, &mut edges) {
            let error = if stray.in_header {
                second_header()
            } else {
                unknown(&stray, nodes, base)
            };
            return Err(at(error, stray.line));
        }
        if edges.src.len() > MOST_EDGES {
            let message = format!("more than {MOST_EDGES} edges are too many");
            return Err(Error::new(ErrorKind::TooLarge, message).in_file(&path));
        }
        if last?.is_none() {
            return Ok(edges);
        }
    }
}

/// Whether an end of some edge has none of these ids.
pub(super) fn names_others(
    mut records: Records,
    roles: &EdgeRoles,
    ids: &Ids,
) -> Result<bool, Error> {
    while let Some(record) = records.next()? {
        let ends = [roles.source, roles.target];
        if ends
            .iter()
            .any(|&column| ids.get(record.field(column)).is_none())
        {
            return Ok(true);
        }
    }
    Ok(false)
}

fn unknown(stray: &Stray, nodes: &str, base: Option<&str>) -> Error {
    let Stray { end, id, .. } = stray;
    if id.is_empty() {
        return Error::malformed(format!("the {end} of the edge is empty"))
            .with_remedy("remove the edge or say where it leads");
    }
    let id = quoted(id.as_bytes());
    match base {
        None => Error::inconsistent(format!("the {end} {id} is not in {nodes}"))
            .with_remedy("add it to the node table or remove the edge"),
        Some(base) => Error::inconsistent(format!(
            "the {end} {id} is not in {nodes} nor in data set `{base}`"
        ))
        .with_remedy(format!("add it to {nodes} or remove the edge")),
    }
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
    demand_finite(&graph).map_err(|error| error.in_file(path))?;
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

/// Refuses weights whose sum is beyond `f32`.
pub(super) fn demand_finite(graph: &Graph) -> Result<(), Error> {
    let weights = graph.adjacency.values.as_slice::<f32>();
    if weights.iter().all(|weight| weight.is_finite()) {
        return Ok(());
    }
    Err(Error::malformed(
        "the weights of an edge that is listed repeatedly add up to infinity",
    ))
}
