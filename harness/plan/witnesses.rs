//! Whether what is read after a failover proves something of the storage.

use super::PlannedStep;
use crate::diagnostic::Diagnostic;
use crate::names::ServerName;
use crate::state::{Disk, Place, State};
use crate::step::Action;

/// Something that a guest reads.
struct Looked<'a> {
    what: &'a str,
    guest: &'a ServerName,
    disk: &'a Disk,
}

impl State<'_> {
    /// What the API says of itself is a claim: another witness must confirm a move, if only a guest that has its files still.
    fn only_the_api(&mut self, moved: &PlannedStep, after: &[PlannedStep], is_read: bool) {
        let target = self.target();
        let is_logged = |step: &PlannedStep| matches!(step.action, Action::ExpectConnection(_));
        if !target.volume_logs.is_empty() && after.iter().any(is_logged) {
            return;
        }
        let message = format!("only the API says that {} moves", target.backend);
        let help = match target.driver.profile.asks_rbd() {
            true => {
                "give both sites of the target a `shell` and a `pool`; or name its `volume-log`, and check the connection after the \
                 move (`expect-connection`)"
            }
            false => "name the target's `volume-log`, and check the connection after the move (`expect-connection`)",
        };
        let fault = if is_read {
            Diagnostic::warning("api-only", message)
                .at(
                    &moved.at,
                    "if nothing moved, all later steps would give the same result",
                )
                .note("a pass says so in every report")
        } else {
            Diagnostic::error("api-only", message)
                .at(&moved.at, "and no guest reads anything after it")
                .note("what an API says of itself is a claim, and proves nothing")
        };
        self.fault(fault.help(help));
    }

    /// Warns of files that lie on no volume, and of a drill in which only the guest can say what the storage holds.
    pub(super) fn witnesses(&mut self, steps: &[PlannedStep]) {
        let moved = steps.iter().position(|step| step.action.movement().is_some());
        let after = moved.map_or(&[][..], |moved| &steps[moved + 1..]);
        let reads: Vec<_> = after
            .iter()
            .filter_map(|step| match &step.action {
                Action::Read(read) => Some((
                    Looked {
                        what: &read.path,
                        guest: &read.guest,
                        disk: &read.disk,
                    },
                    &step.at,
                )),
                Action::ExpectWorkload(expect) => {
                    let Place::Path(path) = &expect.place else { return None };
                    Some((
                        Looked {
                            what: path,
                            guest: &expect.guest,
                            disk: &expect.disk,
                        },
                        &step.at,
                    ))
                }
                _ => None,
            })
            .collect();
        for (read, at) in &reads {
            if *read.disk == Disk::Ephemeral {
                let fault = Diagnostic::warning(
                    "no-volume",
                    format!(
                        "{} of `{}` lies on the server's own disk, and on no volume",
                        read.what, read.guest
                    ),
                )
                .at(at, "reading this proves nothing about a volume or a site")
                .help(
                    "write and read below a directory at which a step mounts a volume, or let the server boot from one",
                );
                self.fault(fault);
            }
        }
        let target = self.target();
        let can_be_asked = target.can_ask_storage();
        let first = reads.iter().find(|(read, _)| *read.disk != Disk::Ephemeral);
        if let Some(moved) = moved.filter(|_| !can_be_asked) {
            self.only_the_api(&steps[moved], after, !reads.is_empty());
        }
        if let Some((_, at)) = first.filter(|_| !can_be_asked) {
            let fault = Diagnostic::warning(
                "no-second-witness",
                format!("the sites of target {} cannot be asked what they hold", target.name),
            )
            .at(at, "what the guest says is all that is known of the data")
            .note("a guest that answers from memory, or writes lost data again, is not noticed");
            let fault = match target.driver.profile.asks_rbd() {
                true => fault.help("give both sites of the target a `shell` and a `pool`"),
                false => fault,
            };
            self.fault(fault);
        }
    }
}
