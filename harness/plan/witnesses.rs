//! Whether what is read after a failover proves something of the storage.

use super::{PlannedStep, State};
use crate::diagnostic::Diagnostic;
use crate::names::SiteName;
use crate::step::{Action, Disk};

impl State<'_> {
    /// Warns of files that lie on no volume, and of a drill in which nobody but the guest can say what the storage holds.
    pub(super) fn witnesses(&mut self, steps: &[PlannedStep]) {
        let moved = steps.iter().position(|step| step.action.movement().is_some());
        let after = moved.map_or(&[][..], |moved| &steps[moved + 1..]);
        let reads: Vec<_> = after
            .iter()
            .filter_map(|step| match &step.action {
                Action::Read(read) => Some((read, &step.at)),
                _ => None,
            })
            .collect();
        for (read, at) in &reads {
            if read.disk == Disk::Ephemeral {
                let fault = Diagnostic::warning(
                    "no-volume",
                    format!(
                        "{} of `{}` lies on the server's own disk, and on no volume",
                        read.path, read.guest
                    ),
                )
                .at(at, "whatever this reads proves nothing of a volume or a site")
                .help(
                    "write and read below a directory at which a step mounts a volume, or let the server boot from one",
                );
                self.fault(fault);
            }
        }
        let target = self.target();
        let can_be_asked = SiteName::ALL.iter().all(|site| {
            let site = target.sites.get(*site);
            site.is_some_and(|site| site.shell.is_some() && site.pool.is_some())
        });
        let first = reads.iter().find(|(read, _)| read.disk != Disk::Ephemeral);
        if let Some((_, at)) = first.filter(|_| !can_be_asked) {
            let fault = Diagnostic::warning(
                "no-second-witness",
                format!("the sites of target {} cannot be asked what they hold", target.name),
            )
            .at(at, "what the guest says is all that is known of the data")
            .note("a guest that answers from memory, or writes anew what was lost, is not seen")
            .help("give both sites of the target a `shell` and a `pool`, if their storage is Ceph");
            self.fault(fault);
        }
    }
}
