//! Captures: answers and outputs as they came, without secrets, in the form of `fixtures/captures`.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::forms::Printed;
use super::route::route;
use super::stable::stable;
use crate::cloud::{AnswerRecord, ServiceKind};
use crate::redaction::{Secrets, is_secret_name, without_secret_members};
use crate::shell::CommandRecord;

/// The replacement of a secret.
const SECRET: &str = "<secret>";

/// Whether the value of a member or header is a secret. `secret_uuid` and `secret_type` are names of one and not the thing
/// itself, and a capture of connection info is of little use without them.
fn is_secret(name: &str) -> bool {
    is_secret_name(name) && !matches!(name, "secret_uuid" | "secret_type")
}

/// A folder into which captures are written, numbered in their order.
pub(super) struct Captures {
    folder: PathBuf,
    answers: usize,
    commands: usize,
    /// What the run knows to be secret, wherever it is.
    secrets: Secrets,
}

impl Captures {
    pub(super) fn into(folder: &Path, secrets: Secrets) -> io::Result<Captures> {
        for kind in ["openstack", "ceph"] {
            fs::create_dir_all(folder.join(kind))?;
        }
        Ok(Captures {
            folder: folder.to_owned(),
            answers: 0,
            commands: 0,
            secrets,
        })
    }

    /// Writes a request and its answer. Logins are left out: they hold little but secrets.
    pub(super) fn answer(&mut self, mistake: Option<&str>, answer: &AnswerRecord<'_>) -> io::Result<()> {
        if answer.service == ServiceKind::Identity {
            return Ok(());
        }
        self.answers += 1;
        let name = mistake.map_or_else(
            || slug(&format!("{} {}", answer.method, route(answer.url))),
            |mistake| format!("mistake-{mistake}"),
        );
        let path = self.folder.join(format!("openstack/{:03}-{name}.http", self.answers));
        fs::write(path, self.secrets.hidden_in(&http(answer)).as_bytes())
    }

    /// Writes what `rbd` was asked and what it printed. Other commands are not captured.
    pub(super) fn command(&mut self, mistake: Option<&str>, command: &CommandRecord<'_>) -> io::Result<()> {
        let output = command.output;
        let Some(words) = shlex::split(command.command).filter(|words| words.first().is_some_and(|word| word == "rbd"))
        else {
            return Ok(());
        };
        if command.command.contains(['|', ';']) || Printed::of(command.command, &output.stdout) == Printed::Text {
            return Ok(());
        }
        self.commands += 1;
        let name = mistake.map_or_else(
            || slug(&stable(command.command)),
            |mistake| format!("mistake-{mistake}"),
        );
        let path = self.folder.join(format!("ceph/{:03}-{name}.json", self.commands));
        let document = json!({
            "source": format!("{} of a run of {}", command.place, Timestamp::now().strftime("%Y-%m-%d")),
            "arguments": words[1..],
            "exit_code": output.exit_code,
            "stdout": output.stdout_text(),
            "stderr": output.stderr_text(),
        });
        fs::write(path, self.secrets.hidden_in(&format!("{document:#}\n")).as_bytes())
    }
}

/// A request and its answer as text. The port stands for the service, as in the captures that are there.
fn http(answer: &AnswerRecord<'_>) -> String {
    let port = match answer.service {
        ServiceKind::Identity => 5000,
        ServiceKind::BlockStorage => 8776,
        ServiceKind::Compute => 8774,
        ServiceKind::Image => 9292,
        ServiceKind::Network => 9696,
    };
    let mut text = format!(
        "# {}\n{} {port}{} HTTP/1.1\nX-Auth-Token: <token>\nAccept: application/json\n",
        Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ"),
        answer.method,
        path(answer.url),
    );
    if answer.request.is_some() {
        text.push_str("Content-Type: application/json\n");
    }
    if let Some(version) = answer.version {
        // A write into a `String` does not fail.
        let _ = writeln!(text, "OpenStack-API-Version: {version}");
    }
    text.push('\n');
    if let Some(body) = answer.request {
        let _ = writeln!(text, "{}", without_secrets(body));
    }
    let reason = reqwest::StatusCode::from_u16(answer.status)
        .ok()
        .and_then(|status| status.canonical_reason())
        .unwrap_or_default();
    let _ = writeln!(text, "\n#### response\nHTTP/1.1 {} {reason}", answer.status);
    for (name, value) in answer.headers {
        let value = if is_secret(name.as_str()) {
            SECRET
        } else {
            value.to_str().unwrap_or_default()
        };
        let _ = writeln!(text, "{name}: {value}");
    }
    text.push('\n');
    match serde_json::from_slice::<Value>(answer.body) {
        Ok(body) => {
            let _ = writeln!(text, "{:#}", without_secrets(&body));
        }
        Err(_) => text.push_str(&String::from_utf8_lossy(answer.body)),
    }
    text
}

/// A URL's path from its version on, with the query.
fn path(url: &str) -> String {
    let behind_host = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = behind_host.find('/').map_or("/", |at| &behind_host[at..]);
    let version = path
        .match_indices("/v")
        .find(|(at, _)| path[at + 2..].starts_with(|digit: char| digit.is_ascii_digit()));
    version.map_or(path, |(at, _)| &path[at..]).to_owned()
}

fn without_secrets(value: &Value) -> Value {
    without_secret_members(value, &|name, text| {
        if is_secret(name) {
            SECRET.to_owned()
        } else {
            text.to_owned()
        }
    })
}

/// A text as a part of a file's name.
fn slug(text: &str) -> String {
    let words: Vec<&str> = text
        .split(|letter: char| !letter.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty() && *word != "rbd")
        .collect();
    let mut slug = words.join("-").to_ascii_lowercase();
    slug.truncate(60);
    slug
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderMap, HeaderValue};

    use super::*;

    #[test]
    fn a_capture_has_all_but_the_secrets() {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", HeaderValue::from_static("application/json"));
        headers.insert("x-subject-token", HeaderValue::from_static("gAAAA"));
        let request = json!({"server": {"name": "x", "adminPass": "hunter2"}});
        let text = http(&AnswerRecord {
            service: ServiceKind::Compute,
            method: "POST",
            url: "http://127.0.0.1:4/compute/v2.1/servers?a=b",
            version: Some("compute 2.90"),
            request: Some(&request),
            status: 202,
            headers: &headers,
            body: br#"{"server":{"id":"1","adminPass":"hunter3"},"secret_uuid":"u","keyring":null}"#,
        });
        insta::assert_snapshot!(text.split_once('\n').expect("a first line").1, @r##"
        POST 8774/v2.1/servers?a=b HTTP/1.1
        X-Auth-Token: <token>
        Accept: application/json
        Content-Type: application/json
        OpenStack-API-Version: compute 2.90

        {"server":{"name":"x","adminPass":"<secret>"}}

        #### response
        HTTP/1.1 202 Accepted
        content-type: application/json
        x-subject-token: <secret>

        {
          "server": {
            "id": "1",
            "adminPass": "<secret>"
          },
          "secret_uuid": "u",
          "keyring": null
        }
        "##);
    }
}
