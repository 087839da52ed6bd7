//! What is left of a primitive where only some of its results are used.

use graxe_core::Value;
use graxe_core::ops::{Primitive, Pruned, bind};

use super::host::same_bits;
use super::{Pair, chosen, into_arrays, subsets};

/// Whatever results are used, what is left gives them with the same bits, and is not pruned further.
pub(super) fn rule(primitive: &Primitive, pair: &Pair<'_>) -> Result<(), String> {
    let results = pair.expected(&[], &[]);
    for used in subsets(results.len()) {
        let Some(pruned) = primitive.rules().prune(&used) else {
            return Ok(());
        };
        let fits = pruned.inputs.len() == pair.inputs.len() && pruned.outputs.len() == used.len();
        if !fits || used.iter().zip(&pruned.outputs).any(|(u, o)| *u && !o) {
            let Pruned {
                inputs, outputs, ..
            } = pruned;
            return Err(format!(
                "of results {used:?} it keeps {outputs:?}, of operands {inputs:?}"
            ));
        }
        let operands: Vec<Value> = chosen(&pair.inputs, &pruned.inputs, true);
        let found = into_arrays(bind(&pruned.primitive, operands));
        let wanted = chosen(&results, &pruned.outputs, true);
        same_bits(&format!("results {used:?}"), &found, &wanted)?;
        let again = pruned
            .primitive
            .rules()
            .prune(&chosen(&used, &pruned.outputs, true));
        if again.is_some_and(|p| p.inputs.contains(&false) || p.outputs.contains(&false)) {
            return Err(format!(
                "for results {used:?} it keeps what none of them reads"
            ));
        }
    }
    Ok(())
}
