//! What goes wrong, as people and as programs read it, and the exit code for each kind.

use std::io::{self, Write};
use std::process::ExitCode;

use actifix::Error;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::output::{colour, text};

/// How the command ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// An error, or a bad verdict.
    Error = 1,
    /// The arguments make no sense, or a value is refused.
    Usage = 2,
    /// Nothing to claim, or held by someone else.
    Nothing = 3,
    /// The lease is lost.
    LeaseLost = 4,
    /// Busy past the deadline.
    Busy = 5,
    /// The outcome is unknown.
    Unknown = 6,
    /// Not found, or not in a state for it.
    NotFound = 7,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl From<&Error> for Exit {
    fn from(error: &Error) -> Self {
        match error {
            Error::Invalid { .. } | Error::TooLong { .. } => Self::Usage,
            Error::Held { .. } => Self::Nothing,
            Error::LeaseLost { .. } => Self::LeaseLost,
            Error::Busy { .. } => Self::Busy,
            Error::Unknown { .. } => Self::Unknown,
            Error::NotFound { .. } | Error::NotReady { .. } => Self::NotFound,
            _ => Self::Error,
        }
    }
}

/// Why a verb could not be done.
#[derive(Debug)]
pub enum Failure {
    /// An error to tell.
    Told(Box<Complaint>),
    /// Whoever read the answer has gone. That is no error.
    ReaderGone,
}

/// An error with what the command knows about it besides.
#[derive(Debug)]
pub struct Complaint {
    error: Error,
    hint: Option<String>,
    more: Map<String, Value>,
    afterwards: String,
    exit: Option<Exit>,
}

/// The object on stderr, and in the place of an answer in a stream.
#[derive(Debug, Serialize)]
pub struct Told<'a> {
    /// What is in it.
    pub error: ErrorObject<'a>,
}

/// An error for programs.
#[derive(Debug, Serialize)]
pub struct ErrorObject<'a> {
    kind: &'a str,
    message: String,
    hint: &'a str,
    #[serde(flatten)]
    fields: Map<String, Value>,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Told(Box::new(Complaint {
            error,
            hint: None,
            more: Map::new(),
            afterwards: String::new(),
            exit: None,
        }))
    }
}

/// For answers that cannot be written.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::ReaderGone;
        }
        let why = format!("the answer could not be written: {error}");
        Self::from(Error::Storage { why })
            .hint("what was asked for may be done; look before you repeat it")
    }
}

impl Failure {
    /// With another next step than the library's.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        if let Self::Told(complaint) = &mut self {
            complaint.hint = Some(hint.into());
        }
        self
    }

    /// With a field more in JSON.
    pub fn field(mut self, name: &str, value: impl Into<Value>) -> Self {
        if let Self::Told(complaint) = &mut self {
            complaint.more.insert(name.to_owned(), value.into());
        }
        self
    }

    /// With another exit code than the error's own.
    pub fn exits(mut self, exit: Exit) -> Self {
        if let Self::Told(complaint) = &mut self {
            complaint.exit = Some(exit);
        }
        self
    }

    /// With a text that people read below the error.
    pub fn afterwards(mut self, text: impl Into<String>) -> Self {
        if let Self::Told(complaint) = &mut self {
            complaint.afterwards = text.into();
        }
        self
    }

    /// The error, unless only the reader has gone.
    pub fn error(&self) -> Option<&Error> {
        match self {
            Self::Told(complaint) => Some(&complaint.error),
            Self::ReaderGone => None,
        }
    }

    /// The exit code.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Told(complaint) => complaint
                .exit
                .unwrap_or_else(|| Exit::from(&complaint.error)),
            Self::ReaderGone => Exit::Done,
        }
    }

    /// Tells it on stderr.
    pub fn tell(&self, json: bool) -> Exit {
        if let Self::Told(complaint) = self {
            let told = if json {
                complaint.for_programs()
            } else {
                complaint.for_people()
            };
            // Nobody is left to be told when stderr is closed too.
            let _ = writeln!(io::stderr().lock(), "{told}");
        }
        self.exit()
    }

    /// The error as it stands in JSON answers; none when only the reader has gone.
    pub fn told(&self) -> Option<Told<'_>> {
        match self {
            Self::Told(complaint) => Some(complaint.told()),
            Self::ReaderGone => None,
        }
    }
}

impl Complaint {
    fn hint(&self) -> &str {
        self.hint.as_deref().unwrap_or_else(|| self.error.hint())
    }

