//! For programs in Rust: panics become reports by themselves, and errors with the chain of their causes.

use std::backtrace::Backtrace;
use std::cell::Cell;
use std::error::Error as StdError;
use std::fmt::Write as _;
use std::panic::PanicHookInfo;
use std::path::PathBuf;

use serde_json::json;

use super::queue::{Capture, THREAD};
use crate::config::{Loaded, Places};
use crate::error::{Error, Result};
use crate::locate::DATABASE;
use crate::report::Report;
use crate::store::Store;

/// Reports panics of this program from now on to the database that `ACTIFIX_DB` names, or else to the first
/// `.actifix/actifix.db` on the way up from the current folder, as its configuration says: what is wrong there is left out. Keep what it answers until the end of `main`: dropping it
/// records what waits.
///
/// # Errors
/// [`Error::Storage`] where there is no database; the store's own.
///
/// ```no_run
/// let _capture = actifix::capture::install()?;
/// let numbers: Vec<u32> = Vec::new();
/// println!("{}", numbers[3]); // a ticket
/// # Ok::<(), actifix::Error>(())
/// ```
pub fn install() -> Result<Installed> {
    let variable = |name: &str| std::env::var_os(name);
    let database = database()?;
    let loaded = Loaded::read(Places::of(Some(&database), &variable), &variable);
    for problem in &loaded.problems {
        tracing::warn!(target: "actifix", "configuration: {problem}; that is left out");
    }
    super::configure(&loaded.config);
    install_for(&Store::open_with(database, loaded.config.settings(false))?)
}

/// [`install`] for a store that is open already.
///
/// # Errors
/// [`Error::Storage`] when there can be no thread more.
pub fn install_for(store: &Store) -> Result<Installed> {
    let capture = Capture::to(store)?;
    let (before, into) = (std::panic::take_hook(), capture.clone());
    std::panic::set_hook(Box::new(move |info| {
        before(info);
        panicked(&into, info);
    }));
    Ok(Installed(capture))
}

/// The installed capture: a [`Capture`] that records what waits when it is dropped.
pub struct Installed(Capture);

impl std::ops::Deref for Installed {
    type Target = Capture;

    fn deref(&self) -> &Capture {
        &self.0
    }
}

impl Drop for Installed {
    fn drop(&mut self) {
        self.0.flush_at_end();
    }
}

fn database() -> Result<PathBuf> {
    if let Some(named) = std::env::var_os(DATABASE).filter(|named| !named.is_empty()) {
        let text = named.to_string_lossy();
        return Ok(text
            .strip_prefix("sqlite:")
            .map_or_else(|| PathBuf::from(&named), PathBuf::from));
    }
    let here = std::env::current_dir().unwrap_or_default();
    let mut found = here
        .ancestors()
        .map(|folder| folder.join(".actifix/actifix.db"));
    found
        .find(|path| path.is_file())
        .ok_or_else(|| Error::Storage {
            why: "there is no database here or in a folder above: `actifix init` makes one"
                .to_owned(),
        })
}

thread_local! {
    /// A panic inside of the hook must not come here again.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

fn panicked(capture: &Capture, info: &PanicHookInfo<'_>) {
    let current = std::thread::current();
    if current.name() == Some(THREAD) || INSIDE.replace(true) {
        return;
    }
    capture.report(of_panic(info, current.name().unwrap_or("<unnamed>")));
    // The end of the main thread is the end of the program, and where panics abort each one is.
    if current.name() == Some("main") || cfg!(panic = "abort") {
        capture.flush_at_end();
    }
    INSIDE.set(false);
}

fn of_panic(info: &PanicHookInfo<'_>, thread: &str) -> Report {
    let payload = info.payload();
    let text = payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned());
    let message = text
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without a text".to_owned());
    let place = info
        .location()
        .map(|at| format!("{}:{}:{}", at.file(), at.line(), at.column()))
        .unwrap_or_default();
    let stack = Backtrace::force_capture().to_string();
    let stack = format!(
        "thread '{thread}' panicked at {place}:\n{message}\nstack backtrace:\n{}",
        behind_the_panic(&stack)
    );
    let first = message.lines().next().unwrap_or_default();
    let mut report = Report::error("panic", short(first, 2_000)).stack_trace(short(&stack, 48_000));
    report.context = Some(json!({"thread": thread, "message": short(&message, 8_000)}));
    report.source = info
        .location()
        .map(|at| short(&format!("{}:{}", at.file(), at.line()), 400));
    report
}

/// A backtrace without the frames of panicking itself and of this hook, which stand before the program's.
fn behind_the_panic(stack: &str) -> String {
    const PANICKING: [&str; 4] = [
        "rust_begin_unwind",
        "core::panicking::",
        "std::panicking::begin_panic",
        "::unwrap_failed",
    ];
    let lines: Vec<&str> = stack.lines().collect();
    let last = lines.iter().rposition(|line| {
        PANICKING.iter().any(|name| line.contains(name)) && !line.trim_start().starts_with("at ")
    });
    let from = last.map_or(0, |at| at + 1);
    let rest = &lines[from..];
    let skip = usize::from(
        from > 0
            && rest
                .first()
                .is_some_and(|line| line.trim_start().starts_with("at ")),
    );
    rest[skip..].join("\n")
}

/// An error with the chain of its causes. `kind` is its type, where that says something.
pub(super) fn of_error<E: StdError + ?Sized>(error: &E, kind: Option<&str>) -> Report {
    let mut chain = vec![error.to_string()];
    let mut cause = error.source();
    while let Some(next) = cause.filter(|_| chain.len() < 32) {
        chain.push(short(&next.to_string(), 2_000));
        cause = next.source();
    }
    let told = kind.map_or_else(|| named(&format!("{error:?}")), str::to_owned);
    let mut report = Report::error(short(&told, 200), short(&chain[0], 2_000));
    if chain.len() > 1 {
        report.stack_trace = Some(chain_text(&told, &chain));
    }
    report.context = Some(json!({ "chain": chain }));
    report
}

/// A chain as people read it.
pub(super) fn chain_text(kind: &str, chain: &[String]) -> String {
    let mut text = format!("{kind}: {}", short(&chain[0], 2_000));
    for cause in &chain[1..] {
        let _ = write!(text, "\nCaused by: {}", short(cause, 2_000));
    }
    short(&text, 48_000)
}

/// The name that the debug form of an error begins with: `NotFound { … }`.
pub(super) fn named(debug: &str) -> String {
    let end = debug
        .find(|c: char| !c.is_alphanumeric() && c != '_')
        .unwrap_or(debug.len());
    let name = &debug[..end];
    if name.starts_with(char::is_uppercase) {
        name.to_owned()
    } else {
        "Error".to_owned()
    }
}

/// A text as far as it is kept.
pub(super) fn short(text: &str, most: usize) -> String {
    text.chars()
        .take(most)
        .collect::<String>()
        .replace('\0', "\u{FFFD}")
}
