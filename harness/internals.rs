//! What this project's own program, tools and tests use besides the public face: the agreement check looks at answers and
//! outputs as they come and sends calls of its own while a drill runs, and tests look for what a run left behind its back. It is
//! no promise to anyone else, and changes without notice.

pub use crate::backend::Standing;
pub use crate::bad_input::{BadInputTarget, TARGETS as BAD_INPUT_TARGETS};
pub use crate::certificate::{Envelope, SecretKey};
pub use crate::cli::{ColorChoice, exit_code, main, refuse, refuse_all, show};
#[cfg(feature = "simcloud")]
pub use crate::cli::{selftest, served_target};
pub use crate::cloud::{
    AnswerRecord, BackendHost, Call, Cloud, CloudConfig, Environment, FloatingIpId, NewVolume, ServerId, ServiceKind,
    Unobserved, VolumeId, VolumeTypeId, Wanted,
};
pub use crate::connection::{ConnectionInfo, FieldChange};
pub use crate::counted::counted;
pub use crate::drivers::named as driver_profile;
pub use crate::event::leftovers::Leftovers;
pub use crate::event::recorder::{KILL_AFTER, KILL_AT_ENTRY, KILL_AT_LINE, Recorder, Resumed};
pub use crate::failover::mirror::mirrored;
pub use crate::failover::service::{judge, look};
#[cfg(feature = "simcloud")]
pub use crate::launch::target_of as played_target;
pub use crate::names::{RunId, ServerName, SiteName, VolumeName};
pub use crate::redaction::{Secrets, is_secret_name, without_secret_members};
#[cfg(feature = "simcloud")]
pub use crate::report::saboteurs::{SaboteurRow, SaboteurTable, rows as saboteur_rows, saboteur_list};
pub use crate::run::{RecoverOptions, recover};
pub use crate::servers::state as server_state;
pub use crate::session::{Before, Context, Observer, RunOptions, log_in, shell, site};
pub use crate::shell::{Command, CommandObserver, CommandRecord, Output, quote};

/// YAML documents in which every node knows its place.
pub mod document {
    pub use crate::document::{
        DiskFiles, Field, Fields, Files, Node, Record, Shape, Value, check, decode, parse_whole,
    };
}

/// Setting up mirroring.
pub mod enable {
    pub use crate::enable::{
        EnabledSite, Enabler, Told, make_peers, make_volume_types, mirror_pools, run_daemons, section, verify_pools,
    };
}

/// Whether a backend can fail over.
pub mod preflight {
    pub use crate::preflight::{CHECKS, Report, Shown, Status, Verdict, gather, to_text};
}
