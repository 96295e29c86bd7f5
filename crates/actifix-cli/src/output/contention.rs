//! How calls waited for the write lock, in this process since it opened the database.

use serde_json::Value;

/// The figures in lines.
pub fn lines(figures: &Value) -> String {
    let number = |name: &str| figures[name].as_u64().unwrap_or(0);
    let calls = number("calls");
    if calls + number("busy") == 0 {
        return "this process has written nothing yet, so it has not waited".to_owned();
    }
    let wait = |name: &str, what: &str| {
        let part = |part: &str| figures[name][part].as_u64().unwrap_or(0);
        let mean = part("sum").checked_div(part("count")).unwrap_or(0);
        format!("{what}: {mean} µs on average, {} µs at most", part("max"))
    };
    [
        format!("{calls} calls in {} commits", number("batches")),
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
            "queue_wait": spread, "gate_wait": spread, "lock_wait": spread, "hold": spread
        });
        let told = lines(&figures);
        assert!(
            told.starts_with(
                "2 calls in 1 commits\nwaited in line: 15 µs on average, 20 µs at most"
            ),
            "{told}"
        );
        assert!(told.contains("1 waited over 100 ms, 3 gave up"), "{told}");
        assert!(lines(&Value::Null).contains("has written nothing yet"));
    }
}
