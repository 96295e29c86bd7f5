//! What the configuration says about reports, in force for the whole process.

use std::sync::Arc;

use super::priority::Rule;
use crate::config::{Capturing, Config};
use crate::once::Current;
use crate::report::Report;

/// The rules in force.
#[derive(Default)]
pub struct Rules {
    /// What errors mean that name no priority.
    pub priority: Vec<Rule>,
    /// What reports gather, and which make no ticket by themselves.
    pub capture: Capturing,
}

static IN_FORCE: Current<Rules> = Current::new();

/// Makes what the configuration says about reports the rules of this process: what is masked, what errors mean, what is
/// gathered. Every report goes through them from now on, whatever way it takes.
pub fn configure(config: &Config) {
    config.redaction().install();
    let rules = Rules {
        priority: config.priority.rule.clone(),
        capture: config.capture.clone(),
    };
    IN_FORCE.replace(rules);
}

/// The rules as they are now.
pub fn in_force() -> Arc<Rules> {
    IN_FORCE.get(Rules::default)
}

/// Whether the user does not want to hear of errors of this type by themselves: `capture.ignore` has its name, with or
/// without what stands before the last dot.
pub fn is_ignored(report: &Report) -> bool {
    let kind = report.error_type.as_deref().unwrap_or_default();
    let short = kind.rsplit(['.', ':']).next().unwrap_or(kind);
    let rules = in_force();
    rules
        .capture
        .ignore
        .iter()
        .any(|name| name == kind || name == short)
}
