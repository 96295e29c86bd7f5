//! Calls of nearly every kind cross to the process that commits for this one, and come back as if they had been made there.
//! Not here: the Python system's own, whose tests are in Python, and turns and reservations.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a proof that cannot go on fails"
)]

mod proof;

use std::path::PathBuf;
use std::time::Duration;

use actifix::{
    ArchiveLine, Attempt, Claim, Clean, Close, CloseReason, Delete, Error, Fate, Lead, Lease,
    LineForm, Prune, Release, Report, Settings, Store, Subscription, TicketId, Update, WakeRule,
};
use proof::role::{self, Actor};
use proof::stores::{MINUTE, Room, error, evidence, kind};
use proof::wait_until;
use serde_json::{Value, json};

#[test]
fn role() {
    role::play(&[("leader", leader)]);
}

/// Commits for others until it is told to go.
fn leader() {
    let path: PathBuf = role::arguments();
    let settings = Settings {
        line: LineForm::Shared,
        lead: Lead::AtOnce,
        ..Settings::default()
    };
    let store = Store::open_with(path, settings).unwrap();
    store.record(error("the leader's own")).wait().unwrap();
    wait_until::holds("it leads", || store.leader().is_some());
    role::ready();
}

/// A store whose calls cross, and the process that they cross to.
struct Crossing {
    store: Store,
    _leader: Actor,
    _room: Room,
}

impl Crossing {
    fn new() -> Self {
        let room = Room::new();
        let mut leader = Actor::start("leader", &room.path);
        leader.await_ready();
        let store = room.store_with(|settings| {
            settings.line = LineForm::Shared;
            settings.lead = Lead::Never;
        });
        Self {
            store,
            _leader: leader,
            _room: room,
        }
    }

    fn handed(&self) -> u64 {
        let stats = self.store.stats().wait().unwrap();
        stats.contention["handed"].as_u64().unwrap()
    }

    /// The answer of a call, which must come from the leader.
    fn made<T>(&self, what: &str, call: impl FnOnce(&Store) -> T) -> T {
        let before = self.handed();
        let answer = call(&self.store);
        assert!(self.handed() > before, "{what} did not cross");
        answer
    }

    fn record(&self, report: Report) -> TicketId {
        let recorded = self.made("record", |store| store.record(report).wait());
        recorded.unwrap().id
    }

    fn acquire(&self, ticket: &TicketId) -> Lease {
        let lease = self.made("acquire", |store| {
            store.acquire(ticket, "ann", MINUTE).wait()
        });
        lease.unwrap()
    }
}

/// Free JSON with everything that JSON has.
fn odd() -> Value {
    json!({"text": "a \"quoted\"\nline, ünïcode \u{1f980}", "numbers": [0, -1, u64::MAX, i64::MIN, 0.1, 1e300],
        "deep": {"": [null, true, {}, []]}})
}

#[test]
fn a_report_with_all_it_can_have_crosses() {
    let crossing = Crossing::new();
    let mut report = error("with everything").priority(actifix::Priority::P1);
    report.context = Some(odd());
    report.stack_trace = Some("Traceback\n  File \"app.py\", line 31\n\tValueError: \u{1}".into());
    report.tags.insert("team".into(), "a b".into());
    report.not_before = Some(Duration::from_secs(90));
    let id = crossing.record(report.clone());
    let ticket = crossing.store.get(&id).wait().unwrap();
    assert_eq!(ticket.context, report.context);
    assert_eq!(ticket.stack_trace, report.stack_trace);
    assert_eq!(ticket.tags, report.tags);
    assert!(ticket.not_before.is_some());
    let mut too_long = report;
    too_long.message = "x".repeat(1 << 20);
    let many = crossing.made("record_all", |store| {
        store
            .record_all([error("one"), too_long, error("two")])
            .wait()
    });
    assert_eq!(
        many.unwrap().iter().map(kind).collect::<Vec<_>>(),
        ["done", "too_long", "done"]
    );
    let stretch = crossing.made("record_all_at", |store| {
        let reports = vec![
            (10, Ok(Clean::from(error("three")))),
            (20, Err(Error::Storage { why: "cut".into() })),
        ];
        store.record_all_at("app.log", 0, 20, reports).wait()
    });
    stretch.unwrap();
    assert_eq!(crossing.store.position("app.log").wait().unwrap(), 20);
    crossing
        .made("forget_source", |store| {
            store.forget_source("app.log").wait()
        })
        .unwrap();
}

