//! Named arrays in files: safetensors, written whole or not at all.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use graxe_core::{Array, DType, Native, Shape};
use safetensors::tensor::{Dtype, Metadata, SafeTensors, View, serialize};

/// What is said about a file beside its arrays, by name.
pub type Notes = BTreeMap<String, String>;

/// Why a file of arrays cannot be read or written: one line with the file and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckpointError(String);

impl CheckpointError {
    pub(crate) fn new(path: &Path, problem: impl fmt::Display, remedy: &str) -> Self {
        Self(format!("{}: {problem}; {remedy}", path.display()))
    }
}

impl fmt::Display for CheckpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for CheckpointError {}

/// The arrays of a safetensors file by their names, whoever wrote it.
///
/// Half precision becomes `f32`, and integers of 8 and 16 bits become `i32`; both are exact.
///
/// # Errors
/// If the file cannot be read, is cut off or of another format, or holds elements of a type
/// that graxe has none for.
///
/// # Reference
/// The format: <https://huggingface.co/docs/safetensors>.
pub fn load_arrays(path: impl AsRef<Path>) -> Result<BTreeMap<String, Array>, CheckpointError> {
    Ok(load(path.as_ref())?.0)
}

/// The notes of a safetensors file, which its header holds as `__metadata__`.
///
/// # Errors
/// If the file cannot be read, is cut off or of another format.
pub fn load_notes(path: impl AsRef<Path>) -> Result<Notes, CheckpointError> {
    let path = path.as_ref();
    let bytes = read(path)?;
    Ok(notes(&header(path, &bytes)?.1))
}

/// Arrays and notes of one reading.
pub(crate) fn load(path: &Path) -> Result<(BTreeMap<String, Array>, Notes), CheckpointError> {
    let bytes = read(path)?;
    let (data, metadata) = header(path, &bytes)?;
    let mut arrays = BTreeMap::new();
    for (name, info) in metadata.tensors() {
        let (start, end) = info.data_offsets;
        let Some(array) = array(info.dtype, &info.shape, &data[start..end]) else {
            let problem = format!("{name} has elements of type {:?}", info.dtype);
            let remedy = "save it in single or double precision";
            return Err(CheckpointError::new(path, problem, remedy));
        };
        arrays.insert(name, array);
    }
    Ok((arrays, notes(&metadata)))
}

/// Writes arrays and notes as a safetensors file: to a temporary file in the same folder, which
/// then takes the name. Whatever fails, a file that stood there stays as it was.
///
/// # Errors
/// If the folder or the disk does not let it be written.
///
/// # Panics
/// If an array is traced.
pub fn save_arrays(
    path: impl AsRef<Path>,
    arrays: &BTreeMap<String, Array>,
    notes: &Notes,
) -> Result<(), CheckpointError> {
    let path = path.as_ref();
    let views = arrays.iter().map(|(name, array)| (name, Stored(array)));
    let notes = notes.clone().into_iter().collect();
    let bytes = serialize(views, Some(notes))
        .map_err(|e| CheckpointError::new(path, e, "save fewer arrays or shorter names"))?;
    write_whole(path, &in_order(bytes)).map_err(|e| unwritable(path, &e))
}

/// The same file with its header in the order of names: the writer gives notes in an order that differs from call to
/// call, and the same arrays and notes are to give the same bytes.
fn in_order(file: Vec<u8>) -> Vec<u8> {
    let header = |file: &[u8]| {
        let (length, rest) = file.split_first_chunk()?;
        let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
        let names: BTreeMap<String, BTreeMap<String, serde_json::Value>> =
            serde_json::from_slice(rest.get(..length)?).ok()?;
        let mut text = serde_json::to_vec(&names).ok()?;
        // It is as long as before but for the spaces that bring the arrays to a multiple of eight bytes.
        (text.len() <= length).then(|| {
            text.resize(length, b' ');
            text
        })
    };
    let mut file = file;
    if let Some(text) = header(&file) {
        file[8..8 + text.len()].copy_from_slice(&text);
    }
    file
}

/// Whether [`save_arrays`] could write here; asks before there is something to lose, and leaves
/// what is there.
///
/// # Errors
/// If it could not.
pub fn check_writable(path: impl AsRef<Path>) -> Result<(), CheckpointError> {
    let path = path.as_ref();
    let probe = || {
        let temporary = beside(path)?;
        // What a process of this number left behind is no reason to refuse.
        File::create(&temporary)?;
        fs::remove_file(&temporary)
    };
    probe().map_err(|e| unwritable(path, &e))
}

fn unwritable(path: &Path, error: &io::Error) -> CheckpointError {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    let problem = format!("cannot be written: {error}");
    let remedy = match error.kind() {
        StorageFull | QuotaExceeded | FileTooLarge => {
            "make room on the disk: what was written before is whole"
        }
        _ => "name a file in a folder that can be written",
    };
    CheckpointError::new(path, problem, remedy)
}

/// The temporary file for `path`, in its folder and of this process.
fn beside(path: &Path) -> io::Result<PathBuf> {
    let Some(name) = path.file_name().filter(|_| !path.is_dir()) else {
        return Err(io::Error::new(
            io::ErrorKind::IsADirectory,
            "it is a folder",
        ));
    };
    let mut hidden = std::ffi::OsString::from(".");
    hidden.push(name);
    hidden.push(format!(".{}.tmp", std::process::id()));
    Ok(path.with_file_name(hidden))
}

