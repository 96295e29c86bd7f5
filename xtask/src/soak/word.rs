//! The soak's JSON: one field at a time, none where there is none.

use serde_json::Value;

/// A text.
pub fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_default()
}

/// A number.
pub fn number(value: &Value, name: &str) -> Option<i64> {
    value[name].as_i64()
}

/// A time such that a later one is the greater text: its fraction is cut off at the `Z` and filled up.
pub fn time(value: &Value) -> Option<String> {
    let text = value.as_str()?.strip_suffix('Z')?;
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, ""));
    Some(format!("{seconds}.{fraction:0<9}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn later_times_are_greater_texts() {
        let times = [
            "2026-11-24T19:33:46Z",
            "2026-11-24T19:33:46.2Z",
            "2026-11-24T19:33:46.25Z",
            "2026-11-24T19:33:47Z",
        ];
        let times = times.map(|at| time(&json!(at)).unwrap());
        assert!(times.is_sorted(), "{times:?}");
        assert_eq!(time(&json!(null)), None);
    }
}
