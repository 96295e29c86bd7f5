//! Signals that come while a statement of people's own SQL waits or runs: Python's handlers are run every so often, and one
//! that raises, as that of Ctrl-C does, ends the statement.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use pyo3::prelude::*;

use crate::wait::{SLICE, signals_come_here};

/// The signals of one connection's statements.
#[derive(Default)]
pub struct Signals {
    looked: Mutex<Looked>,
    /// A handler is running in the middle of a statement.
    handling: AtomicBool,
}

/// What came of looking.
#[derive(Default)]
struct Looked {
    last: Option<Instant>,
    /// What a handler raised, and nobody has heard yet.
    raised: Option<PyErr>,
}

impl Signals {
    /// Whether the statement that asks, on its own thread and without the interpreter's lock, is to end.
    pub fn end_it(&self) -> bool {
        let now = Instant::now();
        {
            let mut looked = self.looked();
            if looked.raised.is_some() {
                return true;
            }
            if looked.last.is_some_and(|last| now - last < SLICE) {
                return false;
            }
            looked.last = Some(now);
        }
        if !signals_come_here() {
            return false;
        }
        self.handling.store(true, Ordering::Relaxed);
        let raised = Python::attach(|py| py.check_signals()).err();
        self.handling.store(false, Ordering::Relaxed);
        let ends = raised.is_some();
        self.looked().raised = raised;
        ends
    }

    /// What a handler raised while the statement ran.
    pub fn raised(&self) -> Option<PyErr> {
        self.looked().raised.take()
    }

    /// Whether it is such a handler that asks: the connection is in the middle of its statement then.
    pub fn are_handled_here(&self) -> bool {
        self.handling.load(Ordering::Relaxed) && signals_come_here()
    }

    fn looked(&self) -> MutexGuard<'_, Looked> {
        self.looked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
