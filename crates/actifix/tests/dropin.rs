//! The calls under the Python system's rules: made under an own id and guard, ended with the texts as they came.

#![allow(clippy::unwrap_used, reason = "a test ends at its first surprise")]

use std::time::Duration;

use actifix::legacy::{OldAudit, OldColumns, OldCompletion, OldTicket};
use actifix::rusqlite::Connection;
use actifix::{Claim, Delete, Error, Evidence, Priority, Report, Store, TicketId};

const NOTES: &str = "Implementation: closed the pool\nFiles changed:\n- src/pool.py";

fn ticket(id: &str, guard: Option<&str>) -> OldTicket {
    OldTicket {
        id: id.parse().unwrap(),
        priority: Priority::P1,
        error_type: "ValueError".into(),
        message: "no such column: age".into(),
        source: "app.py:31".into(),
        fingerprint: guard.map(str::to_owned),
        columns: OldColumns {
            run_label: Some("nightly".into()),
            created_at: "2026-01-10T08:09:10.000011+00:00".into(),
            file_context: Some("{\"app.py\": \"31: x\"}".into()),
            system_state: Some("{\"cwd\": \"/srv\"}".into()),
            format_version: Some("1.0".into()),
        },
        stack_trace: None,
        notes: Some("Look at the migration".into()),
        correlation_id: None,
    }
}

fn end(id: &TicketId) -> OldCompletion {
    OldCompletion {
        ticket: id.clone(),
        token: None,
        holder: "me".into(),
        notes: format!("  {NOTES}\n"),
        steps: "pytest tests/test_pool.py".into(),
        results: "12 passed, 0 failed".into(),
        summary: None,
        url: Some("https://docs/pool".into()),
    }
}

fn store() -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path().join("actifix.db")).unwrap();
    (dir, store)
}

fn shown(store: &Store, id: &TicketId, columns: &str) -> Vec<Option<String>> {
    let foreign = Connection::open(store.path()).unwrap();
    let names = columns.split_whitespace().collect::<Vec<_>>();
    let casts: Vec<String> = names
        .iter()
        .map(|name| format!("CAST({name} AS TEXT)"))
        .collect();
    let sql = format!("SELECT {} FROM tickets WHERE id = ?1", casts.join(", "));
    foreign
        .query_row(&sql, [id.as_str()], |row| {
            (0..names.len()).map(|at| row.get(at)).collect()
        })
        .unwrap()
}

fn texts(all: &[&str]) -> Vec<Option<String>> {
    all.iter().map(|text| Some((*text).to_owned())).collect()
}

fn made(store: &Store, new: OldTicket) -> bool {
    store.create_old(new, 0, None).wait().unwrap().is_some()
}

#[test]
fn a_ticket_keeps_its_id_its_guard_and_its_columns() {
    let (_dir, store) = store();
    assert!(made(&store, ticket("ACT-20260110-0A1B2", Some("G-1"))));
    let id: TicketId = "ACT-20260110-0A1B2".parse().unwrap();
    let columns = "duplicate_guard run_label created_at file_context system_state ai_remediation_notes status priority";
    let said = texts(&[
        "G-1",
        "nightly",
        "2026-01-10T08:09:10.000011+00:00",
        "{\"app.py\": \"31: x\"}",
        "{\"cwd\": \"/srv\"}",
        "Look at the migration",
        "Open",
        "P1",
    ]);
    assert_eq!(shown(&store, &id, columns), said);
    store
        .acquire(&id, "a", Duration::from_secs(60))
        .wait()
        .unwrap();
    assert_eq!(
        shown(&store, &id, "duplicate_guard status locked_by run_label"),
        texts(&["G-1", "In Progress", "a", "nightly"])
    );
    assert!(store.verify(false).wait().unwrap().problems.is_empty());
}

#[test]
fn a_taken_id_or_guard_makes_nothing_also_when_deleted() {
    let (_dir, store) = store();
    assert!(made(&store, ticket("A-1", Some("G"))));
    assert!(!made(&store, ticket("A-1", Some("H"))));
    assert!(!made(&store, ticket("A-2", Some("G"))));
    let id: TicketId = "A-1".parse().unwrap();
    store.delete(&id, Delete::default()).wait().unwrap();
    assert!(!made(&store, ticket("A-2", Some("G"))));
    assert_eq!(store.by_guard("G").wait().unwrap(), Some(id.clone()));
    store.purge(&id).wait().unwrap();
    assert_eq!(store.by_guard("G").wait().unwrap(), None);
    assert!(made(&store, ticket("A-2", Some("G"))));
    // An empty guard is one; none is none.
    assert!(made(&store, ticket("A-3", Some(""))) && !made(&store, ticket("A-4", Some(""))));
    assert!(made(&store, ticket("A-5", None)) && made(&store, ticket("A-6", None)));
}

