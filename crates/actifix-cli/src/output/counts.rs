//! Figures in a table.

use std::collections::BTreeMap;
use std::time::Duration;

use actifix::{Priority, Stats, Status, format_span};
use comfy_table::{Cell, CellAlignment};

use super::colour::{Paint, dim_cell, priority_cell};
use super::table::Lines;
use super::text;

const HEADINGS: [&str; 7] = [
    "PROJECT",
    "PRI",
    "OPEN",
    "IN-PROGRESS",
    "QUARANTINED",
    "COMPLETED",
    "IGNORED",
];
const COLUMNS: [Status; 5] = [
    Status::Open,
    Status::InProgress,
    Status::Quarantined,
    Status::Completed,
    Status::Ignored,
];

/// A line for each project and priority.
pub fn by_project(stats: &Stats, paint: Paint) -> String {
    let mut groups: BTreeMap<(&str, Priority), [u64; 5]> = BTreeMap::new();
    for count in &stats.counts {
        add(
            groups.entry((&count.project, count.priority)).or_default(),
            count.status,
            count.tickets,
        );
    }
    let mut lines = Lines::new(paint, &HEADINGS);
    for ((project, priority), counts) in groups {
        let mut cells = vec![Cell::new(text::one_line(project)), priority_cell(priority)];
        cells.extend(counts.map(number));
        lines.row(cells);
    }
    lines.text()
}

/// A line for each priority, over all projects.
pub fn by_priority(stats: &Stats, paint: Paint) -> String {
    let mut groups: BTreeMap<Priority, [u64; 5]> = BTreeMap::new();
    for count in &stats.counts {
        add(
            groups.entry(count.priority).or_default(),
            count.status,
            count.tickets,
        );
    }
    let mut lines = Lines::new(paint, &HEADINGS[1..]);
    for (priority, counts) in groups {
        let mut cells = vec![priority_cell(priority)];
        cells.extend(counts.map(number));
        lines.row(cells);
    }
    lines.text()
}

fn add(counts: &mut [u64; 5], status: Status, tickets: u64) {
    if let Some(column) = COLUMNS.iter().position(|column| *column == status) {
        counts[column] += tickets;
    }
}

/// A number under its heading; nothing is shown for none.
fn number(count: u64) -> Cell {
    let cell = if count == 0 {
        dim_cell("·")
    } else {
        Cell::new(count)
    };
    cell.set_alignment(CellAlignment::Right)
}

/// The longest that calls of this process waited to be written, and that their commits took.
pub fn waits(stats: &Stats) -> String {
    let longest = |name: &str| {
        let micros = stats.contention[name]["max"].as_u64().unwrap_or(0);
        format_span(Duration::from_micros(micros))
    };
    format!(
        "longest wait in the queue {}, for the write lock {}, for a commit {}",
        longest("queue_wait"),
        longest("lock_wait"),
        longest("commit")
    )
}

/// `3.2 MiB`.
pub fn bytes(count: u64) -> String {
    const UNITS: [(&str, u64); 3] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    match UNITS.into_iter().find(|(_, size)| count >= *size) {
        Some((unit, size)) => format!("{}.{} {unit}", count / size, count % size * 10 / size),
        None => format!("{count} B"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_told_in_their_unit() {
        assert_eq!(
            [bytes(0), bytes(1536), bytes(5 << 20)],
            ["0 B", "1.5 KiB", "5.0 MiB"]
        );
    }
}
