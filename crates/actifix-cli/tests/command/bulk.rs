//! Many tickets at once: told first, asked for, each judged again, and what a worker holds stays its own.

use std::time::{Duration, Instant};

use actifix::{Claim, Evidence, Fate, Filter, Priority, Report, Store};
use serde_json::{Value, json};

use crate::shell::{Shell, ages_aside};
use crate::snapshot;

/// Open tickets P1 to P4, the P4 held by bob.
fn four() -> Shell {
    let shell = Shell::with_database().env("COLUMNS", "100");
    for n in 1..=4 {
        shell.json(&format!(
            "record --message error-{n} --fingerprint {n} --priority P{n} --tag n={n}"
        ));
    }
    shell.json("claim --as bob --priority P4");
    shell
}

fn exported(shell: &Shell) -> String {
    shell.run(["export", "-"]).done().out
}

fn summary(lines: &[Value]) -> &Value {
    lines.last().unwrap()
}

#[test]
fn many_are_told_first_and_changed_when_told_to() {
    let shell = four();
    let text = shell.transcript(&[
        "close --where priority=P3,P4 --reason obsolete --dry-run",
        "close --where priority=P3,P4 --reason obsolete",
        "close --where priority=P3,P4 --reason obsolete --yes",
        "close --where priority=P3,P4 --reason obsolete --yes --json",
        "update --where priority=P1 --where tag=n=1 --priority P0 --tag team=web --dry-run --json",
        "update --where priority=P1 --where tag=n=1 --priority P0 --tag team=web --yes",
        "assign --where priority=P0 --to maria --yes",
        "assign --where priority=P0 --to maria --yes",
        "ignore --where search=error-2 --yes",
        "reopen --where status=ignored,completed --yes",
        "delete --where status=open --yes --json",
        "list",
        "verify",
    ]);
    ages_aside(|| snapshot!("bulk", shell, text));
}

#[test]
fn nonsense_is_refused_and_nothing_is_changed() {
    let shell = four();
    let before = exported(&shell);
    let text = shell.transcript(&[
        "close --reason obsolete --yes",
        "close --where state=open --reason obsolete --yes",
        "close --where priority=P9 --reason obsolete --yes",
        "close --where project=a --where project=b --reason obsolete --yes",
        "close --where ready --all --reason obsolete --yes",
        "close ACT-20261124-00000001 --reason obsolete --dry-run",
        "close --all --token 3 --reason obsolete --yes",
        "delete --all --purge --yes",
        "assign --all maria --yes",
        "update --all --message x --yes",
        "update --all --yes",
    ]);
    snapshot!("bulk_refused", shell, text);
    assert_eq!(exported(&shell), before);
}

#[test]
fn a_dry_run_changes_nothing() {
    let shell = four();
    let before = exported(&shell);
    for line in [
        "close --all --reason obsolete --dry-run",
        "delete --all --dry-run",
        "reopen --where status=completed --dry-run",
        "update --all --priority P0 --dry-run",
        "assign --all --nobody --dry-run",
        "ignore --all --dry-run",
        "quarantine drop --all --dry-run",
        "prune --policy --dry-run",
    ] {
        shell.run(line.split(' ')).done();
        shell.run(line.split(' ').chain(["--json"])).done();
        assert_eq!(exported(&shell), before, "{line}");
    }
}

#[test]
fn a_run_that_is_repeated_under_its_request_id_changes_nothing_more() {
    let shell = four();
    let words = "update --where priority=P2,P3 --priority P1 --yes --json --request-id r1";
    let first = shell.run(words.split(' ')).done().json_lines();
    assert_eq!(summary(&first)["done"], 2);
    let before = exported(&shell);
    let again = shell.run(words.split(' ')).done().json_lines();
    assert_eq!(
        summary(&again)["matched"],
        0,
        "nothing is like that any more"
    );
    assert_eq!(exported(&shell), before);
}

fn evidence() -> Evidence {
    Evidence {
        did: "Closed the connection in every branch".into(),
        files: vec!["pool.rs".into()],
        tested: "cargo test pool".into(),
        results: "14 passed, 0 failed".into(),
        ..Evidence::default()
    }
}

/// Claims and completes until there is nothing left. Answers how many, and the longest wait for a claim.
fn work(store: &Store, name: &str) -> (usize, Duration) {
    let (mut done, mut longest) = (0, Duration::ZERO);
    loop {
        let asked = Instant::now();
        let claimed = store.claim(Claim::by(name)).wait().unwrap();
        longest = longest.max(asked.elapsed());
        let Some(lease) = claimed.one() else {
            return (done, longest);
        };
        // Held for a moment, so that the run meets leased ones.
        std::thread::yield_now();
        store
            .complete(&lease.ticket.id, lease.token, evidence())
            .wait()
            .unwrap();
        done += 1;
    }
}

/// The longest wait is printed, not judged.
#[test]
fn workers_go_on_beside_a_run_over_ten_thousand() {
    let shell = Shell::with_database();
    let store = Store::open(shell.database()).unwrap();
    for from in (0..10_000).step_by(1_000) {
        let reports = (from..from + 1_000).map(|n| {
            Report::error("E", "broken")
                .fingerprint(format!("{n}"))
                .priority(Priority::P3)
        });
        store.record_all(reports).wait().unwrap();
    }
    let words = "close --where status=open --reason obsolete --yes --json";
    let mut run = shell.command(words.split(' ')).spawn().unwrap();
    let out = run.stdout.take().unwrap();
    let reader = std::thread::spawn(move || std::io::read_to_string(out).unwrap());
    let worked: Vec<(usize, Duration)> = std::thread::scope(|threads| {
        let names = ["ann", "bob", "eve"];
        let workers = names.map(|name| threads.spawn(|| work(&store, name)));
        workers.map(|worker| worker.join().unwrap()).into()
    });
    let told = reader.join().unwrap();
    run.wait().unwrap();
    let told: Vec<Value> = told
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    let by_workers: usize = worked.iter().map(|(done, _)| done).sum();
    let longest = worked.iter().map(|(_, wait)| wait).max().unwrap();
    let last = summary(&told);
    println!("{by_workers} completed beside {last}; the longest wait for a claim: {longest:?}");
    let count = |name: &str| usize::try_from(last[name].as_u64().unwrap()).unwrap();
    assert_eq!(
        count("matched"),
        count("done") + count("changed_meanwhile") + count("refused")
    );
    let closed = Filter {
        statuses: vec![actifix::Status::Completed],
        limit: 10_000,
        ..Filter::default()
    };
    let page = store.list(closed).wait().unwrap();
    let fates: Vec<Fate> = page.tickets.iter().map(Fate::of).collect();
    let of = |fate| fates.iter().filter(|one| **one == fate).count();
    assert_eq!(
        (of(Fate::Completed), of(Fate::Closed)),
        (by_workers, count("done"))
    );
    assert_eq!(by_workers + count("done"), 10_000, "nobody was left out");
    assert!(store.verify(true).wait().unwrap().ok);
    assert_eq!(json!(told.len() - 1), last["matched"], "a line for each");
}
