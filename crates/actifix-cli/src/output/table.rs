//! Tables for people: no borders, one line a row, as wide as the terminal.

use comfy_table::{Attribute, Cell, ColumnConstraint, ContentArrangement, Row, Table, TableStyle};

use super::colour::Paint;

/// A table whose last column takes what room is left.
pub struct Lines {
    table: Table,
}

impl Lines {
    /// With these headings.
    pub fn new(paint: Paint, headings: &[&str]) -> Self {
        let mut table = Table::new();
        let width = width(&table);
        table.load_style(TableStyle::new());
        if paint.is_on() {
            table.enforce_styling();
        } else {
            table.force_no_tty();
        }
        if let Some(width) = width {
            table
                .set_width(width)
                .set_content_arrangement(ContentArrangement::Dynamic);
        }
        let headings = headings
            .iter()
            .map(|heading| Cell::new(heading).add_attribute(Attribute::Dim));
        table.set_header(Row::from(headings.collect::<Vec<_>>()));
        Self { table }
    }

    /// A row more.
    pub fn row(&mut self, cells: Vec<Cell>) {
        let mut row = Row::from(cells);
        row.max_height(1);
        self.table.add_row(row);
    }

    /// The table as text, without a line end.
    pub fn text(mut self) -> String {
        let last = self.table.column_count().saturating_sub(1);
        for (index, column) in self.table.column_iter_mut().enumerate() {
            column.set_padding((0, if index == last { 0 } else { 2 }));
            if index == last {
                // No text holds it: the last column is cut where it ends, not at a blank before.
                column.set_delimiter('\u{0}');
            } else {
                column.set_constraint(ColumnConstraint::ContentWidth);
            }
        }
        self.table
            .lines()
            .map(|line| line.trim_end().to_owned())
            .collect::<Vec<_>>()
            .join("\n")
    }
}

/// The terminal's width; `COLUMNS` counts where there is none.
fn width(table: &Table) -> Option<u16> {
    let told = || {
        std::env::var("COLUMNS")
            .ok()?
            .parse()
            .ok()
            .filter(|columns| *columns >= 40)
    };
    table.width().or_else(told)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_under_their_headings_without_borders() {
        let mut lines = Lines::new(Paint::plain(), &["ID", "WHAT"]);
        lines.row(vec![Cell::new("A-1"), Cell::new("broken")]);
        lines.row(vec![Cell::new("A-22"), Cell::new("also broken")]);
        assert_eq!(lines.text(), "ID    WHAT\nA-1   broken\nA-22  also broken");
    }
}
