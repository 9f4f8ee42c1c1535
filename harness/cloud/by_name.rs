//! Finds what a user names, by id or by name.

use super::error::{ApiError, ApiErrorKind};

/// Something with an id and a name.
pub(super) trait Identified {
    /// The id.
    fn id(&self) -> &str;
    /// The name; services let several have the same.
    fn name(&self) -> &str;
}

/// The one of `all` whose id is `wanted`, or else the only one whose name it is.
pub(super) fn choose<T: Identified>(what: &'static str, wanted: &str, all: Vec<T>) -> Result<T, ApiError> {
    let mut available: Vec<String> = all.iter().map(|candidate| candidate.name().to_owned()).collect();
    let mut named = Vec::new();
    for candidate in all {
        if candidate.id() == wanted {
            return Ok(candidate);
        }
        if candidate.name() == wanted {
            named.push(candidate);
        }
    }
    if named.len() > 1 {
        let ids = named.iter().map(|candidate| candidate.id().to_owned()).collect();
        return Err(ApiError::new(ApiErrorKind::NotUnique {
            what,
            name: wanted.to_owned(),
            ids,
        }));
    }
    named.pop().ok_or_else(|| {
        available.sort_unstable();
        available.dedup();
        ApiError::new(ApiErrorKind::NoSuchName {
            what,
            wanted: wanted.to_owned(),
            available,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Thing(&'static str, &'static str);

    impl Identified for Thing {
        fn id(&self) -> &str {
            self.0
        }

        fn name(&self) -> &str {
            self.1
        }
    }

    fn things() -> Vec<Thing> {
        vec![
            Thing("1", "guest"),
            Thing("2", "guest"),
            Thing("3", "cirros"),
            Thing("guest-id", "1"),
        ]
    }

    #[test]
    fn an_id_wins_and_a_name_must_be_unique() {
        assert_eq!(choose("image", "1", things()).ok().unwrap().name(), "guest");
        assert_eq!(choose("image", "cirros", things()).ok().unwrap().id(), "3");
        let error = choose("image", "guest", things()).err().unwrap();
        assert_eq!(error.summary(), "2 images of the cloud have the name 'guest'");
        assert_eq!(error.details(), [("their ids", "1, 2".to_owned())]);
        let error = choose("image", "ciros", things()).err().unwrap();
        assert_eq!(error.details(), [("there are", "1, cirros, guest".to_owned())]);
        assert_eq!(error.help().as_deref(), Some("did you mean 'cirros'?"));
    }
}
