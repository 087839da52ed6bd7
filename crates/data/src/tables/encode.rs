//! The fields of nodes become a sparse matrix of features, as a schema says.

use std::path::Path;

use graxe_core::{Array, Csr, Pattern};

use super::header::Header;
use super::records::Record;
use super::schema::{Feature, FeatureKind, width};
use super::value::{is_missing, number, truth};
use crate::error::{Error, ErrorKind, quoted};

/// No matrix of features stores more values.
const MOST_VALUES: usize = 1 << 30;

/// Features of the nodes so far.
pub(super) struct Encoder<'a> {
    /// Each feature with its column in the table and the first of its columns in the matrix.
    features: Vec<(&'a Feature, usize, u32)>,
    row_ptr: Vec<u32>,
    col: Vec<u32>,
    values: Vec<f32>,
}

impl<'a> Encoder<'a> {
    /// For a table with this header.
    ///
    /// # Errors
    /// If a feature's column is not in the table.
    pub(super) fn new(
        features: &'a [Feature],
        header: &Header,
        path: &Path,
    ) -> Result<Self, Error> {
        let mut first = 0;
        let mut placed = Vec::with_capacity(features.len());
        for feature in features {
            placed.push((feature, header.column(&feature.name, path)?, first));
            first += feature.num_columns() as u32;
        }
        Ok(Self {
            features: placed,
            row_ptr: vec![0],
            col: Vec::new(),
            values: Vec::new(),
        })
    }

    /// Adds the features of the next node; zeros are not stored.
    ///
    /// # Errors
    /// A value that its feature's kind does not know, and more values than a matrix stores.
    pub(super) fn push(&mut self, record: &Record<'_>) -> Result<(), Error> {
        let Self { col, values, .. } = self;
        for &(feature, column, first) in &self.features {
            let mut store = |offset: usize, value: f32| {
                if value != 0.0 {
                    col.push(first + offset as u32);
                    values.push(value);
                }
            };
            let field = record.field(column).trim();
            encode(&feature.kind, field, &mut store).map_err(|expected| {
                Error::malformed(format!(
                    "column {}: expected {expected}, found {}",
                    quoted(feature.name.as_bytes()),
                    quoted(field.as_bytes())
                ))
                .at_line(record.line)
                .with_remedy("leave the field empty where the value is not known")
            })?;
        }
        if self.col.len() > MOST_VALUES {
            let message = format!("the features that are not zero are more than {MOST_VALUES}");
            return Err(Error::new(ErrorKind::TooLarge, message).at_line(record.line));
        }
        self.row_ptr.push(self.col.len() as u32);
        Ok(())
    }

    /// The matrix behind the rows of another one with the same columns.
    pub(super) fn behind(self, base: Option<&Csr>) -> Csr {
        let features = self.features.iter().map(|placed| placed.0);
        let num_features = width(features);
        let Some(base) = base else {
            return csr(num_features, self.row_ptr, self.col, self.values);
        };
        let mut row_ptr = base.pattern.row_ptr().to_vec();
        let mut col = base.pattern.col().to_vec();
        let mut values: Vec<f32> = base.values.to_vec();
        let start = col.len() as u32;
        row_ptr.extend(self.row_ptr[1..].iter().map(|end| start + end));
        col.extend(self.col);
        values.extend(self.values);
        csr(num_features, row_ptr, col, values)
    }

    /// How many nodes there are so far.
    pub(super) fn num_nodes(&self) -> usize {
        self.row_ptr.len() - 1
    }
}

fn csr(num_features: usize, row_ptr: Vec<u32>, col: Vec<u32>, values: Vec<f32>) -> Csr {
    let pattern = Pattern::new(num_features, row_ptr, col)
        .expect("the pointers count the values, whose columns are those of features");
    let nnz = values.len();
    Csr::new(pattern, Array::from_vec(values, nnz))
}

/// Stores what one field says at offsets from its feature's first column, or tells what was expected.
fn encode(
    kind: &FeatureKind,
    field: &str,
    store: &mut impl FnMut(usize, f32),
) -> Result<(), &'static str> {
    match kind {
        FeatureKind::Word => match field {
            "0" => {}
            "1" => store(0, 1.0),
            _ if is_missing(field) => {}
            _ => match number(field) {
                Some(0.0) => {}
                Some(1.0) => store(0, 1.0),
                _ => return Err("0 or 1"),
            },
        },
        FeatureKind::Boolean { missing } if is_missing(field) => store(1, f32::from(*missing)),
        FeatureKind::Boolean { .. } => {
            let truth = truth(field).ok_or("true or false")?;
            store(0, f32::from(truth));
        }
        FeatureKind::Number { missing, .. } if is_missing(field) => store(1, f32::from(*missing)),
        FeatureKind::Number {
            mean, deviation, ..
        } => {
            let number = number(field).ok_or("a number")?;
            let scaled = ((number - mean) / deviation) as f32;
            if !number.is_finite() || !scaled.is_finite() {
                return Err("a finite number");
            }
            store(0, scaled);
        }
        FeatureKind::Category { values } => {
            // A missing value and one that the schema has not met are no category.
            if let Ok(offset) = values.binary_search_by(|value| value.as_str().cmp(field)) {
                store(offset, 1.0);
            }
        }
    }
    Ok(())
}
