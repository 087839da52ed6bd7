//! NumPy's indexing with JAX's rules at the edges.

use std::ops::{Range, RangeFrom, RangeFull, RangeTo};

use super::logic::select;
use super::math::{broadcast_together, promote};
use crate::array::{
    Array, DType, IntoScalar, Operand, Scalar, Shape, broadcast_shapes, normalise_axis,
};
use crate::ops::gather::GatherDims;
use crate::ops::{
    Bounds, Combine, Gather, Scatter, bind1, broadcast, concatenate, iota, reshape, slice,
};
use crate::transform::misuse;

/// What reading outside of an array gives.
#[derive(Clone, Copy, Debug)]
pub enum Mode {
    /// The nearest element; negative indices are not wrapped.
    Clip,
    /// Indices count on round the axis.
    Wrap,
    /// A fill value: NaN, the smallest signed integer, the largest unsigned one, true.
    Fill,
    /// This value.
    FillWith(f64),
}

/// One axis' part of an index.
#[derive(Clone, Debug)]
pub enum Item {
    /// One position; the axis goes.
    At(isize),
    /// Positions from, to (not reached) and by; `None` means the end in that direction.
    Slice(Option<isize>, Option<isize>, isize),
    /// A new axis of extent 1.
    NewAxis,
    /// As many whole axes as are missing.
    Ellipsis,
    /// Positions from an integer array.
    Array(Array),
}

/// A new axis of extent 1 in an index.
pub const NEW_AXIS: Item = Item::NewAxis;
/// As many whole axes as an index leaves out.
pub const ELLIPSIS: Item = Item::Ellipsis;

/// Positions by steps: `step(0..10, 2)`, `step(.., -1)`.
pub fn step(range: impl Into<Item>, by: isize) -> Item {
    match range.into() {
        Item::Slice(from, to, _) => Item::Slice(from, to, by),
        other => other,
    }
}

impl From<i32> for Item {
    fn from(i: i32) -> Self {
        Self::At(i as isize)
    }
}
impl From<isize> for Item {
    fn from(i: isize) -> Self {
        Self::At(i)
    }
}
impl From<usize> for Item {
    fn from(i: usize) -> Self {
        Self::At(i as isize)
    }
}
impl From<RangeFull> for Item {
    fn from(_: RangeFull) -> Self {
        Self::Slice(None, None, 1)
    }
}
impl From<Range<isize>> for Item {
    fn from(r: Range<isize>) -> Self {
        Self::Slice(Some(r.start), Some(r.end), 1)
    }
}
impl From<RangeFrom<isize>> for Item {
    fn from(r: RangeFrom<isize>) -> Self {
        Self::Slice(Some(r.start), None, 1)
    }
}
impl From<RangeTo<isize>> for Item {
    fn from(r: RangeTo<isize>) -> Self {
        Self::Slice(None, Some(r.end), 1)
    }
}
impl From<&Array> for Item {
    fn from(a: &Array) -> Self {
        Self::Array(a.clone())
    }
}
impl From<Array> for Item {
    fn from(a: Array) -> Self {
        Self::Array(a)
    }
}

/// A whole index: one item or a tuple of items.
#[derive(Clone, Debug)]
pub struct Index(Vec<Item>);

impl<T: Into<Item>> From<T> for Index {
    fn from(item: T) -> Self {
        Self(vec![item.into()])
    }
}

macro_rules! index_tuples {
    ($(($($t:ident $i:tt),*))*) => {$(
        impl<$($t: Into<Item>),*> From<($($t,)*)> for Index {
            fn from(items: ($($t,)*)) -> Self {
                Self(vec![$(items.$i.into()),*])
            }
        }
    )*};
}
index_tuples!((A 0) (A 0, B 1) (A 0, B 1, C 2) (A 0, B 1, C 2, D 3) (A 0, B 1, C 2, D 3, E 4));

