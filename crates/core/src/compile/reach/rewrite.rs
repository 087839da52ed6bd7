//! The program over the rows that count.

use std::collections::HashMap;

use super::cut::{List, Lists, take_rows};
use super::spaces::Spaces;
use super::way::{Along, Places, Way};
use crate::array::{Array, Scalar};
use crate::ir::{Atom, Equation, Place, Program, Type, Value, Var};
use crate::ops::{
    Binary, Bounds, Broadcast, Gather, GatherDims, Primitive, Reshape, Scatter, Side, StopGradient,
    Threefry,
};

/// What a pattern is cut to: its rows, columns and entries, where it does not keep all.
type Cut = (Var, [Option<List>; 3]);

pub(super) struct Rewriter<'a> {
    spaces: &'a Spaces<'a>,
    program: Program,
    /// What the program captures more.
    captures: Vec<Value>,
    lists: Lists,
    /// The list of each set that is not whole.
    list_of: HashMap<usize, List>,
    /// What stands for a variable at the rows of a list.
    at: HashMap<(Var, List), Atom>,
    /// Patterns that were cut, with the list of the entries that are left if some are not.
    patterns: HashMap<Cut, (Atom, Option<List>)>,
    /// The rows and columns that equations want of a pattern.
    ends: Vec<(Var, [Want; 2])>,
}

/// What an equation wants of one side of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Want {
    /// Nothing: it does not look there.
    Any,
    /// The rows of a list, or all.
    Rows(Option<List>),
}

impl Want {
    fn list(self) -> Option<List> {
        match self {
            Self::Any => None,
            Self::Rows(list) => list,
        }
    }
}

impl<'a> Rewriter<'a> {
    pub(super) fn new(spaces: &'a Spaces<'a>) -> Self {
        Self {
            spaces,
            program: Program {
                equations: Vec::new(),
                ..spaces.program.clone()
            },
            captures: Vec::new(),
            lists: Lists::default(),
            list_of: HashMap::new(),
            at: HashMap::new(),
            patterns: HashMap::new(),
            ends: Vec::new(),
        }
    }

    /// The program and what it captures more; none if an equation does not take fewer rows.
    pub(super) fn rewrite(mut self) -> Option<(Program, Vec<Value>)> {
        let program = self.spaces.program;
        let ways = self.spaces.ways.clone();
        for (equation, way) in program.equations.iter().zip(&*ways) {
            if let (Way::Along(along), Some(pattern)) = (way, equation.inputs.first()) {
                let (ends, _) = self.wants(*along, equation);
                self.ends.extend(pattern.var().map(|var| (var, ends)));
            }
        }
        for (equation, way) in program.equations.iter().zip(&*ways) {
            self.equation(equation, way)?;
        }
        Some((self.program, self.captures))
    }

