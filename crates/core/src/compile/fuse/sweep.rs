//! Wide values of entries are computed again in each sweep over them instead of being stored.
//!
//! What a layer sends along edges, `[edges, heads, features]`, is far larger than the values of nodes
//! that it is made of. A region over rows keeps it in registers; another region that reads it, over the
//! same rows or, *turned*, over the columns, makes it again from the values of nodes, and from narrow
//! values of edges that are stored.

use std::collections::{HashMap, HashSet};

use super::again::{is_output, rewrite};
use super::groups::{Groups, Kind};
use super::part::{OverAll, Part, Result, Role, Walk, is_small_matrix};
use crate::compile::region::{Access, Action, Level, Sparse};
use crate::ir::{Atom, Equation, Program, Type, Var};
use crate::ops::{Dot, Fold, Loop, Lowering, Primitive, Reduce, SegmentFold, SegmentReduce, Side};

/// Elements of an entry, and bytes of a value, from which it is rather made again than stored.
const WIDE: usize = 16;
const LARGE: usize = 1 << 16;

/// The equations that walk entries column by column, and the folds that find them so.
#[derive(Default)]
pub(super) struct Turned {
    /// The transposed pattern that an equation walks, by the variable it binds.
    pub(super) makers: HashMap<Var, Sparse>,
    /// The results of folds whose operand is turned.
    pub(super) folds: HashSet<Var>,
    /// What was said again, for a sweep by columns or by rows: it goes where its reader goes.
    pub(super) copies: HashSet<Var>,
    /// The products that sum over the entries of a pattern.
    products: HashMap<Var, Sparse>,
}

impl Turned {
    /// The part of an equation that walks entries column by column, folds such entries, or sums over them;
    /// its usual part otherwise.
    pub(super) fn part(
        &self,
        program: &Program,
        equation: &Equation,
        part: Option<Part>,
    ) -> Option<Part> {
        let out = equation.outputs.first()?;
        if let Some(sparse) = self.products.get(out) {
            return product_part(program, equation, *sparse);
        }
        let mut part = part?;
        if self.folds.contains(out) {
            part.roles[1] = Role::Entries;
        }
        let Some(sparse) = self.makers.get(out) else {
            return Some(part);
        };
        if let Primitive::EdgeGather(gather) = &equation.primitive {
            let (action, role) = match gather.side {
                Side::Row => (Action::Pick, Role::Memory(Access::Whole)),
                Side::Col => (Action::ToEntries, Role::Rows),
            };
            part.result = Result::Step(action);
            part.roles[1] = role;
        }
        part.walk = Walk::Sparse(*sparse);
        part.level = Level::Entries;
        Some(part)
    }
}

/// The program that says wide values of entries again for each sweep that reads them.
pub(super) fn again_in_each(program: &Program) -> (Program, Turned) {
    let gathers = |e: &Equation| {
        matches!(e.primitive, Primitive::EdgeGather(_)) && is_wide(program, e.outputs[0])
    };
    if !program.equations.iter().any(gathers) {
        return (program.clone(), Turned::default());
    }
    let program = folded_by_rows(program);
    let mut turned = Turned {
        products: products(&program, &Groups::new(&program, &Turned::default())),
        ..Turned::default()
    };
    let groups = Groups::new(&program, &turned);
    let chains = Chains::new(&program, &groups);
    let of = |var: Var| groups.made_by[var.index()].map(|e| groups.group_of_equation[e]);
    let mut sweeps: HashMap<usize, Sparse> = HashMap::new();
    for (r, equation) in program.equations.iter().enumerate() {
        if let Some(sparse) = chains.turns(equation) {
            sweeps.insert(r, sparse);
        }
    }
    // Every fold by columns has values of its own; other readers those of their group.
    let first_turned = program.equations.len();
    let place = |var: Var, reader: usize| {
        if sweeps.contains_key(&reader) {
            return Some(first_turned + reader);
        }
        let group = groups.group_of_equation[reader];
        let by_entries = groups.parts[reader]
            .as_ref()
            .is_some_and(|part| part.level == Level::Entries || reads_entries(&part.roles));
        (by_entries && of(var) != Some(group)).then_some(group)
    };
    let (copy, fresh) = rewrite(&program, &chains.makers, place);
    for ((_, place), var) in fresh {
        turned.copies.insert(var);
        if let Some(sparse) = place.checked_sub(first_turned).and_then(|r| sweeps.get(&r)) {
            turned.makers.insert(var, *sparse);
        }
    }
    for equation in &copy.equations {
        let mut reads = equation.inputs.iter().filter_map(Atom::var);
        let out = equation.outputs[0];
        if !turned.makers.contains_key(&out) && reads.any(|v| turned.makers.contains_key(&v)) {
            turned.folds.insert(out);
        }
    }
    // What is turned lies in the order of columns: it must not be seen outside of its region.
    let groups = Groups::new(&copy, &turned);
    let stays = |(i, equation): (usize, &Equation)| {
        let mut reads = equation.inputs.iter().filter_map(Atom::var);
        reads.all(|v| {
            let maker = groups.made_by[v.index()].filter(|_| turned.makers.contains_key(&v));
            maker.is_none_or(|e| groups.group_of_equation[e] == groups.group_of_equation[i])
        })
    };
    if copy.equations.iter().enumerate().all(stays) {
        (copy, turned)
    } else {
        (program, Turned::default())
    }
}

