//! `expect-connection`: the connection info of a volume names a site.

use crate::cloud::AttachmentId;
use crate::connection::{
    ConnectionInfo, ExpectedImage, FieldChange, assert_connection_snapshot, changes, compare, judge_info,
};
use crate::event::{LogEvidence, Proof, SnapshotEvidence, plain};
use crate::failure::Failure;
use crate::servers::{
    attachment_failure, attachment_of, connection_info_in_log, declared, judge_connection, snapshot_evidence,
};
use crate::session::{Context, Judges};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

use super::Action;
use super::verb::{Act, Compiled, SITES, Step, Verb};
use crate::document::{Field, Record, Shape};
use crate::names::{ServerName, SiteName, VolumeName};
use crate::state::State;
use crate::targets::BudgetName;

/// `expect-connection`
pub(super) static VERB: Verb = Verb {
    field: Field::required(
        "expect-connection",
        Shape::Record(&Record {
            fields: &[
                Field::required("volume", Shape::NameOrEach, "The volume; it is attached."),
                Field::required(
                    "site",
                    Shape::Word(&SITES),
                    "The site that its connection info must name.",
                ),
                Field::optional(
                    "snapshot",
                    Shape::Name,
                    "A checkpoint: the connection info is also compared with the snapshot of this name.",
                ),
            ],
            one_of: &[],
        }),
        "Requires that a volume has one attachment, to its server and made since the last reconnect or detach, with the \
         volume's own connection info; and compares that (of the attachments API and of cinder-volume's log) with what the \
         target says of a site.",
    ),
    checks: true,
    change: None,
    budget: BudgetName::Command,
    judges: Judges::Connections,
    compile,
};

fn compile(state: &mut State<'_>, step: &Step<'_>) -> Option<Compiled> {
    let volume = state.volume(step.arguments, "volume");
    let site = state.site(step.arguments, "site");
    let snapshot = step.arguments.text("snapshot");
    if let Some(snapshot) = &snapshot {
        state.checkpoint(&snapshot.value, &snapshot.at);
    }
    let (volume, (site, site_at)) = (volume?, site?);
    let server = state.needs_connection(&volume, step.at);
    if !state.connection_names_no_site(step.at) {
        state.needs_connection_fields(site, &site_at);
    }
    let server = server?;
    Some(Compiled::looking(Action::ExpectConnection(ExpectConnection {
        volume,
        server,
        site,
        snapshot: snapshot.map(|name| name.value),
    })))
}

/// Compares a volume's connection info with what the target says of a site.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ExpectConnection {
    /// The volume; it is attached.
    pub volume: VolumeName,
    /// The server that it is attached to.
    pub server: ServerName,
    /// The site that its connection must name.
    pub site: SiteName,
    /// The checkpoint under which the connection info is compared with a snapshot.
    pub snapshot: Option<String>,
}

impl Act for ExpectConnection {
    fn describe(&self) -> String {
        let snapshot = self
            .snapshot
            .as_ref()
            .map(|name| format!(" (snapshot {name})"))
            .unwrap_or_default();
        format!(
            "the connection info of volume {} names the {} site{snapshot}",
            self.volume, self.site
        )
    }

    /// Reads the connection info of the volume from the attachments API and from the cinder-volume log, and requires
    /// that both name the site and agree.
    ///
    /// # Errors
    /// The attachment is not the volume's to its server, its connection info is another volume's or names another site, the
    /// two places disagree, the log lacks the line, the snapshot differs, or there was no answer.
    async fn run(&self, context: &mut Context) -> Result<String, Failure> {
        let attachment = attachment_of(context, &self.volume, &self.server).await?;
        let api = ConnectionInfo::from(attachment.connection_info.clone());
        learn_secrets(context, &api);
        self.tell(context, &api);
        self.require_volume(context, &api, &attachment.id)?;
        self.require_site(context, &api, "the attachments API")?;
        let volume = context.volume(&self.volume)?.id.clone();
        let log = connection_info_in_log(context, &attachment.id, &volume).await?;
        log.iter().for_each(|log| learn_secrets(context, log));
        let evidence = match &log {
            None => LogEvidence::NotConfigured,
            Some(log) => {
                self.require_site(context, log, "the cinder-volume log")?;
                self.require_agreement(&api, log)?
            }
        };
        let before = context.resources.connections.get(&self.volume).cloned();
        let changes = self.require_changes(context, before.as_ref(), &api)?;
        let snapshot = self.require_snapshot(context, &api, log.as_ref(), attachment.id.as_str())?;
        let site = context.site_name(self.site).to_owned();
        let fields = shown(&declared(context, self.site), &api);
        let done = format!("volume {} leads to {site}: {}", self.volume, words(&fields));
        context.resources.connections.insert(self.volume.clone(), api);
        let volume = self.volume.to_string();
        context.prove(Proof::Connection {
            volume,
            site,
            fields,
            changes,
            log: evidence,
            snapshot,
        });
        Ok(done)
    }
}

impl ExpectConnection {
    /// Tells the journal what the connection is before anything of it is judged: a wrong one is what a report is read for.
    fn tell(&self, context: &Context, api: &ConnectionInfo) {
        let changed = match context.resources.connections.get(&self.volume) {
            Some(before) => changes(before, api, &context.profile).fields(),
            None => Vec::new(),
        };
        context.saw_connection(&self.volume, self.site, api, changed);
    }

