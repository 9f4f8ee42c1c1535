//! What `rbd info` says of an image.

use std::ops::Range;

use serde::Deserialize;

/// What `rbd info --format json` says of an image. Keys that are not here are passed over: each Ceph release adds some.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Answer")]
pub struct RbdInfo {
    /// The image's name in its pool.
    pub name: String,
    /// The image's id, which differs between the sites.
    pub id: String,
    /// The size in bytes.
    pub size: u64,
    /// The features, for example `journaling`.
    pub features: Vec<String>,
    /// The objects that it is cut into; `None` if their names are not known, or if its bytes go round over several (striping).
    pub objects: Option<Objects>,
    /// How it is mirrored; `None` if it is not.
    pub mirroring: Option<Mirroring>,
}

/// The objects that an image is cut into, one after the other. They differ between the sites, as the image's id does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Objects {
    /// What their names begin with: `rbd_data.ID`.
    prefix: String,
    /// How large each is.
    bytes: u64,
    /// The pool that they are in, where that is not the image's own.
    pub pool: Option<String>,
}

impl Objects {
    /// The name of the object that holds these bytes of the image; `None` if no single one does.
    #[must_use]
    pub fn holding(&self, bytes: &Range<u64>) -> Option<String> {
        let number = bytes.start / self.bytes;
        let last = bytes.end.checked_sub(1)?;
        // Ceph's `src/librbd/Utils.cc`, `data_object_name`.
        (last >= bytes.start && last / self.bytes == number).then(|| format!("{}.{number:016x}", self.prefix))
    }
}

/// How an image is mirrored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mirroring {
    /// `journal` or `snapshot`; Ceph says it since Octopus.
    pub mode: Option<String>,
    /// `enabled`, or `creating` and `disabling` in between.
    pub state: String,
    /// The id that the image has at all its sites.
    pub global_id: String,
    /// Whether this site's image is the one that can be written.
    pub primary: bool,
}

#[derive(Deserialize)]
struct Answer {
    name: String,
    id: String,
    size: u64,
    #[serde(default)]
    features: Vec<String>,
    object_size: Option<u64>,
    block_name_prefix: Option<String>,
    data_pool: Option<String>,
    stripe_unit: Option<u64>,
    stripe_count: Option<u64>,
    mirroring: Option<MirroringAnswer>,
}

impl Answer {
    fn objects(&self) -> Option<Objects> {
        let bytes = self.object_size.filter(|bytes| *bytes > 0)?;
        // The names of format 1 are other ones.
        let prefix = self
            .block_name_prefix
            .clone()
            .filter(|prefix| prefix.starts_with("rbd_data."))?;
        let is_striped =
            self.stripe_count.is_some_and(|count| count != 1) || self.stripe_unit.is_some_and(|unit| unit != bytes);
        (!is_striped).then(|| Objects {
            prefix,
            bytes,
            pool: self.data_pool.clone(),
        })
    }
}

#[derive(Deserialize)]
struct MirroringAnswer {
    mode: Option<String>,
    state: String,
    global_id: Option<String>,
    primary: Option<bool>,
}

impl TryFrom<Answer> for RbdInfo {
    type Error = String;

    fn try_from(answer: Answer) -> Result<RbdInfo, String> {
        let objects = answer.objects();
        let Answer {
            name,
            id,
            size,
            features,
            mirroring,
            ..
        } = answer;
        let mirroring = match mirroring {
            // An image with the journaling feature that is not mirrored has a `mirroring` of this state and no more.
            Some(MirroringAnswer {
                state, global_id: None, ..
            }) if state == "disabled" => None,
            Some(MirroringAnswer {
                mode,
                state,
                global_id: Some(global_id),
                primary: Some(primary),
            }) => Some(Mirroring {
                mode,
                state,
                global_id,
                primary,
            }),
            Some(MirroringAnswer { state, .. }) => {
                return Err(format!("mirroring is {state}, but its global_id or primary is missing"));
            }
            None => None,
        };
        Ok(RbdInfo {
            name,
            id,
            size,
            features,
            objects,
            mirroring,
        })
    }
}
