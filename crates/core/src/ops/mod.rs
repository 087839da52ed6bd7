//! Operations: one file a family, each with all of its rules.

use std::sync::Arc;

use crate::array::Array;
use crate::compile::dce;
use crate::device;
use crate::ir::builder::{emit, is_tracing};
use crate::ir::{Effect, Equation, Place, Program, Type, Value};
use crate::transform::{debug, misuse};
use batching::{AxisName, Batch};

pub(crate) mod barrier;
pub mod batching;
pub(crate) mod binary;
pub(crate) mod broadcast;
pub(crate) mod call;
pub(crate) mod callback;
pub(crate) mod checkpoint;
pub(crate) mod collective;
pub(crate) mod concatenate;
pub(crate) mod cond;
pub(crate) mod convert;
pub(crate) mod cumulative;
pub(crate) mod custom_jvp;
pub(crate) mod custom_vjp;
pub(crate) mod dot;
pub(crate) mod edge;
pub(crate) mod gather;
pub(crate) mod iota;
mod marks;
pub(crate) mod pad;
pub(crate) mod reduce;
pub(crate) mod reshape;
pub(crate) mod scan;
pub(crate) mod scatter;
pub(crate) mod sddmm;
pub(crate) mod segment;
pub(crate) mod select;
pub(crate) mod slice;
pub(crate) mod sort;
pub(crate) mod spmm;
pub(crate) mod stop_gradient;
pub(crate) mod threefry;
pub(crate) mod transpose;
pub(crate) mod unary;
pub(crate) mod while_loop;

pub use barrier::Barrier;
pub use binary::Binary;
pub use broadcast::Broadcast;
pub use call::Call;
pub use callback::{Callback, Look};
pub use checkpoint::{Checkpoint, Policy};
pub use collective::{Collect, Collective};
pub use concatenate::Concatenate;
pub use cond::Cond;
pub use convert::Convert;
pub use cumulative::{Cumulative, CumulativeFold};
pub use custom_jvp::CustomJvp;
pub use custom_vjp::{CustomLinear, CustomVjp};
pub use dot::Dot;
pub use edge::{EdgeGather, Side};
pub use gather::{Bounds, Gather, GatherDims};
pub use iota::Iota;
pub(crate) use marks::{any_of, marked, settled, spread};
pub use pad::Pad;
pub use reduce::{ArgReduce, Fold, Reduce};
pub use reshape::Reshape;
pub use scan::Scan;
pub use scatter::{Combine, Scatter};
pub use sddmm::Sddmm;
pub use segment::{SegmentFold, SegmentReduce};
pub use select::Select;
pub use slice::Slice;
pub use sort::Sort;
pub use spmm::Spmm;
pub use stop_gradient::StopGradient;
pub use threefry::Threefry;
pub use transpose::Transpose;
pub use unary::Unary;
pub use while_loop::While;

/// Tangents and cotangents are optional: a zero is not stored.
pub type Tangent = Option<Array>;

/// What a transpose rule knows of an operand.
#[derive(Clone, Debug)]
pub enum Input {
    /// A value that the equation is not linear in.
    Known(Value),
    /// An operand whose cotangent is wanted.
    Linear(Type),
}

impl Input {
    pub(crate) fn is_linear(&self) -> bool {
        matches!(self, Self::Linear(_))
    }

    pub(crate) fn ty(&self) -> Type {
        match self {
            Self::Known(v) => v.ty(),
            Self::Linear(ty) => ty.clone(),
        }
    }

    /// The shape and dtype of the operand.
    pub(crate) fn aval(&self) -> crate::ir::Aval {
        match self.ty() {
            Type::Array(aval) => aval,
            Type::Pattern(_) => unreachable!("an array was inferred"),
        }
    }

    /// The known operand; a rule calls this for operands that it is not linear in beside the others.
    pub(crate) fn known(&self) -> &Value {
        match self {
            Self::Known(v) => v,
            Self::Linear(ty) => misuse(format!(
                "the function is not linear: an operation depends on its argument twice, by {ty}"
            )),
        }
    }
}

/// A parameter of an equation as it prints.
pub enum Parameter {
    /// A plain value.
    Text(String),
    /// A sub-program.
    Program(Arc<Program>),
    /// Several sub-programs.
    Programs(Vec<Arc<Program>>),
}

impl Parameter {
    fn text(value: impl std::fmt::Debug) -> Self {
        Self::Text(format!("{value:?}"))
    }

    /// A truth value as Python prints it.
    fn flag(value: bool) -> Self {
        Self::Text(if value { "True" } else { "False" }.into())
    }

