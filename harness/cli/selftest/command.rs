//! The command line of `cinder-drill selftest`.

use std::io::{Write, stderr, stdout};
use std::time::Instant;

use simcloud::{FLOWS, Saboteur};

use super::trials::{Options, control, table};
use crate::cli::exit_code;
use crate::counted::counted;
use crate::report::saboteurs::{saboteur_list, saboteur_table};

#[derive(Clone, Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    /// The saboteurs to try, by their names [default: all]
    #[arg(value_name = "SABOTEUR", value_parser = saboteur)]
    saboteurs: Vec<Saboteur>,
    /// Lists the saboteurs: what each does, what it is modelled on, and which flows cannot see it
    #[arg(long)]
    list: bool,
    /// Drills the four flows so many times without any saboteur, in place of the saboteurs
    #[arg(long, value_name = "TIMES", conflicts_with_all = ["list", "saboteurs"])]
    control: Option<usize>,
    /// Seeds everything that varies
    #[arg(long, default_value_t = Options::default().seed)]
    seed: u64,
    /// Multiplies every delay of the embedded clouds
    #[arg(long, default_value_t = Options::default().pace)]
    pace: f64,
    /// How many embedded clouds run at once
    #[arg(long, default_value_t = Options::default().jobs)]
    jobs: usize,
}

fn saboteur(name: &str) -> Result<Saboteur, String> {
    Saboteur::named(name).ok_or_else(|| format!("there is no saboteur {name}; --list lists them"))
}

/// Drills under saboteurs, or without any.
pub(in crate::cli) fn selftest(arguments: &Arguments) -> u8 {
    let options = Options {
        seed: arguments.seed,
        pace: arguments.pace,
        jobs: arguments.jobs,
        ..Options::default()
    };
    let saboteurs: &[Saboteur] = if arguments.saboteurs.is_empty() {
        Saboteur::ALL
    } else {
        &arguments.saboteurs
    };
    // A closed output is not a fault of the saboteurs.
    let print = |text: &str| {
        let _ = stdout().write_all(text.as_bytes());
    };
    if arguments.list {
        print(&saboteur_list(saboteurs));
        return exit_code::PASS;
    }
    let began = Instant::now();
    let wrong = match arguments.control {
        Some(times) => {
            let wrong = control(times, options);
            let tried = times * FLOWS.len();
            print(&format!(
                "{} of {} passed without a saboteur, in {:.1} s\n",
                tried.saturating_sub(wrong.len()),
                counted(tried, "drill"),
                began.elapsed().as_secs_f64()
            ));
            wrong
        }
        None => {
            let table = table(saboteurs, options);
            print(&saboteur_table(&table, began.elapsed()));
            table.rows.into_iter().filter_map(|row| row.wrong).collect()
        }
    };
    for reason in &wrong {
        let _ = writeln!(stderr(), "WRONG  {reason}\n");
    }
    if wrong.is_empty() {
        exit_code::PASS
    } else {
        exit_code::CLOUD_OR_HARNESS
    }
}
