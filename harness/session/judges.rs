//! What a step judges.

/// What a failed step judges itself: its own words say more than what is seen around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judges {
    /// Nothing of what is seen around it.
    Nothing,
    /// The images at the sites.
    Images,
    /// The connection of a volume.
    Connections,
    /// That the connections of volumes are given up and made anew.
    Renewals,
    /// The service and all that is on it.
    Backend,
}
