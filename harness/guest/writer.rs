//! A writer in a guest: records that are written and synced one by one, and each acknowledged, while other commands run; and
//! reading them back.

use std::time::Duration;

use super::error::GuestError;
use super::files::{sha256_of, word};
use super::handle::Guest;
use super::problem::Problem;
use crate::counted::counted;
use crate::shell::{Command, Output, SharedDialogue};

/// How long a record is, in bytes, with its line end.
pub const RECORD_BYTES: usize = 512;

/// How much is read at once, in bytes: whole blocks, as `O_DIRECT` asks for.
const READ_BYTES: usize = 64 * 1024;

/// How long a writer may run.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// How much is kept of what a writer prints: its dialogue has heard all of it.
const KEPT: usize = 4 * 1024;

/// Records as a guest reads them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadRecords {
    /// The bytes, through the guest's caches.
    pub bytes: Vec<u8>,
    /// The bytes past the guest's caches; absent if the guest cannot read so.
    pub direct: Option<Vec<u8>>,
}

impl Guest {
    /// The same guest over a session of its own, in which a command may run for long.
    ///
    /// # Errors
    /// It does not answer, or shows another host key than before.
    pub async fn apart(&self) -> Result<Guest, GuestError> {
        let shell = self.shell().apart().await.map_err(|source| GuestError::Unanswered {
            doing: "open a session for a writer".to_owned(),
            source: Box::new(source),
        })?;
        Ok(self.over(shell))
    }

    /// Writes records that a dialogue gives, and answers each with the number of its block once it is synced. It ends with the
    /// dialogue's end, with the session, or at the first record that cannot be written.
    ///
    /// A line of the dialogue is the number of a block, a space, and a record without its line end.
    ///
    /// # Errors
    /// The guest did not answer to the end.
    pub async fn write_records(&self, place: &str, dialogue: SharedDialogue) -> Result<Output, GuestError> {
        self.run(
            &format!("write records to {place}"),
            self.writer(place).dialogue(dialogue),
        )
        .await
    }

    /// The command of a writer. `conv=fsync` answers for the record: the sync(1) of busybox cannot, since sync(2) returns nothing.
    fn writer(&self, place: &str) -> Command {
        let script = format!(
            "while read -r block record; do if said=$(printf '%s\\n' \"$record\" | dd of={} bs={RECORD_BYTES} seek=\"$block\" \
             conv=notrunc,fsync 2>&1); then echo \"$block\"; else echo \"failed $block $said\"; exit 1; fi; done",
            word(place)
        );
        self.command(&script).timeout(LONGEST).only_the_end(KEPT)
    }

    /// Reads so many records from the beginning of a file or a device, through the guest's caches and past them. Of a file that is
    /// longer, some of the rest is read, too. `None` if there is no such file.
    ///
    /// # Errors
    /// The guest cannot be asked, its disk is lost, or it contradicts its own digest.
    pub async fn read_records(&self, place: &str, records: usize) -> Result<Option<ReadRecords>, GuestError> {
        let doing = format!("read the records in {place}");
        let chunks = (records * RECORD_BYTES).div_ceil(READ_BYTES) + 1;
        let read = format!("dd if={} bs={READ_BYTES} count={chunks}", word(place));
        let most = chunks * READ_BYTES;
        let command = self.command(&read).at_most(most);
        let output = self.run(&doing, command.clone()).await?;
        if !output.success() {
            return match self.refused(&doing, &command, &output) {
                error if error.problem() == Some(Problem::NoSuchFile) => Ok(None),
                error => Err(error),
            };
        }
        let bytes = output.stdout;
        let digest = self.digest_of(&doing, &format!("{read} 2>/dev/null")).await?;
        if digest != sha256_of(&bytes) {
            return Err(GuestError::Contradiction {
                place: self.place(),
                path: place.to_owned(),
                read: format!("{} with sha256 {}", counted(bytes.len(), "byte"), sha256_of(&bytes)),
                digest,
            });
        }
        let direct = self.command(&format!("{read} iflag=direct")).at_most(most);
        let output = self.run(&format!("{doing} past its caches"), direct.clone()).await?;
        let direct = if output.success() {
            Some(output.stdout)
        } else {
            match self.refused(&doing, &direct, &output) {
                error @ GuestError::Failed {
                    problem: Problem::NoSuchFile | Problem::DiskLost,
                    ..
                } => return Err(error),
                _ => None,
            }
        };
        Ok(Some(ReadRecords { bytes, direct }))
    }
}
