//! A layer for `tracing`: events of level ERROR become reports, with their fields, the chain of an error among these, and
//! the spans they stand in.

use std::error::Error as StdError;
use std::fmt;

use serde_json::{Map, Value, json};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::install::{chain_text, named, short};
use super::queue::{Capture, THREAD};
use crate::report::Report;

/// Fields and spans that are kept.
const FIELDS: usize = 32;

/// The layer.
pub struct ErrorEvents(Capture);

/// A layer that reports through `capture`. It never blocks: a full queue is counted.
///
/// ```
/// # let dir = tempfile::tempdir().unwrap();
/// # let store = actifix::Store::open(dir.path().join("actifix.db"))?;
/// use tracing_subscriber::layer::SubscriberExt as _;
/// let capture = actifix::capture::Capture::to(&store)?;
/// let subscriber = tracing_subscriber::registry().with(actifix::capture::layer(&capture));
/// tracing::subscriber::with_default(subscriber, || tracing::error!(order = 17, "the price is missing"));
/// assert!(capture.flush(std::time::Duration::from_secs(10)));
/// # Ok::<(), actifix::Error>(())
/// ```
pub fn layer(capture: &Capture) -> ErrorEvents {
    ErrorEvents(capture.clone())
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for ErrorEvents {
    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let about = event.metadata();
        if *about.level() != Level::ERROR || std::thread::current().name() == Some(THREAD) {
            return;
        }
        let mut said = Said::default();
        event.record(&mut said);
        let spans: Vec<&str> = context
            .event_scope(event)
            .map(|scope| {
                scope
                    .from_root()
                    .map(|span| span.name())
                    .take(FIELDS)
                    .collect()
            })
            .unwrap_or_default();
        let mut report = said.report(about.target());
        if let (Some(file), Some(line)) = (about.file(), about.line()) {
            report.source = Some(short(&format!("{file}:{line}"), 400));
        }
        if let Some(Value::Object(fields)) = &mut report.context {
            fields.insert("target".into(), json!(about.target()));
            fields.insert("spans".into(), json!(spans));
        }
        self.0.report(report);
    }
}

/// What an event says.
#[derive(Default)]
struct Said {
    message: String,
    kind: Option<String>,
    chain: Vec<String>,
    fields: Map<String, Value>,
}

impl Said {
    fn keep(&mut self, field: &Field, value: Value) {
        if self.fields.len() < FIELDS {
            self.fields.insert(field.name().to_owned(), value);
        }
    }

    fn text(&mut self, field: &Field, text: &str) {
        if field.name() == "message" {
            self.message = short(text, 2_000);
        } else {
            self.keep(field, json!(short(text, 2_000)));
        }
    }

    fn report(self, target: &str) -> Report {
        let kind = self.kind.unwrap_or_else(|| "ERROR".to_owned());
        let first = self.chain.first().cloned();
        let message = Some(self.message)
            .filter(|text| !text.trim().is_empty())
            .or(first.clone());
        let mut report = Report::error(
            short(&kind, 200),
            message.unwrap_or_else(|| format!("an error in {target}")),
        );
        if first.is_some() {
            report.stack_trace = Some(chain_text(&kind, &self.chain));
        }
        report.context = Some(json!({"fields": self.fields, "chain": self.chain}));
        report
    }
}

impl Visit for Said {
    fn record_error(&mut self, field: &Field, error: &(dyn StdError + 'static)) {
        self.kind = Some(named(&format!("{error:?}")));
        let mut next = Some(error);
        while let Some(cause) = next.filter(|_| self.chain.len() < FIELDS) {
            self.chain.push(short(&cause.to_string(), 2_000));
            next = cause.source();
        }
        self.keep(field, json!(short(&error.to_string(), 2_000)));
    }

    fn record_str(&mut self, field: &Field, text: &str) {
        self.text(field, text);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.keep(field, json!(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.keep(field, json!(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.keep(field, json!(value));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.keep(field, json!(value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.text(field, &format!("{value:?}"));
    }
}
