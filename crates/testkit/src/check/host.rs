//! Elements on the host, moved about without any operation under test.

use graxe_core::{Array, DType, Native, Scalar};

/// An array as a list of scalars.
#[derive(Clone, Debug)]
pub(super) struct Host {
    pub(super) dtype: DType,
    pub(super) shape: Vec<usize>,
    pub(super) data: Vec<Scalar>,
}

pub(super) fn to_f64(s: Scalar) -> f64 {
    match s {
        Scalar::Bool(v) => f64::from(u8::from(v)),
        Scalar::I32(v) => v.into(),
        Scalar::I64(v) => v as f64,
        Scalar::U32(v) => v.into(),
        Scalar::U64(v) => v as f64,
        Scalar::F32(v) => v.into(),
        Scalar::F64(v) => v,
    }
}

/// The scalar of `dtype` nearest to `v`; integers truncate.
pub(super) fn from_f64(dtype: DType, v: f64) -> Scalar {
    match dtype {
        DType::Bool => Scalar::Bool(v != 0.0),
        DType::I32 => Scalar::I32(v as i32),
        DType::I64 => Scalar::I64(v as i64),
        DType::U32 => Scalar::U32(v as u32),
        DType::U64 => Scalar::U64(v as u64),
        DType::F32 => Scalar::F32(v as f32),
        DType::F64 => Scalar::F64(v),
    }
}

impl Host {
    pub(super) fn of(array: &Array) -> Self {
        fn read<T: Native>(a: &Array, scalar: fn(T) -> Scalar) -> Vec<Scalar> {
            a.as_slice::<T>().iter().map(|&v| scalar(v)).collect()
        }
        let data = match array.dtype() {
            DType::Bool => read(array, Scalar::Bool),
            DType::I32 => read(array, Scalar::I32),
            DType::I64 => read(array, Scalar::I64),
            DType::U32 => read(array, Scalar::U32),
            DType::U64 => read(array, Scalar::U64),
            DType::F32 => read(array, Scalar::F32),
            DType::F64 => read(array, Scalar::F64),
        };
        Self {
            dtype: array.dtype(),
            shape: array.shape().to_vec(),
            data,
        }
    }

    /// An array of `dtype` from doubles.
    pub(super) fn new(dtype: DType, shape: &[usize], data: impl IntoIterator<Item = f64>) -> Self {
        let data = data.into_iter().map(|v| from_f64(dtype, v));
        Self {
            dtype,
            shape: shape.to_vec(),
            data: data.collect(),
        }
    }

    pub(super) fn array(&self) -> Array {
        macro_rules! write {
            ($variant:ident) => {{
                let data = self.data.iter().map(|s| match s {
                    Scalar::$variant(v) => *v,
                    other => unreachable!("{other:?} among {}", self.dtype),
                });
                Array::from_vec(data.collect(), self.shape.as_slice())
            }};
        }
        match self.dtype {
            DType::Bool => write!(Bool),
            DType::I32 => write!(I32),
            DType::I64 => write!(I64),
            DType::U32 => write!(U32),
            DType::U64 => write!(U64),
            DType::F32 => write!(F32),
            DType::F64 => write!(F64),
        }
    }

    pub(super) fn floats(&self) -> Vec<f64> {
        self.data.iter().map(|&s| to_f64(s)).collect()
    }

    pub(super) fn convert(&self, dtype: DType) -> Self {
        Self::new(dtype, &self.shape, self.floats())
    }

    /// Example `b` of a batch made from this one: other elements of the same range, in
    /// another order, so that two examples cannot be taken for each other.
    pub(super) fn example(&self, b: usize) -> Self {
        let mut out = self.clone();
        if let [one] = out.data.as_mut_slice() {
            *one = match *one {
                Scalar::Bool(v) => Scalar::Bool(v ^ (b % 2 == 1)),
                s if self.dtype.is_float() => {
                    from_f64(self.dtype, to_f64(s) * (1.0 + b as f64 / 64.0))
                }
                s => from_f64(self.dtype, to_f64(s) + b as f64),
            };
        } else if !out.data.is_empty() {
            let n = out.data.len();
            out.data.rotate_left(b % n);
        }
        out
    }

    /// Parts of one shape along a new axis.
    pub(super) fn stack(parts: &[Self], axis: usize) -> Self {
        let first = &parts[0];
        let outer: usize = first.shape[..axis].iter().product();
        let inner: usize = first.shape[axis..].iter().product();
        let mut data = Vec::with_capacity(outer * inner * parts.len());
        for o in 0..outer {
            for part in parts {
                data.extend_from_slice(&part.data[o * inner..(o + 1) * inner]);
            }
        }
        let mut shape = first.shape.clone();
        shape.insert(axis, parts.len());
        Self {
            dtype: first.dtype,
            shape,
            data,
        }
    }
}

/// `stack` of arrays.
pub(super) fn stack(parts: &[Array], axis: usize) -> Array {
    let parts: Vec<Host> = parts.iter().map(Host::of).collect();
    Host::stack(&parts, axis).array()
}

/// Numbers in `[-1, 1)` away from zero, the same for the same seed (splitmix64).
pub(super) fn noise(seed: u64, n: usize) -> Vec<f64> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(1);
    let mut next = || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z >> 33) as f64 / (1u64 << 31) as f64
    };
    (0..n)
        .map(|_| {
            let size = 0.25 + 0.75 * next();
            if next() < 0.5 { -size } else { size }
        })
        .collect()
}

/// An array like `like` of [`noise`].
pub(super) fn noise_like(like: &Array, seed: u64) -> Array {
    Host::new(like.dtype(), like.shape(), noise(seed, like.size())).array()
}

/// Whether two results are the same within `tolerance` of the larger of 1 and the element;
/// integers, NaN and infinities must be equal.
pub(super) fn compare(
    what: &str,
    found: &[Array],
    wanted: &[Array],
    tolerance: f64,
) -> Result<(), String> {
    if found.len() != wanted.len() {
        return Err(format!(
            "{what}: {} results, expected {}",
            found.len(),
            wanted.len()
        ));
    }
    for (k, (f, w)) in found.iter().zip(wanted).enumerate() {
        if f.dtype() != w.dtype() || f.shape() != w.shape() {
            return Err(format!(
                "{what}: result {k} is {}{}, expected {}{}",
                f.dtype(),
                f.shape(),
                w.dtype(),
                w.shape()
            ));
        }
        let (f, w) = (Host::of(f), Host::of(w));
        for (i, (&a, &b)) in f.data.iter().zip(&w.data).enumerate() {
            let (x, y) = (to_f64(a), to_f64(b));
            let near = (x - y).abs() <= tolerance * y.abs().max(1.0);
            let equal = a == b || x == y || (x.is_nan() && y.is_nan());
            if !(equal || (f.dtype.is_float() && near)) {
                return Err(format!(
                    "{what}: result {k} has {a} at {i}, expected {b} (shape {:?})",
                    f.shape
                ));
            }
        }
    }
    Ok(())
}

/// Whether two results have the same types and bits.
pub(super) fn same_bits(what: &str, found: &[Array], wanted: &[Array]) -> Result<(), String> {
    for (f, w) in found.iter().zip(wanted) {
        if f.is_weak() != w.is_weak() {
            return Err(format!("{what}: weak is {}", f.is_weak()));
        }
        let (a, b) = (Host::of(f), Host::of(w));
        if a.dtype == b.dtype && a.shape == b.shape && a.data != b.data {
            return Err(format!(
                "{what}: bits differ: {:?}, expected {:?}",
                a.data, b.data
            ));
        }
    }
    compare(what, found, wanted, 0.0)
}
