//! `chaos [PART…] [--rounds N | --minutes M] [--seed S] [--json FILE]`: runs the parts and ends with a table.

use std::process::ExitCode;

use actifix_chaos::{command, worker};

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let Some("worker") = args.next().as_deref() else {
        return command::main(std::env::args().skip(1).collect());
    };
    match args.next().map(|lot| serde_json::from_str(&lot)) {
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
