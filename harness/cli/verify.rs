//! `cinder-drill verify`: whether a certificate may be believed.

use std::io::{Write, stdout};
use std::path::{Path, PathBuf};

use super::certify::not_believed;
use super::failure_text::refuse;
use super::{ColorChoice, exit_code};
use crate::bounded_file;
use crate::certificate::{Believed, PublicKey, Trust, VERSION, verify as verified};
use crate::counted::counted;
use crate::failure::{Failure, FailureKind};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The certificate
    file: PathBuf,
    /// The file of a public key that must have signed it; all that are named must have
    #[arg(long, value_name = "PUB", required = true)]
    key: Vec<PathBuf>,
    /// The folder with the evidence, which is held against what was signed
    #[arg(long, value_name = "DIR")]
    evidence: Option<PathBuf>,
    /// The oldest version of the suite that counts
    #[arg(long, value_name = "N", default_value_t = VERSION)]
    suite: u64,
    /// Verifies a rehearsal on a simulated cloud, which is not a certificate
    #[arg(long)]
    rehearsal: bool,
}

/// Verifies a certificate. Offline: nothing but the files that are named is read.
pub(super) fn verify(arguments: &Arguments, color: ColorChoice) -> u8 {
    match judged(arguments) {
        Ok(believed) => {
            let _ = writeln!(stdout(), "{}", words(&arguments.file, &believed));
            exit_code::PASS
        }
        Err(failure) => {
            let is_refused = failure.kind == FailureKind::Expectation;
            let code = refuse(&failure, color);
            if is_refused {
                exit_code::FAILED_EXPECTATION
            } else {
                code
            }
        }
    }
}

fn judged(arguments: &Arguments) -> Result<Believed, Failure> {
    let keys: Vec<PublicKey> = arguments
        .key
        .iter()
        .map(|path| public_key(path))
        .collect::<Result<_, _>>()?;
    let trust = Trust {
        keys: &keys,
        suite: arguments.suite,
        rehearsal: arguments.rehearsal,
        evidence: arguments.evidence.as_deref(),
    };
    verified(&read(&arguments.file)?, &trust).map_err(|refusal| not_believed(&arguments.file, &refusal))
}

fn public_key(path: &Path) -> Result<PublicKey, Failure> {
    let text = String::from_utf8_lossy(&read(path)?).into_owned();
    PublicKey::from_pem(&text)
        .map_err(|error| Failure::usage(format!("{} is not a public key: {error}", path.display())))
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    bounded_file::read(path).map_err(|error| Failure::file(format!("cannot read {}", path.display()), &error))
}

fn words(file: &Path, believed: &Believed) -> String {
    let kind = if believed.rehearsal {
        "a rehearsal, not a certificate,"
    } else {
        "a certificate"
    };
    let levels: Vec<&str> = believed.levels.iter().map(|level| level.name()).collect();
    let evidence = if believed.with_evidence {
        "its evidence matches"
    } else {
        "its evidence was not checked"
    };
    format!(
        "{} is {kind} of {} for {}: {} passed; {evidence}\n{}",
        file.display(),
        believed.profile,
        levels.join(", "),
        counted(believed.tests.len(), "test"),
        believed.tests.join("\n")
    )
}
