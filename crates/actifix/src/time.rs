//! Points in time, spans as people write them, and the clock as a parameter.
//!
//! Everything that is stored is whole microseconds since 1970 in UTC; everything on the wire is RFC 3339.

use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{Error, Result};

/// A point in time: microseconds since 1970-01-01T00:00:00Z.
///
/// ```
/// use actifix::Timestamp;
/// let at: Timestamp = "2026-11-24T12:00:00Z".parse()?;
/// assert_eq!(at.to_string(), "2026-11-24T12:00:00Z");
/// # Ok::<(), actifix::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From microseconds since 1970.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since 1970.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// The moment `span` later, held at the greatest moment there is.
    pub fn after(self, span: Duration) -> Self {
        Self(self.0.saturating_add(span_micros(span)))
    }

    /// How long after `earlier` this is; zero when it is not after it.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// The UTC day as `YYYYMMDD`, the middle part of a ticket's id.
    pub fn day(self) -> String {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(at) => at.strftime("%Y%m%d").to_string(),
            Err(_) => "00000000".to_owned(),
        }
    }
}

/// A span in whole microseconds, held at the greatest there is.
pub(crate) fn span_micros(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(at) => write!(f, "{at}"),
            // Outside of the years -9999 to 9999: only a damaged file says so.
            Err(_) => write!(f, "{}us", self.0),
        }
    }
}

impl std::str::FromStr for Timestamp {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        text.parse::<jiff::Timestamp>()
            .map(|at| Self(at.as_microsecond()))
            .map_err(|_| {
                Error::invalid(
                    "time",
                    format!("`{text}` is not an RFC 3339 time such as 2026-11-24T12:00:00Z"),
                )
            })
    }
}

/// A text for people and for JSON, its microseconds in a form that nobody reads.
impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        match to.is_human_readable() {
            true => to.collect_str(self),
            false => to.serialize_i64(self.0),
        }
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        if !from.is_human_readable() {
            return i64::deserialize(from).map(Self);
        }
        let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Where the store reads the time. A parameter, so that tests own it.
pub trait Clock: Send + Sync + 'static {
    /// The time now.
    fn now(&self) -> Timestamp;

    /// Whether it is the machine's: then a process may commit for another, which reads the same.
    fn is_the_machines(&self) -> bool {
        false
    }
}

/// The machine's own clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp(jiff::Timestamp::now().as_microsecond())
    }

    fn is_the_machines(&self) -> bool {
        true
    }
}

