//! A function of one device's share becomes a function of all devices'.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex};
use std::thread;

use super::debug;
use super::func::{Body, Func};
use super::jit::misuse;
use super::trace::{trace_in, types_of};
use super::tree::{Structure, Tree, flatten, unflatten};
use super::vmap::{Axes, Axis, batched, place, place_results, trace_example};
use crate::array::{Array, Scope};
use crate::compile::{compiled, dce};
use crate::cpu::{as_device, threads};
use crate::device::Executable;
use crate::ir::builder::{Varying, is_tracing, varying};
use crate::ir::{Closed, Program, Type, Value, vary};
use crate::ops::batching::AxisName;
use crate::ops::{concatenate, reshape, slice};
use crate::sync::{Cache, lock};
use crate::transport::{Transport, at_place, between_threads, devices};

/// Runs `f` on several devices at once, each with its slice along the leading axis of every argument, and
/// joins the results; inside, the axis is called `axis`. JAX's `pmap`.
///
/// It gives the bits that [`vmap`](crate::vmap) with the same name gives, and inside of another
/// transformation it is that.
///
/// ```
/// use graxe_core::{array, pmap, pmean, set_devices, Array};
/// set_devices(2);
/// let centred = pmap(|x: &Array| x - pmean(x, "devices"), "devices");
/// assert_eq!(centred(&array([1.0, 3.0])).to_vec::<f32>(), [-1.0, 1.0]);
/// ```
///
/// # Panics
/// When called, as [`pmap_with`].
pub fn pmap<'f, Args, F: Func<'f, Args>>(f: F, axis: &str) -> Box<F::Returning<F::Out>> {
    pmap_with(f, Axes::default().name(axis))
}

/// As [`pmap`], with the axes and the name given; without a name the axis has none.
///
/// # Panics
/// When called: if the sizes of the mapped axes differ, if there are more slices than devices, if a result
/// that differs from device to device is wanted shared, or with what a device panics of.
pub fn pmap_with<'f, Args, F: Func<'f, Args>>(f: F, axes: Axes) -> Box<F::Returning<F::Out>> {
    let body = f.body();
    let entries: Entries<F::Out> = Mutex::default();
    F::wrap(Box::new(move |inputs: F::Inputs| {
        // The threads of the devices do not look for NaN, the batch does.
        if is_tracing() || debug::is_checked() {
            return batched(&*body, &axes, &inputs);
        }
        let (leaves, places, size) = place(&inputs, &axes);
        if size > devices() {
            misuse(format!(
                "pmap: {size} slices for {} devices: set_devices or GRAXE_DEVICES says how many \
                 there are",
                devices()
            ));
        }
        let key = Key {
            structure: flatten(&inputs).1,
            types: types_of(&leaves),
            places: places.clone(),
            scope: Scope::current(),
        };
        let entry = entry(&entries, key, || {
            Entry::new(&*body, &axes, &inputs, (&leaves, &places, size))
        });
        let results = entry.run(&leaves, &places, size);
        entry.join(&results, &axes.output, size)
    }))
}

/// `f` as one place of a named axis whose others are elsewhere, in other processes or on other machines:
/// arguments and results are this place's own, and collectives go through `transport`.
///
/// Every place runs the same function on arrays of the same shapes. See [`Transport`] for what is asked of one.
///
/// # Panics
/// When called: with what the transport says if another place fails, or inside of another transformation:
/// transform the function that is given instead.
pub fn pmap_over<'f, Args, F: Func<'f, Args>>(
    f: F,
    axis: &str,
    transport: Arc<dyn Transport>,
) -> Box<F::Returning<F::Out>> {
    let body = f.body();
    let axis: AxisName = axis.into();
    let entries: Entries<F::Out> = Mutex::default();
    F::wrap(Box::new(move |inputs: F::Inputs| {
        if is_tracing() {
            misuse(
                "pmap_over: the other places do not run this trace: transform the function that \
                 is given to it instead"
                    .to_owned(),
            );
        }
        let (leaves, structure) = flatten(&inputs);
        let key = Key {
            structure,
            types: types_of(&leaves),
            places: Vec::new(),
            scope: Scope::current(),
        };
        let entry = entry(&entries, key, || {
            let mapped = vec![true; leaves.len()];
            let size = transport.size();
            let named = Some((axis.clone(), mapped.clone(), size));
            let (closed, template) = trace_in(named, 0, &*body, &inputs, &types_of(&leaves));
            refuse_uneven(&closed.program, Some(&axis), &mapped, size);
            Entry::of(closed, Some(axis.clone()), template, Vec::new())
        });
        let results = at_place(axis.clone(), transport.clone(), || entry.call(leaves));
        unflatten(&entry.template, results)
    }))
}

/// What each kind of call compiles to.
type Entries<R> = Mutex<Cache<Key, Arc<Entry<R>>>>;

/// The entry of a key, made if it is new.
fn entry<R>(entries: &Entries<R>, key: Key, make: impl FnOnce() -> Entry<R>) -> Arc<Entry<R>> {
    if let Some(known) = lock(entries).get(&key) {
        return known;
    }
    let made = Arc::new(make());
    lock(entries).insert(key, made.clone());
    made
}

/// What a call depends on.
#[derive(PartialEq, Eq, Hash)]
struct Key {
    structure: Structure,
    types: Vec<Type>,
    places: Vec<Option<usize>>,
    scope: Scope,
}

/// The function of one device, compiled.
struct Entry<R> {
    closed: Closed,
    executable: Box<dyn Executable>,
    axis: Option<AxisName>,
    template: R,
    /// Whether each result differs from device to device.
    differs: Vec<bool>,
}

