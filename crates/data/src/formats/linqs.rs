//! The LINQS files `NAME.content` and `NAME.cites`, in a folder or a gzipped tar archive.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use super::{Format, LONGEST_FILE, read_bounded, read_file};
use crate::error::{Error, ErrorKind, quoted};
use crate::raw::RawDataset;

/// How the LINQS files are found and read.
pub(crate) const FORMAT: Format = Format {
    subfolder: "linqs",
    find,
    names,
    read: read_linqs,
};

const ARCHIVES: [&str; 2] = [".tgz", ".tar.gz"];

/// Reads `NAME.content` and `NAME.cites` of the data set `name` from a folder, from an archive, or
/// beside one of the two.
///
/// A line of `content` is an identifier, the features and the class, separated by tabs; nodes are numbered
/// by their lines and classes by the alphabet. A line of `cites` is the cited paper, then the citing
/// one; the edge runs from citing to cited. Lines of `cites` that name papers without content (Citeseer
/// has some) are left out with a warning. The files state no split.
///
/// # Errors
///
/// A missing or unreadable file, a line that is not UTF-8 or has another number of fields than the
/// first, a feature that is not a finite number, an identifier that appears twice.
///
/// # Reference
///
/// Sen et al., "Collective Classification in Network Data", 2008.
pub fn read_linqs(path: &Path, name: &str) -> Result<RawDataset, Error> {
    let [content, cites] = if is_archive(path) {
        read_archive(path, name)?
    } else {
        match path.parent() {
            Some(parent) if path.is_file() => read_folder(parent, name)?,
            _ => read_folder(path, name)?,
        }
    };
    let mut dataset = RawDataset {
        name: name.to_owned(),
        feature_row_ptr: vec![0],
        ..RawDataset::default()
    };
    let ids = parse_content(&content.bytes, &mut dataset).map_err(|e| e.in_file(&content.path))?;
    parse_cites(&cites.bytes, &ids, &mut dataset).map_err(|e| e.in_file(&cites.path))?;
    dataset.node_names = node_names(ids);
    Ok(dataset)
}

/// A file's bytes with the path to show for it, inside the archive where it lies in one.
struct Text {
    path: PathBuf,
    bytes: Vec<u8>,
}

fn read_folder(folder: &Path, name: &str) -> Result<[Text; 2], Error> {
    let read = |ending: &str| {
        let path = folder.join(format!("{name}.{ending}"));
        if !path.exists() {
            return Err(missing(&path, name, ending));
        }
        let bytes = read_file(&path)?;
        Ok(Text { path, bytes })
    };
    Ok([read("content")?, read("cites")?])
}

fn read_archive(path: &Path, name: &str) -> Result<[Text; 2], Error> {
    let mut content = None;
    let mut cites = None;
    for_each_member(path, |member, reader| {
        let slot = match ending_of(member, name) {
            Some("content") => &mut content,
            Some("cites") => &mut cites,
            _ => return Ok(()),
        };
        let shown = path.join(member);
        let bytes = read_bounded(reader, &shown)?;
        *slot = Some(Text { path: shown, bytes });
        Ok(())
    })?;
    Ok([
        content.ok_or_else(|| missing(path, name, "content"))?,
        cites.ok_or_else(|| missing(path, name, "cites"))?,
    ])
}

fn missing(path: &Path, name: &str, ending: &str) -> Error {
    Error::new(
        ErrorKind::MissingFile,
        format!("{name}.{ending} is missing"),
    )
    .in_file(path)
    .with_remedy(format!(
        "a LINQS data set is {name}.content with {name}.cites beside it, or {name}.tgz with both"
    ))
}

/// Calls `visit` with the path and the bytes of each plain file in the archive.
fn for_each_member(
    path: &Path,
    mut visit: impl FnMut(&Path, &mut dyn Read) -> Result<(), Error>,
) -> Result<(), Error> {
    let odd = |error: std::io::Error| {
        Error::malformed(format!("expected a gzipped tar archive: {error}")).in_file(path)
    };
    let file = File::open(path).map_err(|error| Error::io(path, error))?;
    // A few bytes of gzip can stand for gigabytes; the bound holds for all members together.
    let unpacked = MultiGzDecoder::new(file).take(LONGEST_FILE);
    let mut archive = tar::Archive::new(unpacked);
    for entry in archive.entries().map_err(odd)? {
        let mut entry = entry.map_err(odd)?;
        let member = entry.path().map_err(odd)?.into_owned();
        if entry.header().entry_type().is_file() {
            visit(&member, &mut entry)?;
        }
    }
    // The archive ends before its compressed stream does, whose last bytes hold the checksum.
    io::copy(&mut archive.into_inner(), &mut io::sink()).map_err(odd)?;
    Ok(())
}

fn ending_of<'a>(path: &'a Path, name: &str) -> Option<&'a str> {
    path.file_name()?
        .to_str()?
        .strip_prefix(name)?
        .strip_prefix('.')
}

