//! Where there is no shared line there is one side: everything goes by the gate.

use std::time::Duration;

use super::Writer;
use crate::error::Error;
use crate::program::Program;

#[derive(Default)]
pub(super) struct Side;

impl Side {
    pub(super) fn departed(&self) -> Vec<i64> {
        Vec::new()
    }

    pub(super) fn term(&self) -> Option<u64> {
        None
    }

    pub(super) fn leads(&self) -> bool {
        false
    }

    pub(super) fn follows(&self) -> bool {
        false
    }

    pub(super) fn note_batch(&mut self, _hold: Duration) {}
}

impl<P: Program> Writer<P> {
    pub(super) fn follow(&mut self) -> bool {
        if self.core.dialect.is_some() {
            self.core.goes_alone(&"this system has none");
        }
        false
    }

    pub(super) fn has_news_to_see(&mut self) -> bool {
        false
    }

    pub(super) fn take_sides(&mut self) -> Result<(), Error> {
        Ok(())
    }

    pub(super) fn settle_sides(&mut self) {}

    pub(super) fn resign(&mut self) {}
}
