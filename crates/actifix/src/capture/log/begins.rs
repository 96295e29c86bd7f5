//! How a stack begins, in each language.

use crate::capture::trace;

/// Whose stack it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tongue {
    Python,
    Rust,
    Go,
    /// Java's and its relatives', and JavaScript's: `at` lines below the error's line.
    At,
    Ruby,
}

impl Tongue {
    /// Its error stands before the first line that shows whose it is.
    pub fn is_headed(self) -> bool {
        self == Self::At
    }
}

/// The language whose stack begins on this line, also behind what a logger puts before it.
pub fn tongue(line: &str) -> Option<Tongue> {
    let inner = line.trim_start();
    if line.contains("Traceback (most recent call last)") {
        Some(Tongue::Python)
    } else if inner.starts_with("thread '") && inner.contains("panicked at ") {
        Some(Tongue::Rust)
    } else if line.starts_with("panic: ")
        || line.starts_with("fatal error: ")
        || line.starts_with("goroutine 1 [")
    {
        Some(Tongue::Go)
    } else if line.starts_with("Exception in thread \"") || is_at(line) {
        Some(Tongue::At)
    } else if trace::is_raised_ruby(line) {
        Some(Tongue::Ruby)
    } else if inner.starts_with("File \"") && inner.contains("\", line ") {
        // A syntax error has no traceback's first line.
        Some(Tongue::Python)
    } else {
        None
    }
}

/// `    at com.acme.Shop.buy(Shop.java:12)`.
pub fn is_at(line: &str) -> bool {
    line.starts_with([' ', '\t']) && trace::is_at_frame(line.trim_start())
}

/// `TypeError: x`, `java.lang.IllegalStateException: x`: what an error's own line looks like.
pub fn is_head(line: &str) -> bool {
    let line = line.trim();
    let end = line.find(": ").unwrap_or(line.len());
    let kind = line[..end].rsplit([' ', '\t']).next().unwrap_or_default();
    let name = kind.split('[').next().unwrap_or(kind);
    let ends = ["Error", "Exception", "Throwable", "Failure", "Panic"];
    ends.iter().any(|end| name.ends_with(end))
        || line.contains("Error [")
        || line.starts_with("Uncaught ")
}
