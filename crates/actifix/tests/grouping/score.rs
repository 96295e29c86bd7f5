//! How well groups fit the labels.

use std::collections::HashMap;

/// The three figures.
#[derive(Clone, Copy, Debug)]
pub struct Score {
    /// The part of the reports whose group is exactly the true one.
    pub accuracy: f64,
    /// The part of the pairs put together that belong together.
    pub precision: f64,
    /// The part of the pairs that belong together that were put together.
    pub recall: f64,
}

/// Compares groups by number with groups by name, one of each for every report.
pub fn score(labels: &[&str], groups: &[usize]) -> Score {
    let mut of_label: HashMap<&str, usize> = HashMap::new();
    let mut of_group: HashMap<usize, usize> = HashMap::new();
    let mut both: HashMap<(&str, usize), usize> = HashMap::new();
    for (label, group) in labels.iter().zip(groups) {
        *of_label.entry(label).or_default() += 1;
        *of_group.entry(*group).or_default() += 1;
        *both.entry((label, *group)).or_default() += 1;
    }
    let exact = both
        .iter()
        .filter(|((label, group), k)| of_label[label] == **k && of_group[group] == **k);
    let exact: usize = exact.map(|(_, k)| k).sum();
    let pairs = |k: &usize| (k * (k - 1) / 2) as f64;
    let right: f64 = both.values().map(pairs).sum();
    let share = |part: f64, whole: f64| if whole == 0.0 { 1.0 } else { part / whole };
    Score {
        accuracy: share(exact as f64, labels.len() as f64),
        precision: share(right, of_group.values().map(pairs).sum()),
        recall: share(right, of_label.values().map(pairs).sum()),
    }
}
