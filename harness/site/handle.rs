//! A storage site, and how it is asked.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde::de::DeserializeOwned;

use super::error::SiteError;
use super::mirror_status::MirrorStatus;
use super::pool_info::PoolInfo;
use super::rbd_info::RbdInfo;
use crate::shell::{Command, CommandObserver, CommandRecord, Output, Shell, quote};

/// How long a command to a lost site may take. A live one answers within a second; `rbd` waits for a dead one for minutes.
const LOST: Duration = Duration::from_secs(10);

/// How a site is asked.
#[derive(Clone, Debug)]
pub struct SiteOptions {
    /// What people call the site, for example `site-a`; for errors.
    pub name: String,
    /// What stands before every `rbd`, for example `cephadm shell --`; may be empty.
    pub prefix: String,
    /// What stands after every `rbd`, for example `--cluster ceph2 --id cinder2`; may be empty.
    pub rbd_arguments: String,
    /// The pool of the volumes' images.
    pub pool: String,
    /// How long a command may take. An image that is read whole takes longer on a real site than one question does.
    pub timeout: Duration,
}

/// A storage site.
#[derive(Clone)]
pub struct Site {
    shell: Shell,
    options: SiteOptions,
    observer: Option<Arc<dyn CommandObserver>>,
    /// Whether the site is known to be lost. Clones share it.
    lost: Arc<AtomicBool>,
}

impl fmt::Debug for Site {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Site")
            .field("shell", &self.shell)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl Site {
    /// The site that this shell reaches.
    #[must_use]
    pub fn new(shell: Shell, options: SiteOptions) -> Site {
        Site {
            shell,
            options,
            observer: None,
            lost: Arc::default(),
        }
    }

    /// Notes that the site is lost, or is back: a command to a lost one has a short limit.
    pub fn set_lost(&self, lost: bool) {
        self.lost.store(lost, Ordering::Relaxed);
    }

    /// Whether the site is known to be lost.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Relaxed)
    }

    /// Whether the cluster answers at all.
    ///
    /// # Errors
    /// It does not, or not what it was asked.
    pub async fn answers(&self) -> Result<(), SiteError> {
        self.images(self.pool()).await.map(drop)
    }

    /// Whether a secret may be sent to it.
    #[must_use]
    pub fn may_have_secrets(&self) -> bool {
        self.shell.may_have_secrets()
    }

    /// Tells an observer, if there is one, of every command.
    #[must_use]
    pub fn observed_by(mut self, observer: Option<Arc<dyn CommandObserver>>) -> Site {
        self.observer = observer;
        self
    }

