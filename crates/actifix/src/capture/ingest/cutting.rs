//! Blocks of a log with their places, and the place up to which nothing is open: whoever goes on there finds the same.

use std::collections::VecDeque;

use crate::capture::log::{Block, Cutter};

/// Lines before a stack that may belong to it.
const BEFORE: usize = 3;

/// A block, and where the reading of the log may go on after it.
pub struct Found {
    pub end: u64,
    pub block: Block,
}

/// Cuts lines with places.
#[derive(Default)]
pub struct Cut {
    cutter: Cutter,
    /// Where the lines begin that may be the head of what follows.
    recent: VecDeque<u64>,
    /// Up to here all is found.
    pub safe: u64,
    pub found: Vec<Found>,
}

impl Cut {
    /// Takes the line from `start` to `end`.
    pub fn line(&mut self, start: u64, end: u64, text: &str) {
        let was_open = self.cutter.is_open();
        let blocks = self.cutter.line(text);
        let ended = !blocks.is_empty();
        self.found
            .extend(blocks.into_iter().map(|block| Found { end: start, block }));
        if ended {
            self.recent.clear();
            self.safe = start;
        }
        if self.cutter.is_open() {
            if !was_open {
                // Its head may stand in the lines before.
                self.recent.clear();
            }
            return;
        }
        if self.recent.len() == BEFORE {
            self.recent.pop_front();
        }
        self.recent.push_back(start);
        self.safe = self.recent.front().copied().unwrap_or(end);
    }

    /// Nothing follows: what is open is complete at `end`.
    pub fn end(&mut self, end: u64) {
        self.found
            .extend(self.cutter.end().map(|block| Found { end, block }));
        self.recent.clear();
        self.safe = end;
    }

    pub fn is_open(&self) -> bool {
        self.cutter.is_open()
    }
}
