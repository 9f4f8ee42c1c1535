//! `expect-status`: what Cinder says of the service and of a volume.

use serde::Serialize;

use super::Action;
use super::verb::{Act, Compiled, Step, Verb};
use crate::backend;
use crate::cloud::{Service, Volume};
use crate::diagnostic::Diagnostic;
use crate::document::{Field, Record, Shape, Word};
use crate::failure::{Failure, FailureKind};
use crate::names::VolumeName;
use crate::session::{Context, Judges};
use crate::state::State;
use crate::targets::BudgetName;
use crate::wait::{Awaited, Poll, until};

/// `expect-status`
pub(super) static VERB: Verb = Verb {
    field: Field::required(
        "expect-status",
        Shape::Record(&Record {
            fields: &[
                Field::optional(
                    "service",
                    Shape::Record(&Record {
                        fields: &[
                            Field::optional(
                                "replication",
                                Shape::Text,
                                "Its `replication_status`, such as `enabled`, `failing-over`, `failed-over` or `failover-error`.",
                            ),
                            Field::optional(
                                "state",
                                Shape::Word(&[
                                    Word {
                                        word: "up",
                                        text: "It reports.",
                                    },
                                    Word {
                                        word: "down",
                                        text: "It has not reported for a minute.",
                                    },
                                ]),
                                "Whether cinder-volume reports.",
                            ),
                        ],
                        one_of: &[],
                    }),
                    "What `os-services` says of the backend.",
                ),
                Field::optional(
                    "volume",
                    Shape::Record(&Record {
                        fields: &[
                            Field::required("name", Shape::NameOrEach, "The volume."),
                            Field::optional("status", Shape::Text, "Its `status`, such as `in-use` or `error`."),
                            Field::optional(
                                "replication",
                                Shape::Text,
                                "Its `replication_status`, such as `enabled`, `failed-over` or `failover-error`.",
                            ),
                        ],
                        one_of: &[],
                    }),
                    "What Cinder says of a volume.",
                ),
            ],
            one_of: &[],
        }),
        "Waits until Cinder says this of the backend's service, of a volume, or of both. What an API says of itself is a claim: that \
         data is there shows in `read`.",
    ),
    // A claim proves nothing.
    checks: false,
    change: None,
    budget: BudgetName::Failover,
    judges: Judges::Backend,
    compile,
};

fn compile(state: &mut State<'_>, step: &Step<'_>) -> Option<Compiled> {
    let service = step.arguments.record("service");
    let text = |key: &str| service.and_then(|service| service.text(key)).map(|text| text.value);
    let (service_replication, service_state) = (text("replication"), text("state"));
    let of_volume = step.arguments.record("volume");
    let volume = match of_volume {
        Some(fields) => Some(state.volume(fields, "name")?),
        None => None,
    };
    let text = |key: &str| of_volume.and_then(|volume| volume.text(key)).map(|text| text.value);
    let expected = ExpectStatus {
        service_replication,
        service_state,
        volume,
        volume_status: text("status"),
        volume_replication: text("replication"),
    };
    if expected.words().is_empty() {
        state.fault(
            Diagnostic::error("nothing-to-check", "the step says nothing that must hold")
                .at(step.at, "")
                .help("write `service: { replication: … }`, or `volume: { name: …, status: … }`"),
        );
        return None;
    }
    Some(Compiled::looking(Action::ExpectStatus(expected)))
}

/// What Cinder must say.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ExpectStatus {
    /// The service's `replication_status`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_replication: Option<String>,
    /// Whether it reports: `up` or `down`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_state: Option<String>,
    /// The volume.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volume: Option<VolumeName>,
    /// Its `status`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volume_status: Option<String>,
    /// Its `replication_status`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volume_replication: Option<String>,
}

impl Act for ExpectStatus {
    fn describe(&self) -> String {
        format!("Cinder says: {}", self.words().join("; "))
    }

    /// Waits until Cinder says all of it at one look.
    ///
    /// # Errors
    /// It did not within the budget, or does not answer.
    async fn run(&self, context: &mut Context) -> Result<String, Failure> {
        let id = match &self.volume {
            Some(name) => Some(context.volume(name)?.id.clone()),
            None => None,
        };
        let expected = self.words().join("; ");
        let awaited = Awaited {
            what: "what Cinder says",
            expected: &expected,
            budget: context.target.budgets.failover,
            on_timeout: FailureKind::Expectation,
        };
        let ((), waited) = until(&context.recorder, awaited, async || {
            let rows = backend::judge(
                &context.backend,
                context.target.primary_id(),
                &context.cloud.services(None).await?,
            )
            .rows;
            let volume = match &id {
                Some(id) => Some(context.cloud.volume(id).await?),
                None => None,
            };
            Ok(match self.holds(&rows, volume.as_ref()) {
                true => Poll::Ready(()),
                false => Poll::NotYet(seen(&rows, volume.as_ref())),
            })
        })
        .await?;
        Ok(format!("{expected}, after {:.2} s", waited.elapsed.as_secs_f64()))
    }
}

impl ExpectStatus {
    fn words(&self) -> Vec<String> {
        let service = [
            ("state", &self.service_state),
            ("replication_status", &self.service_replication),
        ];
        let volume = [
            ("status", &self.volume_status),
            ("replication_status", &self.volume_replication),
        ];
        let of = |whose: &str, facts: [(&str, &Option<String>); 2]| {
            let facts: Vec<String> = facts
                .into_iter()
                .filter_map(|(key, value)| Some(format!("{key} {}", value.as_ref()?)))
                .collect();
            (!facts.is_empty()).then(|| format!("{whose} {}", facts.join(", ")))
        };
        let whose = self
            .volume
            .as_ref()
            .map(|volume| format!("volume {volume}"))
            .unwrap_or_default();
        [of("the service", service), of(&whose, volume)]
            .into_iter()
            .flatten()
            .collect()
    }

    /// Every row must say it: of several that differ none is believed.
    fn holds(&self, rows: &[Service], volume: Option<&Volume>) -> bool {
        let is =
            |wanted: &Option<String>, seen: Option<&str>| wanted.as_deref().is_none_or(|wanted| Some(wanted) == seen);
        let asks_service = self.service_replication.is_some() || self.service_state.is_some();
        let service = !asks_service
            || (!rows.is_empty()
                && rows.iter().all(|row| {
                    is(&self.service_replication, row.replication_status.as_deref())
                        && is(&self.service_state, Some(&row.state))
                }));
        let of_volume = match (&self.volume, volume) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(_), Some(volume)) => {
                is(&self.volume_status, Some(&volume.status))
                    && is(&self.volume_replication, volume.replication_status.as_deref())
            }
        };
        service && of_volume
    }
}

fn seen(rows: &[Service], volume: Option<&Volume>) -> String {
    let rows = rows.iter().map(backend::words);
    let volume = volume.map(|volume| {
        format!(
            "volume {}, replication_status {}",
            volume.status,
            volume.replication_status.as_deref().unwrap_or("none")
        )
    });
    rows.chain(volume).collect::<Vec<_>>().join(" | ")
}
