//! Forks, for a program that does it itself: it calls [`before`], and then [`parent`] or [`child`].

use std::cell::RefCell;
use std::sync::RwLockWriteGuard;

pub use sqlite_line::forked::generation;

use crate::once;

thread_local! {
    /// What the forking thread holds.
    static HELD: RefCell<Option<RwLockWriteGuard<'static, ()>>> = const { RefCell::new(None) };
}

/// Before a fork: as [`sqlite_line::forked::before`], and nobody is in the middle of making what the process has once. A
/// child does not have the thread that it would wait for.
pub fn before() {
    sqlite_line::forked::before();
    HELD.with(|place| *place.borrow_mut() = Some(once::hold()));
}

/// After a fork, in the parent: all goes on.
pub fn parent() {
    let_go();
    sqlite_line::forked::parent();
}

/// After a fork, in the child: as [`sqlite_line::forked::child`].
#[must_use = "a child that keeps them holds up everybody when its parent dies"]
pub fn child() -> Vec<i32> {
    let_go();
    sqlite_line::forked::child()
}

fn let_go() {
    drop(HELD.with(|place| place.borrow_mut().take()));
}
