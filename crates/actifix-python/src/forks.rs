//! Forks: what Python's `os.register_at_fork` calls, and what is dead in a child.

use actifix::forked;
use pyo3::prelude::*;

/// Something that belongs to the process that made it. In a forked child it is dead: it is neither used nor dropped, since
/// its threads are not there and its locks may be held by them.
pub struct Ours<T> {
    it: Option<T>,
    generation: u32,
}

impl<T> Ours<T> {
    /// Something of this process.
    pub fn new(it: T) -> Self {
        Self {
            it: Some(it),
            generation: forked::generation(),
        }
    }

    /// It, in the process that made it.
    pub fn get(&self) -> Option<&T> {
        self.it
            .as_ref()
            .filter(|_| self.generation == forked::generation())
    }
}

impl<T> Drop for Ours<T> {
    fn drop(&mut self) {
        if self.generation != forked::generation() {
            std::mem::forget(self.it.take());
        }
    }
}

/// Before a fork.
#[pyfunction]
pub fn before_fork(py: Python<'_>) {
    py.detach(forked::before);
}

/// After a fork, in the parent.
#[pyfunction]
pub fn after_fork_in_parent() {
    forked::parent();
}

/// After a fork, in the child: the descriptors that it has to close at once.
#[pyfunction]
pub fn after_fork_in_child() -> Vec<i32> {
    forked::child()
}
