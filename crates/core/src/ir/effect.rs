//! What an equation does beyond its outputs.

/// An effect keeps an equation alive and in its order.
///
/// The operations of today have none; debug printing, checks for NaN and collectives will.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Effect {
    /// Only the outputs matter: unused equations go, equal ones are shared.
    Pure,
    /// Happens once each time, in program order.
    Ordered,
}
