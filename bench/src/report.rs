//! The figures: one row each, as a table for people or as one JSON document.

use serde::Serialize;
use serde_json::json;

use crate::Answer;
use crate::machine::{self, Machine};
use crate::session::Session;

/// What a value must keep to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// This or more.
    AtLeast(f64),
    /// This or less.
    AtMost(f64),
}

/// One figure beside its yardstick.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// The bench it belongs to.
    pub bench: &'static str,
    /// What was measured.
    pub what: String,
    /// Ours, with its unit.
    pub ours: String,
    /// The yardstick, with its name.
    pub beside: String,
    /// What is judged: a ratio, or the figure itself.
    pub value: f64,
    /// The unit of `value`; a ratio has none.
    pub unit: &'static str,
    /// What it must keep to; `None` is for knowing only.
    pub target: Option<Target>,
    /// The machine's load when the row was made.
    pub load: f64,
}

impl Row {
    /// A row that is judged by `value`.
    pub fn new(
        what: impl Into<String>,
        ours: impl Into<String>,
        beside: impl Into<String>,
        value: f64,
    ) -> Self {
        Self {
            bench: "",
            what: what.into(),
            ours: ours.into(),
            beside: beside.into(),
            value,
            unit: "",
            target: None,
            load: machine::load(),
        }
    }

    /// The value's unit.
    pub fn unit(self, unit: &'static str) -> Self {
        Self { unit, ..self }
    }

    /// It must be this or more.
    pub fn at_least(self, limit: f64) -> Self {
        let target = Some(Target::AtLeast(limit));
        Self { target, ..self }
    }

    /// It must be this or less.
    pub fn at_most(self, limit: f64) -> Self {
        let target = Some(Target::AtMost(limit));
        Self { target, ..self }
    }

    /// Whether the target is met; a row without one always is.
    pub fn ok(&self) -> bool {
        match self.target {
            None => true,
            Some(Target::AtLeast(limit)) => self.value >= limit,
            Some(Target::AtMost(limit)) => self.value <= limit,
        }
    }

    fn verdict(&self) -> &'static str {
        match self.target {
            None => "-",
            Some(_) if self.ok() => "ok",
            Some(_) => "MISS",
        }
    }

    fn cells(&self) -> [String; 7] {
        let target = match self.target {
            None => String::new(),
            Some(Target::AtLeast(limit)) => format!(">= {limit}"),
            Some(Target::AtMost(limit)) => format!("<= {limit}"),
        };
        [
            self.bench.to_owned(),
            self.what.clone(),
            self.ours.clone(),
            self.beside.clone(),
            format!("{} {}", figure(self.value), self.unit)
                .trim_end()
                .to_owned(),
            target,
            self.verdict().to_owned(),
        ]
    }

    /// The row as one line, for the progress.
    pub fn line(&self) -> String {
        let [_, what, ours, beside, value, target, verdict] = self.cells();
        format!("{what}: {ours} | {beside} | {value} {target} {verdict}")
    }
}

/// A figure with as many digits as say something.
pub fn figure(value: f64) -> String {
    match value.abs() {
        size if size >= 1_000_000.0 => format!("{:.2}M", value / 1e6),
        size if size >= 10_000.0 => format!("{:.1}k", value / 1e3),
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

/// A rate.
pub fn rate(value: f64) -> String {
    format!("{}/s", figure(value))
}

/// Prints everything: the table, or with `--json` the document.
pub fn print(machine: &Machine, session: &Session) -> Answer<()> {
    if session.options.json {
        let rows: Vec<_> = session.rows.iter().map(with_verdict).collect();
        let document = json!({
            "machine": machine,
            "rounds": session.options.rounds,
            "quick": session.options.quick,
            "rows": rows,
        });
        println!("{}", serde_json::to_string_pretty(&document)?);
        return Ok(());
    }
    println!("\n{machine}");
    if session.options.quick {
        println!(
            "quick: small sizes, {} round(s); the figures say nothing",
            session.options.rounds
        );
    }
    println!("\n{}", table(&session.rows));
    Ok(())
}

fn with_verdict(row: &Row) -> serde_json::Value {
    let mut value = json!(row);
    value["verdict"] = json!(row.verdict());
    value
}

/// The rows in columns of their widths.
fn table(rows: &[Row]) -> String {
    let head = ["bench", "what", "ours", "beside", "value", "target", ""].map(String::from);
    let lines: Vec<[String; 7]> = std::iter::once(head)
        .chain(rows.iter().map(Row::cells))
        .collect();
    let mut widths = [0; 7];
    for line in &lines {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let pad = |line: &[String; 7]| {
        let cells = line
            .iter()
            .zip(widths)
            .map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    lines.iter().map(pad).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_judged_at_their_edge() {
        let row = |value| Row::new("w", "o", "b", value);
        assert!(row(0.7).at_least(0.7).ok() && !row(0.69).at_least(0.7).ok());
        assert!(row(1.4).at_most(1.4).ok() && !row(1.41).at_most(1.4).ok());
        assert!(row(f64::NAN).ok() && !row(f64::NAN).at_least(0.0).ok());
    }

    #[test]
    fn the_table_lines_up() {
        let rows = [Row::new("long name", "1", "2", 0.5).at_least(0.6)];
        let lines: Vec<String> = table(&rows).lines().map(String::from).collect();
        assert_eq!(lines[0].find("ours"), lines[1].find('1'));
        assert!(lines[1].ends_with("MISS"));
    }

    #[test]
    fn figures_are_short() {
        assert_eq!(
            [0.123, 12.34, 512.3, 41_234.0, 2_500_000.0].map(figure),
            ["0.12", "12.3", "512", "41.2k", "2.50M"]
        );
    }
}
