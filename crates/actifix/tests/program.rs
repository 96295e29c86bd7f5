//! What programs in Rust use: the panic hook, errors with their causes, the layer for `tracing`.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends at its first surprise"
)]

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use actifix::capture::{self, Capture, spool::Spool};
use actifix::{Filter, Report, Settings, Store, Ticket};
use tracing_subscriber::layer::SubscriberExt as _;

const ROLE: &str = "ACTIFIX_TEST_PROGRAM";
const LONG: Duration = Duration::from_secs(60);

fn store(dir: &Path) -> Store {
    let mut settings = Settings::default();
    settings.limits.captured_per_minute = 0;
    settings.limits.open_tickets = 0;
    Store::open_with(dir.join("a.db"), settings).unwrap()
}

fn tickets(store: &Store) -> Vec<Ticket> {
    let all = store
        .list(Filter {
            limit: 10_000,
            ..Filter::default()
        })
        .wait()
        .unwrap();
    all.tickets
        .iter()
        .map(|ticket| store.get(&ticket.id).wait().unwrap())
        .collect()
}

/// The failing program. Run by hand it passes at once.
#[test]
fn fails() {
    let Ok(role) = std::env::var(ROLE) else {
        return;
    };
    let _installed = capture::install().unwrap();
    match role.as_str() {
        "panic" => charge(&[], "password=hunter22"),
        "caught" => {
            for _ in 0..3 {
                assert!(std::panic::catch_unwind(|| charge(&[], "x")).is_err());
            }
        }
        _ => panic!("no role {role}"),
    }
}

#[inline(never)]
fn charge(cards: &[u32], about: &str) {
    let first: Option<&u32> = cards.first();
    println!(
        "{}",
        first.unwrap_or_else(|| panic!("no card to charge, {about}"))
    );
}

fn run(dir: &Path, role: &str) -> Option<i32> {
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "fails", "--nocapture"])
        .env(ROLE, role)
        .env("ACTIFIX_DB", dir.join("a.db"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.unwrap().code()
}

#[test]
fn the_configuration_beside_the_database_holds_for_programs_too() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path());
    std::fs::create_dir(dir.path().join(".actifix")).unwrap();
    let rules =
        "[[redact.rule]]\nname = 'cards'\npattern = 'card to charge'\nreplacement = '<card>'
[[priority.rule]]\nfield = 'error_type'\nwords = ['panic']\npriority = 'P1'\nmisspelt = 1
[[priority.rule]]\nfield = 'error_type'\nwords = ['panic']\npriority = 'P0'\n";
    std::fs::write(dir.path().join(".actifix/config.toml"), rules).unwrap();
    run(dir.path(), "panic");
    let all = tickets(&store);
    assert_eq!(all.len(), 1);
    assert!(
        all[0].message.starts_with("no <card>, password="),
        "{}",
        all[0].message
    );
    assert_eq!(all[0].priority, actifix::Priority::P0);
    std::fs::write(
        dir.path().join(".actifix/config.toml"),
        "[capture]\nignore = ['panic']\n",
    )
    .unwrap();
    run(dir.path(), "panic");
    assert_eq!(tickets(&store)[0].occurrences, 1);
}

#[test]
fn a_panic_is_a_ticket_with_its_place_and_its_stack() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path());
    assert_eq!(run(dir.path(), "panic"), Some(101));
    let all = tickets(&store);
    // The program's own panic; that of the test harness around it may be a second.
    let ticket = all
        .iter()
        .find(|ticket| ticket.message.contains("no card"))
        .unwrap();
    assert_eq!(
        (ticket.error_type.as_str(), ticket.message.as_str()),
        ("panic", "no card to charge, password=[redacted]")
    );
    assert!(
        ticket
            .source
            .starts_with("crates/actifix/tests/program.rs:"),
        "{}",
        ticket.source
    );
    let stack = ticket.stack_trace.as_deref().unwrap();
    let frames = stack.split("stack backtrace:\n").nth(1).unwrap();
    assert!(
        stack.contains("program::charge") && !stack.contains("hunter22"),
        "{stack}"
    );
    assert!(
        frames.lines().next().unwrap().contains("program::charge"),
        "{frames}"
    );
}

