//! Columns under headings, as wide as their widest cell.

use super::Ink;

/// The rows as lines; the headings are dim, the last column takes what it needs.
pub fn columns(ink: Ink, headings: &[&str], rows: &[Vec<String>]) -> String {
    let wide = |text: &str| text.chars().count();
    let mut widths: Vec<usize> = headings.iter().map(|heading| wide(heading)).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(wide(cell));
        }
    }
    let line = |cells: &[&str]| {
        let mut text = String::new();
        for (index, (cell, width)) in cells.iter().zip(&widths).enumerate() {
            text.push_str(cell);
            if index + 1 < cells.len() {
                text.extend(std::iter::repeat_n(' ', width + 2 - wide(cell).min(*width)));
            }
        }
        text.trim_end().to_owned()
    };
    let mut all = vec![ink.dim(&line(headings))];
    for row in rows {
        let cells: Vec<&str> = row.iter().map(String::as_str).collect();
        all.push(line(&cells));
    }
    all.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_stand_under_their_headings() {
        let rows = [
            vec!["deferred".to_owned(), "1/3".to_owned()],
            vec!["ü".to_owned(), "3/3".to_owned()],
        ];
        let text = columns(Ink(false), &["MODE", "LOCKS"], &rows);
        assert_eq!(text, "MODE      LOCKS\ndeferred  1/3\nü         3/3");
    }
}