    /// Requires that the connection info is that of this volume and this attachment.
    fn require_volume(
        &self,
        context: &Context,
        info: &ConnectionInfo,
        attachment: &AttachmentId,
    ) -> Result<(), Failure> {
        let made = context.volume(&self.volume)?;
        let site = context.target.sites.get(self.site);
        let expected = ExpectedImage {
            volume: &made.id,
            image: &made.image(),
            pool: site.and_then(|site| site.pool.as_deref()),
        };
        judge_info(info, attachment, &expected, &context.profile)
            .map_err(|fault| attachment_failure(&self.volume, &fault))
    }

    fn require_site(&self, context: &Context, info: &ConnectionInfo, place: &str) -> Result<(), Failure> {
        judge_connection(context, info, self.site)
            .map_err(|wrong| Failure::from(wrong).during(&format!("volume {} in {place}", self.volume)))
    }

    fn require_agreement(&self, api: &ConnectionInfo, log: &ConnectionInfo) -> Result<LogEvidence, Failure> {
        let agreement = compare(api, log);
        if agreement.disagreements.is_empty() {
            return Ok(LogEvidence::Agrees {
                fields: agreement.agreed.len(),
                masked: agreement.masked,
            });
        }
        let failure = Failure::expectation(format!(
            "the attachments API and the cinder-volume log disagree on the connection of volume {}",
            self.volume
        ));
        let failure = agreement.disagreements.iter().fold(failure, |failure, field| {
            failure.detail(
                &field.field,
                format!("API {}, log {}", field.api_words(), field.log_words()),
            )
        });
        Err(failure.help("one of the two is stale: what libvirt was given is what counts (`virsh dumpxml`)"))
    }

    /// What changed since the last checkpoint of this volume; what names the site must have changed if the site did.
    fn require_changes(
        &self,
        context: &Context,
        before: Option<&ConnectionInfo>,
        now: &ConnectionInfo,
    ) -> Result<Vec<FieldChange>, Failure> {
        let Some(before) = before else { return Ok(Vec::new()) };
        let changes = changes(before, now, &context.profile);
        if self.leaves_secret(context, before, now, &changes.site_changes) {
            context.notice(format!(
                "the cephx user of volume {} changed and its secret_uuid did not: that is right only if both sites share the \
                 libvirt secret; declare secret_uuid in the `connection` of both sites to have it judged",
                self.volume
            ));
        }
        if !changes.broken_promises.is_empty() {
            let failure = Failure::expectation(format!(
                "the connection of volume {} changed where it must not",
                self.volume
            ));
            let failure = changes.broken_promises.iter().fold(failure, |failure, change| {
                failure.detail(&change.field, format!("{} → {}", change.before, change.after))
            });
            return Err(
                failure.help("these fields name the volume and not the site: it is another volume's connection")
            );
        }
        Ok(changes.site_changes)
    }

    /// Whether the user changed and the secret by which libvirt logs in did not, and the target does not say what it must be.
    /// The log masks it, so only the API shows it.
    fn leaves_secret(
        &self,
        context: &Context,
        before: &ConnectionInfo,
        now: &ConnectionInfo,
        site_changes: &[FieldChange],
    ) -> bool {
        const SECRET: &str = "secret_uuid";
        let user_changed = site_changes.iter().any(|change| change.field == "auth_username");
        let is_declared = declared(context, self.site).contains_key(SECRET);
        user_changed && !is_declared && before.get(SECRET).is_some() && before.get(SECRET) == now.get(SECRET)
    }

    fn require_snapshot(
        &self,
        context: &Context,
        api: &ConnectionInfo,
        log: Option<&ConnectionInfo>,
        attachment: &str,
    ) -> Result<SnapshotEvidence, Failure> {
        let Some(checkpoint) = &self.snapshot else {
            return Ok(SnapshotEvidence::NotAsked);
        };
        let Some(folder) = &context.target.snapshots else {
            return Ok(SnapshotEvidence::NotConfigured);
        };
        let scenario = context.position.0.as_ref().map(ToString::to_string).unwrap_or_default();
        let volumes = context
            .resources
            .volumes
            .iter()
            .map(|(name, made)| (made.id.to_string(), format!("<volume:{name}>")));
        let secrets = [Some(api), log].into_iter().flatten().flat_map(ConnectionInfo::secrets);
        // Short ones are texts such as `ceph`, which stand everywhere.
        let secrets = secrets.filter(|secret| secret.len() >= 8);
        let names: Vec<(String, String)> = volumes
            .chain([(attachment.to_owned(), "<attachment>".to_owned())])
            // A secret may be in a field whose name does not show it.
            .chain(secrets.map(|secret| (secret.to_owned(), "[secret]".to_owned())))
            .collect();
        let outcome = assert_connection_snapshot(&folder.join(&scenario), checkpoint, api, log, &names);
        snapshot_evidence(context, outcome, "the connection info", checkpoint, &scenario)
    }
}

/// The secrets of the connection, wherever they appear later.
fn learn_secrets(context: &Context, info: &ConnectionInfo) {
    info.secrets()
        .into_iter()
        .for_each(|secret| context.recorder.secrets().learn(secret));
}

/// The fields that name the site, with the values that the connection has; secrets are replaced.
fn shown(declared: &BTreeMap<String, Value>, info: &ConnectionInfo) -> BTreeMap<String, Value> {
    let value = |field: &String| info.shown(field).unwrap_or(Value::Null);
    declared.keys().map(|field| (field.clone(), value(field))).collect()
}

fn words(fields: &BTreeMap<String, Value>) -> String {
    let word = |(field, value): (&String, &Value)| format!("{field} {}", plain(value));
    fields.iter().map(word).collect::<Vec<_>>().join(", ")
}
