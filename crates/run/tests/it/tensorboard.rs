//! The events file, read as TensorBoard reads it: frames, checksums and protocol buffers.

use std::collections::BTreeMap;

use tempfile::TempDir;

use crate::{bytes, metrics, plain, toy, trained};

/// The values of a step by their tags.
pub(crate) type Step = (u64, BTreeMap<String, f32>);

/// The scalars of an events file, step by step.
///
/// Reference: `tensorflow/core/lib/io/record_writer.h` and `tensorflow/core/util/event.proto`.
pub(crate) fn scalars(file: &[u8]) -> Vec<Step> {
    let mut records = records(file).into_iter();
    let first = fields(records.next().unwrap());
    assert_eq!(first[&3][0], Field::Bytes(b"brain.Event:2"));
    let mut seconds = 0.0;
    let step = |record| {
        let event = fields(record);
        let Field::Fixed(time) = event[&1][0] else {
            panic!("no time")
        };
        let time = f64::from_le_bytes(time.try_into().unwrap());
        assert!(time >= seconds && time > 1.6e9, "{time}");
        seconds = time;
        let (Field::Number(step), Field::Bytes(summary)) = (event[&2][0], event[&5][0]) else {
            panic!("no step or summary")
        };
        let values = fields(summary)[&1].iter().map(value).collect();
        (step, values)
    };
    records.map(step).collect()
}

fn value(field: &Field) -> (String, f32) {
    let Field::Bytes(value) = field else {
        panic!("no value")
    };
    let value = fields(value);
    let (Field::Bytes(tag), Field::Fixed(number)) = (value[&1][0], value[&2][0]) else {
        panic!("no tag or number")
    };
    let number = f32::from_le_bytes(number.try_into().unwrap());
    (String::from_utf8(tag.to_vec()).unwrap(), number)
}

fn records(mut file: &[u8]) -> Vec<&[u8]> {
    let mut records = Vec::new();
    while !file.is_empty() {
        let (length, rest) = file.split_at(8);
        let rest = checked(length, rest);
        let length = u64::from_le_bytes(length.try_into().unwrap()) as usize;
        let (record, rest) = rest.split_at(length);
        file = checked(record, rest);
        records.push(record);
    }
    records
}

/// What follows the checksum of `data`.
fn checked<'a>(data: &[u8], rest: &'a [u8]) -> &'a [u8] {
    let (sum, rest) = rest.split_at(4);
    let masked = u32::from_le_bytes(sum.try_into().unwrap());
    let sum = masked.wrapping_sub(0xa282_ead8).rotate_left(15);
    assert_eq!(sum, checksum(data));
    rest
}

/// CRC-32C, a bit at a time.
fn checksum(data: &[u8]) -> u32 {
    let step = |sum: u32, _: i32| (sum >> 1) ^ (0x82f6_3b78 * (sum & 1));
    let byte = |sum: u32, byte: &u8| (0..8).fold(sum ^ u32::from(*byte), step);
    !data.iter().fold(!0, byte)
}

/// A field of a message as it is encoded.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Field<'a> {
    Number(u64),
    Fixed(&'a [u8]),
    Bytes(&'a [u8]),
}

fn fields(mut message: &[u8]) -> BTreeMap<u64, Vec<Field<'_>>> {
    let mut fields: BTreeMap<u64, Vec<Field>> = BTreeMap::new();
    while !message.is_empty() {
        let key = varint(&mut message);
        let mut take = |length: usize| {
            let (taken, rest) = message.split_at(length);
            message = rest;
            taken
        };
        let field = match key & 7 {
            1 => Field::Fixed(take(8)),
            5 => Field::Fixed(take(4)),
            2 => {
                let length = varint(&mut message) as usize;
                let (taken, rest) = message.split_at(length);
                message = rest;
                Field::Bytes(taken)
            }
            0 => Field::Number(varint(&mut message)),
            other => panic!("a field of type {other}"),
        };
        fields.entry(key >> 3).or_default().push(field);
    }
    fields
}

fn varint(from: &mut &[u8]) -> u64 {
    let mut number = 0;
    for place in 0.. {
        let byte = from[0];
        *from = &from[1..];
        number |= u64::from(byte & 0x7f) << (7 * place);
        if byte < 0x80 {
            break;
        }
    }
    number
}

#[test]
fn events_are_the_metrics() {
    let dir = TempDir::new().unwrap();
    let mut settings = plain(&toy::write(dir.path(), 60));
    settings.protocol = "best".to_owned();
    // Steps of one byte and of two.
    settings.training.epochs = Some(200);
    let out = dir.path().join("out");
    trained(&settings, &out);
    let steps = scalars(&bytes(&out, "events.out.tfevents.graxe"));
    let lines = metrics(&out);
    assert_eq!(steps.len(), 200);
    for ((step, values), line) in steps.iter().zip(&lines) {
        assert_eq!(line["epoch"], serde_json::Value::from(*step));
        let same = [
            ("loss/train", "train_loss"),
            ("loss/val", "val_loss"),
            ("accuracy/val", "val_accuracy"),
            ("accuracy/test", "test_accuracy"),
        ];
        assert_eq!(values.len(), same.len());
        for (tag, name) in same {
            assert_eq!(values[tag], line[name].as_f64().unwrap() as f32, "{tag}");
        }
    }
}
