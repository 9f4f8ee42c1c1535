//! Which machine a guest is, and which of its boots.

use super::error::GuestError;
use super::handle::Guest;
use crate::shell::Output;

/// Where Linux says which boot this is: a random id, another one after each boot (`random(4)`).
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";

/// Where cloud-init keeps the id of the instance that it was run for.
const INSTANCE_ID: &str = "/var/lib/cloud/data/instance-id";

/// The longest name that is kept, in characters: Linux' `HOST_NAME_MAX` and ids are shorter.
const LONGEST: usize = 128;

/// Which machine a guest is, and which of its boots, as far as it says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// The id of this boot; `None` for a guest without `/proc`, or one that prints something else there.
    pub boot_id: Option<String>,
    /// Its host name. Images may give many machines one.
    pub hostname: Option<String>,
    /// The id of its instance, as cloud-init knows it; `None` without cloud-init.
    pub instance_id: Option<String>,
}

impl Guest {
    /// Which machine this is. What the guest does not say is `None`, which is not an error.
    ///
    /// # Errors
    /// The guest cannot be asked.
    pub async fn identity(&self) -> Result<Identity, GuestError> {
        let doing = "read which machine this is";
        let boot = self.run(doing, self.command(&format!("cat {BOOT_ID}"))).await?;
        let name = self.run(doing, self.command("hostname")).await?;
        let instance = self.run(doing, self.command(&format!("cat {INSTANCE_ID}"))).await?;
        Ok(Identity {
            boot_id: line(&boot).filter(|id| is_uuid(id)),
            hostname: line(&name),
            instance_id: line(&instance),
        })
    }
}

/// The last line of what a command printed, if it succeeded: a login script may speak before it.
fn line(output: &Output) -> Option<String> {
    let text = output.stdout_text();
    let last = text.lines().map(str::trim).rfind(|line| !line.is_empty())?;
    let is_name = last.chars().count() <= LONGEST && last.chars().all(|letter| letter.is_ascii_graphic());
    (output.success() && is_name).then(|| last.to_owned())
}

/// Whether a text has the form of the kernel's boot ids.
fn is_uuid(text: &str) -> bool {
    uuid::Uuid::try_parse(text).is_ok() && text.len() == 36
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(exit_code: i32, stdout: &str) -> Output {
        Output {
            exit_code,
            stdout: stdout.as_bytes().to_vec(),
            stderr: Vec::new(),
            duration: std::time::Duration::ZERO,
            place: "root@192.0.2.50:22".to_owned(),
        }
    }

    #[test]
    fn a_boot_id_is_an_id_and_nothing_else() {
        let id = "0d3f6f6e-6d0b-4c43-8f0e-0a8b6c2d3e4f";
        assert_eq!(line(&output(0, &format!("motd\n{id}\r\n"))).as_deref(), Some(id));
        assert!(is_uuid(id));
        for other in ["", "0", "0d3f6f6e6d0b4c438f0e0a8b6c2d3e4f", "not-an-id"] {
            assert!(!is_uuid(other), "{other}");
        }
        assert_eq!(line(&output(1, id)), None);
        assert_eq!(line(&output(0, "\n\n")), None);
        assert_eq!(line(&output(0, &"x".repeat(200))), None);
        assert_eq!(line(&output(0, "two words")), None);
    }
}
