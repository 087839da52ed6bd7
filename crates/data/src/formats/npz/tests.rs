//! Archives that would unpack to more than there is room for.

use std::fs::File;
use std::io::Write as _;

use tempfile::TempDir;
use zip::write::SimpleFileOptions;

use super::Arrays;
use crate::error::ErrorKind;

#[test]
fn a_bomb_is_refused() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("bomb.npz");
    let mut archive = zip::ZipWriter::new(File::create(&path).expect("a file"));
    let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    let zeros = vec![0; 1 << 16];
    for name in ["adj_data.npy", "adj_shape.npy"] {
        archive.start_file(name, options).expect("a member");
        archive.write_all(&zeros).expect("zeros");
    }
    archive.finish().expect("a directory");
    // A file that says of itself that it holds zeros is no array, but it is unpacked; the room is that of all together.
    let mut arrays = Arrays::open(&path).expect("an archive");
    arrays.room = (1 << 17) - 1;
    let mut refused = |name: &str| arrays.array(name).map(|_| ()).expect_err("no array").kind();
    assert_eq!(refused("adj_data"), ErrorKind::Malformed);
    assert_eq!(refused("adj_shape"), ErrorKind::TooLarge);
}
