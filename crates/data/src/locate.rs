//! Where data sets lie: a folder that the user names, `GRAXE_DATA`, the user's cache, or a path.

use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind};
use crate::formats::{FORMATS, Format};
use crate::raw::RawDataset;

/// The names that [`load`] takes as data sets even where a path of that name exists.
pub const DATASETS: [&str; 3] = ["cora", "citeseer", "pubmed"];

const VARIABLE: &str = "GRAXE_DATA";

/// Loads the data set that `data` names, by its name or by the path of its folder, file or archive.
///
/// A name is looked up in `dir`, in the folder that the environment variable `GRAXE_DATA` names and in the
/// user's cache, in this order. In each, the Planetoid files may lie in the folder itself or in
/// `planetoid/`, the LINQS files or their archive in the folder itself or in `linqs/`. The format of a
/// path is recognised by the names of the files that it holds. Nothing is downloaded.
///
/// # Errors
///
/// [`ErrorKind::NotFound`] with every place that was looked at and how to get the files;
/// [`ErrorKind::Ambiguous`] for a path with several data sets; whatever the reader of the format refuses.
pub fn load(data: &str, dir: Option<&Path>) -> Result<RawDataset, Error> {
    let known = DATASETS.contains(&data.to_ascii_lowercase().as_str());
    if !known && (Path::new(data).exists() || names_a_path(data)) {
        return load_path(Path::new(data));
    }
    let name = if known {
        data.to_ascii_lowercase()
    } else {
        data.to_owned()
    };
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
        || [".tgz", ".tar.gz", ".content", ".cites"]
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

fn load_name(name: &str, places: &[PathBuf]) -> Result<RawDataset, Error> {
    for place in places {
        for format in FORMATS {
            for folder in [place.clone(), place.join(format.subfolder)] {
                if let Some(source) = (format.find)(&folder, name) {
                    return (format.read)(&source, name);
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
        format!(
            "the known names are {}; a folder or an archive is named by its path",
            DATASETS.join(", ")
        )
    }))
}

fn load_path(path: &Path) -> Result<RawDataset, Error> {
    if !path.exists() {
        return Err(
            Error::new(ErrorKind::NotFound, "there is no such file or folder").in_file(path),
        );
    }
    let (format, names) = recognise(path)?;
    match names.as_slice() {
        [name] => (format.read)(path, name),
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
            "expected Planetoid files ind.NAME.x and so on, or NAME.content with NAME.cites, or an archive NAME.tgz of the two",
        ))
}
