//! What was found, each with what to do about it.

use std::io;

use actifix::{Finding, Level};

use super::{Output, text};

/// A line for each finding, and one for its next step.
pub fn tell(out: &Output, findings: &[Finding]) -> io::Result<()> {
    let dim = out.paint.dim();
    for finding in findings {
        let style = match finding.level {
            Level::Good => out.paint.good(),
            Level::Note => out.paint.dim(),
            Level::Warn => out.paint.bold(),
            Level::Bad => out.paint.error(),
        };
        out.line(&format!(
            "{style}{:<5}{style:#} {}",
            finding.level,
            text::one_line(&finding.what)
        ))?;
        if let Some(next) = &finding.next {
            out.line(&format!("      {dim}next:{dim:#} {}", text::one_line(next)))?;
        }
    }
    Ok(())
}
