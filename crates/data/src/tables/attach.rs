//! New tables read by the schema of old ones: a graph of its own, or nodes behind those of a data set.

use std::path::Path;

use graxe_graph::{Dataset, EdgeList, Graph, ListedEdges, Split};

use super::encode::Encoder;
use super::header::Header;
use super::ids::Ids;
use super::import::name_of;
use super::links::{self, build, demand_finite, read_edges};
use super::nodes::{Problem, add_id, twice};
use super::records::Records;
use super::roles::{EdgeRoles, NodeRoles, file_name};
use super::schema::Schema;
use super::value::is_missing;
use crate::error::{Error, ErrorKind, quoted};

/// Nodes that were read by a [`Schema`].
#[derive(Clone, Debug)]
pub struct NewNodes {
    /// The nodes of the base, where there is one, and behind them the new ones.
    pub dataset: Dataset,
    /// The number of the first new node; the new ones are all from here on.
    pub first_new: usize,
}

impl Schema {
    /// Reads new nodes, with their edges if there are any, as the tables of this schema were read.
    ///
    /// Columns are found by the names of the schema, whatever their order; others are passed over. The column
    /// of labels may be absent. Features are encoded by the statistics of the schema, and nothing is learned
    /// from the new tables. Without `base` the nodes are a graph of its own, whose labelled nodes are all to
    /// be tested on. With `base` the new nodes stand behind its nodes, the edges may name nodes of either, its graph
    /// gains them, and its split stays as it is: new nodes are in no part.
    ///
    /// # Errors
    /// As for [`import`](crate::import), and [`ErrorKind::Inconsistent`] for a label that is none of the classes, an
    /// id that the base has already, and a base with other features or classes. [`ErrorKind::Unsupported`] if the
    /// schema has no features, since then each node of the training had one of its own.
    pub fn read(
        &self,
        nodes: &Path,
        edges: Option<&Path>,
        base: Option<&Dataset>,
    ) -> Result<NewNodes, Error> {
        self.check_base(base)?;
        let first_new = base.map_or(0, Dataset::num_nodes);
        let ids = base.map_or_else(|| Ok(Ids::default()), base_ids)?;
        let mut new = self.read_nodes(nodes, ids)?;
        let mut warnings = Vec::new();
        let num_nodes = new.ids.len();
        let (mut graph, mut listed) = match edges {
            Some(path) => {
                let (records, header) = Records::open(path)?;
                let roles = self.edge_roles(&header, path)?;
                let (file, base) = (file_name(nodes), base.map(|base| base.name.as_str()));
                let edges = read_edges(records, &header, &roles, &new.ids, &file, base)?;
                build(edges, num_nodes, self.directed(), path, &mut warnings)?
            }
            None => Graph::simple(num_nodes, EdgeList::default(), true)
                .map_err(|error| too_large(error, nodes))?,
        };
        if let Some(base) = base {
            graph = base
                .graph
                .united(&graph, self.weight().is_some())
                .map_err(|error| too_large(error, nodes))?;
            demand_finite(&graph).map_err(|error| error.in_file(edges.unwrap_or(nodes)))?;
            listed = ListedEdges {
                count: base.listed.count + listed.count,
                loops: base.listed.loops + listed.loops,
                repeats: base.listed.repeats + listed.repeats,
            };
        }
        let labelled = (0..).zip(&new.labels).filter(|(_, label)| label.is_some());
        let split = match base {
            Some(base) => base.split.clone(),
            None => Split {
                test: labelled.map(|(node, _)| node).collect(),
                ..Split::default()
            },
        };
        let mut labels = base.map_or_else(Vec::new, |base| base.labels.clone());
        labels.append(&mut new.labels);
        let dataset = Dataset {
            name: base.map_or_else(|| name_of(nodes), |base| base.name.clone()),
            graph,
            listed,
            features: new.encoder.behind(base.map(|base| &base.features)),
            scaling: self.scaling(),
            labels,
            class_names: self.classes().to_vec(),
            node_names: new.ids.to_names(),
            split,
            warnings,
        };
        Ok(NewNodes { dataset, first_new })
    }

    /// Whether some edge of the edge table names a node that is not in the node table, so that the nodes are
    /// to be attached to a data set.
    ///
    /// # Errors
    /// As for [`Schema::read`].
    pub fn names_others(&self, nodes: &Path, edges: &Path) -> Result<bool, Error> {
        let (mut records, header) = Records::open(nodes)?;
        let column = header.column(self.id(), nodes)?;
        let mut ids = Ids::default();
        while let Some(record) = records.next()? {
            // An id that stands twice is refused when the table is read.
            let _ = ids.insert(record.field(column));
        }
        let (records, header) = Records::open(edges)?;
        let roles = self.edge_roles(&header, edges)?;
        links::names_others(records, &roles, &ids)
    }

