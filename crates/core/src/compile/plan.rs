//! Memory: which kernels run together, how long each value lives, and where it lies.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::fuse;
use super::region::{Access, Kernel, Region};
use crate::array::DType;
use crate::ir::{Atom, Aval, Equation, Program, Type, Var};
use crate::ops::{Index, Loop, Lowering};

/// Bytes at whose multiples values begin: a cache line.
const LINE: usize = 64;

/// Kernels in order, and a place for every value.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) kernels: Vec<Kernel>,
    /// Kernels that do not read each other, one run of them after another.
    pub(crate) waves: Vec<Range<usize>>,
    /// Where each variable lies, by its index.
    pub(crate) places: Vec<Place>,
    /// Variables that take the place of an operand of the region that computes them.
    pub(crate) overlaid: Vec<bool>,
    /// Where the partial results of each kernel's ends lie.
    pub(crate) partials: Vec<Vec<usize>>,
    /// The program's results.
    pub(crate) outputs: Vec<Output>,
    /// Arrays that each call allocates, or takes over from what it is given.
    pub(crate) owned: Vec<Owned>,
    /// Bytes of the arena.
    pub(crate) bytes: usize,
}

/// Where a variable's elements lie during a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In no memory: inside of a region, or nowhere.
    Nowhere,
    Capture(usize),
    Input(usize),
    /// At this byte of the arena.
    Arena(usize),
    /// In an array that is handed out.
    Owned(usize),
}

/// Where a result comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Output {
    Literal,
    At(Place),
}

/// An array that is handed out.
#[derive(Debug)]
pub(crate) struct Owned {
    pub(crate) var: Var,
    /// The inputs whose buffers it can take over, if nobody else holds them.
    pub(crate) donors: Vec<usize>,
}

/// When a variable is written and read for the last time, by waves.
#[derive(Clone, Copy)]
struct Life {
    from: usize,
    to: usize,
}

impl Plan {
    /// Plans a program; it is given back as it was cut.
    pub(crate) fn new(program: &Program) -> (Arc<Program>, Self) {
        let (program, kernels) = fuse(program);
        program.verify_in_debug();
        let plan = Self::of(&program, kernels);
        (Arc::new(program), plan)
    }

    fn of(program: &Program, mut kernels: Vec<Kernel>) -> Self {
        let mut root: Vec<Var> = (0..program.types.len() as u32).map(Var).collect();
        kernels.retain(|kernel| match alias(kernel) {
            Some((from, to)) => {
                root[to.index()] = root[from.index()];
                false
            }
            None => true,
        });
        let root = |v: Var| root[v.index()];
        let waves = waves(&kernels, root);
        let (kernels, waves) = fuse::merge(kernels, &waves);
        let mut planner = Planner {
            program,
            kernels: &kernels,
            waves: &waves,
            lives: vec![None; program.types.len()],
            places: vec![Place::Nowhere; program.types.len()],
            owned: Vec::new(),
            arena: [Blocks::default(), Blocks::default()],
            overlaid: vec![false; program.types.len()],
        };
        planner.lives(root);
        planner.given();
        planner.own(root);
        let lives = planner.lives.clone();
        let partials = planner.arena(root);
        planner.check_in_debug(&lives);
        let Planner {
            mut places,
            owned,
            arena: [numbers, flags],
            overlaid,
            ..
        } = planner;
        // Bools lie apart: bytes of numbers are never seen as bools.
        let first_flag = numbers.bytes.next_multiple_of(LINE);
        for (place, ty) in places.iter_mut().zip(&program.types) {
            if let (Place::Arena(offset), Type::Array(aval)) = (place, ty)
                && aval.dtype == DType::Bool
            {
                *offset += first_flag;
            }
        }
        for i in 0..places.len() {
            places[i] = places[root(Var(i as u32)).index()];
        }
        let partials = partials
            .into_iter()
            .map(|ends| {
                let shift =
                    |(offset, dtype)| offset + if dtype == DType::Bool { first_flag } else { 0 };
                ends.into_iter().map(shift).collect()
            })
            .collect();
        let outputs = program
            .outputs
            .iter()
            .map(|atom| match atom {
                Atom::Var(v) => Output::At(places[v.index()]),
                Atom::Literal(..) => Output::Literal,
            })
            .collect();
        Self {
            bytes: first_flag + flags.bytes,
            places,
            overlaid,
            partials,
            outputs,
            owned,
            waves,
            kernels,
        }
    }
}

