//! `write`: a file with a known text is written in a guest, and synced to its disk.

use crate::counted::counted;
use crate::failure::Failure;
use crate::session::{Context, Judges, WrittenFile};
use crate::sync_log::{RECORDS, record};
use serde::Serialize;

use super::Action;
use super::verb::{Act, Compiled, GUEST, Step, Verb};
use crate::document::{Field, Record, Shape};
use crate::names::ServerName;
use crate::state::{Disk, State};
use crate::targets::BudgetName;

/// `write`
pub(super) static VERB: Verb = Verb {
    field: Field::required(
        "write",
        Shape::Record(&Record {
            fields: &[
                GUEST,
                Field::required(
                    "path",
                    Shape::Text,
                    "The file: absolute, or relative to the home of the guest's user.",
                ),
                Field::required("text", Shape::Text, "The whole content of the file."),
            ],
            one_of: &[],
        }),
        "Writes a file in a guest, and numbered records beside it, and syncs each to the disk. A `read` on that disk asks \
         for all of them.",
    ),
    checks: false,
    change: Some("a file in the guest"),
    budget: BudgetName::Command,
    judges: Judges::Nothing,
    compile,
};

fn compile(state: &mut State<'_>, step: &Step<'_>) -> Option<Compiled> {
    let guest = state.server(step.arguments, "guest");
    let path = state.file_path(step.arguments, "path");
    let text = step.arguments.text("text");
    let (guest, path, text) = (guest?, path?, text?);
    let disk = state.disk(&guest, &path);
    state.needs_current(&disk, step.at);
    state.written(&guest, &path.value, &text.value, step.at);
    let write = Write {
        guest,
        path: path.value,
        text: text.value,
        disk,
    };
    let locks = vec![format!("server {}", write.guest)];
    Some(Compiled::locking(Action::Write(write), locks))
}

/// Writes a file in a guest and syncs it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Write {
    /// The server whose guest writes.
    pub guest: ServerName,
    /// Absolute, or relative to the home of the guest's user.
    pub path: String,
    /// The whole content of the file.
    pub text: String,
    /// The disk that the path lies on.
    pub disk: Disk,
}

impl Act for Write {
    fn describe(&self) -> String {
        format!(
            "write {} and {RECORDS} records in {} on {}, and sync each",
            self.path, self.guest, self.disk
        )
    }

    /// Writes the file in the guest, syncs it and has the guest compute its digest; then writes records beside it, one after
    /// the other, which `read` asks for: which of them survive shows the state of the disk. All are read back, and looked for
    /// in the volume's image where the sites have shells.
    ///
    /// # Errors
    /// The guest cannot be asked, cannot write, holds something else than it was given, or has written it to another disk
    /// than that of its volume.
    async fn run(&self, context: &mut Context) -> Result<String, Failure> {
        let guest = context.guest(&self.guest)?;
        guest.write_file(&self.path, self.text.as_bytes()).await?;
        let sha256 = guest.sha256(&self.path).await?;
        context.saw_file(&self.guest, &self.path, true, self.text.len(), &sha256);
        let mut written = vec![(self.path.clone(), self.path.clone(), self.text.clone().into_bytes())];
        // No two writes of a run have the same records, so an older version is never taken for the last one.
        let token = format!("cinder-drill {}", uuid::Uuid::new_v4().simple());
        for number in 1..=RECORDS {
            let (path, content) = record(&self.path, number, &token);
            guest.write_synced(&path, &content).await?;
            written.push((format!("record {number} of {}", self.path), path, content));
        }
        for (_, path, content) in &written[1..] {
            guest.read_back(path, content).await?;
        }
        let place = context.place_of_file(&self.guest, &self.path, &self.disk).await?;
        let on = place.device().map(|device| format!(" on {device}")).unwrap_or_default();
        let done = format!(
            "{} wrote {}{on} ({}, sha256 {sha256:.12}…) and {RECORDS} records, and synced each",
            self.guest,
            self.path,
            counted(self.text.len(), "byte")
        );
        if let Some(volume) = self.disk.volume() {
            let contents: Vec<(String, Vec<u8>)> = written
                .iter()
                .map(|(what, _, content)| (what.clone(), content.clone()))
                .collect();
            context.witness_writes(&self.guest, volume, &place, &contents).await?;
        }
        for (what, path, content) in written {
            context.synced(
                &self.guest,
                &self.disk.to_string(),
                self.disk.volume(),
                what,
                &path,
                content,
            );
        }
        context
            .resources
            .written
            .insert((self.guest.clone(), self.path.clone()), WrittenFile { sha256 });
        Ok(done)
    }
}