#[test]
fn equal_reports_of_the_new_calls_count_on_it() {
    let (_dir, store) = store();
    assert!(made(&store, ticket("A-1", Some("G"))));
    let equal = Report::error("ValueError", "no such column: age").source("app.py:31");
    let unnamed = store.record(equal.clone()).wait().unwrap();
    let named = store.record(equal.fingerprint("G")).wait().unwrap();
    assert_eq!((unnamed.id.as_str(), unnamed.occurrences), ("A-1", 2));
    assert_eq!((named.id.as_str(), named.occurrences), ("A-1", 3));
}

#[test]
fn the_limit_counts_what_is_open() {
    let (_dir, store) = store();
    for n in 0..2 {
        assert!(
            store
                .create_old(ticket(&format!("A-{n}"), None), 2, None)
                .wait()
                .unwrap()
                .is_some()
        );
    }
    let refused = store
        .create_old(ticket("A-2", None), 2, None)
        .wait()
        .unwrap_err();
    assert!(
        matches!(refused, Error::TooManyOpen { limit: 2 }),
        "{refused}"
    );
    store.claim(Claim::by("a")).wait().unwrap();
    assert!(
        store
            .create_old(ticket("A-2", None), 2, None)
            .wait()
            .unwrap()
            .is_some()
    );
}

#[test]
fn a_free_ticket_is_ended_and_shows_the_texts_as_they_came() {
    let (_dir, store) = store();
    assert!(made(&store, ticket("A-1", Some("G"))));
    let recorded = store.record(Report::error("E", "m")).wait().unwrap();
    for id in ["A-1".parse().unwrap(), recorded.id] {
        let receipt = store.complete_old(end(&id), None).wait().unwrap();
        assert_eq!(receipt.ticket, id);
        let columns = "status completion_notes test_steps test_results test_documentation_url completed locked_by";
        let mut said = texts(&[
            "Completed",
            NOTES,
            "pytest tests/test_pool.py",
            "12 passed, 0 failed",
            "https://docs/pool",
            "1",
        ]);
        said.push(None);
        assert_eq!(shown(&store, &id, columns), said);
        let completion = store.get(&id).wait().unwrap().completion.unwrap();
        assert_eq!(completion.evidence.did, "closed the pool");
        assert_eq!(completion.evidence.files, ["src/pool.py"]);
        assert_eq!(completion.by, "me");
        let again = store.complete_old(end(&id), None).wait().unwrap_err();
        assert!(matches!(again, Error::NotReady { .. }), "{again}");
    }
    assert!(store.verify(false).wait().unwrap().problems.is_empty());
}

#[test]
fn a_held_ticket_is_ended_only_under_its_token() {
    let (_dir, store) = store();
    assert!(made(&store, ticket("A-1", Some("G"))));
    let id: TicketId = "A-1".parse().unwrap();
    let first = store
        .acquire_old(&id, "a", Duration::ZERO)
        .wait()
        .unwrap()
        .token;
    let lease = store
        .acquire(&id, "b", Duration::from_secs(60))
        .wait()
        .unwrap();
    for token in [None, Some(first)] {
        let refused = store
            .complete_old(OldCompletion { token, ..end(&id) }, None)
            .wait()
            .unwrap_err();
        assert!(
            matches!(&refused, Error::Held { by, .. } if by == "b"),
            "{refused}"
        );
    }
    let token = Some(lease.token);
    store
        .complete_old(OldCompletion { token, ..end(&id) }, None)
        .wait()
        .unwrap();
    assert_eq!(store.get(&id).wait().unwrap().completion.unwrap().by, "b");
}

