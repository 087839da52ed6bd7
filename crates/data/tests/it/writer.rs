//! Writes pickles of protocol 2 the way Python 2, numpy and scipy did for the Planetoid files.

use std::fs;
use std::path::Path;

/// The parts of a made-up Planetoid data set, each the bytes of its file.
#[derive(Clone)]
pub(crate) struct Planetoid {
    pub(crate) parts: Vec<(&'static str, Vec<u8>)>,
}

impl Planetoid {
    /// Six nodes, two features and two classes, in the manner of Citeseer: rows 0 to 2 are known, the
    /// test nodes are 5 and 3, node 4 is missing, the graph has a self loop and a repeat.
    pub(crate) fn toy() -> Self {
        let known = [&[(0, 1.0)][..], &[(1, 0.5)], &[]];
        let known_labels = [[1, 0], [0, 1], [1, 0]];
        Self {
            parts: vec![
                ("x", csr(&known[..1], 2)),
                ("y", matrix(&known_labels[..1])),
                ("tx", csr(&[&[(1, 2.0), (0, 5.0)], &[(0, 3.0)]], 2)),
                ("ty", matrix(&[[0, 1], [0, 0]])),
                ("allx", csr(&known, 2)),
                ("ally", matrix(&known_labels)),
                (
                    "graph",
                    lists(&[
                        (0, &[1, 1]),
                        (4, &[4, 5]),
                        (1, &[0, 0]),
                        (5, &[4]),
                        (2, &[]),
                        (3, &[]),
                    ]),
                ),
                ("test.index", b"5\n3\n".to_vec()),
            ],
        }
    }

    pub(crate) fn with(mut self, part: &str, bytes: impl Into<Vec<u8>>) -> Self {
        let slot = self.parts.iter_mut().find(|slot| slot.0 == part).unwrap();
        slot.1 = bytes.into();
        self
    }

    pub(crate) fn write(&self, folder: &Path, name: &str) {
        for (part, bytes) in &self.parts {
            fs::write(folder.join(format!("ind.{name}.{part}")), bytes).unwrap();
        }
    }
}

pub(crate) fn lists(lists: &[(i64, &[i64])]) -> Vec<u8> {
    let mut pickle = b"\x80\x02ccollections\ndefaultdict\nc__builtin__\nlist\n\x85R(".to_vec();
    for (node, neighbours) in lists {
        int(&mut pickle, *node);
        pickle.extend(b"](");
        for &neighbour in *neighbours {
            int(&mut pickle, neighbour);
        }
        pickle.push(b'e');
    }
    pickle.extend(b"u.");
    pickle
}

pub(crate) fn matrix<const N: usize>(rows: &[[i32; N]]) -> Vec<u8> {
    let mut pickle = b"\x80\x02".to_vec();
    let data: Vec<u8> = rows
        .as_flattened()
        .iter()
        .flat_map(|v| v.to_le_bytes())
        .collect();
    array(&mut pickle, &[rows.len(), N], "i4", &data);
    pickle.push(b'.');
    pickle
}

/// A `csr_matrix` of doubles; each row lists `(column, value)` in any order.
pub(crate) fn csr(rows: &[&[(i32, f64)]], num_cols: usize) -> Vec<u8> {
    let entries = || rows.iter().copied().flatten();
    let col: Vec<u8> = entries().flat_map(|entry| entry.0.to_le_bytes()).collect();
    let values: Vec<u8> = entries().flat_map(|entry| entry.1.to_le_bytes()).collect();
    let mut ends = vec![0];
    for row in rows {
        ends.push(ends[ends.len() - 1] + row.len() as i32);
    }
    let row_ptr: Vec<u8> = ends
        .iter()
        .flat_map(|end: &i32| end.to_le_bytes())
        .collect();
    let mut pickle = b"\x80\x02cscipy.sparse.csr\ncsr_matrix\n)\x81}(".to_vec();
    text(&mut pickle, b"_shape");
    int(&mut pickle, rows.len() as i64);
    int(&mut pickle, num_cols as i64);
    pickle.push(0x86);
    let nnz = entries().count();
    text(&mut pickle, b"indptr");
    array(&mut pickle, &[ends.len()], "i4", &row_ptr);
    text(&mut pickle, b"indices");
    array(&mut pickle, &[nnz], "i4", &col);
    text(&mut pickle, b"data");
    array(&mut pickle, &[nnz], "f8", &values);
    pickle.extend(b"ub.");
    pickle
}

fn array(pickle: &mut Vec<u8>, shape: &[usize], dtype: &str, data: &[u8]) {
    pickle.extend(
        b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R(K\x01(",
    );
    for &extent in shape {
        int(pickle, extent as i64);
    }
    pickle.extend(b"tcnumpy\ndtype\n");
    text(pickle, dtype.as_bytes());
    pickle.extend(b"K\x00K\x01\x87R(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89T");
    pickle.extend((data.len() as u32).to_le_bytes());
    pickle.extend(data);
    pickle.extend(b"tb");
}

fn text(pickle: &mut Vec<u8>, text: &[u8]) {
    pickle.extend([b'U', text.len() as u8]);
    pickle.extend(text);
}

/// The shortest opcode that holds the number, as Python chooses it.
fn int(pickle: &mut Vec<u8>, int: i64) {
    if let Ok(byte) = u8::try_from(int) {
        pickle.extend([b'K', byte]);
    } else if let Ok(short) = u16::try_from(int) {
        pickle.push(b'M');
        pickle.extend(short.to_le_bytes());
    } else if let Ok(word) = i32::try_from(int) {
        pickle.push(b'J');
        pickle.extend(word.to_le_bytes());
    } else {
        pickle.extend([0x8a, 8]);
        pickle.extend(int.to_le_bytes());
    }
}