/// The operand and result of a kernel that only sees an array under another shape.
fn alias(kernel: &Kernel) -> Option<(Var, Var)> {
    let Kernel::Single(Equation {
        primitive,
        inputs,
        outputs,
        ..
    }) = kernel
    else {
        return None;
    };
    match primitive.rules().lowering() {
        Lowering::Index(Index::Reshape(_)) | Lowering::Loop(Loop::Copy) => {
            Some((inputs[0].var()?, outputs[0]))
        }
        _ => None,
    }
}

/// Cuts the kernels where one reads what another of the run before writes.
fn waves(kernels: &[Kernel], root: impl Fn(Var) -> Var) -> Vec<Range<usize>> {
    let mut waves = Vec::new();
    let mut written: Vec<Var> = Vec::new();
    let mut start = 0;
    for (i, kernel) in kernels.iter().enumerate() {
        let reads = kernel.reads();
        let mut reads = reads.iter().filter_map(|a| a.var()).map(&root);
        if reads.any(|v| written.contains(&v)) {
            waves.push(start..i);
            written.clear();
            start = i;
        }
        written.extend(kernel.writes().into_iter().map(&root));
    }
    if start < kernels.len() {
        waves.push(start..kernels.len());
    }
    waves
}

struct Planner<'a> {
    program: &'a Program,
    kernels: &'a [Kernel],
    waves: &'a [Range<usize>],
    /// Of roots only.
    lives: Vec<Option<Life>>,
    places: Vec<Place>,
    owned: Vec<Owned>,
    /// Numbers, and bools.
    arena: [Blocks; 2],
    /// Values that share their place with an operand of their region.
    overlaid: Vec<bool>,
}

impl Planner<'_> {
    fn lives(&mut self, root: impl Fn(Var) -> Var) {
        let program = self.program;
        for var in program.captures.iter().chain(&program.inputs) {
            self.lives[var.index()] = Some(Life { from: 0, to: 0 });
        }
        for (w, wave) in self.waves.iter().enumerate() {
            for kernel in &self.kernels[wave.clone()] {
                for var in kernel.writes() {
                    self.lives[root(var).index()] = Some(Life { from: w, to: w });
                }
                for var in kernel.reads().into_iter().filter_map(Atom::var) {
                    if let Some(life) = &mut self.lives[root(var).index()] {
                        life.to = w;
                    }
                }
            }
        }
    }

    fn given(&mut self) {
        for (k, var) in self.program.captures.iter().enumerate() {
            self.places[var.index()] = Place::Capture(k);
        }
        for (k, var) in self.program.inputs.iter().enumerate() {
            self.places[var.index()] = Place::Input(k);
        }
    }

    /// Results that a kernel writes become arrays of their own.
    fn own(&mut self, root: impl Fn(Var) -> Var) {
        let outputs: Vec<Var> = self
            .program
            .outputs
            .iter()
            .filter_map(Atom::var)
            .map(&root)
            .collect();
        for &var in &outputs {
            if self.places[var.index()] == Place::Nowhere {
                self.places[var.index()] = Place::Owned(self.owned.len());
                let donors = self.donors(var, &outputs, &root);
                self.owned.push(Owned { var, donors });
            }
        }
    }

    /// The inputs that are read for the last time before a variable is written, or by the same
    /// kernel in step with it.
    fn donors(&self, var: Var, outputs: &[Var], root: impl Fn(Var) -> Var) -> Vec<usize> {
        let (Some(life), Type::Array(aval)) = (self.lives[var.index()], self.program.type_of(var))
        else {
            return Vec::new();
        };
        let inputs = self.program.inputs.iter().enumerate();
        inputs
            .filter(|(_, input)| {
                let Type::Array(given) = self.program.type_of(**input) else {
                    return false;
                };
                let fits = given.dtype == aval.dtype && given.shape.size() == aval.shape.size();
                let Some(read) = self.lives[input.index()].filter(|_| fits) else {
                    return false;
                };
                let kept = outputs.contains(input) || given.shape.size() == 0;
                !kept
                    && (read.to < life.from
                        || !self.is_read(**input, &root)
                        || (read.to == life.from && self.in_step(**input, var, life.from, &root)))
            })
            .map(|(k, _)| k)
            .collect()
    }

    fn is_read(&self, var: Var, root: impl Fn(Var) -> Var) -> bool {
        let is = |atom: &&Atom| atom.var().is_some_and(|v| root(v) == var);
        self.kernels
            .iter()
            .any(|kernel| kernel.reads().iter().any(is))
    }

    /// Whether, in this wave, only the kernel that writes `result` reads `input`, each row before
    /// the same row of the result is written.
    fn in_step(&self, input: Var, result: Var, wave: usize, root: impl Fn(Var) -> Var) -> bool {
        let is = |atom: &Atom| atom.var().is_some_and(|v| root(v) == input);
        self.kernels[self.waves[wave].clone()].iter().all(|kernel| {
            if !kernel.reads().into_iter().any(is) {
                return true;
            }
            let writes = kernel.writes().into_iter().any(|v| root(v) == result);
            writes
                && match kernel {
                    Kernel::Region(region) => region_in_step(region, is, |v| root(v) == result),
                    // A scatter changes its operand where it lies.
                    Kernel::Single(equation) => {
                        let scatters = matches!(
                            equation.primitive.rules().lowering(),
                            Lowering::Index(Index::Scatter(_))
                        );
                        scatters && !equation.inputs[1..].iter().any(is)
                    }
                }
        })
    }

    /// Places what lives in the arena, and the partial results of ends.
    ///
    /// A result takes the place of an operand that its own region reads for the last time, row by
    /// row: rows are stored once all steps over them are done.
    fn arena(&mut self, root: impl Fn(Var) -> Var) -> Vec<Vec<(usize, DType)>> {
        let mut partials = Vec::with_capacity(self.kernels.len());
        for (w, wave) in self.waves.iter().enumerate() {
            for block in &mut self.arena {
                block.forget_before(w);
            }
            for kernel in &self.kernels[wave.clone()] {
                for var in kernel.writes() {
                    let (Some(life), Type::Array(aval)) =
                        (self.lives[var.index()], self.program.type_of(var))
                    else {
                        continue;
                    };
                    if self.places[var.index()] == Place::Nowhere {
                        let (class, bytes) = (usize::from(aval.dtype == DType::Bool), bytes(aval));
                        let offset =
                            if let Some((operand, offset)) = self.dying(kernel, var, w, &root) {
                                self.overlaid[var.index()] = true;
                                self.arena[class].prolong(offset, life.to);
                                // Its place is given away once only.
                                self.lives[operand.index()] = None;
                                offset
                            } else {
                                self.arena[class].place(bytes, life.to)
                            };
                        self.places[var.index()] = Place::Arena(offset);
                    }
                }
                let mut ends = Vec::new();
                for (elements, dtype) in partials_of(self.program, kernel) {
                    let block = &mut self.arena[usize::from(dtype == DType::Bool)];
                    ends.push((block.place(elements * dtype.size(), w), dtype));
                }
                partials.push(ends);
            }
        }
        partials
    }
}

