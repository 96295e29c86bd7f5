//! The command: its arguments, the parts in turn, the table at the end.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use crate::chance;
use crate::order::Order;
use crate::parts::{PARTS, Part};
use crate::tally::{self, Tally};

const USAGE: &str = "\
Causes faults on purpose and judges what is left: nothing that was acknowledged may be lost.

  cargo xtask chaos [PART…] [--rounds N | --minutes M] [--seed S] [--json FILE]

  --rounds N    so many faults in each part (where a part has an end of its own, it ends there)
  --minutes M   each part for so long
  --seed S      the seed of an earlier run; printed at the beginning of each part
  --json FILE   the report as JSON as well

Parts:
";

/// What was asked for.
#[derive(Debug, Default)]
struct Request {
    parts: Vec<&'static str>,
    rounds: Option<u64>,
    time: Option<Duration>,
    seed: Option<u64>,
    json: Option<PathBuf>,
}

/// Runs what the arguments ask for.
pub fn main(args: Vec<String>) -> ExitCode {
    if args
        .iter()
        .any(|arg| ["help", "--help", "-h"].contains(&arg.as_str()))
    {
        print!("{USAGE}");
        PARTS
            .iter()
            .for_each(|part| println!("  {:<18}{}", part.name, part.what));
        return ExitCode::SUCCESS;
    }
    match request(args).and_then(|request| run(&request)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("chaos: {why}");
            ExitCode::from(2)
        }
    }
}

fn request(args: Vec<String>) -> Result<Request, String> {
    let mut request = Request::default();
    let mut args = args.into_iter();
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or_else(|| format!("{arg} needs a value"));
        let number = |text: String| {
            text.parse()
                .map_err(|_| format!("{arg}: `{text}` is no number"))
        };
        match arg.as_str() {
            "--rounds" => request.rounds = Some(number(value()?)?),
            "--minutes" => request.time = Some(Duration::from_secs(60 * number(value()?)?)),
            "--seed" => request.seed = Some(number(value()?)?),
            "--json" => request.json = Some(value()?.into()),
            name => match PARTS.iter().find(|part| part.name == name) {
                Some(part) => request.parts.push(part.name),
                None => {
                    return Err(format!(
                        "there is no part or flag `{name}`; --help lists them"
                    ));
                }
            },
        }
    }
    Ok(request)
}

fn run(request: &Request) -> Result<bool, String> {
    let wanted = |part: &&Part| request.parts.is_empty() || request.parts.contains(&part.name);
    let order = Order {
        program: std::env::current_exe().map_err(|e| format!("cannot find this program: {e}"))?,
        seed: request.seed.unwrap_or_else(chance::fresh),
        rounds: request.rounds,
        time: request.time,
    };
    let mut tallies = Vec::new();
    for part in PARTS.iter().filter(wanted) {
        tallies.push(one(part, &order));
        if let Some(json) = &request.json {
            save(json, &tallies).map_err(|e| format!("cannot write {}: {e}", json.display()))?;
        }
    }
    println!("{}", tally::table(&tallies));
    let ci = std::env::var_os("CI").is_some_and(|ci| ci == "true");
    Ok(tallies.iter().all(|tally| tally.is_fine(ci)))
}

/// A part that breaks off has found something, too.
fn one(part: &Part, order: &Order) -> Tally {
    (part.run)(order).unwrap_or_else(|error| {
        let mut tally = Tally::of(part.name, order.seed);
        tally.find("the run broke off", error.to_string());
        tally
    })
}

fn save(path: &std::path::Path, tallies: &[Tally]) -> io::Result<()> {
    std::fs::write(path, serde_json::to_string_pretty(tallies)?)
}
