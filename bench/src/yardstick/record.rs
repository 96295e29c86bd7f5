//! New reports, as a loop of plain statements.

use actifix::Report;
use actifix::rusqlite::{CachedStatement, Connection, params};
use sha2::{Digest, Sha256};

use super::cycle::APPEND;
use super::{READY, Sums, name, now};
use crate::Answer;

const KNOWN: &str =
    "SELECT ticket FROM fingerprints WHERE project = ?1 AND value = ?2 AND version = ?3";
const LEARN: &str =
    "INSERT OR REPLACE INTO fingerprints(project, value, version, ticket) VALUES (?1, ?2, ?3, ?4)";
const INSERT: &str =
    "INSERT INTO facts(n, id, project, kind, priority, created, first_seen, error_type, message,
  source, stack_trace, body, tags, correlation_id, environment, release, fingerprint, user, mark, payload, context)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)";
const ENTER_READY: &str =
    "INSERT INTO ready(project, priority, created, ticket, kind, last_token, last_holder)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

/// The stored number of the event.
const RECORDED: i64 = 0;

/// A report with what is computed from it before the clock starts.
pub struct Prepared {
    report: Report,
    mark: [u8; 16],
}

impl Prepared {
    /// Computes the mark: the exact match of type, message and source.
    pub fn of(report: Report) -> Self {
        let kind = report.error_type.as_deref().unwrap_or("");
        let source = report.source.as_deref().unwrap_or("");
        let mut hash = Sha256::new();
        for part in ["error", kind, &report.message, source] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
        let mut mark = [0; 16];
        mark.copy_from_slice(&hash.finalize()[..16]);
        Self { report, mark }
    }
}

/// The statements.
pub struct Records<'c> {
    conn: &'c Connection,
    known: CachedStatement<'c>,
    insert: CachedStatement<'c>,
    learn: CachedStatement<'c>,
    enter_ready: CachedStatement<'c>,
    append: CachedStatement<'c>,
    day: String,
    project: i64,
    actor: i64,
    sums: Sums,
    clock: fn() -> i64,
}

impl<'c> Records<'c> {
    /// Prepares everything; `day` is the middle part of the new ids, `actor` who records.
    pub fn prepare(conn: &'c Connection, day: &str, actor: &str) -> Answer<Self> {
        Ok(Self {
            conn,
            known: conn.prepare_cached(KNOWN)?,
            insert: conn.prepare_cached(INSERT)?,
            learn: conn.prepare_cached(LEARN)?,
            enter_ready: conn.prepare_cached(ENTER_READY)?,
            append: conn.prepare_cached(APPEND)?,
            day: day.to_owned(),
            project: name(conn, "default")?,
            actor: name(conn, actor)?,
            sums: Sums::default(),
            clock: now,
        })
    }

    /// The same with another clock.
    #[cfg(test)]
    pub fn at(self, clock: fn() -> i64) -> Self {
        Self { clock, ..self }
    }

    /// Inserts new reports, one after the other, in one commit.
    pub fn record(&mut self, reports: &[Prepared]) -> Answer<()> {
        self.conn.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        let now = (self.clock)();
        self.sums.load(self.conn)?;
        for prepared in reports {
            self.record_one(prepared, now)?;
        }
        self.sums.save(self.conn)?;
        self.conn.prepare_cached("COMMIT")?.execute([])?;
        Ok(())
    }

    fn record_one(&mut self, Prepared { report, mark }: &Prepared, now: i64) -> Answer<()> {
        let (project, actor, none) = (self.project, self.actor, None::<i64>);
        if self.known.exists((project, mark, 0))? {
            return Err("the report is known".into());
        }
        let n = self.sums.ticket();
        let id = format!("ACT-{}-{n:08X}", self.day);
        let priority = report.priority.unwrap_or_default() as i64;
        let (kind, nothing) = (report.kind as i64, None::<&str>);
        self.insert.execute(params![
            n,
            id,
            project,
            kind,
            priority,
            now,
            now,
            report.error_type,
            report.message,
            report.source,
            report.stack_trace,
            nothing,
            nothing,
            nothing,
            nothing,
            nothing,
            nothing,
            nothing,
            mark,
            nothing,
            nothing,
        ])?;
        self.learn.execute((project, mark, 0, n))?;
        self.enter_ready
            .execute((project, priority, now, n, kind, none, none))?;
        let told = format!(
            r#"{{"priority":"{}"}}"#,
            report.priority.unwrap_or_default()
        );
        let seq = self.sums.event();
        self.append
            .execute((seq, n, now, RECORDED, actor, none, none, nothing, told))?;
        self.sums.moved(READY, project, priority, 1);
        Ok(())
    }
}
