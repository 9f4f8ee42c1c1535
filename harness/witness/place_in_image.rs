//! Where in a volume's image a part of a file lies that a guest wrote.

use std::ops::Range;

use super::place_of_file::FilePlace;
use crate::failure::Failure;
use crate::names::ServerName;
use crate::session::Context;

impl Context {
    /// Which bytes of a volume's image a text in a guest's file is, by two who must agree: the guest says where on its disk these bytes
    /// of the file lie, and the image at the active site holds the text there. None if either does not: the guest has no tool
    /// that says it, what it says is not true of the image (LVM, LUKS and btrfs have places of their own), or the image's objects
    /// cannot be read one by one. Then only the whole image tells.
    ///
    /// # Errors
    /// The guest does not answer.
    pub async fn place_in_image(
        &self,
        server: &ServerName,
        path: &str,
        place: &FilePlace,
        bytes: Range<u64>,
        image: &str,
        text: &str,
    ) -> Result<Option<Range<u64>>, Failure> {
        let Some(device) = place.device() else {
            return Ok(None);
        };
        let Some(begin) = self.guest(server)?.place_on_disk(path, device, &bytes).await? else {
            return Ok(None);
        };
        let claimed = begin..begin.saturating_add(bytes.end - bytes.start);
        let site = self.sites()?.at(self.backend_state.active());
        let is_there = site.object_contains(image, &claimed, text).await;
        Ok(matches!(is_there, Ok(true)).then_some(claimed))
    }
}
