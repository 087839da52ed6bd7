//! From what was seen of columns to the features that they become.

use std::path::Path;

use graxe_core::Csr;

use super::encode::Encoder;
use super::header::{Header, listed};
use super::records::Records;
use super::roles::file_name;
use super::schema::{Feature, FeatureKind};
use super::statistics::{NoScale, Statistics};
use super::survey::{Kind, Survey};
use super::value::number;
use crate::error::Error;

/// The features of these columns; the scale of numbers is yet to be found.
///
/// # Errors
/// A column of text or of numbers that are not finite.
pub(super) fn features(
    surveys: Vec<(usize, Survey)>,
    header: &Header,
    warnings: &mut Vec<String>,
) -> Result<Vec<Feature>, Error> {
    let mut kinds = Vec::with_capacity(surveys.len());
    for (column, survey) in surveys {
        let name = &header.names()[column];
        let missing = survey.any_missing();
        let kind = survey.kind().map_err(|error| error.in_column(name))?;
        kinds.push((name, kind, missing));
    }
    // Among words, one that no node has is a part of the vocabulary, which new nodes may use.
    let words = kinds.iter().any(|(_, kind, _)| *kind == Kind::Word);
    let mut features = Vec::new();
    let mut constant = Vec::new();
    let mut gaps = Vec::new();
    for (name, kind, missing) in kinds {
        let kind = match kind {
            Kind::Word => FeatureKind::Word,
            Kind::Absent if words => FeatureKind::Word,
            Kind::Absent | Kind::Constant => {
                constant.push(name.as_str());
                continue;
            }
            Kind::Boolean => FeatureKind::Boolean { missing },
            Kind::Number => FeatureKind::Number {
                mean: 0.0,
                deviation: 1.0,
                missing,
            },
            Kind::Category(values) => FeatureKind::Category { values },
        };
        if missing && kind == FeatureKind::Word {
            gaps.push(name.as_str());
        }
        let name = name.clone();
        features.push(Feature { name, kind });
    }
    if !constant.is_empty() {
        let names = listed(constant.into_iter());
        warnings.push(format!(
            "columns that hold one value or none were left out: {names}"
        ));
    }
    if !gaps.is_empty() {
        let columns = match gaps.len() {
            1 => "1 column of words (0 or 1) has".to_owned(),
            count => format!("{count} columns of words (0 or 1) have"),
        };
        let names = listed(gaps.into_iter());
        warnings.push(format!(
            "{columns} missing values, which are read as 0: {names}"
        ));
    }
    Ok(features)
}

/// Finds the mean and the deviation of numbers over the training nodes, and drops those that have none there.
///
/// Nothing of the nodes to validate and test on may reach the training, not even by their mean.
///
/// # Errors
/// If the table cannot be read again.
pub(super) fn standardise(
    features: &mut Vec<Feature>,
    path: &Path,
    train: &[u32],
    warnings: &mut Vec<String>,
) -> Result<(), Error> {
    let is_number = |feature: &Feature| matches!(feature.kind, FeatureKind::Number { .. });
    if !features.iter().any(is_number) {
        return Ok(());
    }
    let (mut records, header) = Records::open(path)?;
    let mut statistics = Vec::new();
    for feature in features.iter().filter(|feature| is_number(feature)) {
        let column = header.column(&feature.name, path)?;
        statistics.push((column, Statistics::default()));
    }
    let mut train = train.iter().copied().peekable();
    let mut node = 0;
    while let Some(record) = records.next()? {
        if train.next_if_eq(&node).is_some() {
            for (column, statistics) in &mut statistics {
                let value = number(record.field(*column).trim());
                if let Some(value) = value.filter(|value| value.is_finite()) {
                    statistics.add(value);
                }
            }
        }
        node += 1;
    }
    let mut statistics = statistics.into_iter().map(|(_, found)| found.scale());
    let mut dropped: Vec<(NoScale, String)> = Vec::new();
    features.retain_mut(|feature| {
        let FeatureKind::Number {
            mean, deviation, ..
        } = &mut feature.kind
        else {
            return true;
        };
        let scale = statistics.next().unwrap_or(Err(NoScale::Missing));
        match scale {
            Ok(scale) => (*mean, *deviation) = scale,
            Err(why) => dropped.push((why, feature.name.clone())),
        }
        scale.is_ok()
    });
    for (why, told) in [
        (
            NoScale::Constant,
            "that do not vary over the training nodes",
        ),
        (NoScale::Missing, "that no training node has"),
        (
            NoScale::Overflow,
            "whose variance over the training nodes is beyond double precision",
        ),
    ] {
        let of_kind = dropped.iter().filter(|(found, _)| *found == why);
        let names: Vec<&str> = of_kind.map(|(_, name)| name.as_str()).collect();
        if !names.is_empty() {
            let names = listed(names.into_iter());
            warnings.push(format!("columns of numbers {told} were left out: {names}"));
        }
    }
    Ok(())
}

/// The matrix of features of a table whose nodes have been counted.
///
/// # Errors
/// If the table is not what it was at the first look.
pub(super) fn encoded(features: &[Feature], path: &Path, num_nodes: usize) -> Result<Csr, Error> {
    let (mut records, header) = Records::open(path)?;
    let mut encoder = Encoder::new(features, &header, path)?;
    while let Some(record) = records.next()? {
        encoder.push(&record).map_err(|error| error.in_file(path))?;
    }
    if encoder.num_nodes() != num_nodes {
        return Err(Error::inconsistent("the file was changed while it was read").in_file(path));
    }
    Ok(encoder.behind(None))
}

/// What the columns were taken for, a line for each kind.
pub(super) fn told_kinds(features: &[Feature], path: &Path) -> Vec<String> {
    let file = file_name(path);
    let what = |kind: &FeatureKind| match kind {
        FeatureKind::Number { .. } => 0,
        FeatureKind::Category { .. } => 1,
        FeatureKind::Boolean { .. } => 2,
        FeatureKind::Word => 3,
    };
    let kinds = ["numbers", "categories", "yes or no", "words (0 or 1)"];
    let lines = kinds.iter().enumerate().filter_map(|(kind, title)| {
        let of_kind = features
            .iter()
            .filter(|feature| what(&feature.kind) == kind);
        let names: Vec<&str> = of_kind.map(|feature| feature.name.as_str()).collect();
        let columns = match names.len() {
            0 => return None,
            1 => "1 column is".to_owned(),
            count => format!("{count} columns are"),
        };
        Some(format!(
            "{file}: {columns} read as {title}: {}",
            listed(names.into_iter())
        ))
    });
    lines.collect()
}