    fn told(&self) -> Told<'_> {
        let mut fields = match serde_json::to_value(&self.error) {
            Ok(Value::Object(fields)) => fields,
            _ => Map::new(),
        };
        fields.remove("kind");
        fields.values_mut().for_each(span_as_text);
        fields.extend(self.more.clone());
        Told {
            error: ErrorObject {
                kind: self.error.kind(),
                message: self.error.to_string(),
                hint: self.hint(),
                fields,
            },
        }
    }

    fn for_programs(&self) -> String {
        serde_json::to_string(&self.told()).unwrap_or_default()
    }

    fn for_people(&self) -> String {
        let paint = colour::of_stderr();
        let (error, dim) = (paint.error(), paint.dim());
        let message = self.error.to_string();
        let message = text::one_line(&message);
        let mut told = format!(
            "{error}error:{error:#} {message}\n{dim} next:{dim:#} {}",
            self.hint()
        );
        if !self.afterwards.is_empty() {
            told.push_str("\n\n");
            told.push_str(&self.afterwards);
        }
        told
    }
}

/// A span that serde wrote as seconds and nanoseconds, in the words of the command line.
fn span_as_text(value: &mut Value) {
    let part = |name: &str| value.get(name).and_then(Value::as_u64);
    if let (Some(secs), Some(nanos)) = (part("secs"), part("nanos")) {
        *value = format!(
            "{}ms",
            secs.saturating_mul(1_000).saturating_add(nanos / 1_000_000)
        )
        .into();
    }
}

/// Prints the one line of a verb that opens nothing.
pub fn print_last(line: &str) -> Exit {
    match writeln!(io::stdout().lock(), "{line}") {
        Ok(()) => Exit::Done,
        Err(error) => Failure::from(error).tell(false),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn an_error_is_one_object_with_kind_message_hint_and_its_own_fields() {
        let object =
            |failure: &Failure| serde_json::to_value(failure.told()).unwrap()["error"].clone();
        let busy = Failure::from(Error::Busy {
            waited: Duration::from_millis(1_500),
            holder: None,
        });
        assert_eq!(
            (&object(&busy)["kind"], &object(&busy)["waited"]),
            (&"busy".into(), &"1500ms".into())
        );
        assert_eq!(busy.exit(), Exit::Busy);
        let refused = Failure::from(Error::invalid("did", "it is empty"))
            .field("template", "x")
            .hint("do it");
        for (name, value) in [
            ("template", "x"),
            ("hint", "do it"),
            ("field", "did"),
            ("message", "did: it is empty"),
        ] {
            assert_eq!(object(&refused)[name], value);
        }
    }

    #[test]
    fn every_kind_has_its_exit_code() {
        let lost = r#"{"kind":"lease_lost","ticket":"A","holder":null,"since":"2026-11-24T12:00:00Z","why":"taken"}"#;
        let held = r#"{"kind":"held","ticket":"A","by":"b","until":"2026-11-24T12:00:00Z"}"#;
        for (json, exit) in [
            (r#"{"kind":"not_found","ticket":"A"}"#, Exit::NotFound),
            (
                r#"{"kind":"not_ready","ticket":"A","why":"completed"}"#,
                Exit::NotFound,
            ),
            (held, Exit::Nothing),
            (lost, Exit::LeaseLost),
            (r#"{"kind":"invalid","field":"id","why":"no"}"#, Exit::Usage),
            (
                r#"{"kind":"too_long","field":"id","limit":1,"got":2}"#,
                Exit::Usage,
            ),
            (r#"{"kind":"too_many_open","limit":1}"#, Exit::Error),
            (r#"{"kind":"outcome_unknown","why":"no"}"#, Exit::Unknown),
            (r#"{"kind":"corrupt","why":"no"}"#, Exit::Error),
            (r#"{"kind":"unsupported","version":"no"}"#, Exit::Error),
            (r#"{"kind":"storage","why":"no"}"#, Exit::Error),
        ] {
            let error: Error = serde_json::from_str(json).unwrap();
            assert_eq!(Exit::from(&error), exit, "{json}");
        }
    }

    #[test]
    fn a_reader_that_has_gone_is_no_error() {
        let gone = Failure::from(io::Error::from(io::ErrorKind::BrokenPipe));
        assert_eq!(gone.exit(), Exit::Done);
        assert_eq!(
            Failure::from(io::Error::from(io::ErrorKind::StorageFull)).exit(),
            Exit::Error
        );
    }
}