    /// A list as Python prints a tuple.
    fn tuple(items: &[impl std::fmt::Debug]) -> Self {
        let list: Vec<String> = items.iter().map(|i| format!("{i:?}")).collect();
        Self::Text(match list.as_slice() {
            [one] => format!("({one},)"),
            _ => format!("({})", list.join(", ")),
        })
    }
}

/// How a backend runs a family; only a backend matches on this.
pub enum Lowering<'a> {
    /// One element of every operand makes one element of the result.
    Loop(Loop<'a>),
    /// Axes are folded.
    Reduce(Reduction<'a>),
    /// Sums of products.
    Dot(&'a Dot),
    /// Work along the entries of a pattern.
    Edge(Edge<'a>),
    /// Elements move.
    Index(Index<'a>),
    /// Sub-programs run.
    Control(Control<'a>),
    /// A function of the host is called.
    Host(&'a Callback),
    /// The places of a named axis work together.
    Collective(&'a Collective),
}

/// Families that hold programs.
pub enum Control<'a> {
    /// A program runs once.
    Call(&'a Arc<Program>),
    /// A program runs once, and shares nothing with what is around it.
    Checkpoint(&'a Arc<Program>),
    /// Nothing runs: only the transpose of the operation is known.
    Linear,
    /// One of several runs.
    Cond(&'a Cond),
    /// A program runs as long as another says so.
    While(&'a While),
    /// A program runs along an axis.
    Scan(&'a Scan),
}

/// Elementwise families.
pub enum Loop<'a> {
    /// One operand.
    Unary(Unary),
    /// Two operands.
    Binary(Binary),
    /// A choice.
    Select(&'a Select),
    /// A change of dtype.
    Convert(&'a Convert),
    /// Random bits.
    Threefry(&'a Threefry),
    /// Counting.
    Iota(&'a Iota),
    /// The operand itself.
    Copy,
}

/// Families that fold axes.
pub enum Reduction<'a> {
    /// To a value.
    Fold(&'a reduce::Reduce),
    /// To a position.
    Arg(&'a ArgReduce),
    /// To the values up to each element.
    Cumulative(&'a Cumulative),
}

/// Families over a pattern.
pub enum Edge<'a> {
    /// Sparse times dense.
    Spmm(&'a Spmm),
    /// Dense times dense at the pattern's entries.
    Sddmm(&'a Sddmm),
    /// Node values to entries.
    Gather(&'a EdgeGather),
    /// Entries to nodes.
    Segment(&'a SegmentReduce),
}

/// Families that move elements.
pub enum Index<'a> {
    /// Repetition along new or unit axes.
    Broadcast(&'a Broadcast),
    /// The same elements under another shape.
    Reshape(&'a Reshape),
    /// Axes in another order.
    Transpose(&'a Transpose),
    /// A strided window.
    Slice(&'a Slice),
    /// A border.
    Pad(&'a Pad),
    /// Arrays side by side.
    Concatenate(&'a Concatenate),
    /// Windows read at computed places.
    Gather(&'a Gather),
    /// Windows written at computed places.
    Scatter(&'a Scatter),
    /// Arrays in the order of their elements.
    Sort(&'a Sort),
}

/// Everything graxe knows about a family of operations.
pub trait Rules {
    /// The name in programs, JAX's where JAX has the operation.
    fn name(&self) -> &'static str;

    /// What to print in brackets after the name.
    fn parameters(&self) -> Vec<(&'static str, Parameter)> {
        Vec::new()
    }

    /// The types of the results.
    ///
    /// # Errors
    /// If the operands do not fit, naming the operation and the operands' types.
    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String>;

    /// Results and their tangents; at least one tangent is given.
    fn jvp(&self, primals: &[Value], tangents: &[Tangent]) -> (Vec<Value>, Vec<Tangent>);

    /// Cotangents of the linear operands from those of the results.
    fn transpose(&self, cotangents: &[Tangent], inputs: &[Input]) -> Vec<Tangent>;

    /// Results over a batch; `axes` says where each operand carries it. Called if one does, or if
    /// the operation names the axis of the batch.
    fn batch(
        &self,
        inputs: &[Value],
        axes: &[Option<usize>],
        batch: &Batch,
    ) -> (Vec<Value>, Vec<Option<usize>>);

    /// How a backend runs it.
    fn lowering(&self) -> Lowering<'_>;

    /// What it does beyond its results: what its programs do.
    fn effect(&self) -> Effect {
        let inner = self.programs().into_iter().map(|p| p.effect());
        inner.max().unwrap_or(Effect::Pure)
    }

    /// The axes that it is of, or that something in its programs is of.
    fn named_axes(&self) -> Vec<AxisName> {
        let inner = self.programs().into_iter();
        inner.flat_map(|p| p.named_axes().to_vec()).collect()
    }

    /// The programs that it holds.
    fn programs(&self) -> Vec<&Arc<Program>> {
        Vec::new()
    }

    /// The same with other programs, as many as [`Self::programs`] gives, over the same types.
    fn with_programs(&self, _programs: Vec<Arc<Program>>) -> Primitive {
        unreachable!("{} holds no programs", self.name())
    }

    /// For families that hold programs: what is left where only the results that `used` marks are.
    fn prune(&self, _used: &[bool]) -> Option<Pruned> {
        None
    }

    /// For families that hold programs: the part that `known` operands decide, the part that
    /// remains, and which results the first part gives.
    fn partial_eval(&self, _known: &[bool]) -> Option<PartialEval> {
        None
    }
}

/// A family with sub-programs, cut in two by what is known.
pub struct PartialEval {
    /// Over the known operands; gives the known results, then the residuals.
    pub known: Arc<Program>,
    /// Over the residuals, then the unknown operands; gives the unknown results.
    pub unknown: Primitive,
    /// Which results the first part gives.
    pub known_outputs: Vec<bool>,
    /// How many residuals pass from the first part to the second.
    pub residuals: usize,
}

impl Control<'_> {
    /// What the program of a number is given, of the operands of all.
    pub(crate) fn operands_of<T: Clone>(&self, program: usize, all: &[T]) -> Vec<T> {
        match self {
            Self::Call(_) | Self::Checkpoint(_) | Self::Linear | Self::Scan(_) => all.to_vec(),
            Self::Cond(_) => all[1..].to_vec(),
            Self::While(op) => {
                let (condition, rest) = all.split_at(op.condition_consts);
                let (body, carry) = rest.split_at(op.body_consts);
                [if program == 0 { condition } else { body }, carry].concat()
            }
        }
    }
}

/// A family with sub-programs, without what is not used.
pub struct Pruned {
    /// What is left.
    pub primitive: Primitive,
    /// Which operands it takes.
    pub inputs: Vec<bool>,
    /// Which results it gives: at least those that are used.
    pub outputs: Vec<bool>,
}

/// The program for the results that `used` marks, and which of its inputs it reads.
pub(crate) fn prune_program(program: &Program, used: &[bool]) -> (Program, Vec<bool>) {
    program.memo.pruned.get_or(used.to_vec(), |used| {
        let pruned = dce(&Program {
            outputs: marked(&program.outputs, used, true),
            ..program.clone()
        });
        let uses = pruned.uses();
        let reads = pruned.inputs.iter().map(|v| uses[v.index()] > 0).collect();
        (Program::clone(&pruned), reads)
    })
}

/// Says that a pattern cannot pass where a program gives something.
pub(crate) fn refuse_patterns(name: &str, role: &str, types: &[Type]) -> Result<(), String> {
    match types.iter().find(|ty| matches!(ty, Type::Pattern(_))) {
        Some(pattern) => Err(format!(
            "{name}: the pattern {pattern} cannot be {role}: give the values, and make the matrix outside"
        )),
        None => Ok(()),
    }
}

/// The operation without the callbacks in its programs: what is computed once more is shown once.
pub(crate) fn without_callbacks(primitive: &Primitive) -> Primitive {
    let rules = primitive.rules();
    if rules.effect() != Effect::Ordered {
        return primitive.clone();
    }
    let silent = |program: &Arc<Program>| {
        let equations = program.equations.iter();
        let kept = equations.filter(|e| !matches!(e.primitive, Primitive::Callback(_)));
        let kept = kept.map(|e| Equation {
            primitive: without_callbacks(&e.primitive),
            ..e.clone()
        });
        Arc::new(Program {
            equations: kept.collect(),
            ..Program::clone(program)
        })
    };
    rules.with_programs(rules.programs().into_iter().map(silent).collect())
}

/// The programs of an operation that holds so many.
pub(crate) fn exactly<T, const N: usize>(items: Vec<T>) -> [T; N] {
    match items.try_into() {
        Ok(items) => items,
        Err(_) => unreachable!("as many programs as there were"),
    }
}

macro_rules! families {
    ($($family:ident($rules:ty)),* $(,)?) => {
        /// An operation with its parameters: plain data.
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub enum Primitive {
            $(#[doc = concat!("The family `", stringify!($family), "`.")] $family($rules),)*
        }

        impl Primitive {
            /// The rules of the operation's family.
            pub fn rules(&self) -> &dyn Rules {
                match self { $(Self::$family(rules) => rules,)* }
            }
        }

        $(impl From<$rules> for Primitive {
            fn from(rules: $rules) -> Self {
                Self::$family(rules)
            }
        })*
    };
}

families!(
    Unary(Unary),
    Binary(Binary),
    Select(Select),
    Convert(Convert),
    Broadcast(Broadcast),
    Reshape(Reshape),
    Transpose(Transpose),
    Slice(Slice),
    Pad(Pad),
    Concatenate(Concatenate),
    Iota(Iota),
    Reduce(reduce::Reduce),
    ArgReduce(ArgReduce),
    Cumulative(Cumulative),
    Sort(Sort),
    Dot(Dot),
    Gather(Gather),
    Scatter(Scatter),
    Spmm(Spmm),
    Sddmm(Sddmm),
    EdgeGather(EdgeGather),
    SegmentReduce(SegmentReduce),
    Threefry(Threefry),
    StopGradient(StopGradient),
    Barrier(Barrier),
    Call(Call),
    Callback(Callback),
    Collective(Collective),
    Checkpoint(Checkpoint),
    CustomJvp(CustomJvp),
    CustomVjp(CustomVjp),
    CustomLinear(CustomLinear),
    Cond(Cond),
    While(While),
    Scan(Scan),
);

/// Applies a primitive: appends an equation under a trace, runs it otherwise.
///
/// # Panics
/// If the operands do not fit, with the message of `infer`.
#[track_caller]
pub fn bind(primitive: &Primitive, inputs: Vec<Value>) -> Vec<Value> {
    let types: Vec<Type> = inputs.iter().map(Value::ty).collect();
    let outputs = match primitive.rules().infer(&types) {
        Ok(outputs) => outputs,
        Err(message) => misuse(message),
    };
    if is_tracing() {
        return emit(primitive.clone(), &inputs, outputs);
    }
    let at = Place::here();
    assert!(
        !inputs.iter().any(Value::is_traced),
        "{}: a traced array left its function and was used later",
        primitive.rules().name()
    );
    let results = device::default_backend().execute(primitive, inputs, &outputs);
    debug::check(primitive, &types, &results, at);
    results
}

/// Applies a primitive of one array result.
#[track_caller]
pub(crate) fn bind1(primitive: impl Into<Primitive>, inputs: Vec<Value>) -> Array {
    let mut results = bind(&primitive.into(), inputs);
    match results.pop() {
        Some(Value::Array(array)) if results.is_empty() => array,
        _ => unreachable!("the operation has one array result"),
    }
}

/// The jvp of a linear operation of one operand: the tangent goes the same way.
#[track_caller]
fn alike<R: Clone + Into<Primitive>>(
    rules: &R,
    primals: &[Value],
    tangents: &[Tangent],
) -> (Vec<Value>, Vec<Tangent>) {
    let apply = |v: Value| bind1(rules.clone(), vec![v]);
    let tangent = tangents[0].as_ref().map(|t| apply(t.into()));
    (vec![apply(primals[0].clone()).into()], vec![tangent])
}

/// The only operand's aval.
pub(crate) fn unary_aval<'a>(
    name: &str,
    inputs: &'a [Type],
) -> Result<&'a crate::ir::Aval, String> {
    match inputs {
        [one] => one.array(name),
        _ => Err(format!(
            "{name}: expected 1 operand, found {}",
            inputs.len()
        )),
    }
}

/// Zeros for the tangents that are missing where `wanted` asks for one.
pub(crate) fn instantiate(tangents: &mut [Tangent], types: &[Type], wanted: &[bool]) {
    for ((tangent, ty), _) in tangents
        .iter_mut()
        .zip(types)
        .zip(wanted)
        .filter(|(_, w)| **w)
    {
        if let (None, Type::Array(aval)) = (&tangent, ty) {
            *tangent = Some(Array::zeros(aval.shape.clone(), aval.dtype));
        }
    }
}

/// The sum of two optional tangents.
pub(crate) fn add_tangents(a: Tangent, b: Tangent) -> Tangent {
    match (a, b) {
        (Some(a), Some(b)) => Some(binary::apply(Binary::AddAny, &a, &b)),
        (a, b) => a.or(b),
    }
}

/// The transpose rule of an operation that is never linear.
pub(crate) fn not_linear(name: &str) -> ! {
    misuse(format!(
        "{name} is not linear in its operands: it has no transpose"
    ))
}
