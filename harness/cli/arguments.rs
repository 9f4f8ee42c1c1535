//! What may stand on the command line.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use super::{
    ColorChoice, certify, check, drivers, enable, init, list, plan, preflight, recover, report, run, run_arguments,
    runs, schema, selftest, simcloud, status, verify,
};

/// Proves, rather than hopes, that OpenStack Cinder replication survives a disaster.
#[derive(Debug, Parser)]
#[command(name = "cinder-drill", version, about, after_help = EXIT_CODES)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// Whether to color what is shown. `auto` colors on a terminal, unless NO_COLOR is set.
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    color: ColorChoice,
}

const EXIT_CODES: &str = "Exit codes: 0 pass, 1 a failed expectation, 2 a fault of the command line, of a scenario or of \
                          a target, 3 the cloud or cinder-drill itself failed.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs scenarios on a target. The default command.
    Run(run_arguments::Arguments),
    /// Writes a target for a cloud: asks its APIs, and the machines that you name. Changes nothing, but for --learn.
    Init(init::Arguments),
    /// Checks scenario and target files. Reads files only.
    Check(check::Arguments),
    /// Lists the ids of scenarios, for --load-list.
    List(list::Arguments),
    /// Shows what a scenario would do on a target. Contacts no cloud.
    Plan(plan::Arguments),
    /// Checks whether a backend can fail over and fail back. Changes nothing.
    Preflight(preflight::Arguments),
    /// Shows where a backend is, which volumes are where, and the next commands in order. Changes nothing, and works while a site
    /// is dead.
    Status(status::Arguments),
    /// Lists the driver profiles that a target can name.
    Drivers,
    /// Runs the test suite for what a backend's driver claims, keeps the evidence, and signs a certificate.
    Certify(certify::Arguments),
    /// Verifies a certificate. Offline.
    Verify(verify::Arguments),
    /// Sets up mirroring on both sites and the volume type, if missing, and prints the lines for cinder.conf.
    Enable(enable::Arguments),
    /// Shows or writes the report of runs, from their journals. The exit code is that of the runs.
    Report(report::Arguments),
    /// Prints the JSON Schema of scenario files, of target files, of journals or of reports.
    Schema(schema::Arguments),
    /// Serves the embedded cloud until Ctrl-C, for any OpenStack client.
    Simcloud(simcloud::Arguments),
    /// Cleans up after a dead run: removes its leftovers, and fails the backend back if that run failed it over.
    Recover(recover::Arguments),
    /// Lists the runs of a folder, their verdicts and their leftovers.
    Runs(runs::Arguments),
    /// Runs the flows on embedded clouds with saboteurs, and shows which step caught each.
    Selftest(selftest::Arguments),
}

/// Does what the command line of this process asks for. Exit codes are in [`super::exit_code`].
#[must_use]
pub fn main() -> ExitCode {
    // clap ends the process with 2 (USAGE) if the command line is wrong.
    let arguments = Arguments::parse();
    let code = match &arguments.command {
        Some(Command::Check(check)) => check::check(check, arguments.color),
        Some(Command::Init(init)) => init::init(init, arguments.color),
        Some(Command::List(list)) => list::list(list, arguments.color),
        Some(Command::Plan(plan)) => plan::plan(plan, arguments.color),
        Some(Command::Preflight(preflight)) => preflight::preflight(preflight, arguments.color),
        Some(Command::Status(status)) => status::status(status, arguments.color),
        Some(Command::Enable(enable)) => enable::enable(enable, arguments.color),
        Some(Command::Drivers) => drivers::drivers(),
        Some(Command::Certify(certify)) => certify::certify(certify, arguments.color),
        Some(Command::Verify(verify)) => verify::verify(verify, arguments.color),
        Some(Command::Schema(schema)) => schema::schema(schema),
        Some(Command::Report(report)) => report::report(report, arguments.color),
        Some(Command::Run(run)) => run::run(run, arguments.color),
        Some(Command::Simcloud(simcloud)) => simcloud::simcloud(simcloud),
        Some(Command::Recover(recover)) => recover::recover(recover, arguments.color),
        Some(Command::Runs(runs)) => runs::runs(runs, arguments.color),
        Some(Command::Selftest(selftest)) => selftest::selftest(selftest),
        None => run::run(&run_arguments::Arguments::default(), arguments.color),
    };
    ExitCode::from(code)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Arguments::command().debug_assert();
    }
}
