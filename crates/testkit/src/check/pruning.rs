//! What is left of a primitive where only some of its results are used.

use graxe_core::ops::{Primitive, Pruned, bind};
use graxe_core::{Atom, Program, Value};

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
        let read = read(primitive, &used);
        if pruned.inputs.iter().zip(&read).any(|(kept, r)| *kept && !r) {
            return Err(format!(
                "for results {used:?} it keeps operands {:?}, of which {read:?} are read",
                pruned.inputs
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

/// The operands that some used result depends on, at whatever turn, where an equation depends on all it reads.
fn read(primitive: &Primitive, used: &[bool]) -> Vec<bool> {
    match primitive {
        Primitive::Cond(op) => {
            let all = op.branches.iter().map(|b| read_by(b, used));
            let any = all.reduce(|a, b| either(&a, &b)).unwrap_or_default();
            [vec![true], any].concat()
        }
        Primitive::Scan(op) => repeated(used, |used| {
            let mut read = read_by(&op.program, used);
            let carries = op.consts..op.consts + op.carry;
            let carry = either(&used[..op.carry], &read[carries.clone()]);
            read[carries].copy_from_slice(&carry);
            (carry, read)
        }),
        Primitive::While(op) => repeated(used, |used| {
            let asked = read_by(&op.condition, &[true]);
            let (asked, asked_carry) = asked.split_at(op.condition_consts);
            let body = read_by(&op.body, &either(used, asked_carry));
            let carry = either(&either(used, asked_carry), &body[op.body_consts..]);
            let all = [asked, &body[..op.body_consts], &carry].concat();
            (carry, all)
        }),
        other => read_by(other.rules().programs()[0], used),
    }
}

/// What is read in the end, if for used results `once` says which carries and which operands are read in a turn.
/// A carry that is used is read: it may come out as it went in.
fn repeated(used: &[bool], once: impl Fn(&[bool]) -> (Vec<bool>, Vec<bool>)) -> Vec<bool> {
    let (carry, read) = once(used);
    let mut all = used.to_vec();
    all[..carry.len()].copy_from_slice(&carry);
    if all == used {
        return read;
    }
    repeated(&all, once)
}

/// The inputs that the used results of a program depend on.
fn read_by(program: &Program, used: &[bool]) -> Vec<bool> {
    let mut needed = vec![false; program.types.len()];
    for output in chosen(&program.outputs, used, true) {
        output
            .var()
            .into_iter()
            .for_each(|v| needed[v.0 as usize] = true);
    }
    for equation in program.equations.iter().rev() {
        if equation.outputs.iter().any(|v| needed[v.0 as usize]) {
            let read = equation.inputs.iter().filter_map(Atom::var);
            read.for_each(|v| needed[v.0 as usize] = true);
        }
    }
    program
        .inputs
        .iter()
        .map(|v| needed[v.0 as usize])
        .collect()
}

fn either(a: &[bool], b: &[bool]) -> Vec<bool> {
    a.iter().zip(b).map(|(a, b)| *a || *b).collect()
}
