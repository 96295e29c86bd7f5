//! Keeping the store in order: is it well?

mod health;

pub use health::{HealthRules, Sla};
