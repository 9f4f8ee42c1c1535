//! From when on, and how often, a lie is told.

/// The time at which a lie is told. A leap is a failover or a failback, as the guest sees it: it was booted anew, or the
/// volume was unmounted.
#[derive(Clone, Copy, Debug)]
pub struct When {
    /// From this number of leaps.
    pub from_leap: usize,
    /// Up to this number.
    pub to_leap: usize,
    /// Of all that fits, the first that is lied about, from 1.
    pub from_fit: usize,
    /// And the last.
    pub to_fit: usize,
    /// From this connection on, from 1.
    pub from_connection: usize,
    /// Only of the guest that was met first.
    pub first_guest: bool,
}

/// At any time.
pub const ALWAYS: When = When {
    from_leap: 0,
    to_leap: usize::MAX,
    from_fit: 1,
    to_fit: usize::MAX,
    from_connection: 1,
    first_guest: false,
};
/// Before the first leap.
pub const BEFORE: When = When { to_leap: 0, ..ALWAYS };
/// After the first leap.
pub const AFTER: When = When { from_leap: 1, ..ALWAYS };
/// After the second leap.
pub const FAILED_BACK: When = When { from_leap: 2, ..ALWAYS };

impl When {
    /// Only for one of those that fit.
    pub const fn only(self, number: usize) -> When {
        When {
            from_fit: number,
            to_fit: number,
            ..self
        }
    }

    /// Only for the first ones of those that fit.
    pub const fn first(self, number: usize) -> When {
        When { to_fit: number, ..self }
    }

    /// Only between two leaps.
    pub const fn until_leap(self, leap: usize) -> When {
        When { to_leap: leap, ..self }
    }

    /// From a connection on.
    pub const fn since_connection(self, number: usize) -> When {
        When {
            from_connection: number,
            ..self
        }
    }

    /// Only of the guest that was met first.
    pub const fn of_first(self) -> When {
        When {
            first_guest: true,
            ..self
        }
    }

    /// Whether it is time, but for how often.
    pub fn has_come(&self, leaps: usize, connection: usize) -> bool {
        (self.from_leap..=self.to_leap).contains(&leaps) && connection >= self.from_connection
    }

    /// Whether it is told of what fits for the `fit`th time, from 1.
    pub fn counts(&self, fit: usize) -> bool {
        (self.from_fit..=self.to_fit).contains(&fit)
    }
}
