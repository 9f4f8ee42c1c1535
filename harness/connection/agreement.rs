//! Whether the attachments API and the cinder-volume log say the same.

use serde_json::Value;

use super::comparison::same;
use super::info::ConnectionInfo;
use super::secret::is_masked;

/// What the attachments API and the cinder-volume log say of one connection, field by field.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Agreement {
    /// The fields with the same value in both.
    pub agreed: Vec<String>,
    /// The fields that the log masks with `***`: neither the same nor different.
    pub masked: Vec<String>,
    /// The fields with different values, or that only one of the two has.
    pub disagreements: Vec<Disagreement>,
}

/// A field on which the attachments API and the cinder-volume log disagree.
#[derive(Clone, Debug, PartialEq)]
pub struct Disagreement {
    /// The field.
    pub field: String,
    /// What the API says, without secrets; `None` if it lacks the field.
    pub api: Option<Value>,
    /// What the log says, without secrets; `None` if it lacks the field.
    pub log: Option<Value>,
}

impl Disagreement {
    /// What the API says, for people.
    #[must_use]
    pub fn api_words(&self) -> String {
        words(self.api.as_ref())
    }

    /// What the log says, for people.
    #[must_use]
    pub fn log_words(&self) -> String {
        words(self.log.as_ref())
    }
}

/// Compares what the attachments API and the cinder-volume log say of one connection. Both are copies of what the driver
/// returned, so they must be the same to the order of lists. Fields are in the API's order, and those that only the log has
/// behind them.
#[must_use]
pub fn compare(api: &ConnectionInfo, log: &ConnectionInfo) -> Agreement {
    let mut agreement = Agreement::default();
    let only_in_log = log.fields().filter(|field| api.get(field).is_none());
    for field in api.fields().chain(only_in_log) {
        let list = match (api.get(field), log.get(field)) {
            (Some(_), Some(masked)) if is_masked(masked) => &mut agreement.masked,
            (Some(in_api), Some(in_log)) if same(in_api, in_log, false) => &mut agreement.agreed,
            _ => {
                let (api, log) = (api.shown(field), log.shown(field));
                agreement.disagreements.push(Disagreement {
                    field: field.to_owned(),
                    api,
                    log,
                });
                continue;
            }
        };
        list.push(field.to_owned());
    }
    agreement
}

fn words(value: Option<&Value>) -> String {
    value.map_or_else(|| "nothing".to_owned(), Value::to_string)
}