fn is_archive(path: &Path) -> bool {
    let text = path.to_string_lossy();
    path.is_file() && ARCHIVES.iter().any(|ending| text.ends_with(ending))
}

fn find(folder: &Path, name: &str) -> Option<PathBuf> {
    let content = format!("{name}.content");
    let holds = |folder: &Path| folder.join(&content).is_file();
    if holds(folder) {
        return Some(folder.to_owned());
    }
    let inner = folder.join(name);
    let archives = ARCHIVES.map(|ending| folder.join(format!("{name}{ending}")));
    archives
        .into_iter()
        .find(|archive| archive.is_file())
        .or_else(|| holds(&inner).then_some(inner))
}

/// Names of the data sets in a folder or archive, or the name that a path to one of the files bears.
fn names(path: &Path) -> Result<Vec<String>, Error> {
    let mut names = Vec::new();
    if path.is_dir() {
        for entry in fs::read_dir(path).map_err(|error| Error::io(path, error))? {
            let entry = entry.map_err(|error| Error::io(path, error))?;
            names.extend(name_of_content(&entry.path()));
        }
    } else if is_archive(path) {
        for_each_member(path, |member, _| {
            names.extend(name_of_content(member));
            Ok(())
        })?;
        if names.is_empty() {
            return Err(missing(path, "NAME", "content"));
        }
    } else {
        names.extend(name_of_content(path));
        names.extend(name_of_file(path, ".cites"));
    }
    names.sort();
    Ok(names)
}

fn name_of_content(path: &Path) -> Option<String> {
    name_of_file(path, ".content")
}

/// The name before the ending; files that start with a dot are a desktop's own.
fn name_of_file(path: &Path, ending: &str) -> Option<String> {
    let name = path.file_name()?.to_str()?.strip_suffix(ending)?;
    (!name.is_empty() && !name.starts_with('.')).then(|| name.to_owned())
}

/// The lines that are not blank, each as text with its number.
fn lines(bytes: &[u8]) -> impl Iterator<Item = Result<(usize, &str), Error>> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    bytes
        .split(|&byte| byte == b'\n')
        .enumerate()
        .filter(|(_, line)| !line.trim_ascii().is_empty())
        .map(|(index, line)| {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            std::str::from_utf8(line)
                .map(|text| (index + 1, text))
                .map_err(|error| {
                    let byte = line[error.valid_up_to()];
                    Error::malformed(format!("expected UTF-8 text, found byte 0x{byte:02x}"))
                        .at_line(index + 1)
                })
        })
}

/// Fills in nodes, features and labels; returns the node of each identifier.
fn parse_content<'a>(
    bytes: &'a [u8],
    dataset: &mut RawDataset,
) -> Result<HashMap<&'a str, u32>, Error> {
    let mut ids = HashMap::new();
    let mut classes: Vec<&str> = Vec::new();
    let mut num_fields = None;
    for line in lines(bytes) {
        let (number, line) = line?;
        let at = |error: Error| error.at_line(number);
        let found = line.split('\t').count();
        let expected = *num_fields.get_or_insert(found);
        if found < 2 || found != expected {
            return Err(at(Error::malformed(if expected < 2 {
                "expected an identifier, features and a class separated by tabs".to_owned()
            } else {
                format!("expected {expected} fields as in the first line, found {found}")
            })));
        }
        let mut fields = line.split('\t');
        let id = fields.next().unwrap_or_default().trim();
        let class = fields.next_back().unwrap_or_default().trim();
        if id.is_empty() || class.is_empty() {
            return Err(at(Error::malformed("the identifier or the class is empty")));
        }
        let node = ids.len() as u32;
        if ids.insert(id, node).is_some() {
            let message = format!("identifier {} appears twice", quoted(id.as_bytes()));
            return Err(at(Error::malformed(message)));
        }
        classes.push(class);
        for (feature, word) in fields.enumerate() {
            let value = parse_word(word).ok_or_else(|| {
                at(Error::malformed(format!(
                    "feature {feature}: expected a number, found {}",
                    quoted(word.as_bytes())
                )))
            })?;
            if value != 0.0 {
                dataset.feature_col.push(feature as u32);
                dataset.feature_values.push(value);
            }
        }
        dataset
            .feature_row_ptr
            .push(dataset.feature_col.len() as u32);
    }
    let Some(num_fields) = num_fields else {
        return Err(Error::malformed(
            "the file is empty, expected one line for each node",
        ));
    };
    dataset.num_nodes = classes.len();
    dataset.num_features = num_fields - 2;
    label(&classes, dataset);
    Ok(ids)
}

/// Almost all words are `0` or `1`, and there are millions of them.
fn parse_word(word: &str) -> Option<f32> {
    match word {
        "0" => Some(0.0),
        "1" => Some(1.0),
        _ => word
            .trim()
            .parse()
            .ok()
            .filter(|value: &f32| value.is_finite()),
    }
}

