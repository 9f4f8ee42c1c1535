//! `cinder-drill certify`: the suite for what a backend's driver claims, its evidence, and a certificate.

use std::io::{IsTerminal, Write, stderr, stdout};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use secrecy::ExposeSecret;

use super::failure_text::{as_text, refuse, show};
use super::report::{of_run, write_reports};
use super::run::refuse_all;
use super::{ColorChoice, Inputs, exit_code};
use crate::certificate::{
    About, Envelope, Evidence, Judged, Level, Refusal, SecretKey, Statement, Test, TestOutcome, claimed,
    gerrit_comment, matrix_lines, product, recheck, results, statement,
};
use crate::diagnostic::SourceMap;
use crate::drivers::Moves;
use crate::event::{Journal, Reading};
use crate::failure::Failure;
use crate::launch::{Drill, within_runtime};
use crate::report::Progress;
use crate::report::document::{Outcome, RunReport};
use crate::session::RunOptions;
use crate::targets::{Target, Variables};

#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// The target whose backend's driver is certified. Without it, --sign signs what is in DIR already, as a witness
    #[arg(long, short, value_name = "FILE")]
    target: Option<PathBuf>,
    /// The levels of the suite
    #[arg(long, value_enum, value_delimiter = ',', default_value = "core")]
    levels: Vec<Level>,
    /// The folder for the evidence and the certificate; a new one for each run
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// The file of an Ed25519 private key to sign with; may be repeated
    #[arg(long, value_name = "KEY")]
    sign: Vec<PathBuf>,
    /// Prints a comment for Gerrit's table of results, which leads to this address
    #[arg(long, value_name = "URL")]
    gerrit_comment: Option<String>,
    /// Gives each chain of tests its own failover, instead of one for all: a small cloud then holds the servers of one at a time
    #[arg(long)]
    separately: bool,
    /// How many chains of tests run at a time. Those that share a failover all wait for it, with their servers [default: 50]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    workers: Option<u16>,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Makes a key pair: the private half in FILE, the public one beside it in FILE.pub
    Keygen {
        /// The file; it must not be there yet
        file: PathBuf,
    },
}

/// The name of the certificate in its folder.
const CERTIFICATE: &str = "certificate.json";
/// The statement in it, for people.
const STATEMENT: &str = "statement.json";

pub(super) fn certify(arguments: &Arguments, color: ColorChoice) -> u8 {
    let done = match (&arguments.command, &arguments.output, &arguments.target) {
        (Some(Command::Keygen { file }), ..) => keygen(file).map(|()| exit_code::PASS),
        (None, None, _) => Err(Failure::usage("no folder was named").help("add `-o DIR`")),
        (None, Some(folder), Some(target)) => return run(arguments, target, folder, color),
        (None, Some(_), None) if arguments.sign.is_empty() => Err(Failure::usage("no target was named")
            .help("add `--target FILE`; or `--sign KEY`, to sign what is in the folder")),
        (None, Some(folder), None) => witness(&arguments.sign, folder).map(|()| exit_code::PASS),
    };
    done.unwrap_or_else(|failure| refuse(&failure, color))
}

fn keygen(file: &Path) -> Result<(), Failure> {
    let key = SecretKey::generate();
    let mut options = std::fs::OpenOptions::new();
    let options = options.write(true).create_new(true);
    let write = |path: &Path, mode: u32, text: &str| {
        let opened = options.clone().mode(mode).open(path);
        let written = opened.and_then(|mut file| file.write_all(text.as_bytes()));
        written.map_err(|error| not_written(path, &error))
    };
    write(file, 0o600, key.to_pem().expose_secret())?;
    let public = public_half(file);
    write(&public, 0o644, &key.public().to_pem())?;
    say(&format!(
        "private key in {}; public key in {}",
        file.display(),
        public.display()
    ));
    Ok(())
}

fn public_half(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".pub");
    name.into()
}

/// Signs a certificate that somebody else made, after its evidence was held against it.
fn witness(keys: &[PathBuf], folder: &Path) -> Result<(), Failure> {
    let path = folder.join(CERTIFICATE);
    let bytes =
        std::fs::read(&path).map_err(|error| Failure::file(format!("cannot read {}", path.display()), &error))?;
    recheck(&bytes, folder).map_err(|refusal| not_believed(&path, &refusal))?;
    let mut envelope: Envelope = serde_json::from_slice(&bytes).map_err(|error| Failure::harness(error.to_string()))?;
    sign(&mut envelope, keys)?;
    write(&path, &json(&envelope)?)?;
    say(&format!("signed {} with {} more", path.display(), keys.len()));
    Ok(())
}

