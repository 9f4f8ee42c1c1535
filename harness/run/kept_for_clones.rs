//! An image that a driver keeps under another name, since another volume was cloned from it.
//!
//! RBD's driver renames the image of a volume that has such a snapshot, and removes it with the last clone. Where the clone goes first, as
//! it does here, releases forget the snapshot in which `_delete_volume` returns before `_delete_clone_parent_refs` (so 26.0 and 28.0; 21.3
//! does not), and the image stays at both sites for good, without a volume in Cinder.

use super::remedy::at_site;
use super::undone::Undone;
use crate::cloud::VolumeId;
use crate::failure::Failure;
use crate::session::Context;

/// What the driver appends to the name of an image that it keeps.
const KEPT: &str = ".deleted";
/// What it appends to the name of a clone, for the snapshot that it was cloned from.
const SNAPSHOT: &str = ".clone_snap";

/// Looks whether neither site keeps an image of a volume that others were cloned from.
///
/// # Errors
/// A site does, or cannot be asked.
pub(super) async fn require_none(context: &Context, id: &VolumeId, what: &str) -> Result<(), Undone> {
    let clones = context
        .backend_state
        .with(|state| state.cloned.get(id.as_str()).cloned());
    let (Some(clones), Some(sites)) = (clones, &context.sites) else {
        return Ok(());
    };
    let image = format!("{}{KEPT}", context.image_of(id.as_str()));
    for site in [&sites.primary, &sites.secondary] {
        match site.image_info(&image).await {
            Err(error) if error.is_no_such_image() => {}
            Err(error) => return Err(Failure::from(error).into()),
            Ok(_) => {
                let active = sites.at(context.backend_state.active());
                let mut remedy = Vec::new();
                for clone in &clones {
                    let snapshot = format!("{image}@{}{SNAPSHOT}", context.image_of(clone));
                    for command in ["snap unprotect", "snap rm"] {
                        remedy.push(at_site(active, active.image_command(command, &snapshot)));
                    }
                }
                remedy.push(at_site(active, active.image_command("rm", &image)));
                return Err(Undone {
                    failure: Failure::cloud(format!("{what} is deleted, and {} keeps its image as {image}", site.name()))
                        .detail("cloned from it", clones.iter().cloned().collect::<Vec<_>>().join(", "))
                        .help(
                            "the driver keeps an image from which others were cloned, and forgets to remove it with the last of them \
                             (cinder/volume/drivers/rbd.py, `_delete_volume`, of 26.0 and 28.0): it is this run's own",
                        ),
                    remedy: Some(remedy),
                });
            }
        }
    }
    Ok(())
}
