//! What comes from Python: spans, ids, words and JSON, judged before the library sees them.

use std::str::FromStr;
use std::time::Duration;

use actifix::{Error, Result, Tags, TicketId, Timestamp};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDateTime, PyDelta, PyDict, PyTzInfoAccess};

use crate::errors::{invalid, raised};

/// A span: a `timedelta`, or a number of seconds.
pub struct Span(pub Duration);

impl<'py> FromPyObject<'_, 'py> for Span {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let py = value.py();
        let seconds: f64 = if value.is_instance_of::<PyDelta>() {
            value.call_method0("total_seconds")?.extract()?
        } else if value.is_instance_of::<PyBool>() {
            return Err(not_a_span(&value));
        } else {
            value.extract().map_err(|_| not_a_span(&value))?
        };
        let span = Duration::try_from_secs_f64(seconds);
        span.map(Self)
            .map_err(|_| invalid(py, "span", format!("{seconds} seconds is no span of time")))
    }
}

fn not_a_span(value: &Bound<'_, PyAny>) -> PyErr {
    let name = value.get_type().name().map(|name| name.to_string());
    PyTypeError::new_err(format!(
        "a timedelta or a number of seconds is needed, not {}",
        name.unwrap_or_default()
    ))
}

/// A moment: a `datetime` with its time zone.
pub struct Moment(pub Timestamp);

impl<'py> FromPyObject<'_, 'py> for Moment {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let at = value.cast::<PyDateTime>()?;
        if at.get_tzinfo().is_none() {
            let why = "a datetime without a time zone may be any moment; give it one, such as timezone.utc";
            return Err(invalid(value.py(), "time", why));
        }
        let text: String = at.call_method0("isoformat")?.extract()?;
        let parsed = text.parse().map_err(|error| raised(value.py(), error));
        parsed.map(Self)
    }
}

/// A word of a fixed list, or a ticket's id.
pub fn word<T: FromStr<Err = Error>>(py: Python<'_>, text: &str) -> PyResult<T> {
    text.parse().map_err(|error| raised(py, error))
}

/// [`word`] for what may be left out.
pub fn opt_word<T: FromStr<Err = Error>>(
    py: Python<'_>,
    text: Option<&str>,
) -> PyResult<Option<T>> {
    text.map(|text| word(py, text)).transpose()
}

/// [`word`] for several.
pub fn words<T: FromStr<Err = Error>>(py: Python<'_>, texts: &[String]) -> PyResult<Vec<T>> {
    texts.iter().map(|text| word(py, text)).collect()
}

/// A ticket's id.
pub fn id(py: Python<'_>, text: &str) -> PyResult<TicketId> {
    word(py, text)
}

/// JSON as text: the package has made it, so that what is no JSON has been refused by Python's own words.
pub fn json(
    py: Python<'_>,
    field: &'static str,
    text: Option<&str>,
) -> PyResult<Option<serde_json::Value>> {
    let parse = |text| serde_json::from_str(text);
    text.map(parse)
        .transpose()
        .map_err(|error| invalid(py, field, error.to_string()))
}

/// Tags.
pub fn tags(tags: Option<&Bound<'_, PyDict>>) -> PyResult<Tags> {
    let pairs = tags.into_iter().flat_map(|tags| tags.iter());
    pairs
        .map(|(key, value)| Ok((key.extract()?, value.extract()?)))
        .collect()
}

/// A result of the library.
pub fn fine<T>(py: Python<'_>, result: Result<T>) -> PyResult<T> {
    result.map_err(|error| raised(py, error))
}
