//! Keeping the store in order: is it well?

mod health;
mod rules;

pub use health::{Check, Examination, Health, Outside, State};
pub use rules::{HealthRules, Sla};
