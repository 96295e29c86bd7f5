//! Progress on stderr: for people at a terminal, and only when something takes longer than a second.

use std::time::Instant;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::waiting::SILENCE;

/// A bar that appears after a second.
pub struct Progress {
    bar: ProgressBar,
    begun: Instant,
    shown: bool,
    whole: Option<u64>,
}

impl Progress {
    /// Over `whole` bytes or tickets, when it is known how many; silent in JSON mode.
    pub fn of(whole: Option<u64>, silent: bool) -> Self {
        let bar = ProgressBar::with_draw_target(whole, ProgressDrawTarget::hidden());
        Self {
            bar,
            begun: Instant::now(),
            shown: silent,
            whole,
        }
    }

    /// So far so many, with a word on it.
    pub fn at(&mut self, position: u64, word: &str) {
        if !self.shown && self.begun.elapsed() >= SILENCE {
            self.shown = true;
            let template = match self.whole {
                Some(_) => "{bar:30} {percent:>3} %  {msg}  {eta} left",
                None => "{spinner} {msg}",
            };
            self.bar.set_style(
                ProgressStyle::with_template(template)
                    .unwrap_or_else(|_| ProgressStyle::default_bar()),
            );
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        self.bar.set_position(position);
        self.bar.set_message(word.to_owned());
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
