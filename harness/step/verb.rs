//! What a verb is.

use super::Action;
use crate::diagnostic::Location;
use crate::document::{Field, Fields, Shape, Word};
use crate::failure::Failure;
use crate::names::{ServerName, SiteName, VolumeName};
use crate::session::{Context, Judges, Movement};
use crate::state::{Disk, Place, State};
use crate::targets::BudgetName;

/// A verb.
#[derive(Debug)]
pub(crate) struct Verb {
    /// Its name, its arguments, and what it does.
    pub field: Field,
    /// Whether it checks something.
    pub checks: bool,
    /// What it changes, in words; none if it only looks.
    pub change: Option<&'static str>,
    /// The budget that it has.
    pub budget: BudgetName,
    /// What it judges itself, and is not explained again when it fails.
    pub judges: Judges,
    /// Resolves its arguments and applies what it does to the state. None if the arguments cannot be understood, which
    /// is a fault in the state then.
    pub compile: fn(&mut State<'_>, &Step<'_>) -> Option<Compiled>,
}

/// What a verb does once it is compiled.
pub(super) trait Act {
    /// What it does, in one line of plain words.
    fn describe(&self) -> String;

    /// What it does to the backend as a whole, if that is what it does: scenarios that do the same can meet there.
    fn movement(&self) -> Option<Movement> {
        None
    }

    /// Whether it disturbs all others: they wait until it has ended. A movement of the backend does, too, and is a matter of its
    /// own, since scenarios meet at it.
    fn disturbs(&self) -> bool {
        false
    }

    /// Whether it breaks or mends what all scenarios stand on: one that does runs alone.
    fn harms_others(&self) -> bool {
        false
    }

    /// What its result means, once all that explains it is known.
    fn judged(&self, result: Result<String, Failure>) -> Result<String, Failure> {
        result
    }

    /// What it is called if it takes a site or the backend from whoever uses it: a writer that was over before says nothing of it.
    fn strikes(&self) -> Option<&'static str> {
        None
    }

    /// Does it. The answer says what was done, in words.
    async fn run(&self, context: &mut Context) -> Result<String, Failure>;
}

/// A step that is being compiled.
#[derive(Debug)]
pub(crate) struct Step<'a> {
    /// Its arguments.
    pub arguments: Fields<'a>,
    /// The place of its verb.
    pub at: &'a Location,
}

/// What a step compiles to, besides what its verb says.
#[derive(Debug)]
pub(crate) struct Compiled {
    /// What it does.
    pub action: Action,
    /// How it is undone, in words.
    pub undo: Option<String>,
    /// What no other run may touch while it runs.
    pub locks: Vec<String>,
}

impl Compiled {
    /// What changes nothing that another run could touch.
    pub fn looking(action: Action) -> Compiled {
        Compiled::locking(action, Vec::new())
    }

    /// What is not undone.
    pub fn locking(action: Action, locks: Vec<String>) -> Compiled {
        Compiled {
            action,
            undo: None,
            locks,
        }
    }
}

/// The argument that names a guest.
pub(super) const GUEST: Field = Field::required("guest", Shape::NameOrEach, "The server whose guest does it.");

/// The file that a workload writes to.
pub(super) const PLACE: Field = Field::optional(
    "path",
    Shape::Text,
    "The file that it writes to: absolute, or relative to the home of the guest's user.",
);

/// The device that a workload writes to.
pub(super) const VOLUME_DEVICE: Field = Field::optional(
    "volume",
    Shape::NameOrEach,
    "The volume to whose device it writes, without a file system.",
);

/// The volume and the site `at` which its image is changed or looked at. Both sites are asked, so neither may be lost.
pub(super) fn image_at(state: &mut State<'_>, step: &Step<'_>) -> Option<(VolumeName, SiteName, Location)> {
    let volume = state.volume(step.arguments, "volume");
    let at = state.site(step.arguments, "at");
    for site in SiteName::ALL {
        state.needs_storage(site, step.at);
        state.needs_living(site, step.at);
    }
    let (volume, (site, at)) = (volume?, at?);
    Some((volume, site, at))
}

/// A workload writes to one of them.
pub(super) const WORKLOAD_PLACE: &[&str] = &["path", "volume"];

/// The workload that the arguments name.
pub(super) fn workload_name(state: &mut State<'_>, step: &Step<'_>) -> Option<(ServerName, Place)> {
    let guest = state.server(step.arguments, "guest");
    let place = if step.arguments.get("path").is_some() {
        Place::Path(state.file_path(step.arguments, "path")?.value)
    } else {
        Place::Device(state.volume(step.arguments, "volume")?)
    };
    Some((guest?, place))
}

/// The workload that the arguments name, and the disk that it writes to.
pub(super) fn workload_place(state: &mut State<'_>, step: &Step<'_>) -> Option<(ServerName, Place, Disk)> {
    let (guest, place) = workload_name(state, step)?;
    let disk = match &place {
        Place::Path(_) => {
            let path = state.file_path(step.arguments, "path")?;
            state.disk(&guest, &path)
        }
        Place::Device(volume) => Disk::Volume(volume.clone()),
    };
    Some((guest, place, disk))
}

/// The words for the sites.
pub(super) static SITES: [Word; 2] = [
    Word {
        word: "primary",
        text: "The site where the backend is without a failover, whatever the target calls it.",
    },
    Word {
        word: "secondary",
        text: "The site that takes over.",
    },
];
