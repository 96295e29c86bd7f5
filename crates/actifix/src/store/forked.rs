//! Forks, for a program that does it itself: it calls [`before`], and then [`parent`] or [`child`].

pub use sqlite_line::forked::{child, generation, parent};

/// Before a fork: as [`sqlite_line::forked::before`], and nobody is in the middle of finding out whose the calls are. A
/// child does not have the thread that it would wait for.
pub fn before() {
    super::default_actor();
    sqlite_line::forked::before();
}
