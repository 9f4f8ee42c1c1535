//! What is seen when a scenario fails, before anything is removed.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::event::{EventKind, Evidence};
use crate::failure::Failure;
use crate::redaction::with_fingerprints;
use crate::servers::volume_log;
use crate::session::Context;

/// The folder of the evidence within that of the run.
const FOLDER: &str = "evidence";
/// How long one piece may take: what does not answer is often the reason of the failure.
const PATIENCE: Duration = Duration::from_secs(20);
/// How many lines of a log, of a console and of the kernel are kept.
const LINES: u32 = 1000;
/// How many characters of a text the journal holds; the file has it whole.
const EXCERPT: usize = 2000;

/// Collects what the APIs, the log, the sites and the guests say, into files of the run's folder. It keeps nothing from
/// going on: what cannot be had is evidence too.
pub(super) async fn collect(context: &Context) {
    let (cloud, resources) = (&context.cloud, &context.resources);
    keep(context, "services", async {
        Ok(for_people(&cloud.raw_services().await?))
    })
    .await;
    for (name, made) in &resources.volumes {
        keep(context, &format!("volume {name}"), async {
            Ok(for_people(&cloud.raw_volume(&made.id).await?))
        })
        .await;
        keep(context, &format!("attachments of volume {name}"), async {
            Ok(for_people(&cloud.raw_attachments(&made.id).await?.into()))
        })
        .await;
        let sites = context
            .sites
            .iter()
            .flat_map(|sites| [&sites.primary, &sites.secondary]);
        for site in sites {
            keep(context, &format!("image of volume {name} on {}", site.name()), async {
                Ok(site.describe_image(&made.image()).await?)
            })
            .await;
        }
    }
    for (name, made) in &resources.servers {
        keep(context, &format!("server {name}"), async {
            Ok(for_people(&cloud.raw_server(&made.id).await?))
        })
        .await;
        keep(context, &format!("console of server {name}"), async {
            Ok(cloud.console_output(&made.id, LINES).await?)
        })
        .await;
        if let Some(guest) = &made.guest {
            keep(context, &format!("dmesg of guest {name}"), async {
                Ok(guest.kernel_messages(LINES).await?)
            })
            .await;
            keep(context, &format!("mounts of guest {name}"), async {
                Ok(guest.mount_table_text().await?)
            })
            .await;
        }
    }
    if !context.logs.is_empty() {
        keep(context, "cinder-volume log since the scenario began", async {
            match volume_log::window(context, context.log_mark, LINES).await {
                Some(window) => window,
                None => Ok(String::new()),
            }
        })
        .await;
    }
}

/// JSON for people, without the members that are secret: what is known to be secret is hidden later, wherever it is.
fn for_people(value: &Value) -> String {
    format!("{:#}", with_fingerprints(value))
}

/// Writes one piece to a file of its own and records it.
async fn keep(context: &Context, title: &str, had: impl Future<Output = Result<String, Failure>>) {
    let text = match tokio::time::timeout(PATIENCE, had).await {
        Ok(Ok(text)) => text,
        Ok(Err(failure)) => format!("not available: {failure}"),
        Err(_) => format!("timed out after {} s", PATIENCE.as_secs()),
    };
    // What is known to be secret goes first and whole: a pattern would leave the end of one with a space in it.
    let text = context.recorder.secrets().hidden_in(&text).into_owned();
    let file = match context.recorder.folder() {
        Some(folder) => match write(&folder, title, &text).await {
            Ok(file) => Some(file),
            Err(error) => {
                context.notice(format!("cannot write the evidence `{title}`: {error}"));
                None
            }
        },
        None => None,
    };
    context.recorder.record(EventKind::Collected {
        evidence: Evidence {
            title: title.to_owned(),
            text: end_of(&text),
            file,
        },
    });
}

/// Writes beside what was written before: several scenarios of a run may fail.
async fn write(folder: &Path, title: &str, text: &str) -> std::io::Result<String> {
    tokio::fs::create_dir_all(folder.join(FOLDER)).await?;
    let stem: String = title
        .chars()
        .map(|character| {
            if character.is_ascii_alphanumeric() {
                character
            } else {
                '-'
            }
        })
        .collect();
    let mut number = 1;
    loop {
        let suffix = if number == 1 {
            String::new()
        } else {
            format!("-{number}")
        };
        let file = format!("{FOLDER}/{stem}{suffix}.txt");
        let path = folder.join(&file);
        let opened = tokio::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&path)
            .await;
        match opened {
            Ok(_) => {
                tokio::fs::write(&path, text).await?;
                return Ok(file);
            }
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => number += 1,
            Err(error) => return Err(error),
        }
    }
}

fn end_of(text: &str) -> String {
    let cut = text.char_indices().rev().nth(EXCERPT).map(|(index, _)| index);
    match cut {
        Some(index) => format!("…{}", &text[index..]),
        None => text.to_owned(),
    }
}
