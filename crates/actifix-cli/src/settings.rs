//! The store's settings as the environment and the command line give them.

use std::str::FromStr;
use std::time::Duration;

use actifix::{Error, Result, Settings};

/// The settings for an open with (`create`) or without making the file.
pub fn of(create: bool, deadline: Option<Duration>) -> Result<Settings> {
    let mut settings = Settings {
        create,
        ..Settings::default()
    };
    set(
        &mut settings.limits.open_tickets,
        "ACTIFIX_MAX_OPEN_TICKETS",
        number,
    )?;
    set(
        &mut settings.limits.message,
        "ACTIFIX_MAX_MESSAGE_LENGTH",
        number,
    )?;
    set(
        &mut settings.limits.context,
        "ACTIFIX_MAX_FILE_CONTEXT_BYTES",
        number,
    )?;
    set(&mut settings.evidence, "ACTIFIX_EVIDENCE", |text| {
        text.parse().map_err(|error: Error| error.to_string())
    })?;
    set(
        &mut settings.late_completions,
        "ACTIFIX_LATE_COMPLETIONS",
        yes_or_no,
    )?;
    if let Some(deadline) = deadline {
        settings.deadline = deadline;
    }
    Ok(settings)
}

/// Takes `variable` over into `setting`, when it is set and not empty.
fn set<T>(setting: &mut T, variable: &str, read: fn(&str) -> Result<T, String>) -> Result<()> {
    if let Some(text) = std::env::var_os(variable).filter(|text| !text.is_empty()) {
        *setting = read(&text.to_string_lossy()).map_err(|why| Error::invalid(variable, why))?;
    }
    Ok(())
}

fn number<N: FromStr>(text: &str) -> Result<N, String> {
    text.trim()
        .parse()
        .map_err(|_| format!("`{}` is no whole number", text.escape_debug()))
}

fn yes_or_no(text: &str) -> Result<bool, String> {
    match text.trim().to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" => Ok(true),
        "0" | "false" | "no" | "off" => Ok(false),
        _ => Err(format!("`{}` is neither yes nor no", text.escape_debug())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_numbers_are_read() {
        assert_eq!(yes_or_no("Off"), Ok(false));
        assert_eq!(yes_or_no("1"), Ok(true));
        assert!(yes_or_no("maybe").is_err());
        assert_eq!(number::<u64>(" 42 "), Ok(42));
        assert!(number::<u64>("-1").is_err());
    }
}