#[test]
fn a_sweep_tells_how_many_leases_it_ended() {
    let (_dir, store) = store();
    for n in 0..300 {
        let id = format!("A-{n}");
        assert!(made(&store, ticket(&id, None)));
    }
    let leases = store
        .claim(Claim::by("a").count(300).lease(Duration::from_millis(100)))
        .wait()
        .unwrap()
        .leases;
    assert_eq!(leases.len(), 300);
    assert_eq!(store.sweep().wait().unwrap(), 0);
    std::thread::sleep(Duration::from_millis(120));
    assert_eq!(store.sweep().wait().unwrap(), 300);
    assert_eq!(store.sweep().wait().unwrap(), 0);
}

#[test]
fn secrets_are_masked_and_json_stays_json() {
    let (_dir, store) = store();
    let mut new = ticket("A-1", Some("G"));
    new.message = "DB_PASSWORD=hunter22 refused".into();
    new.columns.system_state = Some("{\"env_vars\": {\"DB_PASSWORD\": \"hunter22\"}}".into());
    assert!(made(&store, new));
    let id: TicketId = "A-1".parse().unwrap();
    let mut done = end(&id);
    done.notes = format!("{NOTES}\npassword=hunter22");
    store.complete_old(done, None).wait().unwrap();
    for text in shown(&store, &id, "message system_state completion_notes")
        .into_iter()
        .flatten()
    {
        assert!(!text.contains("hunter22"), "{text}");
        assert!(text.contains("[redacted]"), "{text}");
    }
}

#[test]
fn the_way_back_has_the_whole_history_and_the_texts() {
    let (dir, store) = store();
    assert!(made(&store, ticket("A-1", Some("G"))));
    let id: TicketId = "A-1".parse().unwrap();
    store.complete_old(end(&id), None).wait().unwrap();
    let back = dir.path().join("back.db");
    store.export_legacy(&back).unwrap();
    let old = Connection::open(back).unwrap();
    let notes: String = old
        .query_row("SELECT completion_notes FROM tickets", [], |row| row.get(0))
        .unwrap();
    assert_eq!(notes, NOTES);
    let events: i64 = old
        .query_row("SELECT count(*) FROM event_log", [], |row| row.get(0))
        .unwrap();
    assert_eq!(events, 3); // recorded, claimed, completed
}

#[test]
fn the_evidence_of_a_later_completion_is_shown_instead() {
    let (_dir, store) = store();
    assert!(made(&store, ticket("A-1", Some("G"))));
    let id: TicketId = "A-1".parse().unwrap();
    store.complete_old(end(&id), None).wait().unwrap();
    store.reopen(&id).wait().unwrap();
    let lease = store
        .acquire(&id, "b", Duration::from_secs(60))
        .wait()
        .unwrap();
    let evidence = Evidence {
        did: "Closed the connection in every branch".into(),
        files: vec!["src/pool.rs".into()],
        tested: "cargo test pool".into(),
        results: "14 passed, 0 failed".into(),
        ..Evidence::default()
    };
    store.complete(&id, lease.token, evidence).wait().unwrap();
    let notes = shown(&store, &id, "completion_notes").remove(0).unwrap();
    assert!(notes.contains("every branch"), "{notes}");
}

#[test]
fn the_audit_row_comes_with_the_change_or_not_at_all() {
    let (_dir, store) = store();
    let audit = |text: &str| {
        Some(OldAudit {
            user: "me".into(),
            new_values: Some("{\"status\": \"Open\"}".into()),
            description: text.into(),
            ..OldAudit::default()
        })
    };
    let id: TicketId = "A-1".parse().unwrap();
    for _ in 0..2 {
        let new = ticket("A-1", Some("G"));
        store.create_old(new, 0, audit("made")).wait().unwrap();
        store
            .delete_old(&id, false, audit("marked"))
            .wait()
            .unwrap();
    }
    store
        .delete_old(&id, true, audit("removed"))
        .wait()
        .unwrap();
    let gone = store.delete_old(&id, true, audit("never")).wait();
    assert!(matches!(gone, Err(Error::NotFound { .. })), "{gone:?}");
    let foreign = Connection::open(store.path()).unwrap();
    let mut rows = foreign
        .prepare("SELECT operation || ' ' || record_id || ' ' || change_description FROM database_audit_log ORDER BY id")
        .unwrap();
    let rows: Vec<String> = rows
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(
        rows,
        ["INSERT A-1 made", "UPDATE A-1 marked", "DELETE A-1 removed"]
    );
    assert!(store.verify(false).wait().unwrap().problems.is_empty());
}