impl<R: Tree> Entry<R> {
    fn new<I: Tree>(
        f: &Body<'_, I, R>,
        axes: &Axes,
        inputs: &I,
        placed: (&[Value], &[Option<usize>], usize),
    ) -> Self {
        let differs: Mutex<Vec<bool>> = Mutex::default();
        let noting = |inputs: I| {
            let out = f(inputs);
            *lock(&differs) = flatten(&out).0.iter().map(|v| varying(v) != 0).collect();
            out
        };
        // Without a name nothing tells what differs: then everything may.
        let named = axes.name.is_some();
        let (closed, template) = trace_example(&noting, axes, inputs, placed);
        let mapped: Vec<bool> = placed.1.iter().map(Option::is_some).collect();
        refuse_uneven(&closed.program, axes.name.as_ref(), &mapped, placed.2);
        let differs = lock(&differs).iter().map(|d| *d || !named).collect();
        Self::of(closed, axes.name.clone(), template, differs)
    }

    fn of(mut closed: Closed, axis: Option<AxisName>, template: R, differs: Vec<bool>) -> Self {
        closed.program = dce(&closed.program);
        let (code, _) = compiled(&closed.program);
        Self {
            executable: code.executable(),
            closed,
            axis,
            template,
            differs,
        }
    }

    /// The results of this thread's place.
    fn call(&self, own: Vec<Value>) -> Vec<Value> {
        let bindings = AtomicUsize::new(0);
        self.executable.run(&self.closed.captures, own, &bindings)
    }

    /// The results of every device.
    fn run(&self, leaves: &[Value], places: &[Option<usize>], size: usize) -> Vec<Vec<Value>> {
        let ends = between_threads(size);
        let share = (threads() / size.max(1)).max(1);
        let device = |rank: usize| {
            let own = leaves.iter().zip(places).map(|(leaf, axis)| match axis {
                Some(axis) => own_slice(leaf.array(), *axis, rank).into(),
                None => leaf.clone(),
            });
            let own: Vec<Value> = own.collect();
            let work = || self.call(own);
            let attempt = catch_unwind(AssertUnwindSafe(|| {
                as_device(rank, share, || match &self.axis {
                    Some(axis) => at_place(axis.clone(), ends[rank].clone(), work),
                    None => work(),
                })
            }));
            match attempt {
                Ok(_) => ends[rank].leave(),
                Err(_) => ends[rank].fail(),
            }
            attempt
        };
        let attempts: Vec<_> = thread::scope(|scope| {
            let others: Vec<_> = (1..size)
                .map(|rank| scope.spawn(move || device(rank)))
                .collect();
            let first = (size > 0).then(|| device(0));
            let others = others
                .into_iter()
                .map(|other| other.join().and_then(|attempt| attempt));
            first.into_iter().chain(others).collect()
        });
        // The devices that waited for one that failed say less than it does.
        let (results, mut failures): (Vec<_>, Vec<_>) =
            attempts.into_iter().partition(Result::is_ok);
        failures.sort_by_key(|failure| match failure {
            Err(payload) => is_of_another(payload.as_ref()),
            Ok(_) => false,
        });
        if let Some(Err(payload)) = failures.into_iter().next() {
            resume_unwind(payload);
        }
        results.into_iter().flatten().collect()
    }

    /// The results of all devices joined.
    fn join(&self, results: &[Vec<Value>], output: &Axis, size: usize) -> R {
        let joined = self.differs.iter().enumerate().map(|(k, differs)| {
            let Some(first) = results.first() else {
                let ty = &self.closed.program.output_types()[k];
                let Type::Array(a) = ty else {
                    misuse("pmap: over no devices there is no pattern to give".to_owned())
                };
                let none = Array::zeros(a.shape.with_axis(0, 0), a.dtype);
                return (none.into(), Some(0));
            };
            if !differs {
                return (first[k].clone(), None);
            }
            let all: Vec<Array> = results
                .iter()
                .map(|r| {
                    let x = r[k].array();
                    reshape::reshape(x, x.shape().with_axis(0, 1))
                })
                .collect();
            (concatenate::concatenate(&all, 0).into(), Some(0))
        });
        let (values, axes): (Vec<Value>, Vec<Option<usize>>) = joined.unzip();
        let values = place_results(&self.template, values, &axes, output, size);
        unflatten(&self.template, values)
    }
}

/// Refuses a collective that not all devices would come to.
#[track_caller]
fn refuse_uneven(program: &Program, axis: Option<&AxisName>, mapped: &[bool], size: usize) {
    let Some(axis) = axis else { return };
    let given: Vec<Varying> = mapped.iter().map(|m| Varying::from(*m)).collect();
    if let Some(equation) = vary::uneven(program, &given, &[(axis.clone(), size)]) {
        misuse(format!(
            "pmap: whether the collectives over {axis:?} in the {} at {} are run depends on what \
             differs from device to device: the others would wait for ever",
            equation.primitive.rules().name(),
            equation.at
        ));
    }
}

/// The slice of a device.
fn own_slice(x: &Array, axis: usize, rank: usize) -> Array {
    let slice = slice::slice_axis(x, axis, rank, rank + 1);
    reshape::reshape(&slice, x.shape().without(&[axis]))
}

/// Whether a panic says no more than that another device failed.
fn is_of_another(payload: &(dyn Any + Send)) -> bool {
    let text = payload.downcast_ref::<String>();
    text.is_some_and(|t| t.contains("another device failed"))
}