    fn check_base(&self, base: Option<&Dataset>) -> Result<(), Error> {
        if self.features().is_empty() {
            let message = "the nodes of the training had no features but one of their own each";
            return Err(Error::new(ErrorKind::Unsupported, message)
                .with_remedy("train on a table with features to read new nodes"));
        }
        let Some(base) = base else { return Ok(()) };
        let classes = self.classes();
        if base.num_features() == self.num_features() && base.class_names == classes {
            return Ok(());
        }
        Err(Error::inconsistent(format!(
            "data set `{}` has {} features and {} classes, but the schema is of {} features and {} classes",
            base.name,
            base.num_features(),
            base.num_classes(),
            self.num_features(),
            classes.len()
        ))
        .with_remedy("attach new nodes to the data set that the schema came with"))
    }

    fn edge_roles(&self, header: &Header, path: &Path) -> Result<EdgeRoles, Error> {
        let (source, target) = self.ends();
        Ok(EdgeRoles {
            source: header.column(source, path)?,
            target: header.column(target, path)?,
            weight: match self.weight() {
                Some(weight) => Some(header.column(weight, path)?),
                None => None,
            },
        })
    }

    fn read_nodes(&self, path: &Path, ids: Ids) -> Result<NewTable<'_>, Error> {
        let (mut records, header) = Records::open(path)?;
        let roles = NodeRoles {
            id: header.column(self.id(), path)?,
            id_by_place: false,
            label: header.names().len(),
            split: None,
            split_named: false,
        };
        let label = header.get(self.label());
        let first_new = ids.len() as u32;
        let mut table = NewTable {
            ids,
            labels: Vec::new(),
            encoder: Encoder::new(self.features(), &header, path)?,
        };
        while let Some(record) = records.next()? {
            let line = record.line;
            let at = |error: Error| error.in_file(path).at_line(line);
            let id = record.field(roles.id);
            let is_first = table.labels.is_empty();
            let added = add_id(&mut table.ids, &record, roles.id, &header, is_first);
            added.map_err(|problem| match problem {
                Problem::Line(error) => at(error),
                Problem::Twice(node) if node < first_new => at(known(id)),
                Problem::Twice(_) => twice(path, &roles, &header, id, line),
            })?;
            let class = label.map_or(Ok(None), |column| self.class(record.field(column)));
            table.labels.push(class.map_err(at)?);
            table.encoder.push(&record).map_err(at)?;
        }
        if table.labels.is_empty() {
            let error = Error::new(ErrorKind::Empty, "the table has a header but no nodes");
            return Err(error.in_file(path));
        }
        Ok(table)
    }

    fn class(&self, field: &str) -> Result<Option<u32>, Error> {
        let label = field.trim();
        if is_missing(label) {
            return Ok(None);
        }
        let class = self.classes().iter().position(|class| class == label);
        class.map(|class| Some(class as u32)).ok_or_else(|| {
            let classes = super::header::listed(self.classes().iter().map(String::as_str));
            Error::inconsistent(format!(
                "column {}: {} is none of the classes {classes}",
                quoted(self.label().as_bytes()),
                quoted(label.as_bytes())
            ))
            .with_remedy("leave the label empty where it is not known")
        })
    }
}

/// New nodes as their table holds them.
struct NewTable<'a> {
    /// Behind the ids of the base.
    ids: Ids,
    labels: Vec<Option<u32>>,
    encoder: Encoder<'a>,
}

fn known(id: &str) -> Error {
    let message = format!("the id {} is that of a node already", quoted(id.as_bytes()));
    Error::inconsistent(message).with_remedy("leave out nodes that the model was trained on")
}

/// The names of the nodes, or their numbers where they have none.
fn base_ids(base: &Dataset) -> Result<Ids, Error> {
    let mut ids = Ids::default();
    let mut add = |name: &str| {
        ids.insert(name).map_err(|_| {
            let (twice, name) = (quoted(name.as_bytes()), &base.name);
            Error::inconsistent(format!("data set `{name}` has two nodes called {twice}"))
        })
    };
    if base.node_names.is_empty() {
        (0..base.num_nodes()).try_for_each(|node| add(&node.to_string()))?;
    }
    base.node_names.iter().try_for_each(|name| add(name))?;
    Ok(ids)
}

fn too_large(error: graxe_graph::GraphError, path: &Path) -> Error {
    Error::new(ErrorKind::TooLarge, error.to_string()).in_file(path)
}
