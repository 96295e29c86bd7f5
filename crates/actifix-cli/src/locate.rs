//! Where the database is: the library says, so that every front finds the same one.

pub use actifix::locate::*;
