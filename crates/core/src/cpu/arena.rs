//! Memory that a plan has cut: spans of elements, and the bytes under them.
//!
//! This is the only unsafe code outside of the kernels crate. A [`Span`] is an address; whoever
//! makes slices of it answers for what the plan promises: values that live at the same time do
//! not overlap, a kernel writes nothing that another kernel of its wave reads or writes, and the
//! parts of one kernel write disjoint rows.

use std::marker::PhantomData;
use std::ops::Range;
use std::sync::Arc;

#[cfg(target_os = "linux")]
use memmap2::Advice;
use memmap2::MmapMut;

use crate::array::{Array, Buffer, DType, Native, with_dtype};
use crate::array::{count_bytes, forget_bytes};

/// Where elements of one dtype lie.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    start: *mut u8,
    len: usize,
    dtype: DType,
}

// SAFETY: a span is an address. Slices are made of it by the unsafe functions below, whose
// callers keep writers apart.
unsafe impl Send for Span {}
// SAFETY: as above.
unsafe impl Sync for Span {}

impl Span {
    /// A span of nothing.
    pub(super) const EMPTY: Self = Self {
        start: std::ptr::dangling_mut::<u64>().cast(),
        len: 0,
        dtype: DType::U64,
    };

    /// The elements of a shared buffer, to be read only.
    pub(super) fn of(buffer: &Buffer) -> Self {
        with_dtype!(buffer.dtype(), T => {
            let slice = T::slice(buffer).unwrap_or_default();
            Self { start: slice.as_ptr().cast_mut().cast(), len: slice.len(), dtype: T::DTYPE }
        })
    }

    /// The elements of an owned buffer.
    pub(super) fn of_mut(buffer: &mut Buffer) -> Self {
        with_dtype!(buffer.dtype(), T => {
            let slice = T::slice_mut(buffer).unwrap_or_default();
            Self { start: slice.as_mut_ptr().cast(), len: slice.len(), dtype: T::DTYPE }
        })
    }

    /// The number of elements.
    pub(super) fn len(self) -> usize {
        self.len
    }

    pub(super) fn dtype(self) -> DType {
        self.dtype
    }

    /// Some of the elements.
    pub(super) fn part(self, range: Range<usize>) -> Self {
        assert!(
            range.start <= range.end && range.end <= self.len,
            "a part {range:?} of {} elements",
            self.len
        );
        Self {
            // SAFETY: the part begins inside the span, or at its end.
            start: unsafe { self.start.add(range.start * self.dtype.size()) },
            len: range.len(),
            dtype: self.dtype,
        }
    }

    /// Whether both begin at the same address.
    pub(super) fn lies_at(self, other: Self) -> bool {
        self.start == other.start
    }

    fn check<T: Native>(self, range: &Range<usize>) {
        assert!(
            self.dtype == T::DTYPE && range.start <= range.end && range.end <= self.len,
            "a kernel reads {} {range:?} of {} elements of {}",
            T::DTYPE,
            self.len,
            self.dtype
        );
    }

    /// The elements of a range, to be read.
    ///
    /// # Safety
    /// They are initialised, and nobody writes them during `'a`.
    pub(super) unsafe fn read<'a, T: Native>(self, range: Range<usize>) -> &'a [T] {
        self.check::<T>(&range);
        // SAFETY: the range lies inside the span, whose memory outlives the run by construction;
        // the rest is the caller's promise.
        unsafe { std::slice::from_raw_parts(self.start.cast::<T>().add(range.start), range.len()) }
    }

    /// The elements of a range, to be written.
    ///
    /// # Safety
    /// They are initialised, and nobody else reads or writes them during `'a`.
    pub(super) unsafe fn write<'a, T: Native>(self, range: Range<usize>) -> &'a mut [T] {
        self.check::<T>(&range);
        // SAFETY: as in `read`.
        unsafe {
            std::slice::from_raw_parts_mut(self.start.cast::<T>().add(range.start), range.len())
        }
    }
}

/// A cache line, zeros at first.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([u8; 64]);

/// Zeroed bytes on cache lines, counted among the live bytes of arrays.
pub(super) struct Arena {
    memory: Memory,
    bytes: usize,
}

enum Memory {
    Lines(Vec<Line>),
    /// Whole pages, huge ones where the system has them: products read rows all over an arena,
    /// and small pages cost more to find than rows to read.
    Pages(MmapMut),
}

/// Bytes from which an arena has pages of its own.
const PAGES: usize = 1 << 22;