/// The products over all entries of a wide value of entries, with the pattern whose entries they are.
fn products(program: &Program, groups: &Groups<'_>) -> HashMap<Var, Sparse> {
    let of = |equation: &Equation| {
        let Primitive::Dot(Dot {
            left_contract,
            right_contract,
            left_batch,
            ..
        }) = &equation.primitive
        else {
            return None;
        };
        let over_rows = *left_contract == [0] && *right_contract == [0] && left_batch.is_empty();
        let wide = (equation.inputs.iter().filter_map(Atom::var))
            .filter(|var| is_wide(program, *var))
            .filter_map(|var| entries_of(groups, var));
        let mut wide = wide.filter(|_| over_rows);
        let sparse = wide.next()?;
        let fits = product_part(program, equation, sparse).is_some() && wide.all(|s| s == sparse);
        fits.then_some((equation.outputs[0], sparse))
    };
    program.equations.iter().filter_map(of).collect()
}

/// The part of a product over the entries of a pattern.
fn product_part(program: &Program, equation: &Equation, sparse: Sparse) -> Option<Part> {
    let widths = [0, 1].map(|i| match program.atom_type(&equation.inputs[i]) {
        Type::Array(aval) if aval.shape.rank() == 2 => Some((aval.shape[1], aval.dtype)),
        _ => None,
    });
    let [(left, dtype), (right, other)] = [widths[0]?, widths[1]?];
    (dtype == other && is_small_matrix(left, right)).then(|| Part {
        walk: Walk::Sparse(sparse),
        level: Level::Rows,
        roles: vec![Role::Entries; 2],
        result: Result::End(OverAll::Product { right }),
        width: left,
    })
}

fn reads_entries(roles: &[Role]) -> bool {
    roles.contains(&Role::Entries)
}

/// The program in which wide values of entries are summed by rows before the rows are summed: the
/// entries need not be stored for that.
fn folded_by_rows(program: &Program) -> Program {
    let groups = Groups::new(program, &Turned::default());
    let mut copy = Program {
        equations: Vec::with_capacity(program.equations.len()),
        ..program.clone()
    };
    for equation in &program.equations {
        let mut equation = equation.clone();
        if let Primitive::Reduce(Reduce {
            fold: Fold::Sum,
            axes,
        }) = &equation.primitive
            && axes == &[0]
            && let Some(var) = equation.inputs[0].var()
            && is_wide(program, var)
            && let Some(sparse) = entries_of(&groups, var)
            && let Type::Array(entries) = program.type_of(var)
        {
            let rows = entries.with_shape(entries.shape.without(&[0]).with_axis(0, sparse.rows));
            let sums = copy.unread(rows.into());
            copy.equations.push(Equation {
                primitive: SegmentReduce {
                    fold: SegmentFold::Sum,
                    side: Side::Row,
                }
                .into(),
                inputs: vec![Atom::Var(sparse.pattern), Atom::Var(var)],
                outputs: vec![sums],
                at: equation.at,
            });
            equation.inputs[0] = Atom::Var(sums);
        }
        copy.equations.push(equation);
    }
    copy
}

/// The pattern whose entries a variable's rows are, where an equation makes them along it.
fn entries_of(groups: &Groups<'_>, var: Var) -> Option<Sparse> {
    let maker = groups.made_by[var.index()]?;
    let part = groups.parts[maker].as_ref()?;
    match groups.all[groups.group_of_equation[maker]].region {
        Some(Kind::Rows(_, Some(sparse))) if part.level == Level::Entries => {
            Some(sparse).filter(|s| !s.transposed)
        }
        _ => None,
    }
}