#[test]
fn equal_panics_are_one_ticket_and_the_end_waits_for_them() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path());
    assert_eq!(run(dir.path(), "caught"), Some(0));
    let all = tickets(&store);
    assert_eq!(
        all.iter()
            .map(|ticket| ticket.occurrences)
            .collect::<Vec<_>>(),
        [3]
    );
}

#[test]
fn chains_of_causes_are_kept() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path());
    let capture = Capture::to(&store).unwrap();
    let error = anyhow::Error::new(std::fs::read("/nowhere/at/all").unwrap_err())
        .context("the prices cannot be read")
        .context("the shop stays closed");
    let as_error: &(dyn std::error::Error + Send + Sync) = &*error;
    assert!(capture.error(as_error));
    assert!(capture.flush(LONG));
    let all = tickets(&store);
    assert_eq!(all[0].message, "the shop stays closed");
    let chain = &all[0].context.as_ref().unwrap()["chain"];
    assert_eq!(chain[1], "the prices cannot be read");
    assert!(
        chain[2].as_str().unwrap().contains("No such file"),
        "{chain}"
    );
    assert!(
        all[0]
            .stack_trace
            .as_deref()
            .unwrap()
            .contains("Caused by: the prices cannot be read")
    );
}

#[test]
fn error_events_become_reports_with_fields_spans_and_causes() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path());
    let capture = Capture::to(&store).unwrap();
    let subscriber = tracing_subscriber::registry().with(capture::layer(&capture));
    tracing::subscriber::with_default(subscriber, || {
        let _span = tracing::error_span!("checkout").entered();
        tracing::error!(order = 17, api_key = "abc", "the price is missing");
        tracing::warn!("this is no error");
        let cause = std::io::Error::other("the disk is full");
        tracing::error!(
            error = &cause as &(dyn std::error::Error + 'static),
            "it was not saved"
        );
    });
    assert!(capture.flush(LONG));
    let all = tickets(&store);
    assert_eq!(all.len(), 2);
    let price = all
        .iter()
        .find(|ticket| ticket.message == "the price is missing")
        .unwrap();
    let context = price.context.as_ref().unwrap();
    assert_eq!(
        (&context["fields"]["order"], &context["spans"][0]),
        (&17.into(), &"checkout".into())
    );
    assert_eq!(context["fields"]["api_key"], "[redacted]");
    let saved = all
        .iter()
        .find(|ticket| ticket.message == "it was not saved")
        .unwrap();
    assert_eq!(
        saved.context.as_ref().unwrap()["chain"][0],
        "the disk is full"
    );
}

#[test]
fn a_full_queue_never_blocks_and_is_counted() {
    const SENT: u64 = 30_000;
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path());
    let capture = Capture::to(&store).unwrap();
    let taken: u64 = (0..SENT)
        .map(|_| u64::from(capture.report(Report::error("E", "again"))))
        .sum();
    assert!(capture.flush(LONG));
    let dropped = capture.dropped().0;
    assert_eq!(taken + dropped, SENT);
    assert!(dropped > 0, "the queue was never full");
    let all = tickets(&store);
    let count = |kind: &str| {
        all.iter()
            .find(|ticket| ticket.error_type == kind)
            .map(|ticket| ticket.occurrences)
    };
    assert_eq!(count("E"), Some(taken));
    assert!(count("Dropped").is_some(), "{all:?}");
}

#[test]
fn what_a_store_cannot_take_waits_in_the_spool() {
    let dir = tempfile::tempdir().unwrap();
    let mut settings = Settings::default();
    settings.limits.open_tickets = 1;
    let store = Store::open_with(dir.path().join("a.db"), settings).unwrap();
    let capture = Capture::to(&store).unwrap();
    for word in ["alpha", "beta", "gamma"] {
        capture.report(Report::error("E", word));
    }
    assert!(capture.flush(LONG));
    assert_eq!(
        (
            tickets(&store).len(),
            Spool::beside(store.path()).waiting().unwrap().reports
        ),
        (1, 2)
    );
}
