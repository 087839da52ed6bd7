//! A recorded array: shape, dtype and its elements in row-major order.

use serde::Deserialize;
use serde_json::Value;

use super::round::{to_bfloat16, to_float16};

/// A dense array as the golden files record it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "Raw")]
pub struct Tensor {
    /// The extents; a scalar has none.
    pub shape: Vec<usize>,
    /// The dtype's name as JAX writes it, for example `float32`.
    pub dtype: String,
    /// The elements in row-major order.
    pub data: Data,
}

/// A tensor's elements, in the widest type of their kind.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// `bool`.
    Bool(Vec<bool>),
    /// `int8` to `int64`.
    I64(Vec<i64>),
    /// `uint8` to `uint64`.
    U64(Vec<u64>),
    /// `float32`, and `float16` and `bfloat16` already rounded to their dtype.
    F32(Vec<f32>),
    /// `float64`.
    F64(Vec<f64>),
}

impl Data {
    /// The number of elements.
    pub fn len(&self) -> usize {
        match self {
            Self::Bool(v) => v.len(),
            Self::I64(v) => v.len(),
            Self::U64(v) => v.len(),
            Self::F32(v) => v.len(),
            Self::F64(v) => v.len(),
        }
    }

    /// Whether there is no element.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Tensor {
    /// This tensor with float64 rounded to float32, for a case that is computed in float32; other dtypes stay.
    #[must_use]
    pub fn in_float32(&self) -> Tensor {
        let Data::F64(v) = &self.data else {
            return self.clone();
        };
        Tensor {
            shape: self.shape.clone(),
            dtype: "float32".to_owned(),
            data: Data::F32(v.iter().map(|&x| x as f32).collect()),
        }
    }
}

/// A tensor as it stands in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    shape: Vec<usize>,
    dtype: String,
    data: Vec<Value>,
}

impl TryFrom<Raw> for Tensor {
    type Error = String;

    fn try_from(raw: Raw) -> Result<Self, String> {
        let count = raw
            .shape
            .iter()
            .try_fold(1, |n: usize, &d| n.checked_mul(d));
        if count != Some(raw.data.len()) {
            let (found, shape) = (raw.data.len(), &raw.shape);
            return Err(format!("{found} elements for the shape {shape:?}"));
        }
        let data = parse(&raw.dtype, &raw.data)?;
        Ok(Tensor {
            shape: raw.shape,
            dtype: raw.dtype,
            data,
        })
    }
}

fn parse(dtype: &str, data: &[Value]) -> Result<Data, String> {
    let signed = |bits: u32| {
        let bound = i64::MAX >> (64 - bits);
        let read = |v: &Value| v.as_i64().filter(|x| (-bound - 1..=bound).contains(x));
        each(dtype, data, read).map(Data::I64)
    };
    let unsigned = |bits: u32| {
        let bound = u64::MAX >> (64 - bits);
        let read = |v: &Value| v.as_u64().filter(|x| *x <= bound);
        each(dtype, data, read).map(Data::U64)
    };
    let narrow = |round: fn(f64) -> f32| {
        let read = |v: &Value| float(v).map(round);
        each(dtype, data, read).map(Data::F32)
    };
    match dtype {
        "bool" => each(dtype, data, Value::as_bool).map(Data::Bool),
        "int8" => signed(8),
        "int16" => signed(16),
        "int32" => signed(32),
        "int64" => signed(64),
        "uint8" => unsigned(8),
        "uint16" => unsigned(16),
        "uint32" => unsigned(32),
        "uint64" => unsigned(64),
        "float16" => narrow(to_float16),
        "bfloat16" => narrow(to_bfloat16),
        "float32" => narrow(|x| x as f32),
        "float64" => each(dtype, data, float).map(Data::F64),
        _ => Err(format!("unknown dtype {dtype}")),
    }
}

/// Reads every element, or names the first that is not of the dtype.
fn each<T>(
    dtype: &str,
    data: &[Value],
    read: impl Fn(&Value) -> Option<T>,
) -> Result<Vec<T>, String> {
    data.iter()
        .map(|v| read(v).ok_or_else(|| format!("{v} is not a {dtype}")))
        .collect()
}

/// A number, or one of the three that JSON cannot write.
fn float(v: &Value) -> Option<f64> {
    match v.as_str() {
        Some("nan") => Some(f64::NAN),
        Some("inf") => Some(f64::INFINITY),
        Some("-inf") => Some(f64::NEG_INFINITY),
        Some(_) => None,
        None => v.as_f64(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensor(shape: &str, dtype: &str, data: &str) -> Result<Tensor, String> {
        let text = format!(r#"{{"shape":{shape},"dtype":"{dtype}","data":{data}}}"#);
        serde_json::from_str(&text).map_err(|e| e.to_string())
    }

    fn data(dtype: &str, element: &str) -> Data {
        tensor("[]", dtype, &format!("[{element}]")).unwrap().data
    }

    #[test]
    fn elements_are_of_their_dtype_to_the_last_bit() {
        let (min, max) = (i64::MIN, u64::MAX - 1);
        assert_eq!(data("int64", &min.to_string()), Data::I64(vec![min]));
        assert_eq!(data("uint64", &max.to_string()), Data::U64(vec![max]));
        assert_eq!(data("int8", "-128"), Data::I64(vec![-128]));
        assert_eq!(data("float32", "0.1"), Data::F32(vec![0.1]));
        assert_eq!(data("float16", "0.1"), Data::F32(vec![0.0999755859375]));
        assert_eq!(data("bfloat16", "0.1"), Data::F32(vec![0.10009765625]));
        assert_eq!(data("float64", "1e-320"), Data::F64(vec![1e-320]));
        assert_eq!(data("bool", "true"), Data::Bool(vec![true]));
        let Data::F64(v) = data("float64", "-0.0") else {
            panic!("float64 is kept as F64")
        };
        assert!(v[0].is_sign_negative());
    }

    #[test]
    fn what_is_no_tensor_is_refused() {
        let refused = |s, t, d| tensor(s, t, d).unwrap_err();
        assert!(refused("[2]", "int32", "[1]").contains("1 elements for the shape [2]"));
        assert!(refused("[]", "int32", "[2147483648]").contains("not a int32"));
        assert!(refused("[]", "int8", "[-129]").contains("not a int8"));
        assert!(refused("[]", "uint8", "[256]").contains("not a uint8"));
        assert!(refused("[]", "uint32", "[-1]").contains("not a uint32"));
        assert!(refused("[]", "int32", "[1.5]").contains("not a int32"));
        assert!(refused("[]", "float32", "[\"NaN\"]").contains("not a float32"));
        assert!(refused("[]", "bool", "[1]").contains("not a bool"));
        assert!(refused("[]", "complex64", "[1]").contains("unknown dtype complex64"));
        let huge = "[4294967296,4294967296,4294967296]";
        assert!(refused(huge, "int32", "[]").contains("0 elements"));
    }

    #[test]
    fn float32_takes_the_place_of_float64_alone() {
        let wide = tensor("[1]", "float64", "[0.1]").unwrap().in_float32();
        assert_eq!(
            (wide.dtype.as_str(), wide.data),
            ("float32", Data::F32(vec![0.1]))
        );
        let index = tensor("[1]", "int32", "[7]").unwrap();
        assert_eq!(index.in_float32(), index);
    }
}
