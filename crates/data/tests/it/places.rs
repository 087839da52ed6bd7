//! How data sets are found by name and by path, and what is said when they are not.

use std::fs::{self, File};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use graxe_data::{ErrorKind, load};
use tempfile::TempDir;

use crate::writer::{Planetoid, lists, matrix};

const CONTENT: &str = "a\t1\t0\tzoo\nb\t0\t1\tant\nc\t1\t1\tzoo\nd\t0\t0\tant\n";
const CITES: &str = "a\tb\nc\tc\na\td\n";

/// An archive of these members, written in this order.
fn archive(path: &Path, members: &[(&str, &str)]) {
    let gzip = GzEncoder::new(File::create(path).unwrap(), Compression::fast());
    let mut tar = tar::Builder::new(gzip);
    for (name, text) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, name, text.as_bytes()).unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap();
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn a_name_is_found_in_the_folder_and_its_subfolders() {
    for subfolder in ["", "planetoid"] {
        let folder = TempDir::new().unwrap();
        let inner = folder.path().join(subfolder);
        fs::create_dir_all(&inner).unwrap();
        Planetoid::toy().write(&inner, "citeseer");
        let found = load("CiteSeer", Some(folder.path())).unwrap();
        assert_eq!((found.name.as_str(), found.num_nodes()), ("citeseer", 6));
        assert_eq!(found.graph.num_edges(), 4);
        // Node 3 is a test node without a label.
        assert_eq!(found.split.test, [5]);
        assert_eq!(found.warnings.len(), 1);
    }
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("linqs")).unwrap();
    let members = [
        ("pubmed/pubmed.cites", CITES),
        ("pubmed/pubmed.content", CONTENT),
    ];
    archive(&folder.path().join("linqs/pubmed.tgz"), &members);
    let found = load("pubmed", Some(folder.path())).unwrap();
    assert_eq!(found.graph.pattern().row_ptr(), [0, 2, 3, 3, 4]);
    assert_eq!(found.graph.pattern().col(), [1, 3, 0, 0]);
    assert_eq!(found.node_names, ["a", "b", "c", "d"]);
}

#[test]
fn a_path_is_recognised_by_what_it_holds() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("toy.content"), CONTENT).unwrap();
    fs::write(at("toy.cites"), CITES).unwrap();
    archive(
        &at("other.tar.gz"),
        &[
            ("toy.content", CONTENT),
            ("toy.cites", CITES),
            ("._toy.content", ""),
        ],
    );
    let expected = load(text(folder.path()), None).unwrap();
    assert_eq!(expected.num_features(), 2);
    for name in ["toy.content", "toy.cites", "other.tar.gz"] {
        let found = load(text(&at(name)), None).unwrap();
        assert_eq!(format!("{found:?}"), format!("{expected:?}"), "{name}");
    }
    Planetoid::toy().write(folder.path(), "mini");
    assert_eq!(load(text(folder.path()), None).unwrap().name, "mini");
}

#[test]
fn the_karate_club_needs_no_files() {
    for (data, dir) in [("karate", None), ("Karate", Some(Path::new("nowhere")))] {
        let club = load(data, dir).unwrap();
        assert_eq!((club.name.as_str(), club.num_nodes()), ("karate", 34));
    }
}

#[test]
fn data_without_edges_or_split_are_refused_with_their_path() {
    let folder = TempDir::new().unwrap();
    let no_edges = Planetoid::toy().with("graph", lists(&[(0, &[0])]));
    no_edges.write(folder.path(), "bare");
    let error = load("bare", Some(folder.path())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Empty);
    assert_eq!(error.file(), Some(folder.path()));
    let line = error.to_string();
    assert!(
        line.ends_with(": data set `bare` has no edges between different nodes"),
        "{line}"
    );

    let no_labels = Planetoid::toy()
        .with("y", matrix(&[[0, 0]]))
        .with("ally", matrix(&[[0, 0], [0, 1], [1, 0]]));
    no_labels.write(folder.path(), "dumb");
    let line = load("dumb", Some(folder.path())).unwrap_err().to_string();
    assert!(
        line.ends_with(": data set `dumb` has no labelled nodes to train on"),
        "{line}"
    );
}

#[test]
fn several_names_are_told_apart_by_the_user() {
    let folder = TempDir::new().unwrap();
    Planetoid::toy().write(folder.path(), "one");
    Planetoid::toy().write(folder.path(), "two");
    let error = load(text(folder.path()), None).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Ambiguous);
    assert!(
        error
            .to_string()
            .contains("several data sets lie here: one, two")
    );
    assert_eq!(load("two", Some(folder.path())).unwrap().name, "two");
    let file = folder.path().join("ind.one.x");
    assert_eq!(load(text(&file), None).unwrap().name, "one");
}

#[test]
fn what_is_not_there_is_told_in_one_line() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("plain.txt"), "no data").unwrap();
    fs::write(at("broken.tgz"), "no archive").unwrap();
    archive(&at("strange.tgz"), &[("readme", "nothing")]);
    archive(&at("half.tgz"), &[("half.content", CONTENT)]);
    fs::write(at("lone.content"), CONTENT).unwrap();
    for (data, kind, expected) in [
        (
            "no-such-set",
            ErrorKind::NotFound,
            "; the known names are karate, cora, citeseer, pubmed",
        ),
        (
            "kar",
            ErrorKind::NotFound,
            "; did you mean `karate`? the known names are karate, cora, citeseer, pubmed",
        ),
        (
            "coar",
            ErrorKind::NotFound,
            "; did you mean `cora`? the known names are karate, cora, citeseer, pubmed",
        ),
        (
            text(&at("nowhere")),
            ErrorKind::NotFound,
            "there is no such file or folder",
        ),
        (
            text(&at("plain.txt")),
            ErrorKind::Unsupported,
            "no data set of a known format",
        ),
        (
            text(&at("broken.tgz")),
            ErrorKind::Malformed,
            "expected a gzipped tar archive",
        ),
        (
            text(&at("strange.tgz")),
            ErrorKind::MissingFile,
            "NAME.content is missing",
        ),
        (
            text(&at("half.tgz")),
            ErrorKind::MissingFile,
            "half.cites is missing",
        ),
        (
            text(&at("lone.content")),
            ErrorKind::MissingFile,
            "lone.cites is missing",
        ),
    ] {
        let error = load(data, Some(folder.path())).unwrap_err();
        let line = error.to_string();
        assert_eq!(error.kind(), kind, "{line}");
        assert!(line.contains(expected), "{line}");
        assert_eq!(line.lines().count(), 1, "{line}");
    }
    let error = load("no-such-set", Some(folder.path())).unwrap_err();
    assert!(error.to_string().contains(text(folder.path())));
    let error = load("cora", Some(&at("nowhere"))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[test]
fn a_cut_archive_is_malformed() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("toy.tgz");
    archive(&path, &[("toy.content", CONTENT), ("toy.cites", CITES)]);
    let whole = fs::read(&path).unwrap();
    for len in 0..whole.len() {
        fs::write(&path, &whole[..len]).unwrap();
        let error = load(text(&path), None).unwrap_err();
        assert_eq!(error.to_string().lines().count(), 1);
    }
}
