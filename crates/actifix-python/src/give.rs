//! What goes to Python: the library's plain types as the frozen dataclasses of `actifix._types`.

use actifix::{
    Completion, Event, Holding, Lease, Process, Receipt, Recorded, Sample, Tags, Ticket, Timestamp,
};
use jiff::tz::Offset;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDateTime, PyDict, PyList, PyString, PyTuple, PyTzInfo};
use serde_json::Value;

use crate::known::{Known, Name, Object};

/// What is handed to Python.
pub type Given<'py> = PyResult<Bound<'py, PyAny>>;

/// Makes a dataclass of `actifix._types` from its fields by name.
macro_rules! dataclass {
    ($py:expr, $class:literal, { $($field:ident: $value:expr),+ $(,)? }) => {{
        let py = $py;
        let fields = PyDict::new(py);
        $({
            static NAME: $crate::known::Name = $crate::known::Name::new();
            fields.set_item(NAME.name(py, stringify!($field))?, $value)?;
        })+
        static CLASS: $crate::known::Object = $crate::known::Object::new();
        $crate::give::made($crate::give::class(py, &CLASS, $class)?, &fields)
    }};
}
pub(crate) use dataclass;

/// The class, looked up once.
pub fn class<'a, 'py>(
    py: Python<'py>,
    known: &'a Object,
    name: &str,
) -> PyResult<&'a Bound<'py, PyAny>> {
    let find = || -> PyResult<Py<PyAny>> {
        Ok(PyModule::import(py, "actifix._types")?
            .getattr(name)?
            .unbind())
    };
    Ok(known.get(py, find)?.bind(py))
}

/// A frozen dataclass that has these fields, all of its own. Its `__init__` would put them in one by one through
/// `object.__setattr__`, which takes longer than all else that is done for a call under the interpreter's lock.
pub fn made<'py>(class: &Bound<'py, PyAny>, fields: &Bound<'py, PyDict>) -> Given<'py> {
    static OBJECT: Known<(Py<PyAny>, Py<PyAny>)> = Known::new();
    static FIELDS: Name = Name::new();
    let py = class.py();
    let find = || -> PyResult<_> {
        let object = py.get_type::<PyAny>();
        Ok((
            object.getattr("__new__")?.unbind(),
            object.getattr("__setattr__")?.unbind(),
        ))
    };
    let (new, set) = OBJECT.get(py, find)?;
    let it = new.bind(py).call1((class,))?;
    set.bind(py)
        .call1((&it, FIELDS.name(py, "__dict__")?, fields))?;
    Ok(it)
}

/// A moment as an aware `datetime` in UTC.
pub fn time(py: Python<'_>, at: Timestamp) -> PyResult<Bound<'_, PyDateTime>> {
    let at = jiff::Timestamp::from_microsecond(at.micros())
        .map_err(|_| PyValueError::new_err(format!("{at} is out of range")))?;
    let at = Offset::UTC.to_datetime(at);
    // By its parts: `fromtimestamp` asks the time zone, in Python's own words, and takes three times as long.
    let part = |part: i8| part.cast_unsigned();
    PyDateTime::new(
        py,
        i32::from(at.year()),
        part(at.month()),
        part(at.day()),
        part(at.hour()),
        part(at.minute()),
        part(at.second()),
        at.subsec_nanosecond().cast_unsigned() / 1_000,
        Some(&*PyTzInfo::utc(py)?),
    )
}

fn opt_time(py: Python<'_>, at: Option<Timestamp>) -> PyResult<Option<Bound<'_, PyDateTime>>> {
    at.map(|at| time(py, at)).transpose()
}

/// A JSON value as Python's own types.
pub fn value<'py>(py: Python<'py>, value: &Value) -> Given<'py> {
    Ok(match value {
        Value::Null => py.None().into_bound(py),
        Value::Bool(it) => it.into_pyobject(py)?.to_owned().into_any(),
        Value::Number(it) => match (it.as_i64(), it.as_u64()) {
            (Some(whole), _) => whole.into_pyobject(py)?.into_any(),
            (_, Some(whole)) => whole.into_pyobject(py)?.into_any(),
            _ => it
                .as_f64()
                .unwrap_or_default()
                .into_pyobject(py)?
                .into_any(),
        },
        Value::String(it) => PyString::new(py, it).into_any(),
        Value::Array(all) => {
            let list = PyList::empty(py);
            for one in all {
                list.append(self::value(py, one)?)?;
            }
            list.into_any()
        }
        Value::Object(all) => {
            let dict = PyDict::new(py);
            for (key, one) in all {
                dict.set_item(key, self::value(py, one)?)?;
            }
            dict.into_any()
        }
    })
}

fn opt_value<'py>(py: Python<'py>, value: Option<&Value>) -> PyResult<Option<Bound<'py, PyAny>>> {
    value.map(|value| self::value(py, value)).transpose()
}

fn tags<'py>(py: Python<'py>, tags: &Tags) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (key, value) in tags {
        dict.set_item(key, value)?;
    }
    Ok(dict)
}

