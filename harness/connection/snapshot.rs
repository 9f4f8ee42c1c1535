//! Connection info compared with a snapshot that a person accepted.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Once;

use serde_json::{Map, Value};
use similar::TextDiff;

use super::info::ConnectionInfo;

/// What came of a comparison with a snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SnapshotOutcome {
    /// The snapshot says the same.
    Matched,
    /// There is no snapshot yet.
    New {
        /// The file that waits for `cargo insta review`, where `INSTA_UPDATE` asks for one; otherwise the snapshot that is
        /// missing, of which nothing was written: who drills a cloud for the first time has nothing to review.
        path: PathBuf,
        /// What the snapshot would be: the text of its file.
        text: String,
    },
    /// The snapshot says something else.
    Different {
        /// What is different, as a unified diff from the snapshot to what was seen.
        diff: String,
        /// The file that waits for `cargo insta review`; where snapshots are not written, as in CI, the snapshot.
        path: PathBuf,
    },
    /// The snapshot can neither be read nor written.
    Failed {
        /// The snapshot.
        path: PathBuf,
        /// Why not.
        cause: String,
    },
}

/// Compares connection info with the snapshot `DIR/CHECKPOINT.snap`. Every text of `names` that occurs in a value is
/// replaced by its stable name, since ids differ from run to run; secrets by `[secret]`.
///
/// What differs is left in a file beside it for `cargo insta review`, as insta does it, and with insta's usual
/// environment variables; but in CI (`CI` is set) nothing is written whatever they say, and `INSTA_FORCE_PASS` makes
/// nothing match. When something differs, insta also prints it to standard output.
pub fn assert_connection_snapshot(
    dir: &Path,
    checkpoint: &str,
    api: &ConnectionInfo,
    log: Option<&ConnectionInfo>,
    names: &[(String, String)],
) -> SnapshotOutcome {
    assert_snapshot(dir, checkpoint, &content(api, log, names))
}

/// Compares any JSON with the snapshot `DIR/CHECKPOINT.snap`, as [`assert_connection_snapshot`] does. Nothing in it is
/// taken for a secret.
pub fn assert_value_snapshot(dir: &Path, checkpoint: &str, value: &Value) -> SnapshotOutcome {
    assert_snapshot(dir, checkpoint, &format!("{:#}", stable(value, &[])))
}

/// What a snapshot holds: JSON with its keys in order.
fn content(api: &ConnectionInfo, log: Option<&ConnectionInfo>, names: &[(String, String)]) -> String {
    let shown = |info: &ConnectionInfo| stable(&info.masked(), names);
    let mut places = Map::new();
    places.insert("attachments-api".to_owned(), shown(api));
    places.insert("cinder-volume-log".to_owned(), log.map_or(Value::Null, shown));
    format!("{:#}", Value::Object(places))
}

