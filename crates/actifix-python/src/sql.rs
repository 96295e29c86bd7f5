//! `_core.Sql`: a connection for people's own SQL, on which `actifix._sql` builds what the standard `sqlite3` module looks
//! like.

use std::sync::Arc;

use actifix::legacy::{Mode, Outcome, Patience, SqlConnection, SqlError, SqlValue};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyList, PyString, PyTuple};

use crate::store::Store;
use crate::take::Span;

/// A connection. Every call waits without the interpreter's lock.
#[pyclass(frozen, module = "actifix._core")]
pub struct Sql(Arc<SqlConnection>);

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
        let opened = py.detach(|| SqlConnection::open(&store, patience));
        self.handle(py)?; // opening looks for a second copy of SQLite
        opened
            .map(|sql| Sql(Arc::new(sql)))
            .map_err(|error| raised(py, error))
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
        let outcome = py.detach(|| self.0.run(sql, &values));
        answer(py, outcome.map_err(|error| raised(py, error))?)
    }

    /// Runs several statements.
    fn script(&self, py: Python<'_>, sql: &str) -> PyResult<()> {
        let done = py.detach(|| self.0.script(sql));
        done.map_err(|error| raised(py, error))
    }

    /// The names of a statement's parameters in their order.
    fn parameters(&self, py: Python<'_>, sql: &str) -> PyResult<Vec<Option<String>>> {
        let names = py.detach(|| self.0.parameters(sql));
        names.map_err(|error| raised(py, error))
    }

    /// Begins a transaction.
    fn begin(&self, py: Python<'_>, mode: &str) -> PyResult<()> {
        let mode: Mode = mode
            .parse()
            .map_err(|error: SqlError| PyValueError::new_err(error.message))?;
        let done = py.detach(|| self.0.begin(mode));
        done.map_err(|error| raised(py, error))
    }

    /// Commits what is open.
    fn commit(&self, py: Python<'_>) -> PyResult<()> {
        let done = py.detach(|| self.0.commit());
        done.map_err(|error| raised(py, error))
    }

    /// Rolls back what is open.
    fn rollback(&self, py: Python<'_>) -> PyResult<()> {
        let done = py.detach(|| self.0.rollback());
        done.map_err(|error| raised(py, error))
    }

    /// A transaction is open.
    fn in_transaction(&self, py: Python<'_>) -> bool {
        py.detach(|| self.0.in_transaction())
    }

    /// Rows that were changed.
    fn total_changes(&self, py: Python<'_>) -> u64 {
        py.detach(|| self.0.total_changes())
    }

    /// Ends the statement that runs on another thread.
    fn interrupt(&self) {
        self.0.interrupt();
    }

    /// Rolls back what is open, and closes.
    fn close(&self, py: Python<'_>) {
        py.detach(|| self.0.close());
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
    static RAISED: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let made = RAISED
        .get_or_try_init(py, || {
            let module = PyModule::import(py, "actifix._sqlerrors")?;
            Ok::<_, PyErr>(module.getattr("made")?.unbind())
        })
        .and_then(|made| made.bind(py).call1((error.code, error.message)));
    made.map_or_else(|failed| failed, PyErr::from_value)
}