impl Planner<'_> {
    /// In debug builds: no two values that live at the same time overlap, but for a result that
    /// takes the place of an operand in the operand's last wave.
    fn check_in_debug(&self, lives: &[Option<Life>]) {
        if !cfg!(debug_assertions) {
            return;
        }
        let placed: Vec<(usize, usize, usize, Life)> = (0..self.places.len())
            .filter_map(
                |i| match (self.places[i], &self.program.types[i], lives[i]) {
                    (Place::Arena(offset), Type::Array(aval), Some(life)) => {
                        let class = usize::from(aval.dtype == DType::Bool) << 60;
                        Some((i, class + offset, bytes(aval), life))
                    }
                    _ => None,
                },
            )
            .collect();
        for (n, a) in placed.iter().enumerate() {
            for b in &placed[n + 1..] {
                let (earlier, later) = if a.3.from <= b.3.from { (a, b) } else { (b, a) };
                let together = later.3.from <= earlier.3.to;
                let overlap = a.1 < b.1 + b.2 && b.1 < a.1 + a.2;
                let handed_over = later.3.from == earlier.3.to && self.overlaid[later.0];
                assert!(
                    !(together && overlap) || handed_over,
                    "the plan puts {:?} and {:?} in one place",
                    (a.0, a.1, a.2, a.3.from, a.3.to),
                    (b.0, b.1, b.2, b.3.from, b.3.to),
                );
            }
        }
    }

    /// An operand in the arena whose place a region's result can take, and that place.
    fn dying(
        &self,
        kernel: &Kernel,
        result: Var,
        wave: usize,
        root: impl Fn(Var) -> Var,
    ) -> Option<(Var, usize)> {
        let (Kernel::Region(region), Type::Array(wanted)) = (kernel, self.program.type_of(result))
        else {
            return None;
        };
        region.all_reads().find_map(|atom| {
            let operand = root(atom.var()?);
            let Type::Array(aval) = self.program.type_of(operand) else {
                return None;
            };
            let Place::Arena(offset) = self.places[operand.index()] else {
                return None;
            };
            let dies = self.lives[operand.index()].is_some_and(|life| life.to == wave);
            let alike = bytes(aval) == bytes(wanted)
                && bytes(aval) > 0
                && (aval.dtype == DType::Bool) == (wanted.dtype == DType::Bool);
            let fits = dies && alike && self.in_step(operand, result, wave, &root);
            fits.then_some((operand, offset))
        })
    }
}

