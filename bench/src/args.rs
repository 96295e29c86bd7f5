//! The words of the command line.

use crate::{Answer, benches};

/// What `--help` prints before the list of benches.
pub const USAGE: &str = "\
Each figure of Actifix beside its yardsticks, in the same run.

  cargo xtask bench [NAME…] [--rounds N] [--quick] [--json]

  NAME…        which to run; all when none is named
  --rounds N   rounds, whose median counts (5)
  --quick      small sizes and one round: checks that everything works, says nothing about speed
  --json       one JSON document on stdout instead of the table

Exit: 0 every target met, 1 some missed, 2 it could not run.";

/// What to run, and how.
#[derive(Debug, PartialEq, Eq)]
pub struct Options {
    /// Names of benches, in the order of the list; never empty.
    pub names: Vec<&'static str>,
    /// Rounds of each comparison.
    pub rounds: usize,
    /// Small sizes.
    pub quick: bool,
    /// A JSON document instead of the table.
    pub json: bool,
}

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
pub enum Asked {
    /// The usage.
    Help,
    /// Benches.
    Run(Options),
}

/// Reads the command line.
pub fn parse(words: &[String]) -> Answer<Asked> {
    let mut rounds = None;
    let (mut quick, mut json) = (false, false);
    let mut wanted = Vec::new();
    let mut words = words.iter().map(String::as_str);
    while let Some(word) = words.next() {
        match word {
            "-h" | "--help" => return Ok(Asked::Help),
            "--quick" => quick = true,
            "--json" => json = true,
            "--rounds" => rounds = Some(number(words.next())?),
            "all" => wanted.extend(benches::names()),
            name => wanted.push(known(name)?),
        }
    }
    let all = wanted.is_empty();
    let names = benches::names()
        .filter(|name| all || wanted.contains(name))
        .collect();
    let rounds = rounds.unwrap_or(if quick { 1 } else { 5 });
    Ok(Asked::Run(Options {
        names,
        rounds,
        quick,
        json,
    }))
}

fn number(word: Option<&str>) -> Answer<usize> {
    match word.and_then(|word| word.parse().ok()) {
        Some(number) if (1..=99).contains(&number) => Ok(number),
        _ => Err("--rounds takes a number from 1 to 99".into()),
    }
}

fn known(name: &str) -> Answer<&'static str> {
    let found = benches::names().find(|known| *known == name);
    found.ok_or_else(|| {
        format!(
            "there is no bench `{name}`\n\n{USAGE}\n\n{}",
            benches::list()
        )
        .into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(words: &str) -> Options {
        let words: Vec<String> = words.split_whitespace().map(String::from).collect();
        match parse(&words).unwrap() {
            Asked::Run(options) => options,
            Asked::Help => panic!("help"),
        }
    }

    #[test]
    fn all_benches_and_five_rounds_when_nothing_is_said() {
        let options = run("");
        assert_eq!(options.names, benches::names().collect::<Vec<_>>());
        assert_eq!(
            (options.rounds, options.quick, options.json),
            (5, false, false)
        );
        assert_eq!(run("--quick").rounds, 1);
    }

    #[test]
    fn names_and_rounds_are_taken_and_nonsense_is_refused() {
        let options = run("record cycle --rounds 3 --json");
        assert_eq!(options.names, ["cycle", "record"]);
        assert_eq!((options.rounds, options.json), (3, true));
        for bad in ["cycles", "--rounds", "--rounds 0", "--round 3"] {
            let words: Vec<String> = bad.split_whitespace().map(String::from).collect();
            assert!(parse(&words).is_err(), "{bad}");
        }
    }
}