    fn equation(&mut self, equation: &Equation, way: &Way) -> Option<()> {
        let out = equation.outputs.first().map(|v| Atom::Var(*v));
        let rows = out.as_ref().and_then(|out| self.list(out));
        let inputs = &equation.inputs;
        match way {
            Way::Same(same) => {
                let Some(rows) = rows else {
                    self.keep(equation);
                    return Some(());
                };
                let operands = self.operands(inputs, same, rows)?;
                let count = self.lists.rows(rows).len();
                self.push(with_rows(&equation.primitive, count), operands, equation)
            }
            Way::Sum(factors) => {
                let Some(rows) = factors.iter().find_map(|&i| self.list(&inputs[i])) else {
                    self.keep(equation);
                    return Some(());
                };
                let operands = self.operands(inputs, factors, rows)?;
                self.push(equation.primitive.clone(), operands, equation)
            }
            Way::Gather(places) => {
                let from = self.list(&inputs[0]);
                if from.or(rows).is_none() {
                    self.keep(equation);
                    return Some(());
                }
                let index = self.index(places, &inputs[0], from, rows);
                if is_count(&index, self.rows_of(&inputs[0])) {
                    // The rows that are read are those that are left.
                    let x = vec![inputs[0].clone()];
                    return self.push(StopGradient.into(), x, equation);
                }
                let operands = vec![inputs[0].clone(), self.capture(index.into())];
                self.push(equation.primitive.clone(), operands, equation)
            }
            Way::Scatter(places) => {
                let from = self.list(&inputs[2]);
                if from.or(rows).is_none() {
                    self.keep(equation);
                    return Some(());
                }
                let Primitive::Scatter(scatter) = &equation.primitive else {
                    return None;
                };
                let x = match rows {
                    Some(rows) => self.at(&inputs[0], rows)?,
                    None => inputs[0].clone(),
                };
                let index = self.index(places, &inputs[0], rows, from);
                if self.spaces.is_zero(&inputs[0]) && is_count(&index, self.rows_of(&x)) {
                    let Type::Array(aval) = self.program.atom_type(&x) else {
                        return None;
                    };
                    let zero = Atom::Literal(Scalar::zero(aval.dtype), aval.weak);
                    let sum = vec![zero, inputs[2].clone()];
                    return self.push(Binary::Add.into(), sum, equation);
                }
                if index
                    .host::<u32>()
                    .iter()
                    .all(|at| *at as usize == self.rows_of(&x))
                {
                    return self.push(StopGradient.into(), vec![x], equation);
                }
                // Updates of rows that are left out lie outside.
                let scatter = Scatter {
                    bounds: Bounds::Fill,
                    ..scatter.clone()
                };
                let operands = vec![x, self.capture(index.into()), inputs[2].clone()];
                self.push(scatter.into(), operands, equation)
            }
            Way::Along(along) => self.along(*along, equation),
            Way::Free | Way::Whole => {
                self.keep(equation);
                Some(())
            }
        }
    }

    /// Operands, of which those in some positions are cut to the rows of a list.
    fn operands(&mut self, inputs: &[Atom], cut: &[usize], rows: List) -> Option<Vec<Atom>> {
        let mut operands = inputs.to_vec();
        for &i in cut {
            operands[i] = self.at(&inputs[i], rows)?;
        }
        Some(operands)
    }

    /// The rows and columns that an equation wants of its pattern, and the entries.
    fn wants(&mut self, along: Along, equation: &Equation) -> ([Want; 2], Option<List>) {
        let inputs = &equation.inputs;
        let out = equation.outputs.first().map(|v| Atom::Var(*v));
        let out = out.as_ref().and_then(|out| self.list(out));
        let by_side = |side: Side, ends: [Want; 2]| match side {
            Side::Row => ends,
            Side::Col => [ends[1], ends[0]],
        };
        let mut of = |i: usize| Want::Rows(self.list(&inputs[i]));
        match along {
            Along::Product { to } => {
                let ends = [Want::Rows(out), of(2)];
                (by_side(to, ends), self.list(&inputs[1]))
            }
            Along::Dots => ([of(1), of(2)], out),
            Along::Spread { from } => (by_side(from, [of(1), Want::Any]), out),
            Along::Segment { to, .. } => {
                let ends = [Want::Rows(out), Want::Any];
                (by_side(to, ends), self.list(&inputs[1]))
            }
        }
    }

    fn along(&mut self, along: Along, equation: &Equation) -> Option<()> {
        let inputs = &equation.inputs;
        let (ends, entries) = self.wants(along, equation);
        let lists = [ends[0].list(), ends[1].list(), entries];
        if lists == [None; 3] {
            self.keep(equation);
            return Some(());
        }
        let lists = self.with_ends_of_others(&inputs[0], ends, lists);
        let (pattern, left) = self.pattern(&inputs[0], lists)?;
        let mut operands = inputs.clone();
        operands[0] = pattern;
        if let Some(left) = left
            && matches!(along, Along::Product { .. } | Along::Segment { .. })
        {
            operands[1] = self.at(&inputs[1], left)?;
        }
        self.push(equation.primitive.clone(), operands, equation)
    }

    fn keep(&mut self, equation: &Equation) {
        self.program.equations.push(equation.clone());
    }