pub(super) fn not_believed(path: &Path, refusal: &Refusal) -> Failure {
    Failure::expectation(format!("{} is not valid: {refusal}", path.display()))
}

fn sign(envelope: &mut Envelope, keys: &[PathBuf]) -> Result<(), Failure> {
    for path in keys {
        let key = secret_key(path)?;
        envelope
            .sign(&key)
            .map_err(|error| Failure::harness(error.to_string()))?;
    }
    Ok(())
}

/// The key in a file. What a failure says of it is never what is in it.
fn secret_key(path: &Path) -> Result<SecretKey, Failure> {
    let text = secrecy::SecretString::from(
        std::fs::read_to_string(path)
            .map_err(|error| Failure::file(format!("cannot read the key {}", path.display()), &error))?,
    );
    SecretKey::from_pem(text.expose_secret())
        .map_err(|error| Failure::usage(format!("{} is not a key: {error}", path.display())))
}

/// Runs the suite, keeps its evidence, and states what came of it.
fn run(arguments: &Arguments, target: &Path, folder: &Path, color: ColorChoice) -> u8 {
    let mut sources = SourceMap::default();
    let inputs = Inputs::new(&[], Some(target));
    let read = match inputs.load_target(&Variables::of_process(), &mut sources) {
        Ok(read) => read,
        Err(faults) => {
            show(&faults, &sources, color);
            return exit_code::USAGE;
        }
    };
    // A key that is none is to be known before hours of tests.
    let keys: Result<Vec<SecretKey>, Failure> = arguments.sign.iter().map(|path| secret_key(path)).collect();
    let tests: Vec<&Test> = claimed(&read.driver.profile, &arguments.levels).collect();
    let files = keys
        .and_then(|_| require_claims(&read, &tests))
        .and_then(|()| scenarios(&tests, folder));
    let files = match files {
        Ok(files) => files,
        Err(failure) => return refuse(&failure, color),
    };
    let options = RunOptions {
        separately: arguments.separately,
        workers: arguments.workers.map(usize::from),
        ..RunOptions::default()
    };
    let drill = Drill::new(files)
        .target(target)
        .runs(folder.join("runs"))
        .options(options)
        .on_event(Progress::of_stoppable(stderr().is_terminal(), color.colors(&stderr())))
        .stop_on_signals();
    let checked = match drill.check() {
        Ok(checked) => checked,
        Err(faults) => return refuse_all(faults.into(), color),
    };
    let launched = match within_runtime(checked.launch()) {
        Ok(Ok(launched)) => launched,
        Ok(Err(error)) => return refuse_all(error, color),
        Err(failure) => return refuse(&failure, color),
    };
    if let Some(failure) = &launched.refused {
        let _ = writeln!(stderr(), "{}\n", as_text(failure, color.colors(&stderr())));
    }
    let journal = launched.journal.clone().unwrap_or_default();
    // Whoever reads the journal is to see that nobody writes it any more.
    drop(launched);
    match stated(arguments, &read, &tests, &journal, folder) {
        Ok(code) => code,
        Err(failure) => refuse(&failure, color),
    }
}

fn require_claims(target: &Target, tests: &[&Test]) -> Result<(), Failure> {
    if !tests.is_empty() {
        return Ok(());
    }
    let profile = &target.driver.profile;
    let failure = Failure::usage(format!("the driver {} claims no test of these levels", profile.name));
    Err(match &profile.moves {
        Moves::Groups(because) | Moves::Nothing(because) => failure.detail("because", because),
        Moves::Backend => failure,
    })
}

/// Writes the scenarios of the tests into the folder, which must be new: they are the suite's own, whatever lies elsewhere.
fn scenarios(tests: &[&Test], folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    if folder.join(STATEMENT).exists() || folder.join("journal.jsonl").exists() {
        return Err(
            Failure::usage(format!("{} holds the evidence of another run", folder.display())).help("name a new folder"),
        );
    }
    let into = folder.join("scenarios");
    std::fs::create_dir_all(&into).map_err(|error| not_written(&into, &error))?;
    let file = |test: &&Test| {
        let path = into.join(format!("{}.yaml", test.scenario));
        write(&path, test.text)?;
        Ok(path)
    };
    tests.iter().map(file).collect()
}

