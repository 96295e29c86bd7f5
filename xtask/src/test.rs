//! `cargo xtask test`: runs the suites one after the other and ends with a table.

use std::time::Instant;

use crate::Answer;
use crate::metadata::{self, Workspace};
use crate::report::{self, Row};
use crate::session::{Session, begin, end};
use crate::suites::{self, SUITES, Suite};
use crate::targets;

/// What the command line asks for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Request {
    quick: bool,
    verbose: bool,
    names: Vec<String>,
}

/// Runs what the arguments ask for.
pub fn main(args: &[String]) -> Answer {
    let request = request(args)?;
    let chosen = choose(&request)?;
    let workspace = metadata::workspace()?;
    let session = Session::open(&workspace, request.verbose)?;
    let mut rows = vec![forgotten(&workspace)];
    for suite in chosen {
        rows.push(session.suite(suite)?);
    }
    print!("\n{}", report::table(&rows));
    Ok(!rows.iter().any(Row::is_bad))
}

/// Reads the command line.
fn request(args: &[String]) -> Result<Request, String> {
    let mut request = Request::default();
    for arg in args {
        match arg.as_str() {
            "--quick" => request.quick = true,
            "--verbose" => request.verbose = true,
            flag if flag.starts_with('-') => {
                return Err(format!("`test` has no flag {flag}: --quick, --verbose"));
            }
            name if suites::names().contains(&name) => request.names.push(name.to_string()),
            name => {
                return Err(format!(
                    "there is no suite `{name}`: {}",
                    suites::names().join(", ")
                ));
            }
        }
    }
    Ok(request)
}

/// The suites to run, in the order of the table.
fn choose(request: &Request) -> Result<Vec<&'static Suite>, String> {
    let named = |suite: &&Suite| {
        request.names.is_empty() || request.names.iter().any(|name| name == suite.name)
    };
    let chosen: Vec<_> = SUITES
        .iter()
        .filter(named)
        .filter(|suite| !(suite.slow && request.quick))
        .collect();
    if chosen.is_empty() {
        return Err(format!(
            "{} is not among the quick suites: leave --quick out",
            request.names.join(", ")
        ));
    }
    Ok(chosen)
}

/// The row that fails when a test file stands in no suite.
fn forgotten(workspace: &Workspace) -> Row {
    let before = Instant::now();
    begin("targets");
    let notes = targets::left_out(workspace, &targets::roots(&workspace.members), SUITES);
    let fine = notes.is_empty();
    for note in &notes {
        println!("\n  {note}");
    }
    let row = Row {
        notes,
        ..Row::step("targets", fine, before.elapsed())
    };
    end(&row);
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(words: &str) -> Result<Request, String> {
        request(
            &words
                .split_whitespace()
                .map(String::from)
                .collect::<Vec<_>>(),
        )
    }

    #[test]
    fn suites_and_flags_mix_in_any_order() {
        let asked = ask("unit --quick fmt").expect("both exist");
        assert_eq!(
            asked,
            Request {
                quick: true,
                verbose: false,
                names: vec!["unit".into(), "fmt".into()]
            }
        );
        let chosen: Vec<_> = choose(&asked)
            .expect("both are quick")
            .iter()
            .map(|suite| suite.name)
            .collect();
        assert_eq!(chosen, ["fmt", "unit"]);
    }

    #[test]
    fn what_does_not_exist_is_refused_with_what_does() {
        assert!(
            ask("unti")
                .expect_err("no such suite")
                .contains("fmt, clippy, ")
        );
        assert!(ask("--fast").is_err());
    }

    #[test]
    fn quick_leaves_the_slow_suites_out() {
        let chosen = choose(&ask("--quick").expect("a flag")).expect("some are quick");
        assert!(chosen.iter().all(|suite| !suite.slow));
        assert!(choose(&ask("--quick doc").expect("both exist")).is_err());
    }
}
