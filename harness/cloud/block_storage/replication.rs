//! Whether a volume is replicated: the one meaning of `replication_status`.

use std::fmt;

/// What Cinder's `replication_status` says of a volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replication {
    /// `enabled`: it is replicated and on its primary site.
    Replicated,
    /// `failed-over`: it is replicated and at the other site.
    FailedOver,
    /// `disabled`, `not-capable`: a failover sets it to `error` before the driver is called, and leaves it there.
    Not,
    /// None, or what says neither. A volume has none that was made before its backend replicated (`rbd.py`, `_setup_volume`).
    /// A failover hands it to the driver, which fails it (`volume/manager.py`, `failover`). So it is not known to be replicated,
    /// and nothing more.
    Unknown,
    /// `error`, `failover-error`: its replication failed.
    Broken,
}

impl Replication {
    /// What a `replication_status` says.
    #[must_use]
    pub fn of(status: Option<&str>) -> Replication {
        match status {
            Some("enabled") => Replication::Replicated,
            Some("failed-over") => Replication::FailedOver,
            Some("disabled" | "not-capable") => Replication::Not,
            Some("error" | "failover-error") => Replication::Broken,
            _ => Replication::Unknown,
        }
    }

    /// Whether it is replicated for sure, at whichever site.
    #[must_use]
    pub fn is_certain(self) -> bool {
        matches!(self, Replication::Replicated | Replication::FailedOver)
    }

    /// Whether there must be a mirrored image of it, well or not.
    #[must_use]
    pub fn has_a_mirror(self) -> bool {
        self.is_certain() || self == Replication::Broken
    }
}

/// What a failover does to it, for its owner.
impl fmt::Display for Replication {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Replication::Replicated => "replicated",
            Replication::FailedOver => "replicated, and failed over",
            Replication::Not => "not replicated: it would go to error and stay there",
            Replication::Unknown => {
                "not known to be replicated: Cinder would have the driver move it, and the driver may leave it in \
                 error"
            }
            Replication::Broken => "its replication is in error",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_is_not_known_to_be_replicated() {
        for (status, replication, certain) in [
            (Some("enabled"), Replication::Replicated, true),
            (Some("failed-over"), Replication::FailedOver, true),
            (Some("disabled"), Replication::Not, false),
            (Some("not-capable"), Replication::Not, false),
            (Some("failover-error"), Replication::Broken, false),
            (Some("failing-over"), Replication::Unknown, false),
            (Some(""), Replication::Unknown, false),
            (None, Replication::Unknown, false),
        ] {
            assert_eq!(Replication::of(status), replication, "{status:?}");
            assert_eq!(replication.is_certain(), certain, "{status:?}");
        }
    }
}
