//! `_core.Sql`: a connection for people's own SQL, on which `actifix._sql` builds what the standard `sqlite3` module looks
//! like.

use std::sync::Arc;

use actifix::legacy::{Mode, Outcome, Patience, SqlConnection, SqlError, SqlValue};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyString, PyTuple};

use crate::known::Object;
use crate::signals::Signals;
use crate::store::Store;
use crate::take::Span;

const IN_THE_MIDDLE: &str = "this connection is in the middle of a statement; a signal's handler can raise, which ends the \
    statement, or use another connection";

/// A connection. Every call waits without the interpreter's lock, and Ctrl-C ends its wait.
#[pyclass(frozen, module = "actifix._core")]
pub struct Sql {
    connection: SqlConnection,
    signals: Arc<Signals>,
}

/// Rows, their columns' names, how many were changed (-1: the statement changes none), the row added last.
type Answer<'py> = (Bound<'py, PyList>, Vec<String>, i64, i64);

#[pymethods]
impl Store {
    /// A connection for people's own SQL: it waits up to `wait` for others, and holds no transaction longer than `hold`.
    fn sql(&self, py: Python<'_>, wait: Span, hold: Span) -> PyResult<Sql> {
        let store = self.handle(py)?;
        let patience = Patience {
            wait: wait.0,
            hold: hold.0,
        };
        let signals = Arc::new(Signals::default());
        let asked = Arc::clone(&signals);
        let interrupt = Arc::new(move || asked.end_it());
        let opened = py.detach(|| SqlConnection::open_interruptible(&store, patience, interrupt));
        let connection = heard(py, &signals, opened)?;
        self.handle(py)?; // opening looks for a second copy of SQLite
        Ok(Sql {
            connection,
            signals,
        })
    }

    /// Whether this thread is inside a write transaction of its own SQL.
    fn is_inside_sql(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.handle(py)?.is_inside_sql())
    }
}

#[pymethods]
impl Sql {
    /// Runs one statement.
    fn run<'py>(
        &self,
        py: Python<'py>,
        sql: &str,
        values: Vec<Bound<'py, PyAny>>,
    ) -> PyResult<Answer<'py>> {
        let values: Vec<SqlValue> = values.iter().map(value).collect::<PyResult<_>>()?;
        answer(py, self.call(py, |it| it.run(sql, &values))?)
    }

    /// Runs several statements.
    fn script(&self, py: Python<'_>, sql: &str) -> PyResult<()> {
        self.call(py, |it| it.script(sql))
    }

    /// The names of a statement's parameters in their order.
    fn parameters(&self, py: Python<'_>, sql: &str) -> PyResult<Vec<Option<String>>> {
        self.call(py, |it| it.parameters(sql))
    }

    /// Begins a transaction.
    fn begin(&self, py: Python<'_>, mode: &str) -> PyResult<()> {
        let mode: Mode = mode
            .parse()
            .map_err(|error: SqlError| PyValueError::new_err(error.message))?;
        self.call(py, |it| it.begin(mode))
    }

    /// Commits what is open.
    fn commit(&self, py: Python<'_>) -> PyResult<()> {
        self.call(py, SqlConnection::commit)
    }

    /// Rolls back what is open.
    fn rollback(&self, py: Python<'_>) -> PyResult<()> {
        self.call(py, SqlConnection::rollback)
    }

    /// A transaction is open.
    fn in_transaction(&self, py: Python<'_>) -> PyResult<bool> {
        self.call(py, |it| Ok(it.in_transaction()))
    }

    /// Rows that were changed.
    fn total_changes(&self, py: Python<'_>) -> PyResult<u64> {
        self.call(py, |it| Ok(it.total_changes()))
    }

    /// Ends the statement that runs on another thread.
    fn interrupt(&self) {
        self.connection.interrupt();
    }

    /// Rolls back what is open, and closes.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        self.call(py, |it| {
            it.close();
            Ok(())
        })
    }
}

impl Sql {
    /// One thing that is done with the connection.
    fn call<T: Send>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&SqlConnection) -> Result<T, SqlError> + Send,
    ) -> PyResult<T> {
        if self.signals.are_handled_here() {
            return Err(raised(py, SqlError::misuse(IN_THE_MIDDLE)));
        }
        let done = py.detach(|| work(&self.connection));
        heard(py, &self.signals, done)
    }
}

/// What a signal's handler raised in the middle goes before what came of the statement.
fn heard<T>(py: Python<'_>, signals: &Signals, done: Result<T, SqlError>) -> PyResult<T> {
    match signals.raised() {
        Some(interrupt) => Err(interrupt),
        None => done.map_err(|error| raised(py, error)),
    }
}

/// A parameter; `actifix._sql` hands on only what SQLite can store.
fn value(given: &Bound<'_, PyAny>) -> PyResult<SqlValue> {
    if given.is_none() {
        return Ok(SqlValue::Null);
    }
    if let Ok(text) = given.cast::<PyString>() {
        return Ok(SqlValue::Text(text.extract()?));
    }
    if let Ok(bytes) = given.cast::<PyBytes>() {
        return Ok(SqlValue::Blob(bytes.as_bytes().to_vec()));
    }
    if given.is_instance_of::<pyo3::types::PyFloat>() {
        return Ok(SqlValue::Real(given.extract()?));
    }
    given.extract().map(SqlValue::Integer)
}

fn answer(py: Python<'_>, outcome: Outcome) -> PyResult<Answer<'_>> {
    let rows = PyList::empty(py);
    for row in outcome.rows {
        let values = row.into_iter().map(|value| python(py, value));
        rows.append(PyTuple::new(py, values.collect::<PyResult<Vec<_>>>()?)?)?;
    }
    let changed = outcome
        .changed
        .map_or(-1, |rows| i64::try_from(rows).unwrap_or(i64::MAX));
    Ok((rows, outcome.columns, changed, outcome.last_row))
}

fn python(py: Python<'_>, value: SqlValue) -> PyResult<Bound<'_, PyAny>> {
    Ok(match value {
        SqlValue::Null => py.None().into_bound(py),
        SqlValue::Integer(number) => number.into_pyobject(py)?.into_any(),
        SqlValue::Real(number) => number.into_pyobject(py)?.into_any(),
        SqlValue::Text(text) => text.into_pyobject(py)?.into_any(),
        SqlValue::Blob(bytes) => PyBytes::new(py, &bytes).into_any(),
    })
}

/// The exception of the standard `sqlite3` module for an error.
fn raised(py: Python<'_>, error: SqlError) -> PyErr {
    static RAISED: Object = Object::new();
    let made = RAISED
        .get(py, || {
            let module = PyModule::import(py, "actifix._sqlerrors")?;
            Ok(module.getattr("made")?.unbind())
        })
        .and_then(|made| made.bind(py).call1((error.code, error.message)));
    made.map_or_else(|failed| failed, PyErr::from_value)
}
