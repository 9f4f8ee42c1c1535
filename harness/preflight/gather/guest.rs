//! Whether what servers are made from is there.

use std::path::Path;

use super::super::{Asked, Unasked, Why};
use super::within::{patience, within};
use crate::bounded_file;
use crate::cloud::Cloud;
use crate::shell::{KeyFile, Keys, NoKey, is_locked_for_us, passphrase, unlock};
use crate::targets::{Guest, GuestAddress, Target};

/// What the target's `guest` names in the cloud, in words.
pub(super) fn names(target: &Target) -> Vec<String> {
    let guest = &target.guest;
    let mut names = vec![
        format!("image {}", guest.image),
        format!("flavor {}", guest.flavor),
        format!("network {}", guest.network),
    ];
    names.extend(guest.keypair.iter().map(|name| format!("key pair {name}")));
    if let GuestAddress::Floating { network } = &guest.address {
        names.push(format!("external network {network}"));
    }
    names
}

/// Looks for each of them.
pub(super) async fn things(target: &Target, cloud: &Cloud) -> Vec<(String, Asked<()>)> {
    let (guest, patience) = (&target.guest, patience(target));
    let image = async { found(within(patience, "Glance", cloud.image_by_name_or_id(&guest.image)).await) };
    let flavor = async { found(within(patience, "Nova", cloud.flavor_by_name_or_id(&guest.flavor)).await) };
    let network = async { found(within(patience, "Neutron", cloud.network_by_name_or_id(&guest.network)).await) };
    let keypair = async {
        match &guest.keypair {
            None => None,
            Some(name) => Some(match within(patience, "Nova", cloud.keypair_if_exists(name)).await {
                Ok(Some(_)) => Ok(()),
                Ok(None) => Err(Unasked {
                    why: Why::NoSuchName,
                    reason: format!("the cloud's user has no key pair {name}"),
                    help: Some(
                        "name one of `openstack keypair list` in the target's guest.keypair, or leave it out: each run then \
                         imports the key's public half"
                            .to_owned(),
                    ),
                }),
                Err(unasked) => Err(unasked),
            }),
        }
    };
    let external = async {
        match &guest.address {
            GuestAddress::Fixed => None,
            GuestAddress::Floating { network } => Some(found(
                within(patience, "Neutron", cloud.network_by_name_or_id(network)).await,
            )),
        }
    };
    let (image, flavor, network, keypair, external) = tokio::join!(
        Box::pin(image),
        Box::pin(flavor),
        Box::pin(network),
        Box::pin(keypair),
        Box::pin(external)
    );
    let answers = [Some(image), Some(flavor), Some(network), keypair, external];
    names(target).into_iter().zip(answers.into_iter().flatten()).collect()
}

fn found<T>(answer: Asked<T>) -> Asked<()> {
    answer.map(|_| ())
}

/// Whether the guests' private key can be used: it is there, can be read, and its passphrase is known if it has one. If the run has to import
/// its public half, that is there, too.
pub(super) async fn key(guest: &Guest) -> Asked<()> {
    let path = guest.key.clone();
    let wants_public = guest.keypair.is_none();
    unlock(Keys::file(&path)).await;
    let looked = tokio::task::spawn_blocking(move || look_at_key(&path, wants_public)).await;
    looked.unwrap_or_else(|error| Err(Unasked::silent(error.to_string())))
}

fn look_at_key(path: &Path, wants_public: bool) -> Asked<()> {
    let wrong = |reason: String, help: String| Unasked {
        why: Why::NoSuchName,
        reason,
        help: Some(help),
    };
    let shown = path.display();
    let key = match KeyFile::read(path) {
        Ok(key) => key,
        Err(NoKey::Unreadable(error)) => {
            return Err(wrong(
                format!("the private key {shown} cannot be read: {error}"),
                "set guest.key in the target to the private key of guest.user".to_owned(),
            ));
        }
        Err(why) => {
            return Err(wrong(
                format!("{shown} is not a private key that can be used: {}", why.words()),
                "set guest.key in the target to the private key of guest.user, not to its public half".to_owned(),
            ));
        }
    };
    if is_locked_for_us(&key) {
        return Err(wrong(
            format!(
                "the private key {shown} has a passphrase: {} is not set, and no SSH agent has the key",
                passphrase::VARIABLE
            ),
            format!(
                "load it with `ssh-add {shown}`, set {}, or start from a terminal, where it is asked for",
                passphrase::VARIABLE
            ),
        ));
    }
    let mut public = path.as_os_str().to_owned();
    public.push(".pub");
    let public = Path::new(&public);
    if wants_public && let Err(error) = bounded_file::read(public) {
        return Err(wrong(
            format!("the public key {} cannot be read: {error}", public.display()),
            format!(
                "make it with `ssh-keygen -y -f {shown} > {}`, or name an existing Nova key pair in the target's guest.keypair",
                public.display()
            ),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first lines of keys that `ssh-keygen` 9.2 made, without and with a passphrase.
    const PLAIN: &str =
        "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW\n";
    const LOCKED: &str =
        "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHIAAAAGYmNyeXB0AAAAGAAAABBK3kZ\n";

    #[test]
    fn a_key_that_cannot_be_used_is_told_with_its_reason() {
        let folder = tempfile::tempdir().expect("a folder");
        let key = folder.path().join("key");
        let told = |content: Option<&str>, public: bool| {
            if let Some(content) = content {
                std::fs::write(&key, content).expect("written");
            }
            let unasked = look_at_key(&key, public).expect_err("a key that cannot be used");
            format!("{}\n  {}\n", unasked.reason, unasked.help.expect("help"))
                .replace(&folder.path().display().to_string(), "DIR")
        };
        let shown = [
            told(None, false),
            told(Some(LOCKED), false),
            told(Some("ssh-ed25519 AAAA"), false),
            told(Some("no key"), false),
            told(Some(PLAIN), true),
        ];
        insta::assert_snapshot!(shown.concat());
        std::fs::write(&key, PLAIN).expect("written");
        assert_eq!(look_at_key(&key, false).map_err(|unasked| unasked.reason), Ok(()));
    }
}
