//! Keeping the store in order: is it well, and what is old goes, a little at a time.

mod health;
mod keeper;
mod retention;
mod rules;

pub use health::{Check, Examination, Health, Outside, State};
pub use keeper::Keeper;
pub use retention::{DueRule, Retained, RetentionTimes, RuleDone};
pub use rules::{HealthRules, Sla};
