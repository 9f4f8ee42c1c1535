//! What may stand on the command line.

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use super::{
    ColorChoice, certify, check, completions, drivers, enable, example, examples, init, list, plan, preflight, recover,
    report, run, run_arguments, runs, schema, selftest, simcloud, status, verify,
};

/// Proves, rather than hopes, that OpenStack Cinder replication survives a disaster.
#[derive(Debug, Parser)]
#[command(name = "cinder-drill", version, about, after_help = examples::program())]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// Whether to color what is shown. `auto` colors on a terminal, unless NO_COLOR is set.
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    color: ColorChoice,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs scenarios on a target. The default command.
    #[command(after_help = examples::RUN)]
    Run(run_arguments::Arguments),
    /// Writes a target for a cloud: asks its APIs, and the machines that you name. Changes nothing, but for --learn.
    #[command(after_help = examples::INIT)]
    Init(init::Arguments),
    /// Prints a scenario, a target or a driver profile that comes with the program, or lists them.
    #[command(after_help = examples::EXAMPLE)]
    Example(example::Arguments),
    /// Checks scenario and target files. Reads files only.
    #[command(after_help = examples::CHECK)]
    Check(check::Arguments),
    /// Lists the ids of scenarios, for --load-list.
    #[command(after_help = examples::LIST)]
    List(list::Arguments),
    /// Shows what a scenario would do on a target. Contacts no cloud.
    #[command(after_help = examples::PLAN)]
    Plan(plan::Arguments),
    /// Checks whether a backend can fail over and fail back. Changes nothing.
    #[command(after_help = examples::PREFLIGHT)]
    Preflight(preflight::Arguments),
    /// Shows where a backend is, which volumes are where, and the next commands in order. Changes nothing, and works while a site
    /// is dead.
    #[command(after_help = examples::STATUS)]
    Status(status::Arguments),
    /// Lists the driver profiles that a target can name.
    #[command(after_help = examples::DRIVERS)]
    Drivers,
    /// Runs the test suite for what a backend's driver claims, keeps the evidence, and signs a certificate.
    #[command(after_help = examples::CERTIFY)]
    Certify(certify::Arguments),
    /// Verifies a certificate. Offline.
    #[command(after_help = examples::VERIFY)]
    Verify(verify::Arguments),
    /// Sets up mirroring on both sites and the volume type, if missing, and prints the lines for cinder.conf.
    #[command(after_help = examples::ENABLE)]
    Enable(enable::Arguments),
    /// Shows or writes the report of runs, from their journals. The exit code is that of the runs.
    #[command(after_help = examples::REPORT)]
    Report(report::Arguments),
    /// Prints the JSON Schema of scenario files, of target files, of journals or of reports.
    #[command(after_help = examples::SCHEMA)]
    Schema(schema::Arguments),
    /// Serves the embedded cloud until Ctrl-C, for any OpenStack client.
    #[command(after_help = examples::SIMCLOUD)]
    Simcloud(simcloud::Arguments),
    /// Cleans up after a dead run: removes its leftovers, and fails the backend back if that run failed it over.
    #[command(after_help = examples::RECOVER)]
    Recover(recover::Arguments),
    /// Lists the runs of a folder, their verdicts and their leftovers.
    #[command(after_help = examples::RUNS)]
    Runs(runs::Arguments),
    /// Runs the flows on embedded clouds with saboteurs, and shows which step caught each.
    #[command(after_help = examples::SELFTEST)]
    Selftest(selftest::Arguments),
    /// Prints what completes the command line in a shell.
    #[command(after_help = examples::COMPLETIONS)]
    Completions(completions::Completions),
    /// Prints or writes man pages.
    #[command(after_help = examples::MAN)]
    Man(completions::Man),
}

/// `run` without its name.
#[derive(Debug, Parser)]
struct Bare {
    #[command(flatten)]
    run: run_arguments::Arguments,
}

impl From<Bare> for Command {
    fn from(bare: Bare) -> Command {
        Command::Run(bare.run)
    }
}

/// Does what the command line of this process asks for. Exit codes are in [`super::exit_code`].
#[must_use]
pub fn main() -> ExitCode {
    // clap ends the process with 2 (USAGE) if the command line is wrong.
    let arguments = Arguments::parse();
    // What stands in the environment for the options of `run` counts without the word, too.
    let command = arguments
        .command
        .unwrap_or_else(|| Bare::parse_from(["cinder-drill"]).into());
    let code = match &command {
        Command::Check(check) => check::check(check, arguments.color),
        Command::Init(init) => init::init(init, arguments.color),
        Command::Example(example) => example::example(example, arguments.color),
        Command::List(list) => list::list(list, arguments.color),
        Command::Plan(plan) => plan::plan(plan, arguments.color),
        Command::Preflight(preflight) => preflight::preflight(preflight, arguments.color),
        Command::Status(status) => status::status(status, arguments.color),
        Command::Enable(enable) => enable::enable(enable, arguments.color),
        Command::Drivers => drivers::drivers(),
        Command::Certify(certify) => certify::certify(certify, arguments.color),
        Command::Verify(verify) => verify::verify(verify, arguments.color),
        Command::Schema(schema) => schema::schema(schema),
        Command::Report(report) => report::report(report, arguments.color),
        Command::Run(run) => run::run(run, arguments.color),
        Command::Simcloud(simcloud) => simcloud::simcloud(simcloud),
        Command::Recover(recover) => recover::recover(recover, arguments.color),
        Command::Runs(runs) => runs::runs(runs, arguments.color),
        Command::Selftest(selftest) => selftest::selftest(selftest),
        Command::Completions(shell) => completions::completions(shell, Arguments::command()),
        Command::Man(man) => completions::man(man, Arguments::command(), arguments.color),
    };
    ExitCode::from(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Arguments::command().debug_assert();
    }

    /// The end of the help of the program and of each of its commands.
    fn ends() -> Vec<(String, String)> {
        let program = Arguments::command();
        let all = std::iter::once(&program).chain(program.get_subcommands());
        let end = |command: &clap::Command| command.get_after_help().map(ToString::to_string);
        all.map(|command| (command.get_name().to_owned(), end(command).unwrap_or_default()))
            .collect()
    }

    #[test]
    fn each_command_has_examples_that_its_parser_takes() {
        for (command, end) in ends() {
            let mut count = 0;
            for line in end.lines() {
                assert!(line.chars().count() <= 78, "{command}: too wide: {line}");
                let Some(example) = line.strip_prefix("  cinder-drill") else {
                    continue;
                };
                let words = shlex::split(example).expect("words of a shell");
                assert!(command == "cinder-drill" || words.first() == Some(&command), "{line}");
                let words = std::iter::once("cinder-drill".to_owned()).chain(words);
                if let Err(error) = Arguments::try_parse_from(words) {
                    panic!("{line}: {error}");
                }
                count += 1;
            }
            assert!(count > 0, "{command} has no examples");
        }
    }

    #[test]
    fn what_stands_before_a_command_says_that_there_are_variables_for_it() {
        let mut program = Arguments::command();
        let run = program.find_subcommand_mut("run").expect("a command");
        let help = run.render_long_help().to_string();
        for variable in ["CINDER_DRILL_TARGET", "CINDER_DRILL_RUNS", "CINDER_DRILL_REPORT"] {
            assert!(help.contains(&format!("[env: {variable}]")), "{help}");
        }
    }
}
