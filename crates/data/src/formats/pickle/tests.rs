//! Hand-written pickles: what is read and how the rest is refused.

use expect_test::{Expect, expect};

use super::{adjacency, csr, one_hot};

/// `{0: [1, 1], 1: [0]}` as Python 2 writes it, with the memo's opcodes.
const LISTS: &[u8] =
    b"\x80\x02ccollections\ndefaultdict\nq\x01c__builtin__\nlist\nq\x02\x85Rq\x03(K\x00]q\x04(K\x01K\x01eK\x01]r\x05\x00\x00\x00K\x00au.";

/// A matrix of labels with this shape, order and data.
fn labels(rows: u8, columns: u8, fortran: u8, data: &[u8]) -> Vec<u8> {
    let mut pickle = b"\x80\x02cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R(K\x01K".to_vec();
    pickle.extend([rows, b'K', columns, 0x86]);
    pickle.extend(b"cnumpy\ndtype\nU\x02i4K\x00K\x01\x87R(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb");
    pickle.extend([fortran, b'U', data.len() as u8]);
    pickle.extend(data);
    pickle.extend(b"tb.");
    pickle
}

fn refused<T>(result: Result<T, crate::Error>, expected: &Expect) {
    match result {
        Ok(_) => panic!("expected a refusal"),
        Err(error) => expected.assert_eq(&error.to_string()),
    }
}

#[test]
fn lists_keep_order_and_repeats() {
    assert_eq!(adjacency(LISTS).unwrap(), [(0, vec![1, 1]), (1, vec![0])]);
    assert_eq!(adjacency(b"\x80\x02}.").unwrap(), []);
}

#[test]
fn long_integers_are_read_up_to_64_bits() {
    let lists = adjacency(b"\x80\x02}K\x00]\x8a\x02\xff\x00as.").unwrap();
    assert_eq!(lists, [(0, vec![255])]);
    refused(
        adjacency(b"\x80\x02}K\x00]\x8a\x01\xffas."),
        &expect!["expected a node number, found the integer -1"],
    );
    refused(
        adjacency(b"\x80\x02}K\x00]\x8a\x09123456789as."),
        &expect![" at byte 6: an integer does not fit 64 bits"],
    );
}

#[test]
fn both_memory_orders_give_the_same_classes() {
    let ones = |at: &[usize]| -> Vec<u8> {
        (0..6)
            .flat_map(|i| u32::from(at.contains(&i)).to_le_bytes())
            .collect()
    };
    let expected = [Some(2), None];
    let rows_first = one_hot(&labels(2, 3, 0x89, &ones(&[2]))).unwrap();
    assert_eq!(rows_first.class_of_row, expected);
    assert_eq!(rows_first.num_classes, 3);
    let columns_first = one_hot(&labels(2, 3, 0x88, &ones(&[4]))).unwrap();
    assert_eq!(columns_first.class_of_row, expected);
    refused(
        one_hot(&labels(2, 3, 0x89, &ones(&[0, 2]))),
        &expect!["row 0 of the labels is not one-hot: it holds 1 in column 2"],
    );
    refused(
        one_hot(&labels(2, 4, 0x89, &ones(&[0]))),
        &expect![" at byte 143: an array of shape [2, 4] and I32 does not fill 24 bytes"],
    );
    refused(
        one_hot(&labels(200, 0, 0x89, b"")),
        &expect!["the one-hot rows have no columns"],
    );
}

#[test]
fn what_the_files_do_not_need_is_refused_by_name() {
    refused(
        adjacency(b"\x80\x02cos\nsystem\nU\x02ls\x85R."),
        &expect![
            " at byte 2: class `system` of module `os` is refused: only numpy arrays, scipy CSR matrices and dictionaries are read"
        ],
    );
    refused(
        adjacency(b"\x80\x04\x95."),
        &expect![" at byte 0: expected pickle protocol 2, found protocol 4"],
    );
    refused(
        adjacency(b"version https://git-lfs"),
        &expect![" at byte 0: opcode 0x76 of pickle is not one that these files use"],
    );
    refused(
        one_hot(b"\x80\x02cnumpy\ndtype\nU\x02O8K\x00K\x01\x87R."),
        &expect![" at byte 24: dtype `O8` is not one of f4, f8, i4, i8"],
    );
    refused(
        adjacency(b"\x80\x02c__builtin__\nlist\nU\x02ls\x85R."),
        &expect![" at byte 25: a call of the class List with these arguments is refused"],
    );
    refused(
        csr(LISTS),
        &expect!["expected the pickle of a scipy.sparse csr_matrix, found a dictionary"],
    );
    refused(csr(b""), &expect!["the file is empty, expected a pickle"]);
}

#[test]
fn short_files_cannot_ask_for_much() {
    refused(
        one_hot(b"\x80\x02T\xff\xff\xff\x7fabc"),
        &expect![" at byte 2: the file is cut short: expected 2147483647 more bytes, found 3"],
    );
    refused(
        one_hot(b"\x80\x02T\xff\xff\xff\xffabc"),
        &expect![" at byte 2: a string has a negative length"],
    );
    // One list of ten neighbours under ten keys: 100 neighbours in 70 bytes.
    let mut shared = b"\x80\x02}(K\x00](KaKaKaKaKaKaKaKaKaKaeq\x01".to_vec();
    for key in 1..10 {
        shared.extend([b'K', key, b'h', 1]);
    }
    shared.extend(b"u.");
    refused(
        adjacency(&shared),
        &expect!["the lists name more neighbours than the file has bytes"],
    );
}

#[test]
fn objects_that_hold_themselves_are_harmless() {
    refused(
        adjacency(b"\x80\x02}q\x01K\x00]q\x02h\x02as."),
        &expect!["expected a node number, found a list"],
    );
    let nested = [&b"\x80\x02)"[..], &b"\x85".repeat(100_000), b"."].concat();
    refused(
        adjacency(&nested),
        &expect![
            "expected the pickle of a dictionary from node numbers to lists of node numbers, found a tuple"
        ],
    );
}

#[test]
fn the_stack_is_never_read_below_a_mark() {
    for pickle in [
        &b"\x80\x02."[..],
        b"\x80\x02K\x00(.",
        b"\x80\x02K\x00(\x85.",
        b"\x80\x02t.",
    ] {
        assert!(adjacency(pickle).is_err());
    }
    refused(
        adjacency(b"\x80\x02}}."),
        &expect![" at byte 4: expected the end of the pickle, found more values or bytes"],
    );
}