fn stated(
    arguments: &Arguments,
    target: &Target,
    tests: &[&Test],
    journal: &Path,
    folder: &Path,
) -> Result<u8, Failure> {
    let profile = &target.driver.profile;
    write_reports(journal, folder)?;
    let copy = folder.join("journal.jsonl");
    std::fs::copy(journal, &copy).map_err(|error| not_written(&copy, &error))?;
    let read = Journal::read(&copy, Reading::Strict).map_err(|error| Failure::harness(error.to_string()))?;
    let run = RunReport::of(&read);
    let description = run.description.clone().unwrap_or_default();
    write(&folder.join("profile.yaml"), &target.driver.text)?;
    write(&folder.join("target.json"), &json(&description.target)?)?;
    write(
        &folder.join("product.yaml"),
        &product(profile, &arguments.levels, &run.run, run.stand_in),
    )?;
    let judged = results(&run, tests.iter().copied());
    let about = About {
        profile,
        levels: &arguments.levels,
        run: &run.run,
        rehearsal: run.stand_in,
        version: &run.version,
        versions: &description.versions,
    };
    let evidence = Evidence::of(folder).map_err(|error| not_written(folder, &error))?;
    let statement = statement(&about, &judged, &evidence);
    write(&folder.join(STATEMENT), &json(&statement)?)?;
    let all_passed = judged.iter().all(|one| one.outcome == TestOutcome::Passed);
    write(
        &folder.join("support-matrix.ini"),
        &matrix_lines(profile, all_passed, run.stand_in),
    )?;
    submission(folder, &run)?;
    let signed = certificate(arguments, &statement, all_passed, folder)?;
    say(&table(&judged, &run, &signed));
    if let Some(url) = &arguments.gerrit_comment {
        let comment = gerrit_comment(profile, &arguments.levels, &judged, url, run.stand_in);
        write(&folder.join("gerrit-comment.txt"), &comment)?;
        say(&comment);
    }
    Ok(match (all_passed, exit_code::of(run.outcome())) {
        (true, code) => code,
        (false, exit_code::PASS) => exit_code::FAILED_EXPECTATION,
        (false, code) => code,
    })
}

/// Signs the statement, if all passed and somebody is to sign it.
fn certificate(
    arguments: &Arguments,
    statement: &Statement,
    all_passed: bool,
    folder: &Path,
) -> Result<String, Failure> {
    if arguments.sign.is_empty() {
        return Ok("nobody has signed it: `cinder-drill certify --sign KEY` does".to_owned());
    }
    if !all_passed {
        return Ok("it is not signed, since not every test that the driver claims has passed".to_owned());
    }
    let mut envelope = Envelope::new(json(statement)?.as_bytes());
    sign(&mut envelope, &arguments.sign)?;
    let path = folder.join(CERTIFICATE);
    write(&path, &json(&envelope)?)?;
    Ok(format!("signed: {}", path.display()))
}

/// A folder in the shape of CNCF's submissions (k8s-conformance): the product, the whole log, and the results.
fn submission(folder: &Path, run: &RunReport) -> Result<(), Failure> {
    let into = folder.join("submission");
    std::fs::create_dir_all(&into).map_err(|error| not_written(&into, &error))?;
    let (words, _) = of_run(&folder.join("journal.jsonl"), false)?;
    write(&into.join("e2e.log"), &words)?;
    for (from, to) in [("junit.xml", "junit_01.xml"), ("product.yaml", "PRODUCT.yaml")] {
        let to = into.join(to);
        std::fs::copy(folder.join(from), &to).map_err(|error| not_written(&to, &error))?;
    }
    let readme = format!(
        "# How to run it again\n\n```console\n$ cinder-drill certify --target TARGET --levels LEVELS -o DIR\n```\n\nRun {} of cinder-drill \
         {} on {}.\n",
        run.run, run.version, run.started
    );
    write(&into.join("README.md"), &readme)
}

fn table(judged: &[Judged], run: &RunReport, signed: &str) -> String {
    let mut text = String::new();
    for one in judged {
        let (word, why) = match &one.outcome {
            TestOutcome::Passed => ("passed", ""),
            TestOutcome::Failed(why) => ("FAILED", why.as_str()),
            TestOutcome::Skipped(why) => ("SKIPPED", why.as_str()),
            TestOutcome::Missing(why) => ("MISSING", why.as_str()),
        };
        text += &format!("{word:<8} {:<24} {why}\n", one.title);
    }
    if run.stand_in {
        text += "This was a rehearsal on a simulated cloud: it is not a certificate, and proves nothing about any storage.\n";
    }
    if run.outcome() != Outcome::Passed {
        text += "The run as a whole did not pass: see the report.\n";
    }
    text + signed
}

fn json<T: serde::Serialize>(value: &T) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(value).map_err(|error| Failure::harness(error.to_string()))?;
    Ok(text + "\n")
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    std::fs::write(path, text).map_err(|error| not_written(path, &error))
}

fn not_written(path: &Path, error: &std::io::Error) -> Failure {
    Failure::file(format!("cannot write {}", path.display()), error)
}

fn say(text: &str) {
    // With nobody to tell, the exit code says it.
    let _ = writeln!(stdout(), "{text}");
}
