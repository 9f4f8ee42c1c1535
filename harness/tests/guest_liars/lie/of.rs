//! Which commands a lie is about.

use crate::middle::{Command, Kind};

/// Some commands.
#[derive(Clone, Copy)]
pub struct Of {
    /// What they do: any of these. Empty for all commands.
    pub kinds: &'static [Kind],
    /// The file that they are about.
    pub file: File,
}

/// Some files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum File {
    /// All, and none.
    Any,
    /// What the scenario itself writes.
    Own,
    /// Any record of the writes that go before it.
    Records,
    /// One of them.
    Record(usize),
    /// This one and those after it.
    RecordsFrom(usize),
    /// The marker of `expect-replicated`.
    Marker,
}

impl Of {
    /// Every command.
    pub const ALL: Of = Of::kinds(&[]);
    /// What prints a file or its digest, in whichever way.
    pub const READS: Of = Of::kinds(&[Kind::Cat, Kind::Direct, Kind::Digest]);
    /// What prints a file's bytes, in whichever way.
    pub const BYTES: Of = Of::kinds(&[Kind::Cat, Kind::Direct]);
    /// What prints a file past the page cache.
    pub const DIRECT: Of = Of::kinds(&[Kind::Direct]);
    /// What prints a digest.
    pub const DIGEST: Of = Of::kinds(&[Kind::Digest]);
    /// What writes a file.
    pub const WRITES: Of = Of::kinds(&[Kind::Write]);
    /// What drops the page cache.
    pub const DROP: Of = Of::kinds(&[Kind::Drop]);
    /// What prints the mount table.
    pub const TABLE: Of = Of::kinds(&[Kind::Table]);
    /// What mounts.
    pub const MOUNT: Of = Of::kinds(&[Kind::Mount]);
    /// What unmounts.
    pub const UNMOUNT: Of = Of::kinds(&[Kind::Unmount]);
    /// What makes a file system.
    pub const FORMAT: Of = Of::kinds(&[Kind::Format]);
    /// What looks for a disk.
    pub const SERIAL: Of = Of::kinds(&[Kind::Serial]);
    /// What looks for a disk by udev's names.
    pub const BY_ID: Of = Of::kinds(&[Kind::ById]);
    /// What asks which boot it is.
    pub const BOOT: Of = Of::kinds(&[Kind::Boot]);
    /// What prints the kernel's messages.
    pub const MESSAGES: Of = Of::kinds(&[Kind::Messages]);

    /// Commands that do any of these.
    pub const fn kinds(kinds: &'static [Kind]) -> Of {
        Of { kinds, file: File::Any }
    }

    /// Of these only those about some files.
    pub const fn file(self, file: File) -> Of {
        Of { file, ..self }
    }

    /// Whether a command is one of them.
    pub fn fits(&self, command: &Command) -> bool {
        let kind = self.kinds.is_empty() || self.kinds.iter().any(|kind| command.is(*kind));
        kind && self.file.fits(&command.file)
    }
}

impl File {
    fn fits(self, name: &str) -> bool {
        let record = name
            .rsplit_once(".record-")
            .and_then(|(_, number)| number.parse::<usize>().ok());
        let marker = name.contains("cinder-drill-marker");
        match self {
            File::Any => true,
            // What cloud-init leaves is no file of a scenario.
            File::Own => !name.is_empty() && record.is_none() && !marker && !name.starts_with("/var/"),
            File::Records => record.is_some(),
            File::Record(number) => record == Some(number),
            File::RecordsFrom(first) => record.is_some_and(|number| number >= first),
            File::Marker => marker,
        }
    }
}
