//! Tickets that look alike although their reports are not equal: what they share is what is rare among those they are
//! compared with. No model and nothing learned: the same database gives the same answer.
//!
//! A ticket's features are its error's type, the words of its normalised message, and the frames of the program in its
//! stack. Two tickets are as alike as the weight of what they share is to the weight of what either has (a weighted
//! Jaccard index). A feature weighs the more the fewer tickets have it; a frame weighs twice a word.

use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use super::message;
use super::trace;
use crate::error::{Error, Result};
use crate::store::{AlikeRow, Call, Look, Store};
use crate::ticket::{Ticket, TicketId};

/// What is less alike than this is not told.
const LEAST: f64 = 0.2;
/// Features of one ticket that count.
const FEATURES: usize = 200;
/// How much more than a word a frame weighs.
const FRAME: f64 = 2.0;
/// The most tickets of one answer.
const MOST: usize = 100;

/// Which similar tickets are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alike {
    /// At most so many, the most alike first; from 1 to 100.
    pub limit: usize,
    /// Of all projects, not only of the ticket's own.
    pub everywhere: bool,
    /// Only tickets that were completed with evidence.
    pub completed: bool,
}

impl Default for Alike {
    /// Ten, of its own project, wherever they stand.
    fn default() -> Self {
        Self {
            limit: 10,
            everywhere: false,
            completed: false,
        }
    }
}

/// A ticket that looks like another, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Similar {
    /// The ticket, without its long texts; its `completion` says what fixed it.
    pub ticket: Ticket,
    /// How alike they are, from 0 to 1.
    pub score: f64,
    /// Frames of the program that both have, `module:function`, the rarest first.
    pub shared_frames: Vec<String>,
    /// Words that both have, the rarest first.
    pub shared_words: Vec<String>,
}

/// Similar tickets, and how far the look went.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SimilarTickets {
    /// The most alike first, then the newest.
    pub similar: Vec<Similar>,
    /// Tickets that were compared: of the same type, or from the same file.
    pub compared: usize,
    /// There may be more: only the newest were looked at.
    pub stopped: bool,
}

impl Store {
    /// Tickets that look like `ticket`, over all statuses but deleted. The cost is bounded: the newest 30,000 tickets are
    /// looked at, and of those with the same error type or source file the newest 1,000 are compared;
    /// [`SimilarTickets::stopped`] says when there were more.
    ///
    /// ```
    /// # use actifix::{Report, Store, capture::Alike};
    /// # let dir = tempfile::tempdir()?;
    /// # let store = Store::open(dir.path().join("actifix.db"))?;
    /// let first = store.record(Report::error("PoolError", "pool exhausted while loading the cart")).wait()?;
    /// let other = store.record(Report::error("PoolError", "pool exhausted while saving the cart")).wait()?;
    /// store.record(Report::error("PoolError", "handshake refused")).wait()?;
    /// let answer = store.similar(&first.id, Alike::default()).wait()?;
    /// assert_eq!(answer.similar.len(), 1);
    /// assert_eq!(answer.similar[0].ticket.id, other.id);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] for a limit out of its bounds.
    pub fn similar(&self, ticket: &TicketId, asked: Alike) -> Call<SimilarTickets> {
        if let Err(error) = asked.check() {
            return Call::failed(error);
        }
        let look = Look {
            ticket: ticket.clone(),
            everywhere: asked.everywhere,
            completed: asked.completed,
        };
        self.alike(look, move |this, others| choose(this, others, asked.limit))
            .map(|found| SimilarTickets {
                compared: found.compared,
                stopped: found.stopped,
                similar: found.chosen.into_iter().map(Why::with).collect(),
            })
    }
}

impl Alike {
    fn check(&self) -> Result<()> {
        match self.limit {
            1..=MOST => Ok(()),
            _ => Err(Error::invalid("limit", format!("it goes from 1 to {MOST}"))),
        }
    }
}

/// Why a ticket is similar.
struct Why {
    score: f64,
    frames: Vec<String>,
    words: Vec<String>,
}

impl Why {
    fn with((ticket, why): (Ticket, Self)) -> Similar {
        Similar {
            ticket,
            // Two digits: the rest says nothing.
            score: (why.score * 100.0).round() / 100.0,
            shared_frames: why.frames,
            shared_words: why.words,
        }
    }
}

/// What a ticket is compared by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Feature {
    Type(String),
    Word(String),
    Frame(String),
}

/// The most alike of `others`, by their places in it.
fn choose(this: &AlikeRow, others: &[AlikeRow], limit: usize) -> Vec<(usize, Why)> {
    let this = features(this);
    let others: Vec<_> = others.iter().map(features).collect();
    let weights = Weights::of(&this, &others);
    let judged = others.iter().enumerate();
    let mut alike: Vec<(usize, Why)> = judged
        .map(|(at, other)| (at, weights.compare(&this, other)))
        .filter(|(_, why)| why.score >= LEAST)
        .collect();
    // They come newest first, and a stable sort leaves equal ones so.
    alike.sort_by(|(_, a), (_, b)| b.score.total_cmp(&a.score));
    alike.truncate(limit);
    alike
}