fn label(classes: &[&str], dataset: &mut RawDataset) {
    let mut class_ids: BTreeMap<&str, u32> = classes.iter().map(|&class| (class, 0)).collect();
    for (id, (name, slot)) in class_ids.iter_mut().enumerate() {
        *slot = id as u32;
        dataset.class_names.push((*name).to_owned());
    }
    dataset.labels = classes
        .iter()
        .map(|class| class_ids.get(class).copied())
        .collect();
}

fn parse_cites(
    bytes: &[u8],
    ids: &HashMap<&str, u32>,
    dataset: &mut RawDataset,
) -> Result<(), Error> {
    let mut unknown = 0;
    let mut first_unknown = None;
    for line in lines(bytes) {
        let (number, line) = line?;
        let fields: Vec<&str> = if line.contains('\t') {
            line.trim().splitn(3, '\t').map(str::trim).collect()
        } else {
            line.split_whitespace().take(3).collect()
        };
        let &[cited, citing] = fields.as_slice() else {
            return Err(Error::malformed(format!(
                "expected the cited and the citing paper separated by a tab, found {}",
                quoted(line.as_bytes())
            ))
            .at_line(number));
        };
        if let (Some(&src), Some(&dst)) = (ids.get(citing), ids.get(cited)) {
            dataset.edges.push((src, dst));
        } else {
            unknown += 1;
            first_unknown.get_or_insert_with(|| {
                let id = if ids.contains_key(citing) {
                    cited
                } else {
                    citing
                };
                format!("{} on line {number}", quoted(id.as_bytes()))
            });
        }
    }
    if let Some(first) = first_unknown {
        dataset.warnings.push(format!(
            "{unknown} citations of {}.cites name papers without content (the first is {first}) and were left out",
            dataset.name
        ));
    }
    Ok(())
}

fn node_names(ids: HashMap<&str, u32>) -> Vec<String> {
    let mut pairs: Vec<(u32, &str)> = ids.into_iter().map(|(id, node)| (node, id)).collect();
    pairs.sort_unstable();
    pairs.into_iter().map(|(_, id)| id.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(content: &[u8], cites: &[u8]) -> Result<RawDataset, Error> {
        let mut dataset = RawDataset {
            name: "toy".into(),
            feature_row_ptr: vec![0],
            ..RawDataset::default()
        };
        let ids = parse_content(content, &mut dataset)?;
        parse_cites(cites, &ids, &mut dataset)?;
        Ok(dataset)
    }

    #[test]
    fn reads_carriage_returns_marks_and_strangers() {
        let content = b"\xef\xbb\xbfp1\t0\t1\tzoo\r\np2\t0.5\t0\tant\r\n";
        let dataset = parse(content, b"p1\tp2\r\np1 p1\np9\tp1\n\n").unwrap();
        assert_eq!(dataset.class_names, ["ant", "zoo"]);
        assert_eq!(dataset.labels, [Some(1), Some(0)]);
        assert_eq!(dataset.feature_row_ptr, [0, 1, 2]);
        assert_eq!(dataset.feature_col, [1, 0]);
        assert_eq!(dataset.feature_values, [1.0, 0.5]);
        assert_eq!(dataset.edges, [(1, 0), (0, 0)]);
        assert_eq!(
            dataset.warnings,
            [
                "1 citations of toy.cites name papers without content (the first is `p9` on line 3) and were left out"
            ]
        );
    }

    #[test]
    fn every_odd_line_is_named() {
        for (content, cites, expected) in [
            (
                &b""[..],
                &b""[..],
                "the file is empty, expected one line for each node",
            ),
            (
                b"p1 0 1 zoo",
                b"",
                ":1: expected an identifier, features and a class separated by tabs",
            ),
            (
                b"p\t0\tz\n\nq\tz\n",
                b"",
                ":3: expected 3 fields as in the first line, found 2",
            ),
            (
                b"p\tzero\tz\n",
                b"",
                ":1: feature 0: expected a number, found `zero`",
            ),
            (
                b"p\tnan\tz\n",
                b"",
                ":1: feature 0: expected a number, found `nan`",
            ),
            (
                b"p\t0\tz\np\t0\tz\n",
                b"",
                ":2: identifier `p` appears twice",
            ),
            (b"p\t0\t\n", b"", ":1: the identifier or the class is empty"),
            (
                b"p\t0\tz\n\xe9\t0\tz\n",
                b"",
                ":2: expected UTF-8 text, found byte 0xe9",
            ),
            (
                b"p\t0\tz",
                b"p\n",
                ":1: expected the cited and the citing paper separated by a tab, found `p`",
            ),
            (
                b"p\t0\tz",
                b"p\tp\tp\n",
                ":1: expected the cited and the citing paper separated by a tab, found `p\\tp\\tp`",
            ),
        ] {
            assert_eq!(parse(content, cites).unwrap_err().to_string(), expected);
        }
    }
}
