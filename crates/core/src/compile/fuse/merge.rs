//! One region for all arrays to which the same is done: the leaves that an optimiser updates.

use std::ops::Range;

use crate::compile::region::{Access, Action, Kernel, Level, Region, Segment};

/// Merges the regions of each wave that are alike but for the arrays that they walk. Starting a
/// kernel costs more than the few elements of a bias.
pub(crate) fn merge(
    kernels: Vec<Kernel>,
    waves: &[Range<usize>],
) -> (Vec<Kernel>, Vec<Range<usize>>) {
    let mut merged: Vec<Kernel> = Vec::with_capacity(kernels.len());
    let mut cuts = Vec::with_capacity(waves.len());
    let mut kernels = kernels.into_iter();
    for wave in waves {
        let start = merged.len();
        for kernel in kernels.by_ref().take(wave.len()) {
            let alike = match &kernel {
                Kernel::Region(region) if is_flat(region) => {
                    merged[start..].iter_mut().find_map(|other| match other {
                        Kernel::Region(first) if alike(first, region) => Some(first),
                        _ => None,
                    })
                }
                _ => None,
            };
            match (alike, kernel) {
                (Some(first), Kernel::Region(region)) => append(first, region),
                (_, kernel) => merged.push(kernel),
            }
        }
        cuts.push(start..merged.len());
    }
    (merged, cuts)
}

/// Whether a region computes each element from those at its own place, and from scalars.
fn is_flat(region: &Region) -> bool {
    let width = region.steps.first().map_or(1, |step| step.width);
    let steps = region.steps.iter().all(|step| {
        matches!(step.action, Action::Map(_)) && (step.level, step.width) == (Level::Rows, width)
    });
    let reads = region.reads.iter().all(|read| match read.access {
        Access::Own => read.width == width,
        Access::Scalar => true,
        Access::Turned | Access::Row(_) | Access::Column(_) | Access::Whole => false,
    });
    steps && reads && region.sparse.is_none() && region.ends.is_empty()
}

/// Whether two regions, the second flat, are the same but for the arrays that they walk.
fn alike(a: &Region, b: &Region) -> bool {
    let reads = || a.reads.iter().zip(&b.reads);
    let steps = || a.steps.iter().zip(&b.steps);
    let writes = || a.writes.iter().zip(&b.writes);
    (a.reads.len(), a.steps.len(), a.writes.len()) == (b.reads.len(), b.steps.len(), b.writes.len())
        && reads().all(|(a, b)| (a.access, a.dtype) == (b.access, b.dtype))
        && steps().all(|(a, b)| {
            (&a.inputs, a.operand, a.result) == (&b.inputs, b.operand, b.result)
                && a.action == b.action
        })
        && writes().all(|((a, _), (b, _))| a == b)
        && is_flat(a)
}

fn append(first: &mut Region, other: Region) {
    flatten(first);
    let width = other.steps.first().map_or(1, |step| step.width);
    first.equations.extend(other.equations);
    first.more.push(Segment {
        rows: other.rows * width,
        reads: other.reads.into_iter().map(|read| read.atom).collect(),
        writes: other.writes.into_iter().map(|(_, var)| var).collect(),
    });
}

/// Makes every element a row.
fn flatten(region: &mut Region) {
    let width = region.steps.first().map_or(1, |step| step.width);
    region.rows *= width;
    for step in &mut region.steps {
        step.width = 1;
    }
    for read in &mut region.reads {
        read.width = 1;
    }
}
