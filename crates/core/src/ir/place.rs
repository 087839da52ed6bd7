//! Where in the user's code an equation comes from.

use std::cell::Cell;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::panic::Location;

/// A line of code; equations from different lines are equal if they are otherwise.
#[derive(Clone, Copy, Debug, Default)]
pub struct Place(Option<&'static Location<'static>>);

impl PartialEq for Place {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}

impl Eq for Place {}

impl Hash for Place {
    fn hash<H: Hasher>(&self, _state: &mut H) {}
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(line) => write!(f, "{}:{}:{}", line.file(), line.line(), line.column()),
            None => f.write_str("an unknown line"),
        }
    }
}

thread_local! {
    /// The place of the equation that is being interpreted.
    static PRESENT: Cell<Place> = const { Cell::new(Place(None)) };
}

impl Place {
    /// The place of the equation that is being interpreted, else the caller's line.
    #[track_caller]
    pub(crate) fn here() -> Self {
        match PRESENT.get() {
            Self(None) => Self(Some(Location::caller())),
            present => present,
        }
    }

    /// Runs `f`, whose equations come from this place.
    #[track_caller]
    pub(crate) fn during<R>(self, f: impl FnOnce() -> R) -> R {
        struct Restore(Place);
        impl Drop for Restore {
            fn drop(&mut self) {
                PRESENT.set(self.0);
            }
        }
        if self.0.is_none() {
            return f();
        }
        let _restore = Restore(PRESENT.replace(self));
        f()
    }
}
