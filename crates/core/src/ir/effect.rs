//! What an equation does beyond its outputs.

/// What must become of an equation beyond giving its results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Effect {
    /// Only the outputs matter: unused equations go, equal ones are shared.
    Pure,
    /// All places of a named axis take part, each time: it goes if it is not used, which is so at
    /// every place.
    Meeting,
    /// Happens once each time, in program order.
    Ordered,
}