impl Arena {
    pub(super) fn new(bytes: usize) -> Self {
        let bytes = bytes.next_multiple_of(64);
        count_bytes(bytes);
        let pages = (bytes >= PAGES).then(|| MmapMut::map_anon(bytes));
        let memory = if let Some(Ok(pages)) = pages {
            // Small pages do as well, only slower.
            #[cfg(target_os = "linux")]
            let _ = pages.advise(Advice::HugePage);
            Memory::Pages(pages)
        } else {
            Memory::Lines(vec![Line([0; 64]); bytes / 64])
        };
        Self { memory, bytes }
    }

    /// The address of the first byte. The arena must outlive the spans made of it.
    pub(super) fn base(&mut self) -> Base {
        Base {
            start: match &mut self.memory {
                Memory::Lines(lines) => lines.as_mut_ptr().cast(),
                Memory::Pages(pages) => pages.as_mut_ptr(),
            },
            bytes: self.bytes,
        }
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        forget_bytes(self.bytes);
    }
}

/// The beginning of an arena.
#[derive(Clone, Copy)]
pub(super) struct Base {
    start: *mut u8,
    bytes: usize,
}

// SAFETY: an address, as a span is.
unsafe impl Send for Base {}
// SAFETY: as above.
unsafe impl Sync for Base {}

impl Base {
    /// `len` elements from byte `offset` on.
    ///
    /// Bytes that were ever seen as numbers must not be seen as bools: their places are kept apart.
    pub(super) fn span(self, offset: usize, dtype: DType, len: usize) -> Span {
        assert!(
            offset.is_multiple_of(dtype.size()) && offset + len * dtype.size() <= self.bytes,
            "the plan fits the arena"
        );
        // SAFETY: the offset lies inside the arena.
        let start = unsafe { self.start.add(offset) };
        Span { start, len, dtype }
    }
}

/// An operand's elements with their shape.
#[derive(Clone, Copy)]
pub(super) struct Elements<'a> {
    span: Span,
    shape: &'a [usize],
}

impl<'a> Elements<'a> {
    /// Nothing.
    pub(super) const EMPTY: Self = Self {
        span: Span::EMPTY,
        shape: &[],
    };

    /// The elements of a concrete array.
    pub(super) fn of(array: &'a Array) -> Self {
        let Some(buffer) = array.buffer() else {
            unreachable!("the backend sees concrete arrays only")
        };
        Self {
            span: Span::of(buffer),
            shape: array.shape(),
        }
    }

    /// # Safety
    /// The elements are initialised, and nobody writes them during `'a`.
    pub(super) unsafe fn new(span: Span, shape: &'a [usize]) -> Self {
        Self { span, shape }
    }

    pub(super) fn dtype(self) -> DType {
        self.span.dtype
    }

    pub(super) fn shape(self) -> &'a [usize] {
        self.shape
    }

    /// The elements in row-major order.
    pub(super) fn host<T: Native>(self) -> &'a [T] {
        // SAFETY: a concrete array's buffer is initialised and shared for `'a`; for a span, `new`
        // was promised the same.
        unsafe { self.span.read(0..self.span.len) }
    }
}

/// A result's elements with their shape.
pub(super) struct Room<'a> {
    span: Span,
    shape: &'a [usize],
    borrowed: PhantomData<&'a mut ()>,
}

impl<'a> Room<'a> {
    pub(super) fn of(buffer: &'a mut Buffer, shape: &'a [usize]) -> Self {
        Self {
            span: Span::of_mut(buffer),
            shape,
            borrowed: PhantomData,
        }
    }

    /// # Safety
    /// The elements are initialised, and nobody else reads or writes them during `'a`.
    pub(super) unsafe fn new(span: Span, shape: &'a [usize]) -> Self {
        Self {
            span,
            shape,
            borrowed: PhantomData,
        }
    }

    pub(super) fn dtype(&self) -> DType {
        self.span.dtype
    }

    pub(super) fn shape(&self) -> &'a [usize] {
        self.shape
    }

    /// Whether an operand's elements are these.
    pub(super) fn lies_at(&self, operand: Elements<'_>) -> bool {
        self.span.start == operand.span.start && self.span.len > 0
    }

    /// The elements in row-major order.
    pub(super) fn host<T: Native>(&mut self) -> &mut [T] {
        // SAFETY: an owned buffer is initialised and borrowed for `'a`; for a span, `new` was
        // promised the same.
        unsafe { self.span.write(0..self.span.len) }
    }
}

/// A buffer that nobody else holds.
pub(super) fn sole(buffer: &mut Arc<Buffer>) -> Option<Span> {
    Arc::get_mut(buffer).map(Span::of_mut)
}
