//! What the columns of the two tables are for: named by the user, or guessed from their headers.

use std::path::Path;

use super::Columns;
use super::header::Header;
use crate::error::{Error, ErrorKind, quoted};

/// Names of columns in lower case without separators, the likeliest first.
const ID: &[&str] = &["id", "node", "nodeid", "name", "key"];
const LABEL: &[&str] = &[
    "label", "class", "target", "y", "category", "topic", "subject",
];
const SPLIT: &[&str] = &["split", "set", "fold", "partition"];
const SOURCE: &[&str] = &[
    "source", "src", "from", "citing", "sourceid", "srcid", "fromid",
];
const TARGET: &[&str] = &["target", "dst", "to", "cited", "targetid", "dstid", "toid"];
const WEIGHT: &[&str] = &["weight", "weights"];

/// The columns of a node table that are no features.
pub(super) struct NodeRoles {
    pub(super) id: usize,
    /// Whether nothing but its place speaks for the column of ids.
    pub(super) id_by_place: bool,
    pub(super) label: usize,
    pub(super) split: Option<usize>,
    /// Whether the user named the column of the split, so that odd values are an error.
    pub(super) split_named: bool,
}

/// The columns of an edge table that are read.
pub(super) struct EdgeRoles {
    pub(super) source: usize,
    pub(super) target: usize,
    pub(super) weight: Option<usize>,
}

/// A table's header as roles are looked for in it.
pub(super) struct Table<'a> {
    header: &'a Header,
    path: &'a Path,
    columns: &'a Columns,
    /// Whether it is the table of nodes, not that of edges.
    of_nodes: bool,
}

impl<'a> Table<'a> {
    /// The node table.
    pub(super) fn of_nodes(header: &'a Header, path: &'a Path, columns: &'a Columns) -> Self {
        Self {
            header,
            path,
            columns,
            of_nodes: true,
        }
    }

    /// The edge table.
    pub(super) fn of_edges(header: &'a Header, path: &'a Path, columns: &'a Columns) -> Self {
        Self {
            of_nodes: false,
            ..Self::of_nodes(header, path, columns)
        }
    }

    /// The line about a delimiter that the ending of a file does not tell of.
    pub(super) fn odd_delimiter(&self) -> Option<String> {
        let delimiter = self.header.delimiter;
        let usual = ["commas", "tabs"].contains(&delimiter);
        (!usual).then(|| {
            let file = file_name(self.path);
            format!("{file}: fields are separated by {delimiter}")
        })
    }

    /// Finds the columns that are no features.
    ///
    /// # Errors
    /// A named column that is not there; no column that could be the label.
    pub(super) fn node_roles(&self, guesses: &mut Vec<String>) -> Result<NodeRoles, Error> {
        let columns = self.columns;
        let label = self.role(columns.label.as_deref(), LABEL, &[], "classes", guesses)?;
        let label = label.ok_or_else(|| {
            self.missing("no column is known to hold classes", "name it by --label")
        })?;
        let id = self.role(columns.id.as_deref(), ID, &[label], "ids", guesses)?;
        let first = (0..self.header.names().len()).find(|&column| {
            column != label && !columns.exclude.contains(&self.header.names()[column])
        });
        let by_place = id.is_none();
        let id = id.or(first).ok_or_else(|| {
            self.missing("no column is left that could hold ids", "name it by --id")
        })?;
        if by_place {
            guesses.push(self.guess("ids", id));
        }
        let named = columns.split.as_deref();
        // The values of a guessed split are yet to be seen, so its line is written later.
        let split = self.role(named, SPLIT, &[label, id], "the split", &mut Vec::new())?;
        Ok(NodeRoles {
            id,
            id_by_place: by_place,
            label,
            split,
            split_named: named.is_some(),
        })
    }

    /// Finds the columns that are read.
    ///
    /// # Errors
    /// A named column that is not there; fewer than two columns to guess from.
    pub(super) fn edge_roles(&self, guesses: &mut Vec<String>) -> Result<EdgeRoles, Error> {
        let columns = self.columns;
        let weight = columns.weight.as_deref();
        let weight = self.role(weight, WEIGHT, &[], "weights", guesses)?;
        let taken: Vec<usize> = weight.into_iter().collect();
        let source = columns.source.as_deref();
        let source = self.role(source, SOURCE, &taken, "sources", guesses)?;
        let taken: Vec<usize> = taken.into_iter().chain(source).collect();
        let target = columns.target.as_deref();
        let target = self.role(target, TARGET, &taken, "targets", guesses)?;
        let taken: Vec<usize> = taken.into_iter().chain(target).collect();
        let mut free = (0..self.header.names().len()).filter(|column| {
            !taken.contains(column) && !columns.exclude.contains(&self.header.names()[*column])
        });
        let mut by_place = |role: Option<usize>, what: &str| {
            role.or_else(|| {
                let column = free.next()?;
                guesses.push(self.guess(what, column));
                Some(column)
            })
            .ok_or_else(|| {
                self.missing(
                    &format!("no column is left that could hold {what}"),
                    "name the columns by --source and --target",
                )
            })
        };
        Ok(EdgeRoles {
            source: by_place(source, "sources")?,
            target: by_place(target, "targets")?,
            weight,
        })
    }

    /// The column that is named, or the first of the known names that is neither excluded nor taken.
    fn role(
        &self,
        named: Option<&str>,
        known: &[&str],
        taken: &[usize],
        what: &str,
        guesses: &mut Vec<String>,
    ) -> Result<Option<usize>, Error> {
        if let Some(name) = named {
            return self.header.column(name, self.path).map(Some);
        }
        let free = |column: &usize| {
            let name = &self.header.names()[*column];
            !taken.contains(column) && !self.columns.exclude.contains(name) && !self.is_named(name)
        };
        let found = known.iter().find_map(|known| {
            let names = self.header.names().iter();
            names
                .enumerate()
                .filter(|(_, name)| plain(name) == *known)
                .map(|(column, _)| column)
                .find(free)
        });
        if let Some(column) = found {
            guesses.push(self.guess(what, column));
        }
        Ok(found)
    }

    /// Whether the user gave this column another role.
    fn is_named(&self, name: &str) -> bool {
        let columns = self.columns;
        let roles = [
            &columns.id,
            &columns.label,
            &columns.split,
            &columns.source,
            &columns.target,
            &columns.weight,
        ];
        // A name may stand in both tables; only the roles of this one count.
        let (nodes, edges) = roles.split_at(3);
        let roles = if self.of_nodes { nodes } else { edges };
        roles.iter().any(|role| role.as_deref() == Some(name))
    }

    /// The line that tells the user of a guess.
    pub(super) fn guess(&self, what: &str, column: usize) -> String {
        format!(
            "{}: {what} are in column {}",
            file_name(self.path),
            quoted(self.header.names()[column].as_bytes())
        )
    }

    fn missing(&self, message: &str, remedy: &str) -> Error {
        let message = format!("{message}, there are {}", self.header.listed());
        Error::new(ErrorKind::Column, message)
            .in_file(self.path)
            .at_line(self.header.line)
            .with_remedy(remedy)
    }
}

/// A name without what people separate its words by.
fn plain(name: &str) -> String {
    let letters = name.chars().filter(|letter| !" _-.".contains(*letter));
    letters.flat_map(char::to_lowercase).collect()
}

/// The last part of a path, for lines that are read beside one another.
pub(super) fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or(path.as_os_str())
        .display()
        .to_string()
}
