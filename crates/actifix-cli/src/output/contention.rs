//! Who commits for all, and how calls waited for the write lock, in this process since it opened the database.

use actifix::Leader;
use serde_json::{Value, json};

use super::text;

/// Who commits for all, as JSON.
pub fn leader_json(leader: Option<&Leader>) -> Value {
    let Some(Leader { process, standing }) = leader else {
        return Value::Null;
    };
    let standing = standing.as_ref().map(|standing| {
        json!({
            "leads_for_seconds": standing.leads_for.as_secs(),
            "followers": standing.followers,
            "calls": standing.calls,
            "for_others": standing.for_others,
            "commits": standing.batches,
            "longest_wait_ms": u64::try_from(standing.longest_wait.as_millis()).unwrap_or(u64::MAX),
        })
    });
    let pid = process.as_ref().map(|process| process.pid);
    let command = process.as_ref().map(|process| &process.command);
    json!({ "pid": pid, "command": command, "standing": standing })
}

/// Who commits for all, in a line.
pub fn leader(leader: Option<&Leader>) -> String {
    let Some(Leader { process, standing }) = leader else {
        return "no process commits for the others; each commits for itself, by the gate"
            .to_owned();
    };
    let who = process.as_ref().map_or_else(
        || "a process of another container".to_owned(),
        |process| format!("pid {} ({})", process.pid, text::one_line(&process.command)),
    );
    let Some(standing) = standing else {
        return format!(
            "{who} commits for the others, and does not answer: it is stopped, or another version"
        );
    };
    let per_commit = standing.calls as f64 / standing.batches.max(1) as f64;
    format!(
        "{who} commits for {} others since {}: {} calls in {} commits ({per_commit:.1} each), {} of them theirs, the longest wait {} ms",
        standing.followers,
        actifix::format_span(std::time::Duration::from_secs(standing.leads_for.as_secs())),
        standing.calls,
        standing.batches,
        standing.for_others,
        standing.longest_wait.as_millis(),
    )
}

/// The figures in lines.
pub fn lines(figures: &Value) -> String {
    let number = |name: &str| figures[name].as_u64().unwrap_or(0);
    let calls = number("calls");
    if calls + number("busy") + number("handed") == 0 {
        return "this process has written nothing yet, so it has not waited".to_owned();
    }
    let wait = |name: &str, what: &str| {
        let part = |part: &str| figures[name][part].as_u64().unwrap_or(0);
        let mean = part("sum").checked_div(part("count")).unwrap_or(0);
        format!("{what}: {mean} µs on average, {} µs at most", part("max"))
    };
    [
        format!("{calls} calls in {} commits", number("batches")),
        format!(
            "{} committed by another process, {} for others; {} times the leader was stepped around",
            number("handed"),
            number("for_others"),
            number("step_arounds")
        ),
        wait("handed_wait", "waited for the leader"),
        wait("queue_wait", "waited in line"),
        wait("gate_wait", "waited at the gate for other processes"),
        wait("lock_wait", "waited for programs that know no gate"),
        wait("hold", "held the write lock"),
        format!(
            "{} waited over 100 ms, {} gave up, {} times this process's locks were dropped",
            number("slow"),
            number("busy"),
            number("locks_dropped")
        ),
    ]
    .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_told_in_lines() {
        let spread = serde_json::json!({ "count": 2, "sum": 30, "max": 20 });
        let figures = serde_json::json!({
            "calls": 2, "batches": 1, "slow": 1, "busy": 3, "locks_dropped": 0,
            "handed": 4, "for_others": 0, "step_arounds": 1, "handed_wait": spread,
            "queue_wait": spread, "gate_wait": spread, "lock_wait": spread, "hold": spread
        });
        let told = lines(&figures);
        assert!(
            told.starts_with(
                "2 calls in 1 commits\n4 committed by another process, 0 for others; 1 times"
            ),
            "{told}"
        );
        assert!(told.contains("1 waited over 100 ms, 3 gave up"), "{told}");
        assert!(lines(&Value::Null).contains("has written nothing yet"));
    }
}
