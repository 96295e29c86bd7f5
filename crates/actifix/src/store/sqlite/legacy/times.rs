//! Points in time as they stand in old files: what Python's `isoformat()` wrote, what SQLite's `CURRENT_TIMESTAMP` wrote,
//! and what people's own programs wrote.

use sqlite_line::rusqlite::types::Value;

use crate::time::Timestamp;

/// Numbers from here on are milliseconds, and from the next on microseconds, since 1970: as seconds they would lie after
/// the year 5138.
const MILLISECONDS: i64 = 100_000_000_000;
const MICROSECONDS: i64 = 100_000_000_000_000;

/// The moment that `value` says; `None` when it says none. Without a zone it is UTC.
pub(super) fn moment(value: &Value) -> Option<Timestamp> {
    match value {
        Value::Text(text) => of_text(text.trim()),
        Value::Integer(number) => Some(of_number(*number)),
        #[allow(clippy::cast_possible_truncation)] // a float to the microsecond is all there was
        Value::Real(seconds) if seconds.abs() < 1e11 => {
            Some(Timestamp::from_micros((seconds * 1e6) as i64))
        }
        _ => None,
    }
}

fn of_text(text: &str) -> Option<Timestamp> {
    if let Ok(at) = text.parse::<jiff::Timestamp>() {
        return Some(Timestamp::from_micros(at.as_microsecond()));
    }
    if let Ok(civil) = text.parse::<jiff::civil::DateTime>() {
        let at = jiff::tz::Offset::UTC.to_timestamp(civil).ok()?;
        return Some(Timestamp::from_micros(at.as_microsecond()));
    }
    text.parse().ok().map(of_number)
}

fn of_number(number: i64) -> Timestamp {
    let size = number.unsigned_abs();
    let micros = if size < MILLISECONDS.unsigned_abs() {
        number.saturating_mul(1_000_000)
    } else if size < MICROSECONDS.unsigned_abs() {
        number.saturating_mul(1_000)
    } else {
        number
    };
    Timestamp::from_micros(micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_forms_that_were_met() {
        for (text, said) in [
            (
                "2026-01-10T08:09:10.000011+00:00",
                "2026-01-10T08:09:10.000011Z",
            ),
            ("2026-01-10T08:09:10+00:00", "2026-01-10T08:09:10Z"),
            ("2026-01-10T08:09:10+02:00", "2026-01-10T06:09:10Z"),
            ("2026-01-10 08:09:10", "2026-01-10T08:09:10Z"),
            ("2026-01-10 08:09:10.5", "2026-01-10T08:09:10.5Z"),
            ("2026-01-10T08:09:10", "2026-01-10T08:09:10Z"),
            ("2026-01-10T08:09:10Z", "2026-01-10T08:09:10Z"),
            ("2026-01-10", "2026-01-10T00:00:00Z"),
            (" 1768032550 ", "2026-01-10T08:09:10Z"),
        ] {
            let at = moment(&Value::Text(text.to_owned())).unwrap();
            assert_eq!(at.to_string(), said, "{text}");
        }
        for (value, said) in [
            (Value::Integer(1_768_032_550), "2026-01-10T08:09:10Z"),
            (Value::Integer(1_768_032_550_000), "2026-01-10T08:09:10Z"),
            (Value::Real(1_768_032_550.25), "2026-01-10T08:09:10.25Z"),
        ] {
            assert_eq!(moment(&value).unwrap().to_string(), said);
        }
    }

    #[test]
    fn what_says_no_time() {
        for text in ["", "yesterday", "2026-13-45", "None", "0000", "\u{1F600}"] {
            let at = moment(&Value::Text(text.to_owned()));
            assert!(at.is_none() || text == "0000", "{text}: {at:?}");
        }
        assert!(moment(&Value::Null).is_none());
        assert!(moment(&Value::Blob(vec![1])).is_none());
        assert!(moment(&Value::Real(f64::NAN)).is_none());
    }
}
