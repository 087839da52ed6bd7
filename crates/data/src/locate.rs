//! Where data sets lie: built in, a folder that the user names, `GRAXE_DATA`, the user's cache, or a path.

use std::path::{Path, PathBuf};

use graxe_graph::{Dataset, karate_club};

use crate::error::{Error, ErrorKind};
use crate::formats::{FORMATS, Format};
use crate::nearest::nearest;

/// The names that [`load`] takes as data sets even where a path of that name exists.
pub const DATASETS: [&str; 4] = [KARATE, "cora", "citeseer", "pubmed"];

/// The data set that is built in.
const KARATE: &str = "karate";

const VARIABLE: &str = "GRAXE_DATA";

/// Loads the data set that `data` names, by its name or by the path of its folder, file or archive.
///
/// `karate` is built in. Any other name is looked up in `dir`, in the folder that the environment variable `GRAXE_DATA` names and in the
/// user's cache, in this order. In each, the Planetoid files may lie in the folder itself or in
/// `planetoid/`, the LINQS files or their archive in the folder itself or in `linqs/`, and `NAME.npz` in the folder itself
/// or in `npz/`. The format of a
/// path is recognised by the names of the files that it holds. Nothing is downloaded.
///
/// The graph is undirected, without loops and repeats and with edges of weight 1. The split is that of the
/// files; where they state none (LINQS, npz), it is [`Split::planetoid`](graxe_graph::Split::planetoid) with
/// the key of seed 0: 20 random nodes of each class train, 500 validate and 1000 test, the same ones every
/// time. Nodes without a label leave the split, and nodes without any features get the identity. Each of these
/// is told in the data set's `warnings`. LINQS and Planetoid files number the nodes and classes of the same
/// data set differently.
///
/// # Errors
///
/// [`ErrorKind::NotFound`] with every place that was looked at and how to get the files;
/// [`ErrorKind::Ambiguous`] for a path with several data sets; [`ErrorKind::Empty`] for a graph without nodes
/// or edges, or without labelled nodes for each part of the split; whatever the reader of the format refuses.
///
/// ```
/// let club = graxe_data::load("karate", None)?;
/// assert_eq!((club.num_nodes(), club.num_classes()), (34, 2));
/// # Ok::<(), graxe_data::Error>(())
/// ```
pub fn load(data: &str, dir: Option<&Path>) -> Result<Dataset, Error> {
    let known = DATASETS.contains(&data.to_ascii_lowercase().as_str());
    if !known && (Path::new(data).exists() || names_a_path(data)) {
        return load_path(Path::new(data));
    }
    let name = if known {
        data.to_ascii_lowercase()
    } else {
        data.to_owned()
    };
    if name == KARATE {
        return Ok(karate_club());
    }
    if let Some(dir) = dir
        && !dir.is_dir()
    {
        return Err(Error::new(ErrorKind::NotFound, "there is no such folder")
            .in_file(dir)
            .with_remedy(format!("name the folder that holds {name}")));
    }
    load_name(&name, &places(dir))
}

/// What no data set's name holds: a separator, or an ending of an archive or a file.
fn names_a_path(data: &str) -> bool {
    data.contains(std::path::is_separator)
        || [".tgz", ".tar.gz", ".content", ".cites", ".npz"]
            .iter()
            .any(|ending| data.ends_with(ending))
}

fn places(dir: Option<&Path>) -> Vec<PathBuf> {
    let variable = std::env::var_os(VARIABLE).filter(|value| !value.is_empty());
    let cache = dirs::cache_dir().map(|cache| cache.join("graxe"));
    dir.map(Path::to_owned)
        .into_iter()
        .chain(variable.map(PathBuf::from))
        .chain(cache)
        .collect()
}

/// Reads the data set and makes a graph of it.
fn read(format: &Format, path: &Path, name: &str) -> Result<Dataset, Error> {
    let raw = (format.read)(path, name)?;
    raw.into_dataset().map_err(|error| error.in_file(path))
}

fn load_name(name: &str, places: &[PathBuf]) -> Result<Dataset, Error> {
    for place in places {
        for format in FORMATS {
            for folder in [place.clone(), place.join(format.subfolder)] {
                if let Some(source) = (format.find)(&folder, name) {
                    return read(format, &source, name);
                }
            }
        }
    }
    let looked: Vec<_> = places
        .iter()
        .map(|place| place.display().to_string())
        .collect();
    let message = format!("data set `{name}` was not found in {}", looked.join(", "));
    Err(Error::new(ErrorKind::NotFound, message).with_remedy(if DATASETS.contains(&name) {
        format!(
            "put the files ind.{name}.* of the repository kimiyoung/planetoid, folder data, into one of \
             them, or name their folder in {VARIABLE}"
        )
    } else {
        let known = format!(
            "the known names are {}; a folder or an archive is named by its path",
            DATASETS.join(", ")
        );
        match nearest(name, DATASETS.into_iter()) {
            Some(near) => format!("did you mean `{near}`? {known}"),
            None => known,
        }
    }))
}

fn load_path(path: &Path) -> Result<Dataset, Error> {
    if !path.exists() {
        return Err(
            Error::new(ErrorKind::NotFound, "there is no such file or folder").in_file(path),
        );
    }
    let (format, names) = recognise(path)?;
    match names.as_slice() {
        [name] => read(format, path, name),
        _ => Err(Error::new(
            ErrorKind::Ambiguous,
            format!("several data sets lie here: {}", names.join(", ")),
        )
        .in_file(path)
        .with_remedy("name one of them and give this folder as the place to look in, or a path to one of its files")),
    }
}

fn recognise(path: &Path) -> Result<(&'static Format, Vec<String>), Error> {
    for format in FORMATS {
        let names = (format.names)(path)?;
        if !names.is_empty() {
            return Ok((format, names));
        }
    }
    Err(Error::new(ErrorKind::Unsupported, "no data set of a known format lies here")
        .in_file(path)
        .with_remedy(
            "expected Planetoid files ind.NAME.x and so on, or NAME.content with NAME.cites, or an archive NAME.tgz of the two, or NAME.npz",
        ))
}