/// Where an index reads or writes, as gather's axes.
struct Place {
    dims: GatherDims,
    slice_sizes: Vec<usize>,
    indices: Array,
    /// The shape with the new axes of the index.
    shape: Shape,
    /// The shape without them, as gather gives it.
    gathered: Shape,
}

/// Negative indices count from the end.
fn wrap_negative(index: &Array, n: usize) -> Array {
    if index.dtype().is_unsigned() {
        return index.astype(DType::default_int());
    }
    select(&index.less(0), index + n as i32, index)
}

/// A slice's first position, count and step on an axis of extent `n`, as Python has it.
fn resolve_slice(from: Option<isize>, to: Option<isize>, by: isize, n: usize) -> (isize, usize) {
    let n = n as isize;
    let (low, high) = if by > 0 { (0, n) } else { (-1, n - 1) };
    let end = |v: Option<isize>, default: isize| match v {
        None => default,
        Some(v) if v < 0 => (v + n).clamp(low, high),
        Some(v) => v.clamp(low, high),
    };
    let (from, to) = if by > 0 {
        (end(from, 0), end(to, n))
    } else {
        (end(from, n - 1), end(to, -1))
    };
    let count = if by > 0 {
        (to - from + by - 1) / by
    } else {
        (from - to - by - 1) / -by
    };
    (from, count.max(0) as usize)
}

/// What an axis of the result comes from.
enum Axis {
    Whole(usize),
    /// The arrays' common shape.
    Block,
    Counted {
        axis: usize,
        from: isize,
        count: usize,
        by: isize,
    },
    New,
}

#[track_caller]
fn place(x: &Array, index: &Index) -> Place {
    let taken = index
        .0
        .iter()
        .filter(|i| !matches!(i, Item::NewAxis | Item::Ellipsis))
        .count();
    if taken > x.rank() {
        misuse(format!("index: {taken} indices for {}", x.aval));
    }
    let mut items = Vec::new();
    let mut filled = false;
    for item in &index.0 {
        if matches!(item, Item::Ellipsis) && !filled {
            filled = true;
            items.extend((0..x.rank() - taken).map(|_| Item::Slice(None, None, 1)));
        } else if !matches!(item, Item::Ellipsis) {
            items.push(item.clone());
        }
    }
    if !filled {
        items.extend((0..x.rank() - taken).map(|_| Item::Slice(None, None, 1)));
    }
    let advanced: Vec<usize> = (0..items.len())
        .filter(|&i| matches!(items[i], Item::At(_) | Item::Array(_)))
        .collect();
    let arrays = items.iter().any(|i| matches!(i, Item::Array(_)));
    // Arrays (and with them single positions) set apart by a slice go to the front.
    let together = advanced.windows(2).all(|w| w[1] == w[0] + 1);
    let block_at = match advanced.first() {
        Some(&first) if arrays => Some(if together { first } else { 0 }),
        _ => None,
    };
    let mut axes: Vec<Axis> = Vec::new();
    let mut chosen: Vec<(usize, Array)> = Vec::new();
    let mut axis = 0;
    for (i, item) in items.iter().enumerate() {
        if block_at == Some(i) {
            axes.push(Axis::Block);
        }
        match item {
            Item::NewAxis => {
                axes.push(Axis::New);
                continue;
            }
            Item::At(at) => {
                let n = x.shape()[axis] as isize;
                let at = if *at < 0 { at + n } else { *at };
                let at = Array::from_vec(vec![at.clamp(-1, n) as i32], ());
                chosen.push((axis, at));
            }
            Item::Array(a) => {
                if !a.dtype().is_integer() {
                    misuse(format!("index: {} is not an integer array", a.aval));
                }
                chosen.push((axis, wrap_negative(a, x.shape()[axis])));
            }
            Item::Slice(None, None, 1) => axes.push(Axis::Whole(axis)),
            Item::Slice(from, to, by) => {
                if *by == 0 {
                    misuse("index: a slice has step 0".to_owned());
                }
                let (from, count) = resolve_slice(*from, *to, *by, x.shape()[axis]);
                axes.push(Axis::Counted {
                    axis,
                    from,
                    count,
                    by: *by,
                });
            }
            Item::Ellipsis => {}
        }
        axis += 1;
    }
    assemble(x, &axes, chosen)
}

