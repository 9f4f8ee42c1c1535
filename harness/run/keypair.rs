//! The key pair by which guests let the harness in.

use std::path::Path;

use crate::event::{Resource, ResourceKind};
use crate::failure::Failure;
use crate::session::Context;
use crate::targets::Guest;

/// The name of the Nova key pair for the servers of this run: the one that the target names, or one that is made from
/// the private key that the target names.
///
/// # Errors
/// The key cannot be read, or Nova refuses it.
pub async fn provide(context: &mut Context, guest: &Guest) -> Result<String, Failure> {
    if let Some(existing) = &guest.keypair {
        return Ok(existing.clone());
    }
    let public_key = public_half(&guest.key).await?;
    let name = context.shared_name("key");
    context
        .intend(Resource {
            kind: ResourceKind::KeyPair,
            name: name.clone(),
            id: None,
        })
        .await?;
    context.cloud.create_keypair(&name, &public_key).await?;
    context.made(ResourceKind::KeyPair, &name);
    Ok(name)
}

/// The public half beside a private key, as `ssh-keygen` leaves it.
async fn public_half(private_key: &Path) -> Result<String, Failure> {
    let mut path = private_key.as_os_str().to_owned();
    path.push(".pub");
    let path = Path::new(&path);
    match tokio::fs::read_to_string(path).await {
        Ok(text) => Ok(text.trim().to_owned()),
        Err(error) => Err(Failure::file(format!("cannot read the public key {}", path.display()), &error)
            .detail("expected", "the public half of the target's guest.key, beside it")
            .help(format!(
                "make it with `ssh-keygen -y -f {} > {}`, or name an existing Nova key pair in the target's guest.keypair",
                private_key.display(),
                path.display()
            ))),
    }
}
