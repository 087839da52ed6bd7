//! The two parts of a primitive: what its known operands decide, and the rest.

use graxe_core::ops::{Call, Primitive, bind};

use super::host::same_bits;
use super::{Pair, chosen, into_arrays, subsets};

/// Whatever operands are known, the first part and then the second give the results with the same bits;
/// where all are known, the first gives all.
pub(super) fn rule(primitive: &Primitive, pair: &Pair<'_>) -> Result<(), String> {
    let results = pair.expected(&[], &[]);
    for known in subsets(pair.inputs.len()) {
        let Some(parts) = primitive.rules().partial_eval(&known) else {
            continue;
        };
        if parts.known_outputs.len() != results.len() {
            return Err(format!(
                "known operands {known:?}: not a mark for each result"
            ));
        }
        if !known.contains(&false) && parts.known_outputs.contains(&false) {
            return Err(format!(
                "all operands are known, but {:?}",
                parts.known_outputs
            ));
        }
        let program = parts.known.clone();
        let mut found = bind(&Call { program }.into(), chosen(&pair.inputs, &known, true));
        let mut operands = found.split_off(found.len() - parts.residuals);
        operands.extend(chosen(&pair.inputs, &known, false));
        let rest = bind(&parts.unknown, operands);
        for (part, of_first) in [(found, true), (rest, false)] {
            let wanted = chosen(&results, &parts.known_outputs, of_first);
            let what = format!("known operands {known:?}, known part {of_first}");
            same_bits(&what, &into_arrays(part), &wanted)?;
        }
    }
    Ok(())
}