/// Turns the axes of a result into gather's dimension numbers and index vectors.
#[track_caller]
fn assemble(x: &Array, axes: &[Axis], mut chosen: Vec<(usize, Array)>) -> Place {
    let Some(block) = broadcast_shapes(chosen.iter().map(|(_, a)| a.shape())) else {
        misuse(format!(
            "index: the index arrays do not broadcast for {}",
            x.aval
        ))
    };
    let mut vector_shape: Vec<usize> = Vec::new();
    let mut offset = Vec::new();
    let (mut shape, mut gathered): (Vec<usize>, Vec<usize>) = (Vec::new(), Vec::new());
    let mut block_from = 0;
    let mut counted = Vec::new();
    for a in axes {
        match a {
            Axis::New => shape.push(1),
            Axis::Whole(axis) => {
                offset.push(gathered.len());
                gathered.push(x.shape()[*axis]);
                shape.push(x.shape()[*axis]);
            }
            Axis::Block => {
                block_from = vector_shape.len();
                vector_shape.extend(block.iter());
                gathered.extend(block.iter());
                shape.extend(block.iter());
            }
            Axis::Counted {
                axis,
                from,
                count,
                by,
            } => {
                counted.push((*axis, *from, *by, *count, vector_shape.len()));
                vector_shape.push(*count);
                gathered.push(*count);
                shape.push(*count);
            }
        }
    }
    let vector_shape = Shape::from(vector_shape);
    for (_, array) in &mut chosen {
        let dims: Vec<usize> =
            (block_from + block.rank() - array.rank()..block_from + block.rank()).collect();
        *array =
            broadcast::broadcast_in_dim(&array.astype(DType::I32), vector_shape.clone(), &dims);
    }
    for (axis, from, by, count, at) in counted {
        let line = iota::iota(DType::I32, count) * by as i32 + from as i32;
        chosen.push((
            axis,
            broadcast::broadcast_in_dim(&line, vector_shape.clone(), &[at]),
        ));
    }
    chosen.sort_by_key(|(axis, _)| *axis);
    let parts: Vec<Array> = chosen.iter().map(|(_, a)| a.expand_dims(-1)).collect();
    let indices = if parts.is_empty() {
        Array::zeros([vector_shape.as_ref(), &[0usize][..]].concat(), DType::I32)
    } else {
        concatenate::concatenate(&parts, vector_shape.rank())
    };
    let picked: Vec<usize> = chosen.iter().map(|(axis, _)| *axis).collect();
    let slice_sizes = (0..x.rank())
        .map(|a| {
            if picked.contains(&a) {
                1.min(x.shape()[a])
            } else {
                x.shape()[a]
            }
        })
        .collect();
    let dims = GatherDims {
        offset,
        collapsed: picked.clone(),
        start_index_map: picked,
        ..GatherDims::default()
    };
    Place {
        dims,
        slice_sizes,
        indices,
        shape: shape.into(),
        gathered: gathered.into(),
    }
}

fn gather(x: &Array, place: &Place, bounds: Bounds, fill: Option<Scalar>) -> Array {
    let op = Gather {
        dims: place.dims.clone(),
        slice_sizes: place.slice_sizes.clone(),
        bounds,
        fill,
    };
    bind1(op, vec![x.into(), (&place.indices).into()])
}

fn fill_scalar(value: f64, dtype: DType) -> Scalar {
    Scalar::of(&Array::from_vec(vec![value], ()).host_convert(dtype, false))
}

