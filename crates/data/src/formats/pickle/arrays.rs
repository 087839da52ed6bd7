//! Numpy arrays and scipy CSR matrices out of their pickled state.

use super::super::csr_matrix::CsrMatrix;
use super::machine::{Object, Value};
use crate::error::{Error, ErrorKind, quoted};

/// The element types that the files use, all little-endian.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Dtype {
    F32,
    F64,
    I32,
    I64,
}

impl Dtype {
    pub(super) fn from_code(code: &[u8]) -> Result<Self, Error> {
        Ok(match code {
            b"f4" => Self::F32,
            b"f8" => Self::F64,
            b"i4" => Self::I32,
            b"i8" => Self::I64,
            _ => {
                return Err(Error::new(
                    ErrorKind::Unsupported,
                    format!("dtype {} is not one of f4, f8, i4, i8", quoted(code)),
                ));
            }
        })
    }

    /// The state is `(version, byte order, subtype, names, fields, size, alignment, flags)`.
    pub(super) fn check_state(state: &[Value<'_>]) -> Result<(), Error> {
        match state {
            [
                Value::Int(3 | 4),
                Value::Str(b"<"),
                Value::None,
                Value::None,
                Value::None,
                ..,
            ] => Ok(()),
            _ => Err(Error::new(
                ErrorKind::Unsupported,
                "only plain little-endian dtypes are read",
            )),
        }
    }

    fn size(self) -> usize {
        match self {
            Self::F32 | Self::I32 => 4,
            Self::F64 | Self::I64 => 8,
        }
    }
}

/// A dense array whose bytes are as many as its shape and dtype ask for.
#[derive(Debug)]
pub(super) struct Array<'a> {
    shape: Vec<usize>,
    dtype: Dtype,
    /// Whether the first index runs fastest.
    fortran: bool,
    data: &'a [u8],
}

impl<'a> Array<'a> {
    /// The state is `(version, shape, dtype, is_fortran, data)`.
    pub(super) fn from_state(state: &[Value<'a>], objects: &[Object<'a>]) -> Result<Self, Error> {
        let odd = |what: &str| Error::malformed(format!("a numpy array's {what} is odd"));
        let &[
            _,
            Value::Object(shape),
            Value::Object(dtype),
            fortran,
            Value::Str(data),
        ] = state
        else {
            return Err(odd("state"));
        };
        let (Some(Object::Tuple(shape)), Some(&Object::Dtype(dtype))) =
            (objects.get(shape), objects.get(dtype))
        else {
            return Err(odd("shape or dtype"));
        };
        let fortran = match fortran {
            Value::Bool(fortran) => fortran,
            Value::Int(fortran) => fortran != 0,
            _ => return Err(odd("memory order")),
        };
        let shape = shape_of(shape).ok_or_else(|| odd("shape"))?;
        let bytes = shape
            .iter()
            .try_fold(dtype.size(), |size, &extent| size.checked_mul(extent));
        if bytes != Some(data.len()) {
            return Err(Error::malformed(format!(
                "an array of shape {shape:?} and {dtype:?} does not fill {} bytes",
                data.len()
            )));
        }
        Ok(Self {
            shape,
            dtype,
            fortran,
            data,
        })
    }

    /// The elements in the order of memory.
    fn to_f64(&self) -> Vec<f64> {
        let data = self.data;
        match self.dtype {
            Dtype::F32 => map_chunks(data, |chunk| f64::from(f32::from_le_bytes(chunk))),
            Dtype::F64 => map_chunks(data, f64::from_le_bytes),
            Dtype::I32 => map_chunks(data, |chunk| f64::from(i32::from_le_bytes(chunk))),
            Dtype::I64 => map_chunks(data, |chunk| i64::from_le_bytes(chunk) as f64),
        }
    }

    /// The elements of a vector of indices.
    fn to_u32(&self) -> Result<Vec<u32>, Error> {
        let ints: Vec<i64> = match self.dtype {
            Dtype::I32 => map_chunks(self.data, |chunk| i64::from(i32::from_le_bytes(chunk))),
            Dtype::I64 => map_chunks(self.data, i64::from_le_bytes),
            other => {
                return Err(Error::malformed(format!(
                    "expected integers for indices, found {other:?}"
                )));
            }
        };
        ints.into_iter()
            .map(|int| {
                u32::try_from(int)
                    .map_err(|_| Error::malformed(format!("index {int} is out of range")))
            })
            .collect()
    }
}

