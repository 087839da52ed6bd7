//! Scalars for `TensorBoard`: records of protocol buffers behind their length and checksums.
//!
//! Reference: `tensorflow/core/lib/io/record_writer.h` and `tensorflow/core/util/event.proto`.

/// The record that every file begins with.
pub(crate) fn header(seconds: f64) -> Vec<u8> {
    let mut event = Vec::new();
    double(&mut event, 1, seconds);
    bytes(&mut event, 3, b"brain.Event:2");
    record(&event)
}

/// A record of scalars at a step.
pub(crate) fn scalars(seconds: f64, step: u64, values: &[(&str, f64)]) -> Vec<u8> {
    let mut summary = Vec::new();
    for (tag, value) in values {
        let mut entry = Vec::new();
        bytes(&mut entry, 1, tag.as_bytes());
        entry.push(2 << 3 | 5);
        entry.extend((*value as f32).to_le_bytes());
        bytes(&mut summary, 1, &entry);
    }
    let mut event = Vec::new();
    double(&mut event, 1, seconds);
    event.push(2 << 3);
    varint(&mut event, step);
    bytes(&mut event, 5, &summary);
    record(&event)
}

fn record(data: &[u8]) -> Vec<u8> {
    let length = (data.len() as u64).to_le_bytes();
    let mut record = Vec::with_capacity(data.len() + 16);
    record.extend(length);
    record.extend(masked(&length));
    record.extend(data);
    record.extend(masked(data));
    record
}

/// The checksum as the format stores it, so that it may be part of what is checked.
fn masked(data: &[u8]) -> [u8; 4] {
    let sum = crc32c::crc32c(data);
    sum.rotate_right(15).wrapping_add(0xa282_ead8).to_le_bytes()
}

fn double(to: &mut Vec<u8>, field: u8, value: f64) {
    to.push(field << 3 | 1);
    to.extend(value.to_le_bytes());
}

fn bytes(to: &mut Vec<u8>, field: u8, value: &[u8]) {
    to.push(field << 3 | 2);
    varint(to, value.len() as u64);
    to.extend(value);
}

fn varint(to: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        to.push(value as u8 | 0x80);
        value >>= 7;
    }
    to.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes that `tensorboard` 2.20 reads as the version, and as two scalars at step 300.
    #[test]
    fn records_are_framed_and_checked() {
        let header = header(1.5);
        assert_eq!(header[..8], 24u64.to_le_bytes());
        assert_eq!(header.len(), 24 + 16);
        assert_eq!(header[12], 1 << 3 | 1);
        let event = scalars(2.0, 300, &[("loss", 0.5), ("accuracy", 1.0)]);
        let length = u64::from_le_bytes(event[..8].try_into().expect("eight bytes"));
        assert_eq!(event.len() as u64, length + 16);
        // The step as a varint: 300 is 0xac 0x02.
        assert_eq!(event[12 + 9..12 + 12], [2 << 3, 0xac, 0x02]);
        let end = event.len() - 4;
        assert_eq!(event[end..], masked(&event[12..end]));
    }

    /// The check value of CRC-32C (RFC 3720, B.4: 32 bytes of zeros), masked.
    #[test]
    fn checksums_are_masked() {
        assert_eq!(crc32c::crc32c(&[0; 32]), 0x8a91_36aa);
        let expected = 0x8a91_36aa_u32.rotate_right(15).wrapping_add(0xa282_ead8);
        assert_eq!(masked(&[0; 32]), expected.to_le_bytes());
    }
}
