//! The investigation's scene, by rates: no single round is judged, since chance decides who is first.

use serde_json::Value;

use crate::shell::Shell;

/// Plays the scene; gives the rounds that failed, and the whole.
fn played(line: &str, code: Option<i32>) -> (usize, Value) {
    let shell = Shell::new();
    let words = format!("lab reproduce {line} --json");
    let answer = shell.run(words.split_whitespace());
    assert!(
        answer.code == code || code.is_none(),
        "{line}: {}{}",
        answer.out,
        answer.err
    );
    let it = answer.json();
    let rounds = it["rounds"].as_array().unwrap();
    let all_locked = |round: &&Value| workers(round).all(|worker| worker["acquired"] == true);
    let failed = rounds.len() - rounds.iter().filter(all_locked).count();
    assert_eq!(answer.code, Some(i32::from(failed > 0)));
    (failed, it)
}

fn workers(round: &Value) -> impl Iterator<Item = &Value> {
    round["workers"].as_array().unwrap().iter()
}

fn all_workers(it: &Value) -> impl Iterator<Item = &Value> {
    it["rounds"].as_array().unwrap().iter().flat_map(workers)
}

#[test]
fn deferred_fails_in_most_of_a_hundred_rounds_and_never_because_a_timeout_was_used_up() {
    let (failed, it) = played("--rounds 100", Some(1));
    assert!(failed >= 80, "only {failed} of 100 rounds failed");
    let mut refused = 0;
    for worker in all_workers(&it).filter(|worker| worker["acquired"] == false) {
        refused += 1;
        let code = worker["refusal"]["extended"].as_i64().unwrap();
        assert!(code == 5 || code == 517, "{worker}");
        let steps = worker["steps"].as_array().unwrap();
        let step = steps
            .iter()
            .find(|step| !step["refusal"].is_null())
            .unwrap();
        // The busy handler was never asked, so nothing of the 30 s was waited.
        assert_eq!(
            (&step["looks"], &step["slept_us"]),
            (&0.into(), &0.into()),
            "{step}"
        );
        assert_eq!(
            (&step["act"], &step["before"]),
            (&"write".into(), &"read".into()),
            "{step}"
        );
    }
    assert!(refused >= failed);
}

#[test]
fn immediate_fails_in_none_of_a_hundred_rounds() {
    let (failed, it) = played("--mode immediate --rounds 100", Some(0));
    assert_eq!(failed, 0);
    assert!(all_workers(&it).all(|worker| worker["tries"] == 1));
    // Somebody waited, so the cure was needed.
    let slept = all_workers(&it).flat_map(|worker| worker["steps"].as_array().unwrap());
    assert!(
        slept
            .filter(|step| step["looks"].as_i64() > Some(0))
            .count()
            > 50
    );
}

#[test]
fn every_cure_gives_every_worker_its_lock_in_threads() {
    for mode in [
        "exclusive",
        "single-statement",
        "short-sleep",
        "line",
        "actifix",
    ] {
        let (failed, it) = played(&format!("--mode {mode} --rounds 20 --workers 8"), Some(0));
        assert_eq!((failed, all_workers(&it).count()), (0, 160), "{mode}");
    }
}

#[test]
fn the_cures_work_between_processes_and_the_defect_is_one_there_too() {
    let (failed, it) = played("--mode deferred --rounds 5 --workers 4 --processes 4", None);
    assert!(failed > 0, "{it}");
    for mode in ["immediate", "actifix"] {
        let line = format!("--mode {mode} --rounds 3 --workers 8 --processes 4");
        let (failed, it) = played(&line, Some(0));
        assert_eq!(failed, 0, "{mode}");
        let mut pids: Vec<_> = workers(&it["rounds"][0])
            .map(|worker| worker["pid"].as_u64())
            .collect();
        pids.sort_unstable();
        pids.dedup();
        assert_eq!(pids.len(), 4, "{mode}");
    }
}

#[test]
fn a_retry_that_restarts_the_transaction_helps_and_one_that_sees_no_error_does_not() {
    let (_, seeing) = played("--mode retry --rounds 30", None);
    let got = |it: &Value| {
        all_workers(it)
            .filter(|worker| worker["acquired"] == true)
            .count()
    };
    assert!(all_workers(&seeing).any(|worker| worker["tries"].as_i64() > Some(1)));
    let (failed, blind) = played("--mode blind-retry --rounds 30", Some(1));
    assert!(failed >= 24, "only {failed} of 30 rounds failed");
    assert!(all_workers(&blind).all(|worker| worker["tries"] == 1));
    // How much it helps depends on how long the disk takes beside the pauses.
    assert!(
        got(&seeing) > got(&blind) + 10,
        "{} and {} of 90",
        got(&seeing),
        got(&blind)
    );
}

#[test]
fn forced_the_scene_leaves_nothing_to_chance_in_both_journal_modes() {
    for journal in ["wal", "delete"] {
        let (failed, it) = played(&format!("--force --rounds 10 --journal {journal}"), Some(1));
        assert_eq!(failed, 10, "{journal}");
        let round = &it["rounds"][0];
        let got = workers(round)
            .filter(|worker| worker["acquired"] == true)
            .count();
        let locked = round["tickets"].as_array().unwrap();
        let locked = locked
            .iter()
            .filter(|ticket| !ticket["holder"].is_null())
            .count();
        assert_eq!((got, locked), (1, 1), "{journal}");
    }
}

#[test]
fn a_timeout_that_is_really_used_up_is_told_from_the_upgrade() {
    let line = "--mode immediate --hold 400 --timeout 100ms --workers 2";
    let (failed, it) = played(line, Some(1));
    assert_eq!(failed, 1);
    let late = all_workers(&it)
        .find(|worker| worker["acquired"] == false)
        .unwrap();
    let step = &late["steps"][0];
    assert_eq!(
        (&step["slept_us"], &step["refusal"]["extended"]),
        (&100_000.into(), &5.into())
    );
    assert!(
        late["story"]
            .as_str()
            .unwrap()
            .contains("timeout of 100 ms was used up"),
        "{late}"
    );
}

#[test]
fn every_worker_completes_and_the_state_of_the_tickets_agrees_with_the_answers() {
    let (_, it) = played("--rounds 20 --workers 5", None);
    for round in it["rounds"].as_array().unwrap() {
        for worker in workers(round) {
            let reached: Vec<_> = worker["reached"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| &one["point"])
                .collect();
            assert_eq!(**reached.last().unwrap(), "completed");
            let ticket = worker["ticket"].as_u64().unwrap() as usize - 1;
            let holder = &round["tickets"][ticket]["holder"];
            let expected = match worker["acquired"].as_bool() {
                Some(true) => Value::from(format!("worker {}", worker["worker"])),
                _ => Value::Null,
            };
            assert_eq!(*holder, expected, "{round}");
        }
    }
}