impl Array {
    /// The elements at `index`: positions, ranges, [`step`]s, [`NEW_AXIS`], [`ELLIPSIS`] and
    /// integer arrays, as NumPy has them. Reading outside reads the nearest element, whose
    /// gradient is dropped, as in JAX.
    ///
    /// ```
    /// use graxe_core::array;
    /// let x = array([[1, 2, 3], [4, 5, 6]]);
    /// assert_eq!(x.index((1, -1)).item::<i32>(), 6);
    /// assert_eq!(x.index((.., 1..)).to_vec::<i32>(), [2, 3, 5, 6]);
    /// ```
    #[track_caller]
    pub fn index(&self, index: impl Into<Index>) -> Self {
        let index = index.into();
        if let Some(window) = static_window(self, &index) {
            return window;
        }
        let place = place(self, &index);
        let read = gather(self, &place, Bounds::Promise, None);
        reshape::reshape(&read, place.shape)
    }

    /// A place to be updated: `x.at(index).set(v)`, `.add(v)`, .. give a new array.
    #[track_caller]
    pub fn at(&self, index: impl Into<Index>) -> At<'_> {
        At {
            x: self,
            place: place(self, &index.into()),
            bounds: Bounds::Fill,
        }
    }

    /// The elements at `indices` along `axis`, NaN and the like outside; negative indices
    /// count from the end.
    #[track_caller]
    pub fn take(&self, indices: &Self, axis: isize) -> Self {
        self.take_with(indices, axis, Mode::Fill)
    }

    /// As [`Self::take`], saying what happens outside.
    #[track_caller]
    pub fn take_with(&self, indices: &Self, axis: isize, mode: Mode) -> Self {
        let axis = normalise_axis("take", axis, self.rank());
        let n = self.shape()[axis];
        if !indices.dtype().is_integer() {
            misuse(format!("take: {} is not an integer array", indices.aval));
        }
        let (indices, bounds, fill) = match mode {
            Mode::Clip => (indices.clone(), Bounds::Clip, None),
            Mode::Wrap => (indices % n as i32, Bounds::Promise, None),
            Mode::Fill => (wrap_negative(indices, n), Bounds::Fill, None),
            Mode::FillWith(v) => (
                wrap_negative(indices, n),
                Bounds::Fill,
                Some(fill_scalar(v, self.dtype())),
            ),
        };
        let mut axes: Vec<Axis> = (0..self.rank()).map(Axis::Whole).collect();
        axes[axis] = Axis::Block;
        let place = assemble(self, &axes, vec![(axis, indices)]);
        gather(self, &place, bounds, fill)
    }

    /// `out[.., i, ..] = x[.., indices[.., i, ..], ..]` along `axis`; NaN and the like outside.
    #[track_caller]
    pub fn take_along_axis(&self, indices: &Self, axis: isize) -> Self {
        let axis = normalise_axis("take_along_axis", axis, self.rank());
        if indices.rank() != self.rank() || !indices.dtype().is_integer() {
            misuse(format!(
                "take_along_axis: {} does not index {}",
                indices.aval, self.aval
            ));
        }
        let mut wide = indices.shape().clone();
        let mut own = self.shape().clone();
        for a in (0..self.rank()).filter(|&a| a != axis) {
            wide[a] = wide[a].max(own[a]);
            own[a] = wide[a];
        }
        let x = self.broadcast_to(own);
        let indices = wrap_negative(indices, self.shape()[axis]).broadcast_to(wide);
        let others: Vec<usize> = (0..self.rank()).filter(|&a| a != axis).collect();
        let op = Gather {
            dims: GatherDims {
                collapsed: vec![axis],
                start_index_map: vec![axis],
                operand_batch: others.clone(),
                indices_batch: others,
                offset: Vec::new(),
            },
            slice_sizes: x.shape().iter().map(|&n| n.min(1)).collect(),
            bounds: Bounds::Fill,
            fill: None,
        };
        bind1(op, vec![x.into(), indices.expand_dims(-1).into()])
    }

    /// The window of `sizes` that begins at `start` (one integer scalar for each axis),
    /// moved so that it lies inside; a negative start counts from the end first.
    #[track_caller]
    pub fn dynamic_slice(&self, start: &[&Self], sizes: &[usize]) -> Self {
        let place = self.window("dynamic_slice", start, sizes);
        gather(self, &place, Bounds::Clip, None)
    }

    /// This array with `update` written at `start`, moved so that it lies inside.
    #[track_caller]
    pub fn dynamic_update_slice(&self, update: &Self, start: &[&Self]) -> Self {
        let place = self.window("dynamic_update_slice", start, update.shape());
        let at = At {
            x: self,
            place,
            bounds: Bounds::Clip,
        };
        at.apply(Combine::Set, update)
    }

    #[track_caller]
    fn window(&self, name: &str, start: &[&Self], sizes: &[usize]) -> Place {
        let fits = start.len() == self.rank()
            && sizes.len() == self.rank()
            && sizes.iter().zip(self.shape().iter()).all(|(s, n)| s <= n);
        if !fits {
            misuse(format!(
                "{name}: a window {sizes:?} at {} starts does not fit {}",
                start.len(),
                self.aval
            ));
        }
        let starts: Vec<Self> = start
            .iter()
            .zip(self.shape().iter())
            .map(|(s, &n)| wrap_negative(s, n).astype(DType::I32).expand_dims(0))
            .collect();
        let all: Vec<usize> = (0..self.rank()).collect();
        let indices = if starts.is_empty() {
            Self::zeros([0usize], DType::I32)
        } else {
            concatenate::concatenate(&starts, 0)
        };
        let dims = GatherDims {
            offset: all.clone(),
            start_index_map: all,
            ..GatherDims::default()
        };
        let shape = Shape::from(sizes);
        let gathered = shape.clone();
        Place {
            dims,
            slice_sizes: sizes.to_vec(),
            indices,
            shape,
            gathered,
        }
    }
}

