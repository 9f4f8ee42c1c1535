//! Whether a verdict rests on what the API says of itself alone.

use crate::event::{LogEvidence, MoveWitness, Proof};

/// Why a scenario's verdict rests on the word of the API alone, if it does: it moved its volumes, and neither the storage nor
/// the cinder-volume log has said so. What a guest reads is no word on it: it reads the same where nothing has moved.
pub(super) fn api_alone(proofs: &[Proof]) -> Option<String> {
    let (mut alone, mut unconfirmed) = (None, None);
    for proof in proofs {
        match proof {
            Proof::FailedOver {
                backend,
                active_backend_id,
                witness,
                ..
            } => {
                alone = alone.or(unconfirmed.take());
                if let MoveWitness::Nobody { because } = witness {
                    let to = match active_backend_id.as_str() {
                        "" => "back".to_owned(),
                        id => format!("to {id}"),
                    };
                    unconfirmed = Some(format!(
                        "only the API says that {backend} moved {to} ({because}); guests would read the same if \
                         nothing had moved"
                    ));
                }
            }
            // A driver logs what it hands out, after the movement that came before it.
            Proof::Connection {
                log: LogEvidence::Agrees { .. },
                ..
            } => unconfirmed = None,
            _ => {}
        }
    }
    alone.or(unconfirmed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moved(to: &str, witness: MoveWitness) -> Proof {
        Proof::FailedOver {
            backend: "box@ceph".to_owned(),
            active_backend_id: to.to_owned(),
            volumes: 1,
            together_with: Vec::new(),
            witness,
            api_milliseconds: 1,
            settled_milliseconds: 1,
        }
    }

    fn nobody() -> MoveWitness {
        MoveWitness::Nobody {
            because: "no shells".to_owned(),
        }
    }

    #[test]
    fn a_movement_that_nobody_else_saw_is_the_apis_word() {
        let alone = api_alone(&[moved("ceph2", nobody())]).expect("it is alone");
        assert!(
            alone.contains("box@ceph moved to ceph2") && alone.contains("no shells"),
            "{alone}"
        );
        let storage = MoveWitness::Storage {
            site: "site-b".to_owned(),
            images: 1,
        };
        assert_eq!(api_alone(&[moved("ceph2", storage.clone())]), None);
        // Each movement needs a witness of its own.
        assert!(api_alone(&[moved("ceph2", storage), moved("", nobody())]).is_some());
        // A journal of a version that did not ask says nothing.
        assert_eq!(api_alone(&[moved("ceph2", MoveWitness::NotAsked)]), None);
    }
}
