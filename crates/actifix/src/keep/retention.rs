//! Applying a retention policy: rule by rule, through the small steps of a prune, under a turn that one process at a time
//! has.

use std::ops::ControlFlow;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::prune::{Prunable, Prune, Pruned};
use crate::retention::{Retention, RetentionRule, RuleAction};
use crate::store::{Call, Errand, Store, Turn, TurnAnswer, UnderPolicy};
use crate::time::Timestamp;

/// What one rule of a policy would do now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DueRule {
    /// The rule.
    #[serde(flatten)]
    pub rule: RetentionRule,
    /// The tickets that it would take, by what became of them and priority.
    pub due: Vec<Prunable>,
}

/// What one rule of a policy did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleDone {
    /// Its name.
    pub rule: String,
    /// What became of the tickets.
    pub action: RuleAction,
    /// How many, and their events.
    #[serde(flatten)]
    pub done: Pruned,
}

/// What came of applying a policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Retained {
    /// It was applied.
    Done {
        /// The rules that did something.
        rules: Vec<RuleDone>,
    },
    /// It was stopped, or another process took over: what was done is done, and the next run goes on.
    Stopped {
        /// The rules that did something.
        rules: Vec<RuleDone>,
    },
    /// Another process is at it, until then at least.
    Elsewhere {
        /// When its turn ends unless it goes on.
        until: Timestamp,
    },
    /// The pause after the last run is not over.
    NotDue {
        /// When it is.
        next: Timestamp,
    },
}

/// When the policy was applied to this database, by whichever process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetentionTimes {
    /// When a run ended last.
    pub last: Option<Timestamp>,
    /// When the next one is due.
    pub next: Option<Timestamp>,
}

impl Store {
    /// What a policy would do now, rule by rule. Changes nothing.
    pub fn retainable(&self, policy: &Retention) -> Call<Vec<DueRule>> {
        let rules = policy.rules();
        let asked = rules.iter().map(|rule| rule.tickets.clone()).collect();
        self.due_by(asked).map(|groups| {
            let with_none = rules.into_iter().map(|rule| DueRule {
                rule,
                due: Vec::new(),
            });
            let mut due: Vec<DueRule> = with_none.collect();
            for (rule, group) in groups {
                due[rule].due.push(group);
            }
            due
        })
    }

    /// Applies a policy whatever its `enabled` says, and blocks this thread until it is done: old tickets are removed for
    /// good, forgotten ones closed as obsolete. One process at a time does so. `by_hand`: also before the pause
    /// since the last run is over. Each step is a transaction so small that others hardly wait; `progress` is told before
    /// each how many tickets of how many are done, and may stop it there.
    ///
    /// ```
    /// # use actifix::{Retention, Store};
    /// # use actifix::keep::Retained;
    /// # use std::ops::ControlFlow;
    /// # let dir = tempfile::tempdir()?;
    /// # let store = Store::open(dir.path().join("actifix.db"))?;
    /// let policy = Retention::default();
    /// let first = store.retain(&policy, false, |_, _| ControlFlow::Continue(()))?;
    /// assert_eq!(first, Retained::Done { rules: vec![] });
    /// let again = store.retain(&policy, false, |_, _| ControlFlow::Continue(()))?;
    /// assert!(matches!(again, Retained::NotDue { .. }));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] for a policy that makes no sense, and what a call that waits for the write lock answers.
    pub fn retain(
        &self,
        policy: &Retention,
        by_hand: bool,
        progress: impl FnMut(u64, u64) -> ControlFlow<()>,
    ) -> Result<Retained> {
        policy.check()?;
        let begin = Turn::Begin {
            every: policy.every,
            by_hand,
        };
        let turn = match self.take_turn(begin).wait()? {
            TurnAnswer::Begun(turn) => turn,
            TurnAnswer::Elsewhere(until) => return Ok(Retained::Elsewhere { until }),
            TurnAnswer::NotDue(next) => return Ok(Retained::NotDue { next }),
            TurnAnswer::Ended => return Ok(Retained::Stopped { rules: Vec::new() }),
        };
        let (rules, whole) = self.apply(&policy.rules(), turn, progress)?;
        // Who was stopped leaves the rest to whoever comes next.
        let pause = if whole { policy.every } else { Duration::ZERO };
        self.take_turn(Turn::End { turn, pause }).wait()?;
        Ok(match whole {
            true => Retained::Done { rules },
            false => Retained::Stopped { rules },
        })
    }

    /// When the policy was applied last, and when the next time is due.
    pub fn retention_times(&self) -> Call<RetentionTimes> {
        self.turns()
            .map(|(last, next)| RetentionTimes { last, next })
    }

    /// Applies the rules one after the other. Answers what they did, and whether that was all.
    fn apply(
        &self,
        rules: &[RetentionRule],
        turn: i64,
        mut progress: impl FnMut(u64, u64) -> ControlFlow<()>,
    ) -> Result<(Vec<RuleDone>, bool)> {
        self.finish_removals()?;
        let asked: Vec<Prune> = rules.iter().map(|rule| rule.tickets.clone()).collect();
        let found = self.found_by(asked).wait()?;
        let all = found.iter().map(|tickets| tickets.len() as u64).sum();
        let (mut done, mut before) = (Vec::new(), 0);
        for (rule, tickets) in rules
            .iter()
            .zip(found)
            .filter(|(_, found)| !found.is_empty())
        {
            let errand = Errand {
                rule: rule.tickets.clone(),
                policy: Some(UnderPolicy {
                    name: rule.name.clone(),
                    action: rule.action,
                    turn,
                }),
            };
            let mut pruned = Pruned::default();
            let told = self.carry_out(&errand, &tickets, &mut pruned, &mut |of_rule| {
                progress(before + of_rule, all)
            })?;
            before += tickets.len() as u64;
            done.push(RuleDone {
                rule: rule.name.clone(),
                action: rule.action,
                done: pruned,
            });
            if told.is_break() {
                return Ok((done, false));
            }
        }
        self.sweep_loose()?;
        Ok((done, true))
    }
}
