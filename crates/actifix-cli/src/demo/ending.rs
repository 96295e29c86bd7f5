//! The end of the story: the table of tickets, the judgement, the next steps. Programs get one document instead.

use std::path::PathBuf;
use std::time::Duration;

use comfy_table::{Cell, Color};
use serde::Serialize;
use serde_json::Value;

use super::fate::{Fate, Grant};
use super::played::THREADS;
use super::scene::ROUNDS;
use super::story::Teller;
use super::verdict::Verdict;
use super::words::brief;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::table::Lines;
use crate::output::text;

/// All that the demo came to.
#[derive(Serialize)]
pub struct Ending<'a> {
    /// Everything was as promised.
    pub ok: bool,
    /// How long it took.
    pub seconds: f64,
    /// The folder, when it was left.
    pub dir: Option<PathBuf>,
    /// Each worker's name and process id.
    pub workers: Vec<Value>,
    #[serde(flatten)]
    pub verdict: &'a Verdict,
}

impl Ending<'_> {
    /// Tells it.
    pub fn tell(&self, context: &Context, teller: &Teller<'_>) -> Result<(), Failure> {
        if context.json() {
            return Ok(context.out.json(self)?);
        }
        teller.chapter(
            "What became of the tickets",
            "By the events that each change left in the database.",
        )?;
        teller.write(&self.tickets(context))?;
        teller.write("")?;
        self.judgement(teller)?;
        self.next_steps(context, teller)
    }

    fn tickets(&self, context: &Context) -> String {
        let headings = ["TICKET", "SEEN", "TRIES", "HELD BY", "COMPLETED", "WHAT"];
        let mut lines = Lines::new(context.out.paint, &headings);
        for fate in &self.verdict.tickets {
            lines.row(row(fate));
        }
        lines.text()
    }

    fn judgement(&self, teller: &Teller<'_>) -> Result<(), Failure> {
        let verdict = self.verdict;
        if self.ok {
            let (tickets, threads) = (verdict.tickets.len(), ROUNDS * THREADS);
            let locked: usize = verdict.ours.locked().iter().sum();
            for sentence in [
                format!("{tickets} of {tickets} tickets completed once each, and the programs run"),
                "the killed worker's ticket was done by another".to_owned(),
                "the late completion was refused".to_owned(),
                format!("{locked} of {threads} threads got their lock from the store"),
            ] {
                teller.judged(true, &sentence)?;
            }
        }
        for problem in &verdict.problems {
            teller.judged(false, problem)?;
        }
        let wait = brief(Duration::from_secs_f64(verdict.longest_wait_ms / 1_000.0));
        let errors = verdict.lock_errors;
        let sentence = format!("longest wait for the write lock {wait}, lock errors {errors}");
        teller.judged(errors == 0, &sentence)?;
        teller.judged(self.ok, &format!("{:.1} s in all", self.seconds))
    }

    fn next_steps(&self, context: &Context, teller: &Teller<'_>) -> Result<(), Failure> {
        let paint = context.out.paint;
        let (bold, dim) = (paint.bold(), paint.dim());
        let record = "actifix record --type IOError --message 'disk full'";
        let mut steps = vec![
            ("actifix init".to_owned(), "your own database"),
            (record.to_owned(), "an error for it"),
            ("actifix claim --as me".to_owned(), "and a ticket"),
        ];
        if let Some(folder) = &self.dir {
            let database = folder.join(super::DATABASE);
            let database = text::shell_word(&database.to_string_lossy());
            steps.push((
                format!("actifix --db {database} events"),
                "all of the above",
            ));
        }
        teller.write(&format!("\n{bold}Next{bold:#}"))?;
        for (step, why) in steps {
            teller.write(&format!("  {step:<52} {dim}{why}{dim:#}"))?;
        }
        match this_program() {
            Some(path) => teller.paragraph(&format!(
                "Here `actifix` is {path}; `cargo install --path crates/actifix-cli` puts it on your path."
            )),
            None => Ok(()),
        }
    }
}

fn row(fate: &Fate) -> Vec<Cell> {
    let names = |grants: &[Grant]| {
        let names: Vec<&str> = grants.iter().map(|grant| grant.holder.as_str()).collect();
        names.join(", ")
    };
    let completed = match fate.completed.as_slice() {
        [end] => Cell::new(format!("once, by {}", end.holder)).fg(Color::DarkGreen),
        ends => Cell::new(format!("{} times", ends.len())).fg(Color::DarkRed),
    };
    vec![
        Cell::new(&fate.id),
        Cell::new(format!("{}×", fate.occurrences)),
        Cell::new(fate.grants.len()),
        Cell::new(names(&fate.grants)),
        completed,
        Cell::new(&fate.what),
    ]
}

/// This program's file, when a shell would not find it by its name.
fn this_program() -> Option<String> {
    let file = std::env::current_exe().ok()?;
    let folder = file.parent()?;
    let on_path = std::env::split_paths(&std::env::var_os("PATH")?).any(|place| place == folder);
    let here = std::env::current_dir().ok()?;
    let shown = file.strip_prefix(here).unwrap_or(&file).display();
    (!on_path).then(|| shown.to_string())
}
