//! How Cinder names the images of volumes.

use std::fmt;

/// What stands for the id in Cinder's `volume_name_template`.
const ID: &str = "%s";

/// The name of a volume's image, with a place for the id: Cinder's `volume_name_template`, `volume-%s` unless configured otherwise
/// (`cinder/db/api.py`). The id is that of `name_id` where a migration left one (`objects/volume.py`, `name`).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VolumeNameTemplate {
    before: String,
    after: String,
}

impl VolumeNameTemplate {
    /// Reads a template; none if it has not exactly one `%s`, or another `%` that Python would take for a place.
    #[must_use]
    pub fn new(text: &str) -> Option<VolumeNameTemplate> {
        let (before, after) = text.split_once(ID)?;
        let good = |part: &str| !part.contains(['%', '/', '@']) && !part.contains(char::is_whitespace);
        (good(before) && good(after)).then(|| VolumeNameTemplate {
            before: before.to_owned(),
            after: after.to_owned(),
        })
    }

    /// The name of the image of the volume with this id (its `name_id`, if it has one).
    #[must_use]
    pub fn image(&self, id: &str) -> String {
        format!("{}{id}{}", self.before, self.after)
    }

    /// The id of the volume whose image has this name; none for images of anything else, such as `volume-….deleted`, which the
    /// driver keeps for clones, or `image-…` of Glance. Where the template is no more than the id, nothing distinguishes
    /// volumes from other images, so there is none either.
    #[must_use]
    pub fn id<'a>(&self, image: &'a str) -> Option<&'a str> {
        if self.before.is_empty() && self.after.is_empty() {
            return None;
        }
        let id = image.strip_prefix(&self.before)?.strip_suffix(&self.after)?;
        is_uuid(id).then_some(id)
    }
}

/// Whether a text is an id as Cinder makes them.
fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    lengths == [8, 4, 4, 4, 12] && groups.iter().all(|group| group.chars().all(|c| c.is_ascii_hexdigit()))
}

impl Default for VolumeNameTemplate {
    fn default() -> Self {
        VolumeNameTemplate {
            before: "volume-".to_owned(),
            after: String::new(),
        }
    }
}

impl fmt::Display for VolumeNameTemplate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.image(ID))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UUID: &str = "0a1b2c3d-1111-4111-8111-00000000000f";

    #[test]
    fn names_are_made_and_read() {
        let default = VolumeNameTemplate::default();
        assert_eq!(VolumeNameTemplate::new("volume-%s"), Some(default.clone()));
        assert_eq!(default.image(UUID), format!("volume-{UUID}"));
        assert_eq!(default.id(&default.image(UUID)), Some(UUID));
        let own = VolumeNameTemplate::new("prod.%s-vol").unwrap();
        assert_eq!(
            (own.image("1"), own.to_string()),
            ("prod.1-vol".to_owned(), "prod.%s-vol".to_owned())
        );
        assert_eq!(own.id(&own.image(UUID)), Some(UUID));
        for odd in [
            "",
            "volume",
            "volume-%d",
            "%s-%s",
            "100%-%s",
            "pool/%s",
            "a %s",
            "%(id)s",
        ] {
            assert_eq!(VolumeNameTemplate::new(odd), None, "{odd}");
        }
    }

    #[test]
    fn images_of_anything_else_are_no_volumes() {
        let default = VolumeNameTemplate::default();
        for image in [
            format!("volume-{UUID}.deleted"),
            format!("volume-{UUID}.backup.base"),
            format!("image-{UUID}"),
            UUID.to_owned(),
            "volume-backup".to_owned(),
            format!("{UUID}_disk"),
        ] {
            assert_eq!(default.id(&image), None, "{image}");
        }
        assert_eq!(VolumeNameTemplate::new("%s").unwrap().id(UUID), None);
    }
}
