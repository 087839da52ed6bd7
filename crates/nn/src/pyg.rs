//! Parameters by the names that `PyG` gives them.
//!
//! [`Weights`] are arrays by name, as a `state_dict` of PyTorch holds them: `conv1.lin.weight` is `[out, in]`. Every
//! layer that `PyG` has too takes its parameters from them by a method `from_pyg`:
//!
//! ```
//! use std::collections::BTreeMap;
//! use graxe_core::{Array, DType};
//! use graxe_nn::{GraphConvolution, pyg};
//!
//! let arrays = BTreeMap::from([
//!     ("conv1.lin.weight".to_owned(), Array::ones([16, 5], DType::F32)),
//!     ("conv1.bias".to_owned(), Array::zeros(16, DType::F32)),
//! ]);
//! let weights = pyg::Weights::new(&arrays);
//! let params = GraphConvolution::new(16).from_pyg(&weights.under("conv1"), 5)?;
//! assert_eq!(params.weight.shape()[..], [5, 16]);
//! let error = GraphConvolution::new(16).from_pyg(&weights.under("conv2"), 5).unwrap_err();
//! assert!(error.to_string().starts_with("conv2.lin.weight is missing"));
//! # Ok::<(), pyg::Error>(())
//! ```

use std::collections::BTreeMap;
use std::fmt;

use graxe_core::{Array, Shape};

use crate::layers::Linear;

/// Arrays by `PyG`'s names, seen from under a prefix.
#[derive(Clone, Debug)]
pub struct Weights<'a> {
    arrays: &'a BTreeMap<String, Array>,
    /// Empty, or ending with a dot.
    prefix: String,
}

/// Why arrays are not the parameters of a layer; its [`Display`](fmt::Display) is one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    message: String,
}

/// The sorts of failure that a caller may want to tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// There is no array of a name.
    Missing,
    /// An array has another shape than the layer's parameter.
    Shape,
    /// An array is not of a float dtype.
    DType,
    /// There is an array that the layer, as it is set up, has no use for.
    Unexpected,
}

impl Error {
    /// What sort of failure it is.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

/// How many names a message lists.
const LISTED: usize = 8;

impl<'a> Weights<'a> {
    /// All of these arrays.
    pub fn new(arrays: &'a BTreeMap<String, Array>) -> Self {
        Self {
            arrays,
            prefix: String::new(),
        }
    }

    /// The arrays whose names go on with `name` and a dot.
    pub fn under(&self, name: &str) -> Self {
        Self {
            arrays: self.arrays,
            prefix: format!("{}{name}.", self.prefix),
        }
    }

    /// The names, without the prefix, in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &'a str> {
        let names = self.arrays.keys();
        names.filter_map(|name| name.strip_prefix(&self.prefix))
    }

    /// The array of this name, if there is one.
    pub fn get(&self, name: &str) -> Option<&'a Array> {
        self.arrays.get(&format!("{}{name}", self.prefix))
    }

    /// The array of this name, of this shape.
    ///
    /// # Errors
    /// If there is none, or it is not of this shape or of no float dtype.
    pub fn array(&self, name: &str, shape: impl Into<Shape>) -> Result<Array, Error> {
        let full = format!("{}{name}", self.prefix);
        let fail = |kind, message| Err(Error { kind, message });
        let Some(array) = self.get(name) else {
            return fail(ErrorKind::Missing, self.missing(&full));
        };
        let shape = shape.into();
        if array.shape() != &shape {
            let found = array.shape();
            return fail(
                ErrorKind::Shape,
                format!("{full} has shape {found}, expected {shape}"),
            );
        }
        if !array.dtype().is_float() {
            let found = array.dtype();
            return fail(
                ErrorKind::DType,
                format!("{full} has dtype {found}, expected a float"),
            );
        }
        Ok(array.clone())
    }

    /// The array of this name if a layer has it, as `wanted` says.
    ///
    /// # Errors
    /// As [`Self::array`] if it is wanted, and if there is one though it is not.
    pub fn array_if(
        &self,
        wanted: bool,
        name: &str,
        shape: impl Into<Shape>,
    ) -> Result<Option<Array>, Error> {
        if wanted {
            return self.array(name, shape).map(Some);
        }
        match self.get(name) {
            None => Ok(None),
            Some(_) => Err(Error {
                kind: ErrorKind::Unexpected,
                message: format!(
                    "{}{name} is there, but the layer is set up without it",
                    self.prefix
                ),
            }),
        }
    }

    /// The linear map `name`: its weight, `[out_features, in_features]` there, transposed, and its bias if it has one.
    ///
    /// # Errors
    /// If an array is missing or has another shape, or there is a bias that the layer does not have.
    pub fn linear(
        &self,
        name: &str,
        [in_features, out_features]: [usize; 2],
        bias: bool,
    ) -> Result<Linear, Error> {
        let [weight, own_bias] = ["weight", "bias"].map(|part| format!("{name}.{part}"));
        Ok(Linear {
            weight: self.array(&weight, [out_features, in_features])?.t(),
            bias: self.array_if(bias, &own_bias, out_features)?,
        })
    }

    /// The linear map `name` if a layer has it, as `wanted` says.
    ///
    /// # Errors
    /// As [`Self::linear`] if it is wanted, and if its weight is there though it is not.
    pub fn linear_if(
        &self,
        wanted: bool,
        name: &str,
        [in_features, out_features]: [usize; 2],
        bias: bool,
    ) -> Result<Option<Linear>, Error> {
        if wanted {
            return self
                .linear(name, [in_features, out_features], bias)
                .map(Some);
        }
        self.under(name)
            .array_if(false, "weight", [out_features, in_features])
            .map(|_| None)
    }

    fn missing(&self, name: &str) -> String {
        let names: Vec<&str> = self.names().take(LISTED + 1).collect();
        let mut listed = names[..names.len().min(LISTED)].join(", ");
        if names.len() > LISTED {
            listed += ", ..";
        }
        let place = match self.prefix.strip_suffix('.') {
            None => "there".to_owned(),
            Some(prefix) => format!("under {prefix} there"),
        };
        if names.is_empty() {
            return format!("{name} is missing: {place} is nothing");
        }
        format!("{name} is missing: {place} is only {listed}")
    }
}
