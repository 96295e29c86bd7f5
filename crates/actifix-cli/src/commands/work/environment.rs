//! What a command finds in its environment.

use std::process::Command;

use actifix::Job;

/// Sets the facts of the job's ticket.
pub fn set(command: &mut Command, job: &Job) {
    let (ticket, lease) = (job.ticket(), job.lease());
    let facts = [
        ("ACTIFIX_TICKET_ID", ticket.id.to_string()),
        ("ACTIFIX_LEASE_TOKEN", lease.token.to_string()),
        ("ACTIFIX_LEASE_EXPIRES_AT", lease.expires_at.to_string()),
        ("ACTIFIX_AS", lease.holder.clone()),
        ("ACTIFIX_ATTEMPT", (ticket.attempts + 1).to_string()),
        ("ACTIFIX_PROJECT", ticket.project.clone()),
        ("ACTIFIX_PRIORITY", ticket.priority.to_string()),
        ("ACTIFIX_KIND", ticket.kind.to_string()),
        ("ACTIFIX_ERROR_TYPE", ticket.error_type.clone()),
        ("ACTIFIX_MESSAGE", ticket.message.clone()),
        ("ACTIFIX_SOURCE", ticket.source.clone()),
    ];
    command
        .env("ACTIFIX_DB", job.store().path())
        .envs(facts.map(|(name, value)| (name, value.replace('\0', "\u{fffd}"))));
}
