//! Truncated, mutated and random pickles: an error or a data set, never a panic, never much memory.

use graxe_data::{ErrorKind, fuzz_pickle, read_planetoid};
use proptest::prelude::*;
use tempfile::TempDir;

use crate::writer::Planetoid;

/// The bytes of pickles that matter: opcodes, and small numbers as their arguments.
const ALPHABET: &[u8] =
    b"\x80\x02(N\x88\x89KMJ\x8aUTc)]}\x85\x86\x87taesuqrhjR\x81b.\x00\x01\x03\xff";

/// Snippets that random bytes would hardly ever hit upon.
const SNIPPETS: [&[u8]; 8] = [
    b"cscipy.sparse.csr\ncsr_matrix\n)\x81",
    b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R",
    b"cnumpy\ndtype\nU\x02i4K\x00K\x01\x87R",
    b"(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb",
    b"ccollections\ndefaultdict\nc__builtin__\nlist\n\x85R",
    b"U\x06indptr",
    b"T\xff\xff\xff\x7f",
    b"(J\xff\xff\xff\x7fJ\xff\xff\xff\x7ft",
];

/// Most memory that this process has held at once, where the system tells it.
pub(crate) fn peak_mebibytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kibibytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kibibytes >> 10)
}

fn check_memory() {
    if let Some(peak) = peak_mebibytes() {
        assert!(peak < 256, "the tests took {peak} MiB");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn random_bytes(bytes in prop::collection::vec(any::<u8>(), 0..512)) {
        fuzz_pickle(&bytes);
    }

    #[test]
    fn random_opcodes(pieces in prop::collection::vec(
        prop_oneof![
            8 => prop::sample::select(ALPHABET).prop_map(|byte| vec![byte]),
            1 => prop::sample::select(SNIPPETS.as_slice()).prop_map(<[u8]>::to_vec),
        ],
        0..128,
    )) {
        fuzz_pickle(&[b"\x80\x02".to_vec(), pieces.concat(), b".".to_vec()].concat());
    }

    /// Reads the whole data set, so that what a wrong pickle passes on is checked as well.
    #[test]
    fn mutated_files(
        part in 0usize..8,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in prop::option::weighted(0.2, any::<prop::sample::Index>()),
    ) {
        let mut files = Planetoid::toy();
        let bytes = &mut files.parts[part].1;
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let folder = TempDir::new().unwrap();
        files.write(folder.path(), "toy");
        match read_planetoid(folder.path(), "toy") {
            Ok(toy) => {
                let num_nodes = toy.num_nodes as u32;
                prop_assert_eq!(toy.labels.len(), toy.num_nodes);
                prop_assert_eq!(toy.feature_row_ptr.len(), toy.num_nodes + 1);
                prop_assert!(toy.feature_row_ptr.is_sorted());
                prop_assert!(toy.feature_values.iter().all(|value| value.is_finite()));
                prop_assert!(toy.feature_col.iter().all(|&col| (col as usize) < toy.num_features));
                prop_assert!(toy.edges.iter().all(|edge| edge.0 < num_nodes && edge.1 < num_nodes));
                match toy.into_dataset() {
                    Ok(toy) => prop_assert_eq!(toy.num_nodes() as u32, num_nodes),
                    // Whatever a reader lets through fits together.
                    Err(error) => prop_assert_eq!(error.kind(), ErrorKind::Empty),
                }
            }
            Err(error) => prop_assert_eq!(error.to_string().lines().count(), 1),
        }
        check_memory();
    }
}

#[test]
fn every_truncation_is_refused() {
    let files = Planetoid::toy();
    for (part, bytes) in &files.parts[..7] {
        for len in 0..bytes.len() {
            fuzz_pickle(&bytes[..len]);
        }
        let folder = TempDir::new().unwrap();
        let cut = files.clone().with(part, &bytes[..bytes.len() - 1]);
        cut.write(folder.path(), "toy");
        let error = read_planetoid(folder.path(), "toy").unwrap_err();
        assert_eq!(error.byte(), Some(bytes.len() - 1), "{error}");
    }
}

#[test]
fn many_small_objects_take_little_memory() {
    let len = 1 << 20;
    for opcode in [b']', b'}', b')', b'N', b'('] {
        fuzz_pickle(&[b"\x80\x02".to_vec(), vec![opcode; len], b".".to_vec()].concat());
    }
    check_memory();
}
