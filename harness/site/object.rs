//! One object of an image, read at the site: the few MiB around what is looked for, however large the image is.

use std::ops::Range;
use std::time::Duration;

use super::error::SiteError;
use super::export::{count_of, findable};
use super::handle::Site;
use super::rbd_info::Objects;
use crate::shell::quote;

impl Site {
    /// Whether a text stands in the object of an image that holds these bytes of it. The object is one of the image that the site has
    /// before and after the look, so one of a copy that was thrown away meanwhile does not count.
    ///
    /// # Errors
    /// The site cannot be asked, has no such image ([`SiteError::is_no_such_image`]), the object cannot be read, or the image
    /// keeps these bytes in no single object whose name is known; or the text is one that [`Site::contains`] refuses.
    pub async fn object_contains(&self, image: &str, bytes: &Range<u64>, token: &str) -> Result<bool, SiteError> {
        let doing = format!("look for a marker in an object of image {}", self.image(image));
        let unsupported = |cause: String| SiteError::Unsupported {
            site: self.name().to_owned(),
            doing: doing.clone(),
            cause,
        };
        findable(token).map_err(unsupported)?;
        let Some(objects) = self.image_info(image).await?.objects else {
            return Err(unsupported(
                "it is striped, or `rbd info` does not name its objects".to_owned(),
            ));
        };
        let name = objects
            .holding(bytes)
            .ok_or_else(|| unsupported(format!("bytes {} to {} are in several objects", bytes.start, bytes.end)))?;
        // A pool of its own has the data where erasure coding does not take the rest.
        let pool = objects.pool.as_deref().unwrap_or(self.pool());
        if pool.contains('/') {
            return Err(unsupported("it is in a namespace of its pool".to_owned()));
        }
        let get = self.rados(&format!("-p {} get {} -", quote(pool), quote(&name)));
        let piped = self.piped(&doing, &get, &count_of(token), Duration::ZERO).await?;
        if piped.exit_code != 0 && piped.said.contains("error getting") && piped.said.contains("(2) No such file") {
            // Nothing was ever written there.
            return Ok(false);
        }
        let found = self.count(&doing, piped.whole(self, &doing)?)?;
        Ok(found && self.has(image, &objects).await?)
    }

    /// Whether an image still consists of these objects.
    async fn has(&self, image: &str, objects: &Objects) -> Result<bool, SiteError> {
        match self.image_info(image).await {
            Ok(info) => Ok(info.objects.as_ref() == Some(objects)),
            Err(error) if error.is_no_such_image() => Ok(false),
            Err(error) => Err(error),
        }
    }
}
