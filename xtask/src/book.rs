//! `cargo xtask book-figures`: makes every figure of the book's lock chapter anew, by the commands that it tells about.
//!
//! Each figure is a small file in `docs/src/figures/` that the chapter includes; no number there is typed by hand.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::Answer;
use crate::metadata;
use crate::run::cargo;

/// Where they stand.
const FIGURES: &str = "docs/src/figures";

/// Transcripts that the chapter shows whole: file, arguments.
const TRANSCRIPTS: &[(&str, &str)] = &[
    ("reproduce", "lab reproduce"),
    ("diagnose-immediate", "lab diagnose --mode immediate"),
    ("record", "lab record"),
    ("create", "lab create"),
    ("create-actifix", "lab create --mode actifix"),
    ("stopped", "lab stopped"),
    ("stopped-actifix", "lab stopped --mode actifix"),
    ("dropped", "lab dropped"),
    ("dropped-actifix", "lab dropped --mode actifix"),
    ("modes", "lab modes"),
];

/// Makes them all.
pub fn main(args: &[String]) -> Answer {
    if !args.is_empty() {
        return Err("`book-figures` takes no arguments".into());
    }
    fs::create_dir_all(FIGURES).map_err(|e| format!("cannot make {FIGURES}: {e}"))?;
    for (name, line) in TRANSCRIPTS {
        println!("actifix {line}");
        write(
            name,
            &format!("$ actifix {line}\n{}", actifix(line)?.trim_end()),
        )?;
    }
    println!("actifix lab diagnose --html");
    actifix(&format!("lab diagnose --html {FIGURES}/diagnose.html"))?;
    rates()?;
    speed()?;
    println!("actifix lab prove --rounds 3 (some minutes)");
    let page = format!("{FIGURES}/proof.html");
    let told = actifix(&format!("lab prove --rounds 3 --html {page}"))?;
    write(
        "proof",
        &format!("$ actifix lab prove --rounds 3\n{}", told.trim_end()),
    )?;
    Ok(true)
}

/// How often the scene fails, with which codes, after what time; and how often it does not under the cure.
fn rates() -> Result<(), String> {
    let deferred = json("lab reproduce --rounds 100")?;
    let workers = workers(&deferred);
    let (mut spread, mut codes) = (BTreeMap::new(), BTreeMap::new());
    for round in array(&deferred["rounds"]) {
        let got = array(&round["workers"])
            .filter(|worker| worker["acquired"] == true)
            .count();
        *spread.entry(got).or_insert(0) += 1;
    }
    let mut took: Vec<i64> = Vec::new();
    for step in workers.iter().flat_map(|worker| array(&worker["steps"])) {
        if let Some(code) = step["refusal"]["extended"].as_i64() {
            *codes.entry(code).or_insert(0) += 1;
            took.push(
                step["ended_us"].as_i64().unwrap_or(0) - step["began_us"].as_i64().unwrap_or(0),
            );
        }
    }
    took.sort_unstable();
    let all_three = spread.get(&3).copied().unwrap_or(0);
    write("deferred-failed", &format!("{} of 100", 100 - all_three))?;
    let count = |of: &BTreeMap<usize, i32>, got| of.get(&got).copied().unwrap_or(0).to_string();
    for got in 0..=3 {
        write(&format!("deferred-{got}-of-3"), &count(&spread, got))?;
    }
    for code in [5, 517] {
        let count = codes.get(&code).copied().unwrap_or(0).to_string();
        write(&format!("refused-{code}"), &count)?;
    }
    write("refused-median", &format!("{} µs", middle(&took)))?;
    write(
        "refused-longest",
        &format!("{} µs", took.last().copied().unwrap_or(0)),
    )?;
    write("machine", text(&deferred["machine"]).trim())?;
    let immediate = json("lab reproduce --mode immediate --rounds 100")?;
    let failed = array(&immediate["rounds"])
        .filter(|round| array(&round["workers"]).any(|worker| worker["acquired"] == false))
        .count();
    write("immediate-failed", &format!("{failed} of 100"))
}

/// Deferred and immediate beside each other where nobody is in the way: interleaved, with their intervals.
fn speed() -> Result<(), String> {
    let proof = json("lab prove --workers 1 --threads --rounds 15")?;
    for mode in ["deferred", "immediate"] {
        let Some(cell) = array(&proof["cells"]).find(|cell| cell["mode"] == mode) else {
            return Err(format!("the proof says nothing of {mode}"));
        };
        let rate = |name: &str| cell["per_second"][name].as_f64().unwrap_or(0.0);
        let told = format!(
            "{:.0} ({:.0} to {:.0})",
            rate("value"),
            rate("low"),
            rate("high")
        );
        write(&format!("alone-{mode}"), &told)?;
    }
    Ok(())
}

fn array(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn workers(it: &Value) -> Vec<&Value> {
    array(&it["rounds"])
        .flat_map(|round| array(&round["workers"]))
        .collect()
}

fn middle(sorted: &[i64]) -> i64 {
    sorted.get(sorted.len() / 2).copied().unwrap_or(0)
}

/// The machine in a line.
fn text(machine: &Value) -> String {
    let word = |name: &str| machine[name].as_str().unwrap_or("").to_owned();
    format!(
        "{}, {} cores, {}, SQLite {}, {}",
        word("processor"),
        machine["cores"],
        word("kernel"),
        word("sqlite"),
        word("date")
    )
}

fn write(name: &str, text: &str) -> Result<(), String> {
    let path = Path::new(FIGURES).join(format!("{name}.txt"));
    fs::write(&path, text).map_err(|e| format!("cannot write {}: {e}", path.display()))
}

/// What the command prints. A scene that fails as it shall ends with 1.
fn actifix(line: &str) -> Result<String, String> {
    let mut command = cargo();
    command.args([
        "run",
        "--quiet",
        "--release",
        "--package",
        "actifix-cli",
        "--",
    ]);
    let output = command.args(line.split(' ')).output();
    let output = output.map_err(|e| format!("cannot run actifix: {e}"))?;
    match output.status.code() {
        Some(0 | 1) if !output.stdout.is_empty() => {
            // Command lines in the figures name the program, not where it was built.
            let program = metadata::workspace()?.target.join("release/actifix");
            let told = String::from_utf8_lossy(&output.stdout);
            Ok(told.replace(&program.display().to_string(), "actifix"))
        }
        _ => Err(format!(
            "actifix {line}: {}",
            String::from_utf8_lossy(&output.stderr)
        )),
    }
}

fn json(line: &str) -> Result<Value, String> {
    println!("actifix {line}");
    let told = actifix(&format!("{line} --json"))?;
    serde_json::from_str(&told).map_err(|e| format!("actifix {line}: {e}"))
}