/// Classes of the rows of a matrix of labels.
#[derive(Debug, PartialEq)]
pub(crate) struct OneHot {
    /// Column of the one in each row; a row of zeros has none.
    pub(crate) class_of_row: Vec<Option<u32>>,
    pub(crate) num_classes: usize,
}

impl OneHot {
    pub(super) fn new(array: &Array<'_>) -> Result<Self, Error> {
        let &[rows, columns] = array.shape.as_slice() else {
            return Err(Error::malformed("expected a matrix of one-hot rows"));
        };
        if columns == 0 && rows > 0 {
            // Such a matrix may claim any number of rows at no cost in bytes.
            return Err(Error::malformed("the one-hot rows have no columns"));
        }
        let values = array.to_f64();
        let (row_step, column_step) = if array.fortran {
            (1, rows)
        } else {
            (columns, 1)
        };
        let mut class_of_row = Vec::new();
        for row in 0..rows {
            let mut class = None;
            for column in 0..columns {
                let value = values[row * row_step + column * column_step];
                if value == 1.0 && class.is_none() {
                    class = Some(column as u32);
                } else if value != 0.0 {
                    return Err(Error::malformed(format!(
                        "row {row} of the labels is not one-hot: it holds {value} in column {column}"
                    )));
                }
            }
            class_of_row.push(class);
        }
        Ok(Self {
            class_of_row,
            num_classes: columns,
        })
    }
}

/// At most two extents, so that a long tuple shared by many arrays is not copied for each.
fn shape_of(extents: &[Value<'_>]) -> Option<Vec<usize>> {
    if extents.len() > 2 {
        return None;
    }
    extents
        .iter()
        .map(|extent| match extent {
            Value::Int(extent) => usize::try_from(*extent).ok(),
            _ => None,
        })
        .collect()
}

fn map_chunks<const N: usize, T>(data: &[u8], read: impl Fn([u8; N]) -> T) -> Vec<T> {
    data.as_chunks::<N>()
        .0
        .iter()
        .map(|&chunk| read(chunk))
        .collect()
}

/// Where in the objects the parts of a pickled `csr_matrix` lie.
#[derive(Debug)]
pub(super) struct CsrState<'a> {
    shape: Value<'a>,
    row_ptr: Value<'a>,
    col: Value<'a>,
    values: Value<'a>,
}

impl<'a> CsrState<'a> {
    /// Reads the attributes of the matrix; those that repeat or cache the others are passed over.
    pub(super) fn new(
        entries: &[(Value<'a>, Value<'a>)],
        objects: &[Object<'a>],
    ) -> Result<Self, Error> {
        const MOST_ATTRIBUTES: usize = 64;
        if entries.len() > MOST_ATTRIBUTES {
            return Err(Error::malformed("a csr_matrix has too many attributes"));
        }
        let find = |name: &'static str| {
            entries
                .iter()
                .rev()
                .find(|(key, _)| *key == Value::Str(name.as_bytes()))
                .map(|&(_, value)| value)
                .ok_or_else(|| Error::malformed(format!("a csr_matrix lacks its `{name}`")))
        };
        let state = Self {
            shape: find("_shape")?,
            row_ptr: find("indptr")?,
            col: find("indices")?,
            values: find("data")?,
        };
        for part in [state.row_ptr, state.col, state.values] {
            array(part, objects)?;
        }
        Ok(state)
    }
}

fn array<'o, 'a>(value: Value<'a>, objects: &'o [Object<'a>]) -> Result<&'o Array<'a>, Error> {
    let Value::Object(index) = value else {
        return Err(Error::malformed("a part of a csr_matrix is not an array"));
    };
    match objects.get(index) {
        Some(Object::Array(Some(array))) if array.shape.len() == 1 => Ok(array),
        _ => Err(Error::malformed("a part of a csr_matrix is not a vector")),
    }
}

/// The matrix of a pickled `csr_matrix`.
pub(super) fn csr_matrix(state: &CsrState<'_>, objects: &[Object<'_>]) -> Result<CsrMatrix, Error> {
    let shape = match state.shape {
        Value::Object(index) => match objects.get(index) {
            Some(Object::Tuple(extents)) => shape_of(extents),
            _ => None,
        },
        _ => None,
    };
    let Some(&[num_rows, num_cols]) = shape.as_deref() else {
        return Err(Error::malformed("a csr_matrix's shape is odd"));
    };
    let row_ptr = array(state.row_ptr, objects)?.to_u32()?;
    let col = array(state.col, objects)?.to_u32()?;
    let values = array(state.values, objects)?.to_f64();
    CsrMatrix::from_parts((num_rows, num_cols), row_ptr, col, values)
}
