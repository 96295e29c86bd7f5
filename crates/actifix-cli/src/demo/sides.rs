//! The scene in a table, both sides beside each other, and what it shows.

use std::path::Path;

use comfy_table::{Cell, Color};

use super::folder;
use super::halt::{Halt, storage};
use super::played::{Played, THREADS, Try};
use super::scene::{self, BUSY_TIMEOUT, ROUNDS};
use super::story::Teller;
use super::words::brief;
use crate::output::colour::{Paint, dim_cell};
use crate::output::table::Lines;

/// What the scene is about.
const ABOUT: &str = "Three threads meet at a barrier; then each locks a ticket of its own: nobody wants what another \
    wants. On the left by BEGIN, read, write, COMMIT, as SQLite does when nothing else is said; on the right by the store.";

/// Plays it both ways, and shows it.
pub fn play(teller: &Teller<'_>, paint: Paint, folder: &Path) -> Result<(Played, Played), Halt> {
    teller.chapter("Deferred transactions and ours", ABOUT)?;
    let folder = folder.join("scene");
    std::fs::create_dir(&folder).map_err(storage("the scene's folder cannot be made"))?;
    let (deferred, ours) = (scene::deferred(&folder)?, scene::ours(&folder)?);
    tell(teller, paint, &deferred, &ours, &folder)?;
    Ok((deferred, ours))
}

fn tell(
    teller: &Teller<'_>,
    paint: Paint,
    deferred: &Played,
    ours: &Played,
    folder: &Path,
) -> Result<(), Halt> {
    let mut lines = Lines::new(paint, &["THREAD", "DEFERRED TRANSACTIONS", "ACTIFIX"]);
    for (number, (left, right)) in deferred.worst().iter().zip(ours.worst()).enumerate() {
        lines.row(vec![Cell::new(number + 1), tried(left), tried(right)]);
    }
    let counts = |played: &Played| {
        let locked: Vec<String> = played.locked().iter().map(usize::to_string).collect();
        dim_cell(format!("{} of {THREADS}", locked.join(", ")))
    };
    lines.row(vec![dim_cell("rounds"), counts(deferred), counts(ours)]);
    teller.write(&lines.text())?;
    teller.write("")?;
    Ok(teller.paragraph(&explained(deferred, folder))?)
}

fn tried(one: &Try) -> Cell {
    match &one.error {
        None => Cell::new(format!("locked in {}", brief(one.took))).fg(Color::DarkGreen),
        Some(error) => Cell::new(format!("{error} after {}", brief(one.took))).fg(Color::DarkRed),
    }
}

fn explained(deferred: &Played, folder: &Path) -> String {
    let refused = deferred
        .0
        .iter()
        .flatten()
        .filter(|one| !one.locked)
        .map(|one| one.took)
        .max();
    let shown = format!("The worst of {ROUNDS} rounds is shown.");
    match refused {
        Some(longest) => format!(
            "{shown} The busy timeout is {} s, and no refused thread waited longer than {}: whoever reads first and then \
             wants to write while another writes is refused at once. The store's transactions begin as writers, one \
             after the other.",
            BUSY_TIMEOUT.as_secs(),
            brief(longest)
        ),
        None if !folder::is_on_disk(folder) => format!(
            "{shown} This time the deferred ones got through as well: the folder is in memory (tmpfs), where a commit takes \
             next to no time, and they did not meet. On a disk they do; `--dir PATH` names a folder there.",
        ),
        None => format!(
            "{shown} This time the deferred ones got through as well: they did not meet, which happens. Run it again.",
        ),
    }
}
