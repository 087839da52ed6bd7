//! How arrays print: nested brackets, long axes shortened.

use std::fmt;

use super::array::Array;
use super::buffer::with_dtype;

/// Entries shown at either end of a long axis.
const EDGE: usize = 3;
/// Arrays with more elements are shortened.
const LONG: usize = 200;

impl fmt::Display for Array {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_traced() {
            return write!(f, "Traced<{}>", self.aval);
        }
        with_dtype!(self.dtype(), T => {
            let x = self.host::<T>();
            let short = self.size() > LONG;
            nested(f, self.shape(), short, 0, &mut |f, i| write!(f, "{:?}", x[i]), 0)
        })
    }
}

impl fmt::Debug for Array {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_traced() {
            return write!(f, "{self}");
        }
        write!(f, "Array({self}, {})", self.aval)
    }
}

fn nested(
    f: &mut fmt::Formatter<'_>,
    shape: &[usize],
    short: bool,
    offset: usize,
    element: &mut dyn FnMut(&mut fmt::Formatter<'_>, usize) -> fmt::Result,
    depth: usize,
) -> fmt::Result {
    let Some((&n, rest)) = shape.split_first() else {
        return element(f, offset);
    };
    let stride: usize = rest.iter().product();
    f.write_str("[")?;
    let mut i = 0;
    while i < n {
        if i > 0 {
            f.write_str(",")?;
            if rest.is_empty() {
                f.write_str(" ")?;
            } else {
                write!(f, "\n{:width$}", "", width = depth + 1)?;
            }
        }
        if short && n > 2 * EDGE && i == EDGE {
            f.write_str("...")?;
            i = n - EDGE;
            continue;
        }
        nested(f, rest, short, offset + i * stride, element, depth + 1)?;
        i += 1;
    }
    f.write_str("]")
}
