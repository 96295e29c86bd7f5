//! The project's tasks, run as `cargo xtask NAME`: one file per task, this one only hands over.

mod bench;
mod book;
mod chaos;
mod libtest;
mod metadata;
mod mutants;
mod promise;
mod report;
mod run;
mod session;
mod soak;
mod suites;
mod targets;
mod test;
mod tidy;
mod tools;
mod wheel;

use std::path::PathBuf;
use std::process::ExitCode;

const USAGE: &str = "\
The tasks of this project.

  cargo xtask test [--quick] [--verbose] [SUITE…]   run every suite, the quick ones, or the named ones
  cargo xtask test promise N [--verbose]            run the tests that guard promise N (1 to 7)
  cargo xtask tidy                                  check the house rules
  cargo xtask chaos [PART…] [ARGS…]                 cause faults and judge what is left (--help lists the parts)
  cargo xtask mutants [NAME…]                       known-bad versions, each of which must turn its test red
  cargo xtask soak [--minutes 10] [--workers 32]    many workers, killed and stopped all the time; judged by the event log
  cargo xtask bench [NAME] [ARGS…]                  run the benchmarks (release build)
  cargo xtask wheel [--release|--dev]               build the Python package, with the command in it, into target/wheels
  cargo xtask python [ARGS…]                        run the tests of the Python package (ARGS go to pytest)
  cargo xtask book-figures                          make the figures of the book's lock chapter anew (minutes)
";

/// What a task answers: whether all is well, or why it could not run.
pub type Answer = Result<bool, String>;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&args) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("xtask: {why}");
            ExitCode::from(2)
        }
    }
}

/// Goes to the root of the workspace and runs the task that `args` name.
fn dispatch(args: &[String]) -> Answer {
    let (task, rest) = match args.split_first() {
        Some((task, rest)) => (task.as_str(), rest),
        None => ("help", args),
    };
    std::env::set_current_dir(root())
        .map_err(|e| format!("cannot go to {}: {e}", root().display()))?;
    match task {
        "test" if rest.first().is_some_and(|arg| arg == "promise") => promise::main(&rest[1..]),
        "test" => test::main(rest),
        "tidy" => tidy::main(rest),
        "soak" => soak::main(rest),
        "bench" => bench::main(rest),
        "wheel" => wheel::main(rest),
        "python" => wheel::test(rest),
        "book-figures" => book::main(rest),
        "chaos" => chaos::main(rest),
        "mutants" => mutants::main(rest),
        "help" | "--help" | "-h" => {
            println!("{USAGE}\nSuites: {}", suites::names().join(", "));
            Ok(true)
        }
        other => Err(format!("there is no task `{other}`\n\n{USAGE}")),
    }
}

/// The root of the workspace: the folder above this crate's.
fn root() -> PathBuf {
    let here = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    here.parent().map_or_else(|| here.clone(), PathBuf::from)
}
