//! Where cinder-volume logs.

use std::fmt;

use super::Shell;

/// A log of cinder-volume.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VolumeLog {
    /// What holds it.
    pub source: LogSource,
    /// How to reach the machine that has it.
    pub shell: Shell,
    /// What stands before every command there; may be empty.
    pub prefix: String,
}

/// What holds a log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LogSource {
    /// A file, by its path.
    Path(String),
    /// systemd's journal, by the unit.
    Journal {
        /// The unit.
        unit: String,
    },
    /// The runtime of a container.
    Container {
        /// The runtime's program: `docker`, `podman`, …
        engine: String,
        /// The container.
        name: String,
    },
    /// The pods of a Kubernetes.
    Pod {
        /// Its client: `kubectl` or `oc`.
        client: String,
        /// Their namespace.
        namespace: String,
        /// The labels by which they are selected.
        selector: String,
        /// The container in each of them; without it, their only one.
        container: Option<String>,
    },
    /// What a command prints.
    Command(String),
}

impl fmt::Display for LogSource {
    /// For people.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LogSource::Path(path) => formatter.write_str(path),
            LogSource::Journal { unit } => write!(formatter, "the journal of {unit}"),
            LogSource::Container { name, .. } => write!(formatter, "the log of container {name}"),
            LogSource::Pod {
                namespace, selector, ..
            } => write!(formatter, "the log of the pods {selector} in {namespace}"),
            LogSource::Command(command) => write!(formatter, "what `{command}` prints"),
        }
    }
}