/// A ticket.
pub fn ticket<'py>(py: Python<'py>, it: &Ticket) -> Given<'py> {
    let lease = it.lease.as_ref().map(|one| holding(py, one)).transpose()?;
    let ended = it.completion.as_ref();
    let ended = ended.map(|one| completion(py, one)).transpose()?;
    dataclass!(py, "Ticket", {
        id: it.id.as_str(),
        kind: it.kind.as_str(),
        project: &it.project,
        priority: it.priority.as_str(),
        status: it.status.as_str(),
        error_type: &it.error_type,
        message: &it.message,
        source: &it.source,
        stack_trace: it.stack_trace.as_deref(),
        body: it.body.as_deref(),
        created_at: time(py, it.created_at)?,
        updated_at: time(py, it.updated_at)?,
        occurrences: it.occurrences,
        first_seen: time(py, it.first_seen)?,
        last_seen: time(py, it.last_seen)?,
        assignee: it.assignee.as_deref(),
        tags: tags(py, &it.tags)?,
        correlation_id: it.correlation_id.as_deref(),
        environment: it.environment.as_deref(),
        release: it.release.as_deref(),
        fingerprint: it.fingerprint.as_deref(),
        notes: it.notes.as_deref(),
        context: opt_value(py, it.context.as_ref())?,
        payload: opt_value(py, it.payload.as_ref())?,
        attempts: it.attempts,
        last_error: it.last_error.as_deref(),
        not_before: opt_time(py, it.not_before)?,
        lease: lease,
        expired: it.expired,
        completion: ended,
        ignored: it.ignored.map(|rule| wake_rule(py, rule)).transpose()?,
        deleted_at: opt_time(py, it.deleted_at)?,
    })
}

fn holding<'py>(py: Python<'py>, it: &Holding) -> Given<'py> {
    dataclass!(py, "Holding", {
        holder: &it.holder,
        acquired_at: time(py, it.acquired_at)?,
        expires_at: time(py, it.expires_at)?,
    })
}

fn completion<'py>(py: Python<'py>, it: &Completion) -> Given<'py> {
    let shown = &it.evidence;
    let evidence = dataclass!(py, "Evidence", {
        did: &shown.did,
        files: PyTuple::new(py, &shown.files)?,
        tested: &shown.tested,
        results: &shown.results,
        summary: shown.summary.as_deref(),
        url: shown.url.as_deref(),
        release: shown.release.as_deref(),
    })?;
    dataclass!(py, "Completion", {
        evidence: evidence,
        reason: it.reason.as_deref(),
        of: it.of.as_ref().map(actifix::TicketId::as_str),
        by: &it.by,
        at: time(py, it.at)?,
    })
}

fn wake_rule<'py>(py: Python<'py>, it: actifix::WakeRule) -> Given<'py> {
    dataclass!(py, "WakeRule", { until: opt_time(py, it.until)?, more: it.more })
}

/// A lease.
pub fn lease<'py>(py: Python<'py>, it: &Lease) -> Given<'py> {
    dataclass!(py, "Lease", {
        ticket: ticket(py, &it.ticket)?,
        holder: &it.holder,
        token: it.token.0,
        acquired_at: time(py, it.acquired_at)?,
        expires_at: time(py, it.expires_at)?,
    })
}

/// What a report answers.
pub fn recorded<'py>(py: Python<'py>, it: &Recorded) -> Given<'py> {
    dataclass!(py, "Recorded", {
        id: it.id.as_str(),
        new: it.new,
        occurrences: it.occurrences,
        status: it.status.as_str(),
        priority: it.priority.as_str(),
    })
}

/// What a change answers.
pub fn receipt<'py>(py: Python<'py>, it: &Receipt) -> Given<'py> {
    dataclass!(py, "Receipt", {
        ticket: it.ticket.as_str(),
        seq: it.seq,
        at: time(py, it.at)?,
        repeated: it.repeated,
    })
}

/// A line of a history.
pub fn event<'py>(py: Python<'py>, it: &Event) -> Given<'py> {
    dataclass!(py, "Event", {
        seq: it.seq,
        at: time(py, it.at)?,
        ticket: it.ticket.as_str(),
        kind: it.kind.as_str(),
        actor: &it.actor,
        token: it.token.map(|token| token.0),
        old: opt_value(py, it.old.as_ref())?,
        new: opt_value(py, it.new.as_ref())?,
    })
}

/// A kept occurrence.
pub fn sample<'py>(py: Python<'py>, it: &Sample) -> Given<'py> {
    dataclass!(py, "Sample", {
        at: opt_time(py, it.at)?,
        message: it.message.as_deref(),
        stack_trace: it.stack_trace.as_deref(),
        context: opt_value(py, it.context.as_ref())?,
        environment: it.environment.as_deref(),
        release: it.release.as_deref(),
        tags: tags(py, &it.tags)?,
        user: it.user.as_deref(),
    })
}

/// A process of this machine.
pub fn process<'py>(py: Python<'py>, it: &Process) -> Given<'py> {
    dataclass!(py, "Process", { pid: it.pid, command: &it.command })
}