/// The value with its keys in order and ids by their stable names.
fn stable(value: &Value, names: &[(String, String)]) -> Value {
    match value {
        Value::String(text) => {
            let replace =
                |text: String, (id, name): &(String, String)| if id.is_empty() { text } else { text.replace(id, name) };
            Value::String(names.iter().fold(text.clone(), replace))
        }
        Value::Array(items) => items.iter().map(|item| stable(item, names)).collect(),
        Value::Object(map) => {
            let mut fields: Vec<(&String, &Value)> = map.iter().collect();
            fields.sort_unstable_by_key(|(key, _)| *key);
            Value::Object(
                fields
                    .into_iter()
                    .map(|(key, value)| (key.clone(), stable(value, names)))
                    .collect(),
            )
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

fn assert_snapshot(dir: &Path, checkpoint: &str, content: &str) -> SnapshotOutcome {
    let failed = |path: &Path, cause: String| SnapshotOutcome::Failed {
        path: path.to_owned(),
        cause,
    };
    if Path::new(checkpoint).file_name().is_none_or(|name| name != checkpoint) {
        return failed(dir, format!("{checkpoint:?} is not a file name"));
    }
    let dir = match std::path::absolute(dir) {
        Ok(dir) => dir,
        Err(error) => return failed(dir, error.to_string()),
    };
    let path = dir.join(format!("{checkpoint}.snap"));
    let before = match read(&path) {
        Ok(before) => before,
        Err(cause) => return failed(&path, cause),
    };
    let matches = |text: &Option<String>| {
        text.as_deref()
            .is_some_and(|text| text.trim_end() == content.trim_end())
    };
    let is_ci = is_ci();
    let is_wanted = before.is_some() || std::env::var_os("INSTA_UPDATE").is_some();
    // In CI insta writes nothing by itself, but does so when INSTA_UPDATE tells it to.
    if !is_ci
        && is_wanted
        && let Err(cause) = assert_with_insta(&dir, checkpoint, content)
    {
        return failed(&path, cause);
    }
    // Insta's own word is not taken for it: INSTA_FORCE_PASS makes everything match.
    match read(&path) {
        Err(cause) => failed(&path, cause),
        Ok(text) if matches(&text) => SnapshotOutcome::Matched,
        Ok(_) => {
            let pending = path.with_extension("snap.new");
            let path = if !is_ci && pending.is_file() { pending } else { path };
            match before {
                None => SnapshotOutcome::New {
                    path,
                    text: format!("---\nsource: {}\n---\n{content}\n", file!()),
                },
                Some(before) => SnapshotOutcome::Different {
                    diff: diff(&before, content),
                    path,
                },
            }
        }
    }
}

/// The content of a snapshot file; `None` if there is no such file.
fn read(path: &Path) -> Result<Option<String>, String> {
    if !path.exists() {
        return Ok(None);
    }
    let snapshot = insta::Snapshot::from_file(path).map_err(|error| error.to_string())?;
    match snapshot.as_text() {
        Some(text) => Ok(Some(text.to_string())),
        None => Err("it is not a text".to_owned()),
    }
}

/// Has insta compare, and write what waits for review. That something differs is no error: it is found out afterwards.
fn assert_with_insta(dir: &Path, checkpoint: &str, content: &str) -> Result<(), String> {
    let mut settings = insta::Settings::new();
    settings.set_snapshot_path(dir);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    silence_own_panics();
    SILENT.set(true);
    let result = catch_unwind(AssertUnwindSafe(|| {
        settings.bind(|| insta::assert_snapshot!(checkpoint, content))
    }));
    SILENT.set(false);
    match result {
        Ok(()) => Ok(()),
        Err(panic) => {
            let message = panic
                .downcast_ref::<String>()
                .cloned()
                .or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string));
            match message {
                Some(message) if !message.starts_with("snapshot assertion for") => Err(message),
                _ => Ok(()),
            }
        }
    }
}

thread_local! {
    /// Whether a panic of this thread is only insta's way to say that something differs.
    static SILENT: Cell<bool> = const { Cell::new(false) };
}

/// Makes panics silent while [`SILENT`] is set, and leaves those of other threads as they were.
fn silence_own_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !SILENT.get() {
                before(info);
            }
        }));
    });
}

/// Whether this is CI, by the rule that insta has.
fn is_ci() -> bool {
    match std::env::var("CI").as_deref() {
        Ok("false" | "0" | "") => false,
        Ok(_) => true,
        Err(_) => std::env::var_os("TF_BUILD").is_some(),
    }
}

fn diff(before: &str, after: &str) -> String {
    let (before, after) = (format!("{}\n", before.trim_end()), format!("{}\n", after.trim_end()));
    TextDiff::from_lines(&before, &after)
        .unified_diff()
        .context_radius(2)
        .header("snapshot", "seen")
        .to_string()
}

#[cfg(test)]
#[path = "snapshot_tests.rs"]
mod tests;