    /// What people call the site.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.options.name
    }

    pub(super) fn set_arguments(&mut self, arguments: &str) {
        arguments.clone_into(&mut self.options.rbd_arguments);
    }

    /// The pool of the volumes' images.
    #[must_use]
    pub fn pool(&self) -> &str {
        &self.options.pool
    }

    /// What `rbd info` says of an image of the site's pool.
    ///
    /// # Errors
    /// The site cannot be asked, has no such image ([`SiteError::is_no_such_image`]), or its answer makes no sense.
    pub async fn image_info(&self, image: &str) -> Result<RbdInfo, SiteError> {
        self.json(
            &format!("read the info of image {}", self.image(image)),
            &format!("info {}", self.word(image)),
        )
        .await
    }

    /// What `rbd mirror image status` says of an image of the site's pool.
    ///
    /// # Errors
    /// As [`Site::image_info`]; or the image is not mirrored ([`SiteError::MirroringDisabled`]).
    pub async fn mirror_status(&self, image: &str) -> Result<MirrorStatus, SiteError> {
        let doing = format!("read the mirror status of image {}", self.image(image));
        self.json(&doing, &format!("mirror image status {}", self.word(image)))
            .await
    }

    /// What `rbd info` and `rbd mirror image status` print of an image, for people; with what they complain of.
    ///
    /// # Errors
    /// The site cannot be asked.
    pub async fn describe_image(&self, image: &str) -> Result<String, SiteError> {
        let mut text = String::new();
        for arguments in ["info", "mirror image status"] {
            let command = self.command(&self.rbd(&format!("{arguments} {}", self.word(image))));
            let output = self.run("describe an image", command.clone()).await?;
            text.push_str(&format!(
                "$ {}\n{}{}exit code {}\n\n",
                command.text(),
                output.stdout_text(),
                output.stderr_text(),
                output.exit_code
            ));
        }
        Ok(text)
    }

    /// What `rbd mirror pool info` says of a pool.
    ///
    /// # Errors
    /// The site cannot be asked, has no such pool, or its answer makes no sense.
    pub async fn pool_info(&self, pool: &str) -> Result<PoolInfo, SiteError> {
        self.json(
            &format!("read the mirroring of pool {pool}"),
            &format!("mirror pool info {}", quote(pool)),
        )
        .await
    }

    /// The names of a pool's images.
    ///
    /// # Errors
    /// As [`Site::pool_info`].
    pub async fn images(&self, pool: &str) -> Result<Vec<String>, SiteError> {
        self.json(
            &format!("list the images of pool {pool}"),
            &format!("ls {}", quote(pool)),
        )
        .await
    }

    /// Runs `rbd` with these arguments to its end, whatever its exit code.
    ///
    /// # Errors
    /// The site cannot be asked.
    pub async fn try_rbd(&self, doing: &str, arguments: &str) -> Result<Output, SiteError> {
        self.run(doing, self.command(&self.rbd(arguments))).await
    }

    /// Asks `rbd` for an answer in JSON. Only standard output is read: with a client that is not an administrator, `rbd`
    /// complains of `failed to query services` and answers all the same.
    async fn json<Answer: DeserializeOwned>(&self, doing: &str, arguments: &str) -> Result<Answer, SiteError> {
        let command = self.command(&format!("{} --format json", self.rbd(arguments)));
        let output = self.run(doing, command.clone()).await?;
        if !output.success() {
            return Err(self.refused(doing, &command, output.exit_code, &output.stderr_text()));
        }
        serde_json::from_slice(&output.stdout)
            .map_err(|error| self.garbage(doing, &command, &output, &error.to_string()))
    }

    /// The command line of `rbd` with these arguments.
    #[must_use]
    pub fn rbd(&self, arguments: &str) -> String {
        self.program("rbd", arguments)
    }

    /// The command line of `rbd` with these arguments and an image of the site's pool.
    #[must_use]
    pub fn image_command(&self, arguments: &str, image: &str) -> String {
        self.rbd(&format!("{arguments} {}", self.word(image)))
    }

    /// The command line of `ceph` with these arguments; it takes the same options as `rbd` to reach its cluster.
    #[must_use]
    pub fn ceph(&self, arguments: &str) -> String {
        self.program("ceph", arguments)
    }

    /// The command line of `rados` with these arguments; it takes the same options as `rbd` to reach its cluster.
    pub(super) fn rados(&self, arguments: &str) -> String {
        self.program("rados", arguments)
    }

    fn program(&self, program: &str, arguments: &str) -> String {
        let SiteOptions {
            prefix, rbd_arguments, ..
        } = &self.options;
        [prefix.trim(), program, rbd_arguments.trim(), arguments]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    }

    pub(super) fn command(&self, text: &str) -> Command {
        self.longer_command(text, Duration::ZERO)
    }

    /// A command that may take so much longer than a question.
    pub(super) fn longer_command(&self, text: &str, longer: Duration) -> Command {
        let limit = match self.is_lost() {
            true => self.options.timeout.min(LOST),
            false => self.options.timeout + longer,
        };
        Command::new(text).timeout(limit)
    }

    pub(super) async fn run(&self, doing: &str, command: Command) -> Result<Output, SiteError> {
        let text = command.text().to_owned();
        let output = self.shell.run(command).await.map_err(|source| SiteError::Unanswered {
            site: self.options.name.clone(),
            doing: doing.to_owned(),
            source: Box::new(source),
        })?;
        if let Some(observer) = &self.observer {
            observer.ran(&CommandRecord {
                place: "site",
                command: &self.bare(&text),
                output: &output,
            });
        }
        Ok(output)
    }

    /// A command line without the prefix and the arguments that say which cluster is asked.
    fn bare(&self, text: &str) -> String {
        let without = |text: String, program| text.replace(&self.program(program, ""), program);
        ["rbd", "rados"].into_iter().fold(text.to_owned(), without)
    }

    /// The error of an `rbd` that failed.
    pub(super) fn refused(&self, doing: &str, command: &Command, exit_code: i32, stderr: &str) -> SiteError {
        SiteError::of(&self.options.name, doing, command.text(), exit_code, stderr)
    }

    /// The error of a command that succeeded with output that makes no sense.
    pub(super) fn garbage(&self, doing: &str, command: &Command, output: &Output, cause: &str) -> SiteError {
        SiteError::Garbage {
            site: self.options.name.clone(),
            doing: doing.to_owned(),
            command: command.text().to_owned(),
            stdout: output.stdout_text(),
            stderr: output.stderr_text(),
            cause: cause.to_owned(),
        }
    }

    /// `pool/image`.
    pub(super) fn image(&self, image: &str) -> String {
        format!("{}/{image}", self.options.pool)
    }

    /// `pool/image` as a word of a command line.
    pub(super) fn word(&self, image: &str) -> String {
        quote(&self.image(image)).into_owned()
    }
}
