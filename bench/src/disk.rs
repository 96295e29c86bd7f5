//! What a run reads from its database, and how deep the trees in it are.

use std::fs;

use actifix::rusqlite::Connection;

use crate::Answer;

/// Bytes of a page, and of a frame's header in the log.
const PAGE: f64 = 4_096.0;
const HEADER: f64 = 24.0;

/// What the kernel counted for this process so far. A read of SQLite that misses its cache is one read of a page,
/// whether or not the kernel has it in memory; so this is SQLite's cache-miss counter, seen from outside.
pub struct Reads {
    bytes_read: f64,
    bytes_written: f64,
    writes: f64,
}

impl Reads {
    /// The counters now.
    pub fn now() -> Answer<Self> {
        let text = fs::read_to_string("/proc/self/io")?;
        let value = |name: &str| -> Answer<f64> {
            let line = text.lines().find_map(|line| line.strip_prefix(name));
            Ok(line
                .ok_or_else(|| format!("no `{name}` in /proc/self/io"))?
                .trim()
                .parse()?)
        };
        Ok(Self {
            bytes_read: value("rchar:")?,
            bytes_written: value("wchar:")?,
            writes: value("syscw:")?,
        })
    }

    /// Pages read since `before`, without those that checkpoints read from the log.
    ///
    /// A commit writes frames into the log, each as two writes (header, page); a checkpoint reads a page there and
    /// writes it into the database, one write. So the written bytes and the number of writes tell both apart.
    pub fn pages_since(&self, before: &Self) -> f64 {
        let written = (self.bytes_written - before.bytes_written) / PAGE;
        let writes = self.writes - before.writes;
        let frames = (writes - written) / (1.0 - HEADER / PAGE);
        let checkpointed = writes - 2.0 * frames;
        (self.bytes_read - before.bytes_read) / PAGE - checkpointed
    }
}

/// Pages from the root of a tree to its leaves.
pub fn depth(conn: &Connection, tree: &str) -> Answer<u32> {
    // A path is `/`, `/1c2/`, `/1c2/000/`: four characters a level.
    let longest: Option<u32> = conn.query_row(
        "SELECT max(length(path)) FROM dbstat WHERE name = ?1 AND pagetype <> 'overflow'",
        [tree],
        |row| row.get(0),
    )?;
    let longest = longest.ok_or_else(|| format!("there is no tree `{tree}`"))?;
    Ok((longest - 1) / 4 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_and_checkpointed_pages_are_told_apart() {
        let before = Reads {
            bytes_read: 0.0,
            bytes_written: 0.0,
            writes: 0.0,
        };
        // 100 frames, of which 30 pages went into the database; 50 pages were read besides.
        let after = Reads {
            bytes_read: 80.0 * PAGE,
            bytes_written: 100.0 * (PAGE + HEADER) + 30.0 * PAGE,
            writes: 230.0,
        };
        assert!((after.pages_since(&before) - 50.0).abs() < 0.001);
    }

    #[test]
    fn a_tree_grows_in_depth() {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch("CREATE TABLE t(a INTEGER PRIMARY KEY, b)")
            .unwrap();
        assert_eq!(depth(&conn, "t").unwrap(), 1);
        conn.execute_batch(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
             INSERT INTO t SELECT i, randomblob(200) FROM n",
        )
        .unwrap();
        assert_eq!(depth(&conn, "t").unwrap(), 2);
        assert!(depth(&conn, "u").is_err());
    }
}
