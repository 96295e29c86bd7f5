//! The little of statistics that is needed: percentiles, medians, and what a figure may really be.

use serde::Serialize;

/// Redraws for an interval.
const REDRAWS: usize = 1_000;

/// A figure, and between what it may really be (95 %).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// The figure.
    pub value: f64,
    /// The least.
    pub low: f64,
    /// The most.
    pub high: f64,
}

/// Waits, in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Numbers {
    /// Half waited no longer.
    pub p50_us: u32,
    /// 95 of 100 waited no longer.
    pub p95_us: u32,
    /// 99 of 100 waited no longer.
    pub p99_us: u32,
    /// The longest.
    pub max_us: u32,
}

/// Numbers by chance, the same for the same seed.
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(seed ^ 0x9e37_79b9_7f4a_7c15)
    }

    /// Below `most`. (xorshift: what it is for needs no better.)
    pub fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % most.max(1) as u64).unwrap_or(0)
    }

    /// The numbers below `all` in an order by chance.
    pub fn shuffled(&mut self, all: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..all).collect();
        for left in (1..all).rev() {
            let other = self.below(left + 1);
            order.swap(left, other);
        }
        order
    }

    /// The median with its bootstrap interval: the rounds drawn again and again, with repetition.
    pub fn interval_of_median(&mut self, values: &[f64]) -> Interval {
        let mut medians: Vec<f64> = (0..REDRAWS)
            .map(|_| {
                let drawn: Vec<f64> = values
                    .iter()
                    .filter_map(|_| values.get(self.below(values.len())).copied())
                    .collect();
                median(&drawn)
            })
            .collect();
        medians.sort_by(f64::total_cmp);
        let at = |part: usize| medians.get(REDRAWS * part / 1000).copied().unwrap_or(0.0);
        Interval {
            value: median(values),
            low: at(25),
            high: at(975),
        }
    }
}

/// The middle; 0 of nothing.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let half = sorted.len() / 2;
    match sorted.len() {
        0 => 0.0,
        odd if odd % 2 == 1 => sorted[half],
        _ => f64::midpoint(sorted[half - 1], sorted[half]),
    }
}

/// The smallest value that so many percent do not exceed, of sorted values.
pub fn percentile(sorted: &[u32], percent: f64) -> u32 {
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "statistics"
    )]
    let rank = (sorted.len() as f64 * percent / 100.0).ceil() as usize;
    sorted
        .get(rank.saturating_sub(1).min(sorted.len().saturating_sub(1)))
        .copied()
        .unwrap_or(0)
}

/// A part of a whole; 0 of nothing.
pub fn share(part: u64, whole: u64) -> f64 {
    #[allow(clippy::cast_precision_loss, reason = "statistics")]
    if whole == 0 {
        0.0
    } else {
        part as f64 / whole as f64
    }
}

/// A share with its Wilson interval, which is right also when all or none succeed.
pub fn wilson(done: u64, calls: u64) -> Interval {
    const Z: f64 = 1.96;
    let value = share(done, calls);
    if calls == 0 {
        return Interval {
            value,
            low: 0.0,
            high: 1.0,
        };
    }
    #[allow(clippy::cast_precision_loss, reason = "statistics")]
    let n = calls as f64;
    let middle = value + Z * Z / (2.0 * n);
    let half = Z * (value * (1.0 - value) / n + Z * Z / (4.0 * n * n)).sqrt();
    let whole = 1.0 + Z * Z / n;
    Interval {
        value,
        low: ((middle - half) / whole).max(0.0),
        high: if done == calls {
            1.0
        } else {
            ((middle + half) / whole).min(1.0)
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_and_medians() {
        let hundred: Vec<u32> = (1..=100).collect();
        let at = |percent| percentile(&hundred, percent);
        assert_eq!((at(50.0), at(95.0), at(99.0), at(100.0)), (50, 95, 99, 100));
        assert_eq!((percentile(&[], 50.0), percentile(&[7], 1.0)), (0, 7));
        assert!((median(&[3.0, 1.0, 2.0]) - 2.0).abs() < 1e-9);
        assert!((median(&[4.0, 1.0, 2.0, 3.0]) - 2.5).abs() < 1e-9);
    }

    #[test]
    fn intervals_hold_their_figure() {
        let all = wilson(100, 100);
        assert!(all.high > 0.999 && all.low > 0.95 && all.low < 1.0);
        let none = wilson(0, 10);
        assert!(none.low == 0.0 && none.high > 0.2);
        let values = [10.0, 11.0, 12.0, 13.0, 14.0];
        let interval = Chance::new(1).interval_of_median(&values);
        assert!(interval.low >= 10.0 && interval.high <= 14.0);
        assert!(interval.low < interval.value && interval.value < interval.high);
    }

    #[test]
    fn chance_is_the_same_for_the_same_seed() {
        let order = |seed| Chance::new(seed).shuffled(20);
        assert_eq!(order(5), order(5));
        assert_ne!(order(5), order(6));
        let mut sorted = order(5);
        sorted.sort_unstable();
        assert_eq!(sorted, (0..20).collect::<Vec<_>>());
    }
}
