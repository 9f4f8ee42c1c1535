//! Makes the mistakes, one after the other.

use super::{backend, block_storage, compute, rbd};
use crate::backend::Standing;
use crate::cloud::WrongCall;
use crate::event::{Resource, ResourceKind};
use crate::failover::mirror::mirrored;
use crate::failover::service::{self, with_readings};
use crate::failure::{Failure, FailureKind};
use crate::names::{ServerName, SiteName, VolumeName};
use crate::session::Context;

/// An id that nothing has.
pub(super) const NO_SUCH_ID: &str = "00000000-0000-4000-8000-000000000000";

/// What the mistakes are about.
pub(super) struct Subjects {
    /// A replicated volume that is attached to the server.
    pub volume: String,
    /// A volume that is attached nowhere, in status `error`.
    pub spare: String,
    /// A server that is ACTIVE.
    pub server: String,
    /// The name of what is made although it should be refused.
    pub stray: String,
    /// The metadata by which the clean-up finds it.
    pub metadata: std::collections::BTreeMap<String, String>,
}

/// A wrong call, and its name in a comparison.
pub(super) struct Mistake {
    name: &'static str,
    call: WrongCall,
}

impl Mistake {
    pub(super) fn new(name: &'static str, call: WrongCall) -> Mistake {
        Mistake { name, call }
    }
}

/// What came of all mistakes.
pub struct Mistakes {
    /// How many were made.
    pub made: usize,
    /// Those that were not refused.
    pub accepted: Vec<&'static str>,
}

/// Makes every mistake of the list, about a replicated volume that is attached to a server, and another that is not.
///
/// # Errors
/// A call was not answered, or the backend, the volume or the server is not afterwards what it was before.
pub async fn make_mistakes(
    context: &mut Context,
    volume: &VolumeName,
    spare: &VolumeName,
    server: &ServerName,
) -> Result<Mistakes, Failure> {
    let image = context.volume(volume)?.image();
    let spare_id = context.volume(spare)?.id.clone();
    let subjects = Subjects {
        volume: context.volume(volume)?.id.to_string(),
        spare: spare_id.to_string(),
        server: context.server(server)?.id.to_string(),
        stray: context.cloud_name("mistake"),
        metadata: context.metadata("mistake"),
    };
    // What a cloud makes although it should not is found by what it bears.
    for kind in [ResourceKind::Volume, ResourceKind::Server] {
        context
            .intend(Resource {
                kind,
                name: subjects.stray.clone(),
                id: None,
            })
            .await?;
    }
    context.cloud.reset_status(&spare_id, "error").await?;
    let mut mistakes = block_storage::mistakes(&subjects);
    mistakes.extend(compute::mistakes(&subjects));
    let mut made = mistakes.len();
    let mut accepted = Vec::new();
    for mistake in &mistakes {
        accepted.extend(make(context, mistake).await?);
    }
    context.cloud.reset_status(&spare_id, "available").await?;
    accepted.extend(backend::freeze_and_thaw(context).await?);
    let pool = context.target.sites.primary.pool.clone().unwrap_or_default();
    let commands = rbd::commands(&pool, &image);
    made += commands.len();
    for command in &commands {
        let site = context.sites()?.at(command.site);
        let _during = context.recorder.observations().during(command.name);
        let output = site.try_rbd(command.name, &command.arguments).await?;
        accepted.extend(output.success().then_some(command.name));
    }
    require_unharmed(context, volume, server).await?;
    Ok(Mistakes { made, accepted })
}

/// Makes one. Answers with its name if it was not refused.
pub(super) async fn make(context: &Context, mistake: &Mistake) -> Result<Option<&'static str>, Failure> {
    let _during = context.recorder.observations().during(mistake.name);
    let status = context
        .cloud
        .call_wrongly(&mistake.call)
        .await
        .map_err(|error| Failure::from(error).during(mistake.name))?;
    Ok((status < 400).then_some(mistake.name))
}

/// A wrong call must change nothing.
async fn require_unharmed(context: &mut Context, volume: &VolumeName, server: &ServerName) -> Result<(), Failure> {
    let judgement = service::judge(context).await?;
    if judgement.standing != Standing::Home {
        let failure = Failure::expectation(format!("a wrong call has moved {}", context.backend));
        return Err(
            with_readings(failure, service::AT_HOME, &judgement).help("the journal names every call that was made")
        );
    }
    let seen = context.cloud.volume(&context.volume(volume)?.id).await?;
    if seen.status != "in-use" {
        return Err(
            Failure::expectation(format!("a wrong call has changed volume {volume}"))
                .detail("expected", "in-use")
                .detail("seen", &seen.status)
                .help("the journal names every call that was made"),
        );
    }
    let id = context.server(server)?.id.clone();
    let seen = context.cloud.server(&id).await?;
    if seen.status != "ACTIVE" || seen.task_state.is_some() {
        return Err(
            Failure::expectation(format!("a wrong call has changed server {server}"))
                .detail("expected", "ACTIVE")
                .detail("seen", crate::servers::state(&seen))
                .help("the journal names every call that was made"),
        );
    }
    mirrored(context, volume, SiteName::Primary, FailureKind::Expectation).await?;
    Ok(())
}