/// An index of positions and forward slices is one static slice.
fn static_window(x: &Array, index: &Index) -> Option<Array> {
    let plain = |i: &Item| match i {
        Item::At(_) | Item::NewAxis | Item::Ellipsis => true,
        Item::Slice(_, _, by) => *by > 0,
        Item::Array(_) => false,
    };
    let taken = index
        .0
        .iter()
        .filter(|i| !matches!(i, Item::NewAxis | Item::Ellipsis))
        .count();
    if !index.0.iter().all(plain) || taken > x.rank() {
        return None;
    }
    let missing = x.rank() - taken;
    let (mut start, mut limit, mut stride) = (Vec::new(), Vec::new(), Vec::new());
    let mut shape: Vec<usize> = Vec::new();
    let mut rest = Some(missing);
    let whole = |start: &mut Vec<usize>,
                 limit: &mut Vec<usize>,
                 stride: &mut Vec<usize>,
                 shape: &mut Vec<usize>,
                 count: usize| {
        for _ in 0..count {
            let n = x.shape()[start.len()];
            start.push(0);
            limit.push(n);
            stride.push(1);
            shape.push(n);
        }
    };
    for item in &index.0 {
        match item {
            Item::NewAxis => shape.push(1),
            Item::Ellipsis => {
                let count = rest.take().unwrap_or(0);
                whole(&mut start, &mut limit, &mut stride, &mut shape, count);
            }
            Item::At(at) => {
                let n = x.shape()[start.len()] as isize;
                if n == 0 {
                    return None;
                }
                let at = (if *at < 0 { at + n } else { *at }).clamp(0, n - 1) as usize;
                start.push(at);
                limit.push(at + 1);
                stride.push(1);
            }
            Item::Slice(from, to, by) => {
                let (from, count) = resolve_slice(*from, *to, *by, x.shape()[start.len()]);
                let by = *by as usize;
                start.push(from as usize);
                limit.push(if count == 0 {
                    from as usize
                } else {
                    from as usize + (count - 1) * by + 1
                });
                stride.push(by);
                shape.push(count);
            }
            Item::Array(_) => return None,
        }
    }
    let count = rest.take().unwrap_or(0);
    whole(&mut start, &mut limit, &mut stride, &mut shape, count);
    Some(reshape::reshape(
        &slice::slice(x, &start, &limit, &stride),
        shape,
    ))
}

