//! The first look at a node table: ids, labels, parts of the split, and what kinds of values there are.

use std::path::Path;

use super::header::Header;
use super::ids::Ids;
use super::labels::Labels;
use super::links::second_header;
use super::parts::Parts;
use super::records::{Record, Records};
use super::roles::NodeRoles;
use super::survey::Survey;
use crate::error::{Error, ErrorKind, quoted};

/// A graph has no more nodes.
const MOST_NODES: usize = 1 << 30;

/// What a node table holds, but for the values of features.
pub(super) struct Nodes {
    pub(super) ids: Ids,
    pub(super) labels: Labels,
    /// Of the column that is or may be the split.
    pub(super) parts: Parts,
    /// What was seen in each column that may hold features.
    pub(super) surveys: Vec<(usize, Survey)>,
}

impl Nodes {
    /// Looks at every node.
    ///
    /// # Errors
    /// An empty id or one that stands twice, a column of labels that holds none, a second header.
    pub(super) fn read(
        mut records: Records,
        header: &Header,
        roles: &NodeRoles,
        exclude: &[String],
    ) -> Result<Self, Error> {
        let may_be_feature = |&(column, name): &(usize, &String)| {
            let role = column == roles.id || column == roles.label;
            let named = roles.split_named && roles.split == Some(column);
            !role && !named && !exclude.contains(name)
        };
        let columns = header.names().iter().enumerate().filter(may_be_feature);
        let mut nodes = Self {
            ids: Ids::default(),
            labels: Labels::default(),
            parts: Parts::default(),
            surveys: columns.map(|(column, _)| (column, Survey::new())).collect(),
        };
        let path = records.path().to_owned();
        while let Some(record) = records.next()? {
            let line = record.line;
            let is_first = nodes.ids.len() == 0;
            let at = |error: Error| error.in_file(&path).at_line(line);
            add_id(&mut nodes.ids, &record, roles.id, header, is_first).map_err(|problem| {
                match problem {
                    Problem::Line(error) => at(error),
                    Problem::Twice(_) => twice(&path, roles, header, record.field(roles.id), line),
                }
            })?;
            let label = nodes.labels.push(record.field(roles.label));
            label.map_err(|error| at(error.in_column(&header.names()[roles.label])))?;
            if let Some(column) = roles.split {
                nodes.parts.push(record.field(column), line);
            }
            for (column, survey) in &mut nodes.surveys {
                survey.add(record.field(*column), line);
            }
        }
        if nodes.ids.len() == 0 {
            let error = Error::new(ErrorKind::Empty, "the table has a header but no nodes");
            return Err(error.in_file(&path));
        }
        Ok(nodes)
    }
}

/// Why an id was not taken.
pub(super) enum Problem {
    Line(Error),
    /// The id is that of this node already.
    Twice(u32),
}

/// Takes the id of the next node; the first of a table may be a second header.
pub(super) fn add_id(
    ids: &mut Ids,
    record: &Record<'_>,
    column: usize,
    header: &Header,
    is_first: bool,
) -> Result<(), Problem> {
    let id = record.field(column);
    if id.is_empty() {
        let error = Error::malformed("the id of the node is empty");
        return Err(Problem::Line(
            error.with_remedy("give each node an id of its own"),
        ));
    }
    if is_first && (id.trim() == header.names()[column] || record.repeats(header)) {
        return Err(Problem::Line(second_header()));
    }
    if ids.len() == MOST_NODES {
        let message = format!("more than {MOST_NODES} nodes are too many");
        return Err(Problem::Line(Error::new(ErrorKind::TooLarge, message)));
    }
    ids.insert(id).map_err(Problem::Twice)
}

/// The error of an id on `line` that an earlier line holds too.
///
/// The earlier line is looked up in the file, so that the lines of all nodes need not be kept.
pub(super) fn twice(
    path: &Path,
    roles: &NodeRoles,
    header: &Header,
    id: &str,
    line: usize,
) -> Error {
    let first = first_line(path, roles.id, id);
    let first = first.map_or_else(String::new, |first| format!(" and on line {first}"));
    let shown = quoted(id.as_bytes());
    let error = if roles.id_by_place {
        let column = quoted(header.names()[roles.id].as_bytes());
        let message = format!(
            "no column is known to hold ids, and the first one, {column}, holds {shown} here{first}"
        );
        Error::new(ErrorKind::Column, message).with_remedy("name the column of ids by --id")
    } else {
        Error::malformed(format!("the id {shown} stands here{first}"))
            .with_remedy("give each node an id of its own")
    };
    error.in_file(path).at_line(line)
}

fn first_line(path: &Path, column: usize, id: &str) -> Option<usize> {
    let (mut records, _) = Records::open(path).ok()?;
    while let Some(record) = records.next().ok()? {
        if record.field(column) == id {
            return Some(record.line);
        }
    }
    None
}
