//! Secrets: the program drills with marked ones, in runs that pass and in runs in which a cloud, a site and a log quote them
//! back; then every byte that it wrote is searched for them.
//!
//! A run's whole folder is searched, and all that the program prints: whatever a run comes to write is searched with it.

mod arena;
#[path = "../common/mod.rs"]
mod common;
mod marks;
mod proxy;

use arena::Arena;
use libtest_mimic::{Arguments, Trial};
use proxy::Trouble;

fn main() -> std::process::ExitCode {
    let trials = CASES.iter().map(|case| {
        Trial::test(case.name, || {
            let mut arena = Arena::new(case.trouble);
            (case.arrange)(&mut arena);
            let ran = arena.run(case.scenarios);
            assert_eq!(ran.code, case.code, "stdout:\n{}\nstderr:\n{}", ran.stdout, ran.stderr);
            assert!(
                ran.said().contains(case.says),
                "it does not say {:?}:\n{}",
                case.says,
                ran.said()
            );
            arena.must_have_used(case.uses);
            arena.must_not_have_written_a_secret(&ran);
            Ok(())
        })
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}

struct Case {
    name: &'static str,
    scenarios: &'static [&'static str],
    trouble: Trouble,
    arrange: fn(&mut Arena),
    code: i32,
    /// What the program must print, so the case is what its name says.
    says: &'static str,
    /// The secrets that must have gone through the cloud or a shell, so there was something to be leaked.
    uses: &'static [&'static str],
}

const FLOWS: &[&str] = &["bfv-failback", "data-volume-failback"];
const FLOW: &[&str] = &["bfv-failover"];
const LOGIN: &[&str] = &["password", "token"];

const CASES: &[Case] = &[
    Case {
        name: "flows_that_pass",
        scenarios: FLOWS,
        trouble: Trouble::None,
        arrange: |_| {},
        code: 0,
        says: "4 passed, 0 failed",
        uses: &["password", "token", "chap password", "keyring"],
    },
    Case {
        name: "a_password_in_secure_yaml",
        scenarios: FLOW,
        trouble: Trouble::None,
        arrange: |arena| arena.password_in_secure_yaml(),
        code: 0,
        says: "1 passed, 0 failed",
        uses: LOGIN,
    },
    Case {
        name: "a_url_with_a_user_and_a_password",
        scenarios: FLOW,
        trouble: Trouble::Refused,
        arrange: |arena| arena.user_in_the_url(),
        code: 3,
        says: "Keystone refuses the login",
        uses: &["password", "url password"],
    },
    Case {
        name: "a_url_that_is_none",
        scenarios: FLOW,
        trouble: Trouble::None,
        arrange: |arena| arena.bad_url(),
        code: 3,
        says: "an http or https URL was expected",
        uses: &[],
    },
    Case {
        name: "a_clouds_yaml_that_is_wrong",
        scenarios: FLOW,
        trouble: Trouble::None,
        arrange: |arena| arena.clouds_yaml_with("    auth: PASSWORD\n"),
        code: 3,
        says: "clouds.yaml",
        uses: &[],
    },
    Case {
        name: "a_clouds_yaml_that_is_no_yaml",
        scenarios: FLOW,
        trouble: Trouble::None,
        arrange: |arena| arena.clouds_yaml_with("    auth: { password: \"PASSWORD\n    x\": [\n"),
        code: 3,
        says: "clouds.yaml",
        uses: &[],
    },
    Case {
        name: "an_error_that_quotes_the_request",
        scenarios: FLOW,
        trouble: Trouble::Quoted,
        arrange: |_| {},
        code: 3,
        says: "500",
        uses: LOGIN,
    },
    Case {
        name: "a_page_that_quotes_the_request",
        scenarios: FLOW,
        trouble: Trouble::Page,
        arrange: |_| {},
        code: 3,
        says: "502",
        uses: LOGIN,
    },
    Case {
        name: "an_answer_that_is_not_json_and_quotes_the_request",
        scenarios: FLOW,
        trouble: Trouble::NotJson,
        arrange: |_| {},
        code: 3,
        says: "JSON",
        uses: LOGIN,
    },
    Case {
        name: "an_answer_of_the_wrong_shape_that_quotes_the_request",
        scenarios: FLOW,
        trouble: Trouble::WrongShape,
        arrange: |_| {},
        code: 3,
        says: "expected",
        uses: LOGIN,
    },
    Case {
        name: "a_redirect_that_quotes_the_request",
        scenarios: FLOW,
        trouble: Trouble::Redirect,
        arrange: |_| {},
        code: 3,
        says: "points to",
        uses: LOGIN,
    },
    Case {
        name: "a_log_with_the_exception_of_a_driver",
        scenarios: FLOW,
        trouble: Trouble::FailoverError,
        arrange: |_| {},
        code: 1,
        says: "cinder-volume log",
        uses: &["password", "token", "exception"],
    },
    Case {
        name: "a_log_that_disagrees_with_the_api",
        scenarios: FLOW,
        trouble: Trouble::OtherSecretInLog,
        arrange: |_| {},
        code: 1,
        says: "disagree",
        uses: &["keyring", "other keyring"],
    },
    Case {
        name: "a_site_that_quotes_its_keys",
        scenarios: FLOW,
        trouble: Trouble::None,
        arrange: |arena| arena.site_that_quotes_keys(),
        code: 3,
        says: "site-a",
        uses: LOGIN,
    },
    Case {
        name: "a_snapshot_that_is_not_there",
        scenarios: FLOW,
        trouble: Trouble::None,
        arrange: |arena| arena.empty_snapshots(),
        code: 0,
        says: "there is no snapshot",
        uses: &["chap password", "keyring"],
    },
    Case {
        name: "keys_with_a_passphrase",
        scenarios: FLOW,
        trouble: Trouble::None,
        arrange: |arena| arena.keys_with_a_passphrase(),
        code: 0,
        says: "1 passed, 0 failed",
        uses: LOGIN,
    },
    Case {
        name: "a_command_that_looks_for_the_passphrase",
        scenarios: FLOW,
        trouble: Trouble::None,
        arrange: |arena| {
            arena.keys_with_a_passphrase();
            arena.site_that_looks_for_the_passphrase();
        },
        code: 3,
        says: "failed with exit status 22",
        uses: &[],
    },
];
