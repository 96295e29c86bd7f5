//! What 1,000,000 tickets take: memory of a process that works with them, and room on the disk.

use std::path::Path;
use std::time::Duration;

use actifix::rusqlite::Connection;

use crate::Answer;
use crate::report::Row;
use crate::session::Session;
use crate::worker::{Role, Worker};

const MIB: f64 = 1_048_576.0;

pub fn run(session: &mut Session) -> Answer<()> {
    let copy = session.scratch.copy(session.large()?, "weighed")?;
    let mut worker = Worker::start(
        "gate",
        Role::Weighed,
        copy.path(),
        ("weighed", 1),
        Duration::ZERO,
    )?;
    worker.go()?;
    let resident = worker.done()?.resident;
    drop(copy);
    let what = "resident memory, at its most";
    session.row(Row::new(what, "", "", resident).unit("MiB").at_most(40.0));

    let single = single_table(session)?;
    let whole = std::fs::metadata(session.large()?)?.len() as f64;
    let (ours, beside) = (
        format!("{:.0} MiB", whole / MIB),
        format!("{:.0} MiB single table", single / MIB),
    );
    session.row(Row::new("size of the file", ours, beside, whole / single).at_most(1.5));
    Ok(())
}

/// The size of a file with one table that holds the same columns of the same tickets, without any index.
fn single_table(session: &Session) -> Answer<f64> {
    let path = session.scratch.path("single");
    let conn = Connection::open(session.large()?)?;
    conn.execute("ATTACH ?1 AS single", [text(&path)?])?;
    let columns: Vec<String> = {
        let mut columns =
            conn.prepare("SELECT name || ' ' || type || iif(pk, ' PRIMARY KEY', '') FROM pragma_table_info('facts')")?;
        let found = columns.query_map([], |row| row.get(0))?;
        found.collect::<Result<_, _>>()?
    };
    let columns = columns.join(", ");
    conn.execute_batch(&format!(
        "CREATE TABLE single.tickets({columns}); INSERT INTO single.tickets SELECT * FROM main.facts ORDER BY n;"
    ))?;
    drop(conn);
    let size = std::fs::metadata(&path)?.len() as f64;
    std::fs::remove_file(path)?;
    Ok(size)
}

fn text(path: &Path) -> Answer<&str> {
    path.to_str()
        .ok_or_else(|| "the folder's name is not text".into())
}
