//! `cinder-drill check`

use std::io::{Write, stdout};
use std::path::PathBuf;

use super::failure_text::show;
use super::{ColorChoice, Inputs, exit_code, prepare};
use crate::cloud::{CloudConfig, CloudConfigError, Environment};
use crate::diagnostic::Diagnostic;
use crate::session::cloud_name;
use crate::targets::{CloudSource, Target, Variables};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Scenario files, or folders of them [default: scenarios]
    files: Vec<PathBuf>,
    /// The target that they are checked against [default: fixtures/targets/simcloud.yaml]
    #[arg(long, value_name = "FILE")]
    target: Option<PathBuf>,
}

pub(super) fn check(arguments: &Arguments, color: ColorChoice) -> u8 {
    let inputs = Inputs::new(&arguments.files, arguments.target.as_deref());
    let mut prepared = prepare(&inputs, &Variables::of_process());
    let entry = prepared.target.as_ref().and_then(clouds_entry);
    entry.into_iter().for_each(|fault| prepared.faults.push(fault));
    show(&prepared.faults, &prepared.sources, color);
    let _ = writeln!(stdout(), "{}", prepared.summary());
    if prepared.faults.has_errors() {
        exit_code::USAGE
    } else {
        exit_code::PASS
    }
}

/// What is wrong with the target's entry of clouds.yaml; nothing is asked of the cloud. That the file is elsewhere, or the
/// variables are not set here, is a warning: scenarios are also checked without a login.
fn clouds_entry(target: &Target) -> Option<Diagnostic> {
    if target.simcloud.is_some() {
        return None;
    }
    let name = cloud_name(target);
    let loaded = CloudConfig::load(name, target.clouds_file.as_deref(), &Environment::of_process().ok()?);
    let error = loaded.err()?;
    let is_elsewhere = match &error {
        CloudConfigError::NoFile { .. } => true,
        CloudConfigError::Unreadable { path, .. } => !path.exists(),
        CloudConfigError::NoSuchCloud { .. } => target.clouds_file.is_none(),
        CloudConfigError::Missing { .. } => target.cloud == CloudSource::Environment,
        _ => false,
    };
    let fault = if is_elsewhere {
        Diagnostic::warning("clouds-yaml", format!("no login is possible from here: {error}"))
    } else {
        Diagnostic::error("clouds-yaml", error.to_string())
    };
    let fault = fault.note(format!(
        "the target {} logs in to the cloud `{name}`",
        target.file.display()
    ));
    Some(match error.help() {
        Some(help) => fault.help(help),
        None => fault,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(files: &[&str], target: Option<&str>) -> u8 {
        let files = files.iter().map(PathBuf::from).collect();
        check(
            &Arguments {
                files,
                target: target.map(PathBuf::from),
            },
            ColorChoice::Never,
        )
    }

    #[test]
    fn exit_codes_tell_good_from_bad() {
        assert_eq!(code(&[], None), exit_code::PASS);
        assert_eq!(
            code(&["scenarios/bfv-failback.yaml"], Some("fixtures/targets/example.yaml")),
            exit_code::PASS
        );
        // A warning is no fault.
        assert_eq!(code(&["harness/scenario/golden/unused.yaml"], None), exit_code::PASS);
        assert_eq!(
            code(&["harness/scenario/golden/unknown-verb.yaml"], None),
            exit_code::USAGE
        );
        assert_eq!(code(&["scenarios/no-such.yaml"], None), exit_code::USAGE);
        assert_eq!(code(&[], Some("fixtures/targets/no-such.yaml")), exit_code::USAGE);
        assert_eq!(code(&["harness/cli"], None), exit_code::USAGE);
    }

    #[test]
    fn the_entry_of_clouds_yaml_is_looked_at_and_no_other() {
        let folder = tempfile::tempdir().expect("a folder");
        let target = std::fs::read_to_string("fixtures/targets/example.yaml").expect("the example");
        let target = target.replace("cloud: mycloud", "cloud: admin\nclouds-file: clouds.yaml");
        let target = target.replace("snapshots:", "# snapshots:");
        let file = folder.path().join("target.yaml");
        std::fs::write(&file, target).expect("a file");
        let say = |clouds: &str| {
            std::fs::write(folder.path().join("clouds.yaml"), clouds).expect("a file");
            let inputs = Inputs::new(&["scenarios/bfv-failback.yaml".into()], Some(&file));
            let prepared = prepare(&inputs, &Variables::of_process());
            assert!(prepared.target.is_some(), "{:?}", prepared.faults);
            let fault = prepared.target.as_ref().and_then(clouds_entry)?;
            Some(crate::diagnostic::render(&fault, &prepared.sources, false))
        };
        let plain = "clouds:\n  admin:\n    auth: { auth_url: 'http://192.0.2.1:5000', username: a, password: p, project_name: a, \
                     user_domain_name: Default, project_domain_name: Default }\n";
        assert_eq!(say(plain), None);
        assert_eq!(
            say(&format!(
                "{plain}  empty:\n  odd: [1, 2]\n  mfa: {{ auth: {{ auth_methods: [v3totp] }} }}\n"
            )),
            None
        );
        for wrong in [
            "clouds: { other: {} }",
            "clouds: { admin: {} }",
            "clouds: [",
            "clouds: { admin: { auth_type: v3multifactor } }",
        ] {
            let said = say(wrong).expect("a fault");
            assert!(said.starts_with("error[clouds-yaml]"), "{wrong}: {said}");
        }
        std::fs::remove_file(folder.path().join("clouds.yaml")).expect("gone");
        let inputs = Inputs::new(&[], Some(&file));
        let target = prepare(&inputs, &Variables::of_process()).target.expect("a target");
        let fault = clouds_entry(&target).expect("a fault");
        assert_eq!(fault.severity, crate::diagnostic::Severity::Warning);
    }
}
