//! `chaos [PART…] [--rounds N | --minutes M] [--seed S] [--json FILE]`: runs the parts and ends with a table.

use std::process::ExitCode;

use actifix_chaos::{command, foreign, worker};

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    match args.next().as_deref() {
        Some("be-worker") => work(args.next()),
        Some("be-foreign") => outside(
            &args.next().unwrap_or_default(),
            &args.next().unwrap_or_default(),
        ),
        _ => command::main(std::env::args().skip(1).collect()),
    }
}

/// A worker of a part.
fn work(lot: Option<String>) -> ExitCode {
    match lot.map(|lot| serde_json::from_str(&lot)) {
        Some(Ok(lot)) => {
            worker::main(&lot);
            ExitCode::SUCCESS
        }
        other => {
            eprintln!("a worker takes its lot as JSON, and got {other:?}");
            ExitCode::from(64)
        }
    }
}

/// A program that knows nothing of the line.
fn outside(role: &str, path: &str) -> ExitCode {
    match foreign::main(role, path.as_ref()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{role}: {error}");
            ExitCode::FAILURE
        }
    }
}
