//! The files that steps write and read.

use super::Disk;
use super::{Boot, State};
use crate::diagnostic::{Diagnostic, Location, near_miss};
use crate::document::{Fields, Placed};
use crate::names::ServerName;

impl State<'_> {
    /// The path of a file: absolute, or relative to the home of the guest's user.
    pub(crate) fn file_path(&mut self, arguments: Fields<'_>, key: &str) -> Option<Placed<String>> {
        let path = arguments.text(key)?;
        let wrong = bad_path(&path.value).or_else(|| path.value.ends_with('/').then_some("it names a directory"));
        self.path(path, wrong)
    }

    /// The path of a directory to mount at: absolute, and not the root.
    pub(crate) fn directory_path(&mut self, arguments: Fields<'_>, key: &str) -> Option<Placed<String>> {
        let mut path = arguments.text(key)?;
        let wrong = if !path.value.starts_with('/') {
            Some("it is not absolute")
        } else if path.value.trim_matches('/').is_empty() {
            Some("it is the root")
        } else {
            bad_path(&path.value)
        };
        if wrong.is_none() && path.value.ends_with('/') {
            path.value.pop();
        }
        self.path(path, wrong)
    }

    fn path(&mut self, path: Placed<String>, wrong: Option<&str>) -> Option<Placed<String>> {
        let Some(wrong) = wrong else { return Some(path) };
        self.fault(
            Diagnostic::error(
                "bad-path",
                format!("`{}` cannot be used: {wrong}", path.value.escape_debug()),
            )
            .at(&path.at, "")
            .note("a file is absolute or relative to the home of the guest's user; a mount point is absolute"),
        );
        None
    }

    /// The disk that a path lies on. A path under a mount point where nothing is mounted is a fault: the file would
    /// land on the disk below, and prove nothing.
    pub(crate) fn disk(&mut self, guest: &ServerName, path: &Placed<String>) -> Disk {
        let mounted = self.volumes.iter().filter_map(|(name, volume)| {
            let here = volume.attached.as_ref().is_some_and(|(server, _)| server == guest);
            let (directory, _) = volume.mounted.as_ref().filter(|_| here)?;
            is_within(&path.value, directory).then_some((directory.len(), name))
        });
        if let Some((_, volume)) = mounted.max_by_key(|(length, _)| *length) {
            return Disk::Volume(volume.clone());
        }
        let unmounted = self
            .mount_points
            .iter()
            .find(|point| point.guest == *guest && is_within(&path.value, &point.directory));
        if let Some(point) = unmounted {
            let fault = Diagnostic::error("not-mounted", format!("nothing is mounted at {} here", point.directory))
                .at(&path.at, "this file would lie on the disk below")
                .because(&point.at, "the volume is mounted there by this step");
            self.order_fault(fault);
        }
        match self.servers.get(guest).and_then(|server| server.boot.clone()) {
            Some(Boot::Volume(volume)) => Disk::Volume(volume),
            _ => Disk::Ephemeral,
        }
    }

    /// Takes note of what is written.
    pub(crate) fn written(&mut self, guest: &ServerName, path: &str, text: &str, at: &Location) {
        self.written
            .insert((guest.clone(), path.to_owned()), (text.to_owned(), at.clone()));
    }

    /// What was last written to a path of a guest, and by which step. Nothing is a fault.
    pub(crate) fn written_before(
        &mut self,
        guest: &ServerName,
        path: &str,
        at: &Location,
    ) -> Option<(String, Location)> {
        if let Some(found) = self.written.get(&(guest.clone(), path.to_owned())) {
            return Some(found.clone());
        }
        let known: Vec<&str> = self
            .written
            .keys()
            .filter(|(server, _)| server == guest)
            .map(|(_, path)| path.as_str())
            .collect();
        let note = if known.is_empty() {
            format!("no earlier step writes in `{guest}`")
        } else {
            format!("earlier steps write {} there", known.join(", "))
        };
        let near = near_miss(path, known).map(|near| format!("did you mean the path `{near}`?"));
        let fault = Diagnostic::error(
            "not-written",
            format!("nothing was written to {} in `{guest}` before", path.escape_debug()),
        )
        .at(at, "there is nothing to compare with")
        .note(note)
        .help_if(near)
        .help("write it first, or give its `text`");
        self.order_fault(fault);
        None
    }
}

/// What is wrong with a path that every command must understand in the same way.
fn bad_path(path: &str) -> Option<&'static str> {
    if path.chars().any(char::is_control) {
        Some("it holds control characters")
    } else if path.starts_with('~') {
        Some("`~` is not expanded; a relative path begins in the home directory")
    } else if path.len() > 1024 {
        Some("it is too long")
    } else if path
        .trim_start_matches('/')
        .split('/')
        .any(|part| matches!(part, "." | ".."))
    {
        Some("it goes by `.` or `..`")
    } else if path.contains("//") {
        Some("it holds an empty part")
    } else {
        None
    }
}

/// Whether a path lies in a directory.
fn is_within(path: &str, directory: &str) -> bool {
    path.strip_prefix(directory).is_some_and(|rest| rest.starts_with('/'))
}
