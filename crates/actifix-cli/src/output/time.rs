//! Times for people: local, with how long ago.

use std::sync::OnceLock;

use actifix::{Timestamp, format_span};
use jiff::tz::TimeZone;

fn zoned(at: Timestamp) -> Option<jiff::ZonedDateTime> {
    static ZONE: OnceLock<TimeZone> = OnceLock::new();
    let zone = ZONE.get_or_init(TimeZone::system);
    Some(
        jiff::Timestamp::from_microsecond(at.micros())
            .ok()?
            .to_zoned_datetime(zone.clone()),
    )
}

/// `2026-11-24 15:10`.
pub fn minute(at: Timestamp) -> String {
    zoned(at).map_or_else(
        || at.to_string(),
        |at| at.strftime("%Y-%m-%d %H:%M").to_string(),
    )
}

/// `15:10:03` on this day, else `2026-11-24 15:10`.
pub fn moment(at: Timestamp, now: Timestamp) -> String {
    match (zoned(at), zoned(now)) {
        (Some(at), Some(now)) if at.date() == now.date() => at.strftime("%H:%M:%S").to_string(),
        _ => minute(at),
    }
}

/// `3m`: how long it is from one time to the other, in its largest unit.
pub fn span(from: Timestamp, to: Timestamp) -> String {
    let span = if to >= from {
        to.since(from)
    } else {
        from.since(to)
    };
    let text = format_span(span);
    match text.split_once(' ') {
        Some((largest, _)) => largest.to_owned(),
        None if text.ends_with("ms") => "0s".to_owned(),
        None => text,
    }
}

/// `3m ago`, `in 3m`, `now`.
pub fn relative(at: Timestamp, now: Timestamp) -> String {
    match span(at, now) {
        same if same == "0s" => "now".to_owned(),
        span if at > now => format!("in {span}"),
        span => format!("{span} ago"),
    }
}

/// `2026-11-24 15:10 (3m ago)`.
pub fn with_age(at: Timestamp, now: Timestamp) -> String {
    format!("{} ({})", minute(at), relative(at, now))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_told_in_their_largest_unit() {
        let at = |seconds: i64| Timestamp::from_micros(seconds * 1_000_000);
        assert_eq!(relative(at(0), at(200)), "3m ago");
        assert_eq!(relative(at(7_300), at(0)), "in 2h");
        assert_eq!(relative(at(0), at(0)), "now");
        assert_eq!(span(at(0), at(3 * 86_400 + 5)), "3d");
    }
}