fn features(of: &AlikeRow) -> BTreeSet<Feature> {
    let mut features = BTreeSet::from([Feature::Type(of.error_type.clone())]);
    let stack = of.stack_trace.as_deref().unwrap_or(&of.message);
    let trace = trace::read(stack);
    let frames = trace.iter().flat_map(|trace| &trace.errors);
    for frame in frames.flat_map(|error| &error.frames).filter(|f| f.own) {
        let mut name = format!("{}:", frame.module);
        trace::function(frame.function, &mut name);
        features.insert(Feature::Frame(name));
        if features.len() >= FEATURES {
            break;
        }
    }
    let normalised = message::normalised(&of.message);
    let words = normalised.split(' ').filter(|word| word.len() > 1);
    features.extend(
        words
            .take(FEATURES)
            .map(|word| Feature::Word(word.to_lowercase())),
    );
    features
}

/// How much each feature of a ticket says, by how many of the others have it too.
struct Weights<'a> {
    seen: HashMap<&'a Feature, usize>,
    all: usize,
}

impl<'a> Weights<'a> {
    fn of(this: &'a BTreeSet<Feature>, others: &'a [BTreeSet<Feature>]) -> Self {
        let mut seen = HashMap::new();
        for feature in others.iter().chain([this]).flatten() {
            *seen.entry(feature).or_default() += 1;
        }
        Self {
            seen,
            all: others.len() + 1,
        }
    }

    fn weight(&self, feature: &Feature) -> f64 {
        let seen = self.seen.get(feature).copied().unwrap_or(1);
        let rare = (1.0 + self.all as f64 / seen as f64).ln();
        match feature {
            Feature::Frame(_) => FRAME * rare,
            _ => rare,
        }
    }

    fn compare(&self, this: &BTreeSet<Feature>, other: &BTreeSet<Feature>) -> Why {
        let sum = |features: &mut dyn Iterator<Item = &Feature>| -> f64 {
            features.map(|feature| self.weight(feature)).sum()
        };
        let mut shared: Vec<&Feature> = this.intersection(other).collect();
        let score = sum(&mut shared.iter().copied()) / sum(&mut this.union(other));
        shared.sort_by(|a, b| self.weight(b).total_cmp(&self.weight(a)));
        let (mut frames, mut words) = (Vec::new(), Vec::new());
        for feature in shared {
            match feature {
                Feature::Frame(name) => frames.push(name.clone()),
                Feature::Word(word) => words.push(word.clone()),
                Feature::Type(_) => {}
            }
        }
        Why {
            score,
            frames,
            words,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(kind: &str, message: &str, frames: &[&str]) -> AlikeRow {
        let frames = frames.iter().map(|name| {
            let (module, function) = name.split_once(':').unwrap();
            format!("  File \"/srv/{module}.py\", line 3, in {function}\n    x()\n")
        });
        let stack: String = frames.collect();
        AlikeRow {
            error_type: kind.to_owned(),
            message: message.to_owned(),
            stack_trace: (!stack.is_empty())
                .then(|| format!("Traceback (most recent call last):\n{stack}{kind}: {message}\n")),
        }
    }

    #[test]
    fn frames_of_the_program_count_more_than_words() {
        let this = row(
            "PoolError",
            "pool exhausted after 30 s",
            &["shop:main", "pool:get"],
        );
        let others = [
            row(
                "PoolError",
                "pool exhausted after 2 s",
                &["mail:main", "mail:send"],
            ),
            row("Timeout", "no answer", &["shop:main", "pool:get"]),
            row(
                "PoolError",
                "pool exhausted after 9 s",
                &["shop:main", "pool:get", "db:ask"],
            ),
            row("KeyError", "'name'", &["user:load"]),
        ];
        let chosen = choose(&this, &others, 10);
        let order: Vec<usize> = chosen.iter().map(|(at, _)| *at).collect();
        assert_eq!(order, [2, 1, 0]);
        assert_eq!(chosen[0].1.frames, ["pool:get", "shop:main"]);
        assert!(chosen[0].1.words.contains(&"exhausted".to_owned()));
        assert!(
            chosen
                .iter()
                .all(|(_, why)| (LEAST..=1.0).contains(&why.score))
        );
    }

    #[test]
    fn what_all_have_says_little() {
        let noise: Vec<AlikeRow> = (0..50)
            .map(|n| row("E", &format!("request failed: word{n}x"), &[]))
            .chain([row("E", "request failed: certificate expired", &[])])
            .collect();
        let this = row("E", "request failed: certificate expired yesterday", &[]);
        let chosen = choose(&this, &noise, 3);
        assert_eq!(chosen[0].0, 50);
        assert_eq!(chosen[0].1.words[0], "certificate");
    }

    #[test]
    fn the_same_is_wholly_alike() {
        let this = row("E", "broken pipe", &["a:b"]);
        let chosen = choose(&this, std::slice::from_ref(&this), 1);
        assert!((chosen[0].1.score - 1.0).abs() < 1e-9);
        assert!(choose(&this, &[], 1).is_empty());
    }
}