    /// Appends an equation that binds what another one did, with types of its own.
    fn push(&mut self, primitive: Primitive, inputs: Vec<Atom>, of: &Equation) -> Option<()> {
        let types: Vec<Type> = inputs.iter().map(|a| self.program.atom_type(a)).collect();
        let results = primitive.rules().infer(&types).ok()?;
        for (var, ty) in of.outputs.iter().zip(results) {
            let whole = self.list(&Atom::Var(*var)).is_none();
            if whole && ty != *self.spaces.program.type_of(*var) {
                return None;
            }
            self.program.types[var.index()] = ty;
        }
        self.program.equations.push(Equation {
            primitive,
            inputs,
            outputs: of.outputs.clone(),
            at: of.at,
        });
        Some(())
    }

    /// A new variable of a type.
    fn var(&mut self, ty: Type) -> Var {
        self.program.types.push(ty);
        Var(self.program.types.len() as u32 - 1)
    }

    fn bind(&mut self, primitive: Primitive, inputs: Vec<Atom>) -> Option<Atom> {
        let types: Vec<Type> = inputs.iter().map(|a| self.program.atom_type(a)).collect();
        let [ty] = <[Type; 1]>::try_from(primitive.rules().infer(&types).ok()?).ok()?;
        let var = self.var(ty);
        self.program.equations.push(Equation {
            primitive,
            inputs,
            outputs: vec![var],
            at: Place::default(),
        });
        Some(Atom::Var(var))
    }

    fn capture(&mut self, value: Value) -> Atom {
        let var = self.var(value.ty());
        self.program.captures.push(var);
        self.captures.push(value);
        Atom::Var(var)
    }

    /// The list of an atom's rows, if it does not have all of them.
    fn list(&mut self, atom: &Atom) -> Option<List> {
        let set = self.spaces.set(atom)?;
        if let Some(list) = self.list_of.get(&set) {
            return Some(*list);
        }
        let rows = self.spaces.rows(atom)?.list();
        let list = self.lists.add(rows);
        self.list_of.insert(set, list);
        Some(list)
    }

    /// An operand at the rows of a list.
    fn at(&mut self, atom: &Atom, list: List) -> Option<Atom> {
        let Some(var) = atom.var() else {
            return Some(atom.clone());
        };
        let own = self.list(atom);
        if own == Some(list) {
            return Some(atom.clone());
        }
        if let Some(found) = self.at.get(&(var, list)) {
            return Some(found.clone());
        }
        let made = if let Some(array) = self.spaces.known.array(atom) {
            let cut = take_rows(&array, self.lists.rows(list));
            self.capture(cut.into())
        } else if let Some(maker) = self.spaces.free_maker(var) {
            self.say(maker, list)?
        } else {
            self.gather(atom, own, list)?
        };
        self.at.insert((var, list), made.clone());
        Some(made)
    }

    /// The rows of an equation that can be said for any.
    fn say(&mut self, maker: &Equation, list: List) -> Option<Atom> {
        let rows = self.lists.rows(list).clone();
        let first = maker.inputs[0].clone();
        let Type::Array(aval) = self.spaces.program.type_of(maker.outputs[0]) else {
            return None;
        };
        match &maker.primitive {
            Primitive::Threefry(Threefry::Bits { .. }) => {
                let width = aval.shape.iter().skip(1).product::<usize>() as u32;
                let places = rows.iter().flat_map(|r| r * width..(r + 1) * width);
                let shape = aval.shape.with_extent(rows.len());
                let places = Array::from_vec(places.collect(), shape);
                let places = self.capture(places.into());
                self.bind(Threefry::PlaceBits.into(), vec![first, places])
            }
            Primitive::Threefry(Threefry::PatternBits { .. }) => {
                let all = self.spaces.known.pattern(&maker.inputs[1])?.places();
                let places: Vec<u32> = rows.iter().map(|r| all[*r as usize]).collect();
                let places = Array::from_vec(places, rows.len());
                let places = self.capture(places.into());
                self.bind(Threefry::PlaceBits.into(), vec![first, places])
            }
            primitive => self.bind(with_rows(primitive, rows.len()), maker.inputs.clone()),
        }
    }