/// A clock that moves only when told to.
///
/// ```
/// use std::time::Duration;
/// use actifix::{Clock, ManualClock, Timestamp};
/// let clock = ManualClock::at(Timestamp::from_micros(0));
/// clock.advance(Duration::from_secs(1));
/// assert_eq!(clock.now().micros(), 1_000_000);
/// ```
#[derive(Debug)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// A clock that stands at `at`.
    pub fn at(at: Timestamp) -> Self {
        Self(AtomicI64::new(at.0))
    }

    /// Moves on by `span`.
    pub fn advance(&self, span: Duration) {
        self.0.fetch_add(span_micros(span), Ordering::SeqCst);
    }

    /// Moves to `at`, also backwards.
    pub fn set(&self, at: Timestamp) {
        self.0.store(at.0, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

impl<C: Clock> Clock for std::sync::Arc<C> {
    fn now(&self) -> Timestamp {
        (**self).now()
    }
}

/// Reads a span as people write it: `500ms`, `30s`, `10m`, `1h`, `2d`, `1h30m`.
///
/// # Errors
/// [`Error::Invalid`] names `field` and what came.
///
/// ```
/// use std::time::Duration;
/// assert_eq!(actifix::parse_span("lease", "1h30m")?, Duration::from_secs(5400));
/// assert!(actifix::parse_span("lease", "-5s").is_err());
/// # Ok::<(), actifix::Error>(())
/// ```
pub fn parse_span(field: &'static str, text: &str) -> Result<Duration> {
    let wrong = || {
        Error::invalid(
            field,
            format!("`{text}` is not a span such as 500ms, 30s, 10m, 1h or 2d"),
        )
    };
    let mut rest = text.trim();
    let mut total = Duration::ZERO;
    if rest.is_empty() {
        return Err(wrong());
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let number: u64 = rest[..digits].parse().map_err(|_| wrong())?;
        rest = &rest[digits..];
        let letters = rest
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(rest.len());
        let unit = match &rest[..letters] {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return Err(wrong()),
        };
        rest = &rest[letters..];
        total = number
            .checked_mul(unit)
            .and_then(|ms| total.checked_add(Duration::from_millis(ms)))
            .ok_or_else(wrong)?;
    }
    Ok(total)
}

/// Writes a span as people read it: `950ms`, `42s`, `10m`, `1h 30m`, `3d 4h`.
///
/// ```
/// use std::time::Duration;
/// assert_eq!(actifix::format_span(Duration::from_secs(5400)), "1h 30m");
/// ```
pub fn format_span(span: Duration) -> String {
    let seconds = span.as_secs();
    let two = |big: u64, unit: &str, small: u64, sub: &str| match small {
        0 => format!("{big}{unit}"),
        _ => format!("{big}{unit} {small}{sub}"),
    };
    match seconds {
        0 => format!("{}ms", span.as_millis()),
        1..60 => format!("{seconds}s"),
        60..3_600 => two(seconds / 60, "m", seconds % 60, "s"),
        3_600..86_400 => two(seconds / 3_600, "h", seconds % 3_600 / 60, "m"),
        _ => two(seconds / 86_400, "d", seconds % 86_400 / 3_600, "h"),
    }
}

/// Writes a span so that [`parse_span`] reads it back as itself, to the millisecond.
///
/// ```
/// use std::time::Duration;
/// assert_eq!(actifix::exact_span(Duration::from_secs(273_601)), "3d4h1s");
/// ```
pub fn exact_span(span: Duration) -> String {
    span::text(span)
}

/// Spans in configuration: written and read as texts such as `1h30m`, to the millisecond.
pub(crate) mod span {
    use super::{Duration, parse_span};
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    /// The text that [`parse_span`] reads as this span.
    pub fn text(span: Duration) -> String {
        let mut rest = span.as_millis();
        let mut text = String::new();
        for (unit, ms) in [
            ("d", 86_400_000),
            ("h", 3_600_000),
            ("m", 60_000),
            ("s", 1_000),
            ("ms", 1),
        ] {
            if rest >= ms {
                text.push_str(&format!("{}{unit}", rest / ms));
                rest %= ms;
            }
        }
        if text.is_empty() {
            "0s".to_owned()
        } else {
            text
        }
    }

    pub fn serialize<S: Serializer>(span: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&text(*span))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        let text = String::deserialize(from)?;
        parse_span("span", &text).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_and_written() {
        for (text, ms) in [
            ("500ms", 500),
            ("30s", 30_000),
            ("10m", 600_000),
            ("1h", 3_600_000),
            ("2d", 172_800_000),
        ] {
            assert_eq!(
                parse_span("x", text),
                Ok(Duration::from_millis(ms)),
                "{text}"
            );
        }
        for text in [
            "",
            "5",
            "s",
            "-1s",
            "1w",
            "1.5h",
            "99999999999999999999s",
            "18446744073709551615d",
            "१s",
        ] {
            assert!(parse_span("x", text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_span_written_for_configuration_is_read_again_as_it_was() {
        for ms in [0, 1, 999, 1_000, 5_405_000, 86_400_000, 90_061_001] {
            let span = Duration::from_millis(ms);
            assert_eq!(parse_span("x", &span::text(span)), Ok(span));
        }
        assert_eq!(span::text(Duration::from_secs(5_400)), "1h30m");
    }

    #[test]
    fn times_keep_their_microseconds_on_the_wire() {
        let at = Timestamp::from_micros(1_790_000_000_123_456);
        assert_eq!(at.to_string().parse::<Timestamp>(), Ok(at));
        assert_eq!(at.day(), "20260921");
    }
}