#[test]
fn leases_and_their_ends_cross() {
    let crossing = Crossing::new();
    let id = crossing.record(error("leased"));
    let lease = crossing.acquire(&id);
    let other = |store: &Store| store.acquire(&id, "bob", MINUTE).wait();
    let held = crossing.made("a refusal", other);
    assert!(matches!(held, Err(Error::Held { by, .. }) if by == "ann"));
    let renewed = crossing.made("renew", |store| {
        store.renew(&id, lease.token, 2 * MINUTE).wait()
    });
    assert!(renewed.unwrap().expires_at > lease.expires_at);
    let failed = Release::new()
        .failed()
        .reason("no \"luck\"\n")
        .not_before(Duration::from_secs(1));
    let released = crossing.made("release", |store| {
        store.release(&id, lease.token, failed).wait()
    });
    assert_eq!(released.unwrap().ticket, id);
    let lost = crossing.made("a lost lease", |store| {
        store.complete(&id, lease.token, evidence("late")).wait()
    });
    assert_eq!(kind(&lost), "lease_lost");
    let claimed = crossing.made("claim", |store| {
        store.claim(Claim::by("ann").count(2).lease(MINUTE)).wait()
    });
    let first = claimed.unwrap().leases.remove(0);
    let named = crossing.store.with_request_id("r-1").unwrap();
    let complete = || {
        named
            .complete(&first.ticket.id, first.token, evidence("first"))
            .wait()
    };
    let once = crossing.made("complete", |_| complete()).unwrap();
    let again = crossing.made("the same again", |_| complete()).unwrap();
    assert_eq!((once.seq, again.repeated), (again.seq, true));
    let last = crossing.record(error("last"));
    let token = crossing.acquire(&last).token;
    let all = crossing.made("complete_all", |store| {
        store
            .complete_all([(last.clone(), token, evidence("last"))])
            .wait()
    });
    assert_eq!(kind(&all.unwrap()[0]), "done");
}

#[test]
fn edits_cross() {
    let crossing = Crossing::new();
    let [one, two, three] = ["one", "two", "three"].map(|name| crossing.record(error(name)));
    type Edit = fn(&Store, &TicketId) -> actifix::Call<actifix::Receipt>;
    let edits: [(&str, Edit); 8] = [
        ("assign", |store, id| store.assign(id, Some("ann"))),
        ("note", |store, id| {
            store.note(id, "a \"note\"\n".to_owned())
        }),
        ("update", |store, id| {
            let change = Update {
                payload: Some(odd()),
                untag: vec!["x".into()],
                ..Update::default()
            };
            store.update(id, change)
        }),
        ("ignore", |store, id| {
            let wake = WakeRule {
                until: None,
                more: Some(3),
            };
            store.ignore(id, wake, None)
        }),
        ("reopen", |store, id| store.reopen(id)),
        ("close", |store, id| {
            store.close(id, Close::because(CloseReason::Wontfix).note("no"))
        }),
        ("delete", |store, id| store.delete(id, Delete::default())),
        ("undelete", |store, id| store.undelete(id)),
    ];
    for (what, edit) in edits {
        let receipt = crossing.made(what, |store| edit(store, &one).wait());
        assert_eq!(receipt.unwrap().ticket, one, "{what}");
    }
    assert_eq!(
        crossing.store.get(&one).wait().unwrap().payload,
        Some(odd())
    );
    crossing
        .made("merge", |store| store.merge(&two, &three).wait())
        .unwrap();
    crossing
        .made("delete", |store| {
            store.delete(&three, Delete::default()).wait()
        })
        .unwrap();
    crossing
        .made("purge", |store| store.purge(&three).wait())
        .unwrap();
    let rule = Prune {
        older_than: Duration::ZERO,
        fates: Fate::ALL.into(),
        ..Prune::default()
    };
    let pruned = crossing.made("prune", |store| store.prune(&rule, |_, _| ()));
    assert!(pruned.unwrap().tickets > 0);
    assert!(crossing.store.verify(false).wait().unwrap().ok);
}

#[test]
fn what_is_told_and_what_comes_in_crosses() {
    let crossing = Crossing::new();
    crossing
        .made("subscribe", |store| {
            store.subscribe(vec![Subscription::to("hook")]).wait()
        })
        .unwrap();
    crossing.record(error("told"));
    let taken = crossing.made("take_deliveries", |store| {
        store.take_deliveries("hook", MINUTE, 8).wait()
    });
    let taken = taken.unwrap().expect("the report is to be told");
    let failed = Attempt::Failed {
        error: Clean::from("no \"route\"".to_owned()),
        again: Some(MINUTE),
        rest: None,
    };
    let settled = crossing.made("settle_delivery", |store| {
        store.settle_delivery(taken.token, &taken.deliveries[0].id, failed, MINUTE)
    });
    assert!(settled.unwrap());
    let mut lines: Vec<ArchiveLine> = Vec::new();
    let export = |line: ArchiveLine| {
        lines.push(line);
        Ok::<_, Error>(())
    };
    crossing.store.export(export).unwrap();
    let tickets = lines
        .into_iter()
        .filter(|line| matches!(line, ArchiveLine::Ticket(_)))
        .collect();
    let ids = || vec![taken.deliveries[0].id.clone()];
    assert_eq!(
        crossing
            .made("retry_deliveries", |store| store
                .retry_deliveries(ids())
                .wait())
            .unwrap(),
        1
    );
    crossing
        .made("drop_deliveries", |store| {
            store.drop_deliveries(ids()).wait()
        })
        .unwrap();
    crossing
        .made("leave_target", |store| {
            store.leave_target("hook", taken.token).wait()
        })
        .unwrap();
    let other = Crossing::new();
    let imported = other.made("import", |store| store.import(tickets, false).wait());
    let imported = imported.unwrap();
    assert!(imported.iter().all(|one| matches!(one, Ok(Some(_)))));
    other.made("sweep", |store| store.sweep().wait()).unwrap();
}

#[test]
fn what_is_nested_as_deep_as_it_may_be_crosses() {
    let crossing = Crossing::new();
    let mut report = error("deep");
    let deep = (0..100).fold(json!(1), |inner, _| json!([inner]));
    report.context = Some(deep.clone());
    let id = crossing.record(report);
    let context = crossing.store.get(&id).wait().unwrap().context;
    assert_eq!(context, Some(deep));
}