/// A place in an array, to be read or updated; updates give a new array.
///
/// Negative indices count from the end; what is then outside is dropped.
pub struct At<'a> {
    x: &'a Array,
    place: Place,
    bounds: Bounds,
}

impl At<'_> {
    /// Moves places outside to the nearest inside instead of dropping them.
    pub fn clip(mut self) -> Self {
        self.bounds = Bounds::Clip;
        self
    }

    #[track_caller]
    fn apply(&self, combine: Combine, value: &Array) -> Array {
        let value = value.astype(self.x.dtype());
        let shaped = match broadcast_shapes([value.shape(), &self.place.shape]) {
            Some(shape) if shape == self.place.shape => {
                broadcast::broadcast_to(&value, &self.place.shape)
            }
            _ => misuse(format!(
                "at: {} does not broadcast to the {} places of {}",
                value.aval, self.place.shape, self.x.aval
            )),
        };
        let updates = reshape::reshape(&shaped, self.place.gathered.clone());
        let op = Scatter {
            dims: self.place.dims.clone(),
            slice_sizes: self.place.slice_sizes.clone(),
            bounds: self.bounds,
            combine,
        };
        bind1(
            op,
            vec![self.x.into(), (&self.place.indices).into(), updates.into()],
        )
    }

    /// The elements there; outside, NaN and the like.
    #[track_caller]
    pub fn get(&self) -> Array {
        let read = gather(self.x, &self.place, self.bounds, None);
        reshape::reshape(&read, self.place.shape.clone())
    }

    /// The elements there; outside, `value`.
    #[track_caller]
    pub fn get_or(&self, value: impl IntoScalar) -> Array {
        let fill = Scalar::of(&value.into_weak().host_convert(self.x.dtype(), false));
        let read = gather(self.x, &self.place, self.bounds, Some(fill));
        reshape::reshape(&read, self.place.shape.clone())
    }

    /// With `value` there; where places repeat, the last one stays.
    #[track_caller]
    pub fn set(&self, value: impl Operand) -> Array {
        self.apply(Combine::Set, &value.operand())
    }

    /// With `value` added, once for each time a place is named.
    #[track_caller]
    pub fn add(&self, value: impl Operand) -> Array {
        self.apply(Combine::Add, &value.operand())
    }

    /// With `value` taken away.
    #[track_caller]
    pub fn subtract(&self, value: impl Operand) -> Array {
        self.apply(Combine::Add, &-value.operand().into_owned())
    }

    /// Multiplied by `value`.
    #[track_caller]
    pub fn multiply(&self, value: impl Operand) -> Array {
        self.apply(Combine::Mul, &value.operand())
    }

    /// Divided by `value`.
    #[track_caller]
    pub fn divide(&self, value: impl Operand) -> Array {
        self.apply(Combine::Mul, &value.operand().reciprocal())
    }

    /// The smaller of what is there and `value`.
    #[track_caller]
    pub fn min(&self, value: impl Operand) -> Array {
        self.apply(Combine::Min, &value.operand())
    }

    /// The larger of what is there and `value`.
    #[track_caller]
    pub fn max(&self, value: impl Operand) -> Array {
        self.apply(Combine::Max, &value.operand())
    }
}

/// The arrays from coordinate vectors that together name every point of their grid, the first
/// vector along axis 0.
#[track_caller]
pub fn meshgrid_ij(axes: &[&Array]) -> Vec<Array> {
    let rank = axes.len();
    let wide: Vec<Array> = axes
        .iter()
        .enumerate()
        .map(|(i, a)| {
            let mut shape = vec![1; rank];
            shape[i] = a.size();
            reshape::reshape(a, shape)
        })
        .collect();
    let refs: Vec<&Array> = wide.iter().collect();
    let promoted: Vec<Array> = refs.iter().map(|a| promote(&[a])[0].clone()).collect();
    broadcast_together("meshgrid", &promoted)
}