    /// Rows of a value that has others, picked when the program runs.
    fn gather(&mut self, atom: &Atom, own: Option<List>, list: List) -> Option<Atom> {
        let places: Places = self
            .lists
            .rows(list)
            .iter()
            .map(|r| Some(*r as usize))
            .collect();
        let index = self.index(&places, atom, own, None);
        let index = self.capture(index.into());
        let Type::Array(aval) = self.program.atom_type(atom) else {
            return None;
        };
        let rank = aval.shape.rank();
        let gather = Gather {
            dims: GatherDims {
                offset: (1..rank).collect(),
                collapsed: vec![0],
                start_index_map: vec![0],
                ..GatherDims::default()
            },
            slice_sizes: aval.shape.with_extent(1).to_vec(),
            bounds: Bounds::Clip,
            fill: None,
        };
        self.bind(gather.into(), vec![atom.clone(), index])
    }

    /// `u32[k, 1]`: places among the rows that `x` has left, of the wanted rows of the indices;
    /// places that are left out lie outside.
    fn index(&self, places: &Places, x: &Atom, left: Option<List>, rows: Option<List>) -> Array {
        let all = super::extent(&self.spaces.program.atom_type(x));
        let (ranks, outside) = match left {
            Some(list) => (
                Some(self.lists.ranks(list, all)),
                self.lists.rows(list).len(),
            ),
            None => (None, all),
        };
        let rank = |at: Option<usize>| {
            let rank = at.and_then(|at| match &ranks {
                Some(ranks) => ranks[at],
                None => Some(at as u32),
            });
            rank.unwrap_or(outside as u32)
        };
        let index: Vec<u32> = match rows {
            Some(rows) => {
                let rows = self.lists.rows(rows).iter();
                rows.map(|r| rank(places[*r as usize])).collect()
            }
            None => places.iter().map(|at| rank(*at)).collect(),
        };
        let shape = [index.len(), 1];
        Array::from_vec(index, shape)
    }

    fn rows_of(&self, atom: &Atom) -> usize {
        super::extent(&self.program.atom_type(atom))
    }

    /// Lists for a pattern of which an equation wants one side only: the other side as another equation
    /// wants it, if no entry is lost by that. Then both work along one pattern, and can run together.
    fn with_ends_of_others(
        &self,
        atom: &Atom,
        ends: [Want; 2],
        lists: [Option<List>; 3],
    ) -> [Option<List>; 3] {
        let (Some(var), Some(any)) = (atom.var(), ends.iter().position(|end| *end == Want::Any))
        else {
            return lists;
        };
        let Some(whole) = self.spaces.known.pattern(atom) else {
            return lists;
        };
        let left = |lists| self.lists.cut(whole, lists).map(|(_, left)| left);
        let mut others = self.ends.iter().filter_map(|(other, own)| {
            let fits = *other == var && own[1 - any] == ends[1 - any];
            own[any].list().filter(|_| fits)
        });
        let mut own = None;
        let found = others.find_map(|list| {
            let mut wanted = lists;
            wanted[any] = Some(list);
            let own = own.get_or_insert_with(|| left(lists));
            (left(wanted) == *own).then_some(wanted)
        });
        found.unwrap_or(lists)
    }

    /// A pattern at some rows, columns and entries, and the list of the entries that are left if
    /// some are not.
    fn pattern(&mut self, atom: &Atom, lists: [Option<List>; 3]) -> Option<(Atom, Option<List>)> {
        let key = (atom.var()?, lists);
        if let Some(found) = self.patterns.get(&key) {
            return Some(found.clone());
        }
        let whole = self.spaces.known.pattern(atom)?;
        let (pattern, left) = self.lists.cut(whole, lists)?;
        let left = (left.len() < whole.col.len()).then(|| self.lists.add(left));
        let made = (self.capture(pattern.into()), left);
        self.patterns.insert(key, made.clone());
        Some(made)
    }
}

/// Whether an index counts so many rows.
fn is_count(index: &Array, rows: usize) -> bool {
    let index = index.host::<u32>();
    index.len() == rows && index.iter().copied().eq(0..rows as u32)
}

/// The operation for so many rows.
fn with_rows(primitive: &Primitive, rows: usize) -> Primitive {
    match primitive {
        Primitive::Broadcast(broadcast) => Broadcast {
            shape: broadcast.shape.with_extent(rows),
            dims: broadcast.dims.clone(),
        }
        .into(),
        Primitive::Reshape(reshape) => Reshape {
            shape: reshape.shape.with_extent(rows),
        }
        .into(),
        other => other.clone(),
    }
}
