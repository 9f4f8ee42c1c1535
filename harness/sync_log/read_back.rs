//! Reading back a file that the run wrote, from its guest.

use super::condition::{Condition, SaidDigest, judge};
use crate::counted::counted;
use crate::guest::{Guest, GuestError, Problem};

/// What a guest reads of a file.
#[derive(Clone, Debug)]
pub struct ReadBack {
    /// The state of the write.
    pub condition: Condition,
    /// What the guest read, if it is not what was written.
    pub seen: Option<Vec<u8>>,
    /// Whether it is whole only in the guest's memory: its disk gave something else.
    pub from_memory: bool,
    /// Whether it was also read past the guest's caches.
    pub direct: bool,
}

/// Asks a guest for a file three times: its bytes, its digest, and its bytes past the kernel's caches, as far as the guest
/// can do that. Bytes count, and only with their own digest.
///
/// # Errors
/// The guest cannot be asked, cannot read its disk, contradicts itself, or something writes along with what it reads.
pub async fn read_back(guest: &Guest, path: &str, written: &[u8]) -> Result<ReadBack, GuestError> {
    let mut garbage = None;
    let digest = match guest.sha256(path).await {
        Ok(digest) => SaidDigest::Of(digest),
        Err(error) if is_missing(guest, path, &error).await? => SaidDigest::Missing,
        Err(error @ GuestError::Garbage { .. }) => {
            garbage = Some(error);
            SaidDigest::Garbage
        }
        Err(error) => return Err(error),
    };
    let read = match guest.read_file(path, written.len()).await {
        Ok(read) => Some(read),
        Err(error) if is_missing(guest, path, &error).await? => None,
        Err(error) => return Err(error),
    };
    let Some(condition) = judge(written, read.as_deref(), &digest) else {
        return Err(dispute(guest, path, written, read.as_deref(), digest, garbage));
    };
    let read_back = ReadBack {
        seen: read.filter(|_| condition != Condition::Whole),
        condition,
        from_memory: false,
        direct: false,
    };
    if read_back.condition != Condition::Whole {
        return Ok(read_back);
    }
    Ok(match guest.read_directly(path, written.len()).await {
        Ok(None) => read_back,
        Ok(Some(direct)) if direct == written => ReadBack {
            direct: true,
            ..read_back
        },
        Ok(Some(direct)) => ReadBack {
            condition: Condition::of(written, &direct),
            seen: Some(direct),
            from_memory: true,
            direct: true,
        },
        Err(error) if error.problem() == Some(Problem::NoSuchFile) => ReadBack {
            condition: Condition::Missing,
            seen: None,
            from_memory: true,
            direct: true,
        },
        Err(error) => return Err(error),
    })
}

/// Whether a command failed since there is no such file. A message in another language is not understood, and is asked
/// about by a status alone.
async fn is_missing(guest: &Guest, path: &str, error: &GuestError) -> Result<bool, GuestError> {
    match error.problem() {
        Some(Problem::NoSuchFile) => Ok(true),
        Some(Problem::Other) => Ok(!guest.has_file(path).await?),
        _ => Ok(false),
    }
}

/// The error of a guest whose answers do not belong together.
fn dispute(
    guest: &Guest,
    path: &str,
    written: &[u8],
    read: Option<&[u8]>,
    digest: SaidDigest,
    garbage: Option<GuestError>,
) -> GuestError {
    let noise = guest.noise(path, written, read.unwrap_or_default());
    match (noise, garbage, digest) {
        (noise @ GuestError::Noise { .. }, _, _) => noise,
        (_, Some(garbage), _) => garbage,
        (
            GuestError::Contradiction {
                place, path, read: how, ..
            },
            None,
            digest,
        ) => GuestError::Contradiction {
            place,
            path,
            read: match read {
                None => "there is no such file".to_owned(),
                Some(read) if read == written => format!("{}, as written", counted(read.len(), "byte")),
                Some(_) => how,
            },
            digest: match digest {
                SaidDigest::Of(digest) => digest,
                SaidDigest::Missing | SaidDigest::Garbage => "there is no such file".to_owned(),
            },
        },
        (other, None, _) => other,
    }
}
