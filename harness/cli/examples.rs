//! What `--help` shows at its end. A test reads each line with the real parser.

/// The guide that the scenarios automate, and where it is.
const GUIDE: &str = "https://docs.openstack.org/cinder/latest/admin/replication-in-openstack.html";

/// Of the program: exit codes, and how to begin.
pub(super) fn program() -> String {
    format!(
        "\
Examples:
  cinder-drill  # the guide's flows on the embedded cloud
  cinder-drill example  # what comes with the program
  cinder-drill init --cloud mycloud --output my-cloud.yaml
  cinder-drill preflight -t my-cloud.yaml
  cinder-drill run bfv-failover -t my-cloud.yaml

The guide whose commands the scenarios automate:
  {GUIDE}

Exit codes: 0 pass, 1 a failed expectation, 2 a fault of the command line, of
a scenario or of a target, 3 the cloud or cinder-drill itself failed."
    )
}

macro_rules! examples {
    ($($(#[$doc:meta])* $name:ident = $($line:literal)+;)*) => {
        $(pub(super) const $name: &str = concat!("Examples:" $(, "\n  cinder-drill ", $line)+);)*
    };
}

examples! {
    RUN = "run  # the guide's flows, on the embedded cloud"
        "run bfv-failover -t my-cloud.yaml"
        "run disaster -t my-cloud.yaml --fail-fast --timeout 4h"
        "run my-scenario.yaml --report reports -o bundle"
        "run --last-failed  # what did not pass in the newest run";
    INIT = "init --like kolla  # a target to read, without a cloud"
        "init --cloud mycloud --output my-cloud.yaml"
        "init --cloud mycloud --ssh root@controller-1 -o my-cloud.yaml"
        "init --learn my-cloud.yaml -o learnt.yaml";
    EXAMPLE = "example  # lists what there is"
        "example target -o my-cloud.yaml"
        "example bfv-failover -o bfv-failover.yaml"
        "example pure -o my-array.yaml";
    CHECK = "check -t my-cloud.yaml  # the target, and what it names"
        "check my-scenario.yaml -t my-cloud.yaml";
    LIST = "list"
        "list disaster --format json"
        "list --tag certification";
    PLAN = "plan bfv-failover"
        "plan bfv-failover -t my-cloud.yaml --format json";
    PREFLIGHT = "preflight -t my-cloud.yaml"
        "preflight -t my-cloud.yaml --quiet"
        "preflight -t my-cloud.yaml --format json";
    STATUS = "status -t my-cloud.yaml";
    DRIVERS = "drivers";
    CERTIFY = "certify keygen me.key"
        "certify -t my-array.yaml -o evidence --sign me.key";
    VERIFY = "verify evidence/certificate.json --key me.key.pub";
    ENABLE = "enable -t my-cloud.yaml --dry-run"
        "enable -t my-cloud.yaml";
    REPORT = "report  # the newest run, as text"
        "report --format html --output report.html"
        "report --report reports --trend runs";
    SCHEMA = "schema scenario"
        "schema --output schemas";
    SIMCLOUD = "simcloud --port 5000"
        "simcloud --write served --driver pure-iscsi-sync";
    RECOVER = "recover  # the only run with leftovers"
        "recover 20261124-151210-8235";
    RUNS = "runs"
        "runs --runs /var/lib/drills";
    SELFTEST = "selftest --list"
        "selftest stale-hosts"
        "selftest --control 50";
    COMPLETIONS = "completions bash  # to be sourced, or put where bash looks"
        "completions zsh"
        "completions fish";
    MAN = "man  # as roff: | man -l -"
        "man --output man1";
}