fn is_wide(program: &Program, var: Var) -> bool {
    match program.type_of(var) {
        Type::Array(aval) => {
            let width: usize = aval.shape.iter().skip(1).product();
            width >= WIDE && aval.shape.size() * aval.dtype.size() >= LARGE
        }
        Type::Pattern(_) => false,
    }
}

/// Wide values of entries that can be made again from what is stored in any case.
struct Chains<'a> {
    program: &'a Program,
    makers: HashMap<Var, &'a Equation>,
    /// The entries that a maker's rows are.
    entries: HashMap<Var, Sparse>,
    /// The patterns whose gathers a chain begins with.
    gathers: HashMap<Var, HashSet<Var>>,
}

impl<'a> Chains<'a> {
    fn new(program: &'a Program, groups: &Groups<'_>) -> Self {
        let mut chains = Self {
            program,
            makers: HashMap::new(),
            entries: HashMap::new(),
            gathers: HashMap::new(),
        };
        for (i, equation) in program.equations.iter().enumerate() {
            let [out] = equation.outputs[..] else {
                continue;
            };
            let Some(part) = &groups.parts[i] else {
                continue;
            };
            let same: Vec<&Atom> = (equation.inputs.iter().zip(&part.roles))
                .filter(|(_, role)| **role == Role::Same)
                .map(|(atom, _)| atom)
                .collect();
            let entries = entries_of(groups, out);
            let is_made = match part.result {
                Result::Repeat(Access::Scalar) => true,
                Result::Repeat(Access::Row(period)) => part.width % period == 0,
                Result::Repeat(_) | Result::End(_) => false,
                // What is multiplied may be stored where it is narrower than what comes of it.
                Result::Step(Action::Dot { k, .. }) => {
                    let is_there = |atom: &&Atom| k < part.width || chains.is_at_hand(atom, groups);
                    entries.is_some() && same.iter().all(is_there)
                }
                Result::Alias | Result::Step(_) => {
                    entries.is_some()
                        && is_link(equation)
                        && same.iter().all(|atom| chains.is_at_hand(atom, groups))
                }
            };
            if is_made && is_wide(program, out) && !is_output(program, equation) {
                chains.makers.insert(out, equation);
                chains.entries.extend(entries.map(|sparse| (out, sparse)));
                let mut gathers: HashSet<Var> = HashSet::new();
                if matches!(equation.primitive, Primitive::EdgeGather(_)) {
                    gathers.extend(equation.inputs[0].var());
                }
                for var in equation.inputs.iter().filter_map(Atom::var) {
                    gathers.extend(chains.gathers.get(&var).into_iter().flatten());
                }
                chains.gathers.insert(out, gathers);
            }
        }
        chains
    }

    /// Whether an operand can be made again, or is stored for little.
    fn is_at_hand(&self, atom: &Atom, groups: &Groups<'_>) -> bool {
        atom.var().is_none_or(|var| {
            self.makers.contains_key(&var)
                || !is_wide(self.program, var)
                || groups.made_by[var.index()].is_none()
        })
    }

    /// The columns that an equation folds a wide value over that can be made again.
    fn turns(&self, equation: &Equation) -> Option<Sparse> {
        let Primitive::SegmentReduce(SegmentReduce {
            side: Side::Col, ..
        }) = &equation.primitive
        else {
            return None;
        };
        let (pattern, x) = (equation.inputs[0].var()?, equation.inputs[1].var()?);
        let sparse = self.entries.get(&x).filter(|s| s.pattern == pattern)?;
        // Entries of another pattern stand in the order of that one's columns.
        if self.gathers[&x].iter().any(|own| *own != pattern) {
            return None;
        }
        let Type::Pattern(p) = self.program.type_of(pattern) else {
            return None;
        };
        Some(Sparse {
            transposed: true,
            rows: p.cols,
            ..*sparse
        })
    }
}

/// Whether an equation may stand in a chain: element by element, it costs hardly more than writing its
/// result and reading it in another order.
fn is_link(equation: &Equation) -> bool {
    let moves = matches!(
        equation.primitive,
        Primitive::EdgeGather(_) | Primitive::Broadcast(_) | Primitive::Reshape(_)
    );
    moves
        || matches!(
            equation.primitive.rules().lowering(),
            Lowering::Loop(Loop::Unary(_) | Loop::Binary(_) | Loop::Convert(_) | Loop::Select(_))
        )
}