fn bytes(aval: &Aval) -> usize {
    aval.shape.size() * aval.dtype.size()
}

/// The partial results that the parts of a kernel leave for the last: how many elements of what.
pub(crate) fn partials_of(program: &Program, kernel: &Kernel) -> Vec<(usize, DType)> {
    match kernel {
        Kernel::Region(region) => {
            let ends = region.ends.iter();
            ends.map(|end| (end.partials(region.rows), end.dtype))
                .collect()
        }
        Kernel::Single(equation) => match (tall(program, equation), &equation.outputs[..]) {
            (Some(chunks), [out]) => match program.type_of(*out) {
                Type::Array(aval) => vec![(chunks * aval.shape.size(), aval.dtype)],
                Type::Pattern(_) => Vec::new(),
            },
            _ => Vec::new(),
        },
    }
}

/// The chunks into which the sum of a product is cut, where the sum is long and the product small.
pub(crate) fn tall(program: &Program, equation: &Equation) -> Option<usize> {
    let Lowering::Dot(dot) = equation.primitive.rules().lowering() else {
        return None;
    };
    let (Type::Array(x), Type::Array(y)) = (
        program.atom_type(&equation.inputs[0]),
        program.atom_type(&equation.inputs[1]),
    ) else {
        return None;
    };
    let ([l], [r], 2, 2) = (
        &dot.left_contract[..],
        &dot.right_contract[..],
        x.shape.rank(),
        y.shape.rank(),
    ) else {
        return None;
    };
    let (inner, rows, cols) = (x.shape[*l], x.shape[1 - l], y.shape[1 - r]);
    let chunks = graxe_kernels::gemm::chunks(inner);
    (chunks > 1 && inner > 2 * rows && rows * cols <= 1 << 17).then_some(chunks)
}

/// Whether a region reads `input` only at the rows, of the same segment, where it writes `result`.
fn region_in_step(
    region: &Region,
    is_input: impl Fn(&Atom) -> bool,
    is_result: impl Fn(Var) -> bool,
) -> bool {
    let Some(write) = region.all_writes().position(is_result) else {
        return false;
    };
    let segment = write / region.writes.len();
    let (step, _) = region.writes[write % region.writes.len()];
    let step = &region.steps[step];
    let reads = region.all_reads().enumerate();
    reads.filter(|(_, atom)| is_input(atom)).all(|(i, _)| {
        let read = &region.reads[i % region.reads.len()];
        i / region.reads.len() == segment
            && read.access == Access::Own
            && (read.level, read.width) == (step.level, step.width)
    })
}

/// Blocks of memory that are in use.
#[derive(Default)]
struct Blocks {
    /// Offset, bytes and the last wave, by offset.
    used: Vec<(usize, usize, usize)>,
    bytes: usize,
}

impl Blocks {
    fn forget_before(&mut self, wave: usize) {
        self.used.retain(|(_, _, last)| *last >= wave);
    }

    /// Keeps the block at an offset until a later wave.
    fn prolong(&mut self, offset: usize, last: usize) {
        for block in self.used.iter_mut().filter(|block| block.0 == offset) {
            block.2 = block.2.max(last);
        }
    }

    /// The lowest gap that is large enough.
    fn place(&mut self, bytes: usize, last: usize) -> usize {
        if bytes == 0 {
            return 0;
        }
        let bytes = bytes.next_multiple_of(LINE);
        let mut offset = 0;
        let mut at = self.used.len();
        for (i, &(start, len, _)) in self.used.iter().enumerate() {
            if start - offset >= bytes {
                at = i;
                break;
            }
            offset = start + len;
        }
        self.used.insert(at, (offset, bytes, last));
        self.bytes = self.bytes.max(offset + bytes);
        offset
    }
}

/// The literals of a plan's kernels, each once.
pub(crate) fn literals(plan: &Plan) -> HashMap<Atom, usize> {
    let mut literals = HashMap::new();
    for kernel in &plan.kernels {
        for atom in kernel.reads() {
            if atom.var().is_none() {
                let next = literals.len();
                literals.entry(atom.clone()).or_insert(next);
            }
        }
    }
    literals
}
