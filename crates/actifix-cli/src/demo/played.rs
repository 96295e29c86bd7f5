//! What the threads of a scene got.

use std::time::Duration;

use serde::{Serialize, Serializer};

/// Threads of the scene, each with a ticket of its own.
pub const THREADS: usize = 3;

/// What one thread got.
#[derive(Clone, Debug, Serialize)]
pub struct Try {
    /// It has its lock.
    pub locked: bool,
    /// What it was told instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// How long it took; for a refusal, how long the refused statement waited.
    #[serde(rename = "took_ms", serialize_with = "as_ms")]
    pub took: Duration,
}

/// A scene's rounds, with what each thread got.
#[derive(Debug, Serialize)]
pub struct Played(pub Vec<Vec<Try>>);

fn as_ms<S: Serializer>(span: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_f64((span.as_secs_f64() * 1e6).round() / 1e3)
}

impl Played {
    /// How many threads got their lock, in each round.
    pub fn locked(&self) -> Vec<usize> {
        self.0
            .iter()
            .map(|round| round.iter().filter(|one| one.locked).count())
            .collect()
    }

    /// Whether every thread got its lock in every round.
    pub fn all(&self) -> bool {
        self.locked().iter().all(|locked| *locked == THREADS)
    }

    /// The round in which the fewest got their lock, and of these the slowest.
    pub fn worst(&self) -> &[Try] {
        let rank = |round: &&Vec<Try>| {
            let locked = round.iter().filter(|one| one.locked).count();
            (
                THREADS - locked.min(THREADS),
                round.iter().map(|one| one.took).max(),
            )
        };
        self.0.iter().max_by_key(rank).map_or(&[], Vec::as_slice)
    }
}
