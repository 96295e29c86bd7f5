//! When a telling that failed is tried again.

use std::time::Duration;

/// After the first failed attempt, the second, and so on, as Standard Webhooks proposes: ten attempts in three days.
const PAUSES: [u64; 9] = [
    5,
    5 * 60,
    30 * 60,
    2 * 3_600,
    5 * 3_600,
    10 * 3_600,
    14 * 3_600,
    20 * 3_600,
    24 * 3_600,
];
/// The longest that a receiver can ask for.
const LONGEST: Duration = Duration::from_secs(24 * 3_600);

/// The pause after `failed` failed attempts of event `event`, lengthened by up to a tenth so that those that failed
/// together do not come back together. `None`: it is given up.
pub(super) fn after(failed: u32, event: i64) -> Option<Duration> {
    let at = usize::try_from(failed).ok()?.checked_sub(1)?;
    let whole = Duration::from_secs(*PAUSES.get(at)?);
    Some(whole + whole / 10 * spread(event, failed) / 255)
}

/// A number from 0 to 255 that differs from event to event: Fibonacci hashing.
fn spread(event: i64, failed: u32) -> u32 {
    let mixed = event
        .wrapping_add(i64::from(failed))
        .wrapping_mul(-7_046_029_254_386_353_131);
    (mixed as u64 >> 56) as u32
}

/// What a receiver asks for, within reason.
pub(super) fn asked(seconds: &str) -> Option<Duration> {
    let seconds: u64 = seconds.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end_after_three_days() {
        let all: Vec<_> = (1..20).map_while(|failed| after(failed, 7)).collect();
        assert_eq!(all.len(), 9);
        assert!(all.is_sorted());
        let sum: Duration = all.iter().sum();
        assert!(sum > Duration::from_secs(3 * 86_400) && sum < Duration::from_secs(4 * 86_400));
        assert!(after(0, 1).is_none());
        assert_ne!(after(3, 1), after(3, 2));
    }

    #[test]
    fn a_receiver_cannot_ask_for_ever() {
        assert_eq!(asked(" 7 "), Some(Duration::from_secs(7)));
        assert_eq!(asked("99999999999"), Some(LONGEST));
        assert_eq!(asked("Wed, 21 Oct 2026 07:28:00 GMT"), None);
    }
}
