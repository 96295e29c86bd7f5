//! Interleaved rounds: every lane runs once in each round, every other round backwards, so that a slow minute of the
//! machine hits all of them alike; a ratio is the median of the rounds' ratios.

use std::collections::BTreeMap;

use crate::Answer;
use crate::session::Session;

/// Figures of one measurement, by name.
pub type Figures = Vec<(String, f64)>;

/// One of the things that are compared: measured once a round.
pub struct Lane<'a> {
    name: &'static str,
    measure: Box<dyn FnMut(usize) -> Answer<Figures> + 'a>,
}

impl<'a> Lane<'a> {
    /// A lane; `measure` gets the round's number, from 0.
    pub fn new(name: &'static str, measure: impl FnMut(usize) -> Answer<Figures> + 'a) -> Self {
        let measure = Box::new(measure);
        Self { name, measure }
    }
}

/// A single figure.
pub fn figure(name: impl Into<String>, value: f64) -> Figures {
    vec![(name.into(), value)]
}

/// What all rounds showed: a series for each name.
#[derive(Debug, Default)]
pub struct Series(BTreeMap<String, Vec<f64>>);

/// Runs all lanes in each round.
pub fn run(session: &Session, lanes: &mut [Lane<'_>]) -> Answer<Series> {
    let mut series = Series::default();
    let rounds = session.options.rounds;
    for round in 0..rounds {
        if round > 0 {
            lanes.reverse();
        }
        for lane in &mut *lanes {
            let slow = if session.rest()? {
                ""
            } else {
                "  (the disk is slow)"
            };
            let figures = (lane.measure)(round).map_err(|e| format!("{}: {e}", lane.name))?;
            let shown: Vec<_> = figures.iter().map(shown).collect();
            session.say(format!(
                "  round {}/{rounds} {:<28} {}{slow}",
                round + 1,
                lane.name,
                shown.join("  ")
            ));
            for (name, value) in figures {
                series.0.entry(name).or_default().push(value);
            }
        }
    }
    Ok(series)
}

fn shown((name, value): &(String, f64)) -> String {
    format!("{name} {}", crate::report::figure(*value))
}

impl Series {
    /// All values of a series.
    pub fn values(&self, name: &str) -> Answer<&[f64]> {
        let values = self.0.get(name).map(Vec::as_slice);
        values.ok_or_else(|| format!("there is no series `{name}`").into())
    }

    /// The median of a series.
    pub fn median(&self, name: &str) -> Answer<f64> {
        self.values(name).map(median)
    }

    /// The median over the rounds of `name` divided by `beside`.
    pub fn ratio(&self, name: &str, beside: &str) -> Answer<f64> {
        let pairs = self.values(name)?.iter().zip(self.values(beside)?);
        let ratios: Vec<f64> = pairs.map(|(value, beside)| value / beside).collect();
        Ok(median(&ratios))
    }
}

/// The middle value, or the mean of the two in the middle.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match (sorted.len(), sorted.get(middle)) {
        (count, Some(upper)) if count % 2 == 1 => *upper,
        (_, Some(upper)) => (sorted.get(middle.wrapping_sub(1)).unwrap_or(upper) + upper) / 2.0,
        (_, None) => f64::NAN,
    }
}

/// The value that `part` (0 to 1) of all values do not exceed.
pub fn quantile(values: &mut [f64], part: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let last = values.len().saturating_sub(1);
    let at = (part * last as f64).ceil() as usize;
    values.get(at.min(last)).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_and_quantiles() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0]), 2.5);
        assert!(median(&[]).is_nan());
        let mut values: Vec<f64> = (0..=100).map(f64::from).collect();
        assert_eq!(quantile(&mut values, 0.99), 99.0);
        assert_eq!(quantile(&mut [7.0], 0.99), 7.0);
    }

    #[test]
    fn a_ratio_is_the_median_of_the_rounds_ratios() {
        let mut series = Series::default();
        series.0.insert("ours".into(), vec![10.0, 100.0, 6.0]);
        series.0.insert("theirs".into(), vec![20.0, 100.0, 10.0]);
        assert_eq!(series.ratio("ours", "theirs").unwrap(), 0.6);
        assert!(series.ratio("ours", "nobody").is_err());
    }
}