/// Writes a file whole or not at all: to a hidden one beside it, whose name ends in `.tmp`, which then takes
/// the name. A link stays, and the file that it leads to is replaced; a pipe or a device takes the bytes as they come.
///
/// # Errors
/// If the folder or the disk does not let it be written; a file that stood there stays as it was.
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let is_stream = |meta: fs::Metadata| !meta.is_file() && !meta.is_dir();
    if path.metadata().is_ok_and(is_stream) {
        return fs::OpenOptions::new()
            .write(true)
            .open(path)?
            .write_all(bytes);
    }
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let temporary = beside(path)?;
    let write = || {
        let mut file = File::create(&temporary)?;
        file.write_all(bytes)?;
        // Otherwise a crash could leave the new name with the old length.
        file.sync_all()?;
        fs::rename(&temporary, path)
    };
    write().inspect_err(|_| {
        // It may not even have been made; the first error is the one to tell.
        let _ = fs::remove_file(&temporary);
    })
}

fn read(path: &Path) -> Result<Vec<u8>, CheckpointError> {
    fs::read(path).map_err(|e| {
        let problem = format!("cannot be read: {e}");
        CheckpointError::new(path, problem, "name a safetensors file")
    })
}

/// The header of a file and the bytes behind it.
fn header<'a>(path: &Path, bytes: &'a [u8]) -> Result<(&'a [u8], Metadata), CheckpointError> {
    match SafeTensors::read_metadata(bytes) {
        // Eight bytes of length precede the header.
        Ok((length, metadata)) => Ok((&bytes[8 + length..], metadata)),
        Err(error) => {
            let problem = format!("is not a whole safetensors file ({error})");
            let remedy = "it is cut off, damaged or of another format: name another file";
            Err(CheckpointError::new(path, problem, remedy))
        }
    }
}

fn notes(metadata: &Metadata) -> Notes {
    let found = metadata.metadata().iter().flatten();
    found.map(|(k, v)| (k.clone(), v.clone())).collect()
}

/// The elements in the format's order, which is little endian.
fn array(dtype: Dtype, shape: &[usize], bytes: &[u8]) -> Option<Array> {
    Some(match dtype {
        Dtype::BOOL => elements(bytes, shape, |[b]| b != 0),
        Dtype::U8 => elements(bytes, shape, |[b]| i32::from(b)),
        Dtype::I8 => elements(bytes, shape, |b| i32::from(i8::from_le_bytes(b))),
        Dtype::U16 => elements(bytes, shape, |b| i32::from(u16::from_le_bytes(b))),
        Dtype::I16 => elements(bytes, shape, |b| i32::from(i16::from_le_bytes(b))),
        Dtype::I32 => elements(bytes, shape, i32::from_le_bytes),
        Dtype::U32 => elements(bytes, shape, u32::from_le_bytes),
        Dtype::I64 => elements(bytes, shape, i64::from_le_bytes),
        Dtype::U64 => elements(bytes, shape, u64::from_le_bytes),
        Dtype::F16 => elements(bytes, shape, |b| half(u16::from_le_bytes(b))),
        // The upper half of a single.
        Dtype::BF16 => elements(bytes, shape, |[a, b]| f32::from_le_bytes([0, 0, a, b])),
        Dtype::F32 => elements(bytes, shape, f32::from_le_bytes),
        Dtype::F64 => elements(bytes, shape, f64::from_le_bytes),
        _ => return None,
    })
}

fn elements<const N: usize, T: Native>(
    bytes: &[u8],
    shape: &[usize],
    element: impl Fn([u8; N]) -> T,
) -> Array {
    let (chunks, _) = bytes.as_chunks::<N>();
    let data = chunks.iter().map(|&chunk| element(chunk)).collect();
    Array::from_vec(data, Shape::from(shape.to_vec()))
}

/// The number that 16 bits stand for: a sign, 5 bits of exponent, 10 of fraction (IEEE 754).
fn half(bits: u16) -> f32 {
    let fraction = f32::from(bits & 0x3ff);
    let magnitude = match (bits >> 10) & 0x1f {
        0 => fraction * 2f32.powi(-24),
        31 if fraction == 0.0 => f32::INFINITY,
        31 => f32::NAN,
        exponent => (1024.0 + fraction) * 2f32.powi(i32::from(exponent) - 25),
    };
    magnitude.copysign(if bits >> 15 == 0 { 1.0 } else { -1.0 })
}

/// An array as the format's writer asks for it.
struct Stored<'a>(&'a Array);

impl View for Stored<'_> {
    fn dtype(&self) -> Dtype {
        match self.0.dtype() {
            DType::Bool => Dtype::BOOL,
            DType::I32 => Dtype::I32,
            DType::I64 => Dtype::I64,
            DType::U32 => Dtype::U32,
            DType::U64 => Dtype::U64,
            DType::F32 => Dtype::F32,
            DType::F64 => Dtype::F64,
        }
    }

    fn shape(&self) -> &[usize] {
        self.0.shape()
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Owned(little_endian(self.0))
    }

    fn data_len(&self) -> usize {
        self.0.size() * self.0.dtype().size()
    }
}

/// The elements as bytes, in row-major order.
pub(crate) fn little_endian(array: &Array) -> Vec<u8> {
    fn bytes<T: Native, const N: usize>(array: &Array, of: impl Fn(T) -> [u8; N]) -> Vec<u8> {
        array.as_slice::<T>().iter().flat_map(|&x| of(x)).collect()
    }
    match array.dtype() {
        DType::Bool => bytes(array, |x: bool| [u8::from(x)]),
        DType::I32 => bytes(array, i32::to_le_bytes),
        DType::I64 => bytes(array, i64::to_le_bytes),
        DType::U32 => bytes(array, u32::to_le_bytes),
        DType::U64 => bytes(array, u64::to_le_bytes),
        DType::F32 => bytes(array, f32::to_le_bytes),
        DType::F64 => bytes(array, f64::to_le_bytes),
    }
}
