//! What this project's own tools and tests use besides the public face: the agreement check looks at answers and outputs as they
//! come and sends calls of its own while a drill runs, and tests look for what a run left behind its back. It is no promise to
//! anyone else, and changes without notice.

pub use crate::backend::Standing;
pub use crate::cli::exit_code;
#[cfg(feature = "simcloud")]
pub use crate::cli::served_target;
pub use crate::cli::{ColorChoice, refuse, refuse_all, show};
pub use crate::cloud::{AnswerRecord, Call, ServiceKind, Wanted};
pub use crate::connection::{ConnectionInfo, FieldChange};
pub use crate::document;
pub use crate::failover::mirror::mirrored;
pub use crate::failover::service::{judge, look};
pub use crate::names::{RunId, ServerName, SiteName, VolumeName};
pub use crate::redaction::{Secrets, is_secret_name, without_secret_members};
pub use crate::run::{RecoverOptions, recover};
pub use crate::servers::state as server_state;
pub use crate::session::{Before, Context, Observer};
pub use crate::shell::{CommandObserver, CommandRecord, Output, quote};
