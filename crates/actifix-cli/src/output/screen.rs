//! A few lines at the end of a terminal that are drawn again and again, with what is said scrolling away above them.

use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::context::Context;

/// Whether answers are drawn: people on a terminal.
pub fn is_for(context: &Context) -> bool {
    !context.json() && io::stdout().is_terminal()
}

/// Waits for one pace, or until whoever reads stdout has gone.
pub fn reader_has_gone(pace: Duration) -> bool {
    let stdout = io::stdout();
    // No flag is asked for: a pipe whose reader has gone reports its error all the same.
    let mut wait = [PollFd::from_borrowed_fd(stdout.as_fd(), PollFlags::empty())];
    let span = Timespec {
        tv_sec: i64::try_from(pace.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: i64::from(pace.subsec_nanos()),
    };
    match poll(&mut wait, Some(&span)) {
        Ok(0) => false,
        Ok(_) => wait[0]
            .revents()
            .intersects(PollFlags::ERR | PollFlags::HUP | PollFlags::NVAL),
        Err(_) => {
            std::thread::sleep(pace);
            false
        }
    }
}

/// What stands at the end of the terminal.
#[derive(Debug, Default)]
pub struct Screen {
    lines: usize,
}

impl Screen {
    /// Says `above` for good (nothing when it is empty) and draws `below` under it, in the place of what stood there.
    pub fn draw(&mut self, above: &str, below: &str) {
        let drawn = self.redrawn(above, below, height());
        let mut out = io::stdout().lock();
        // A terminal that has gone sees nothing more.
        let _ = out.write_all(drawn.as_bytes()).and_then(|()| out.flush());
    }

    /// What is written for it: up to where the last drawing began, all below cleared, lines not wrapped.
    fn redrawn(&mut self, above: &str, below: &str, height: usize) -> String {
        let mut text = String::new();
        if self.lines > 0 {
            text.push_str(&format!("\x1b[{}F", self.lines));
        }
        text.push_str("\x1b[J");
        if !above.is_empty() {
            text.push_str(above);
            text.push('\n');
        }
        let shown: Vec<&str> = below.lines().take(height.saturating_sub(1)).collect();
        text.push_str("\x1b[?7l");
        for line in &shown {
            text.push_str(line);
            text.push('\n');
        }
        text.push_str("\x1b[?7h");
        self.lines = shown.len();
        text
    }
}

/// The terminal's height in lines.
fn height() -> usize {
    rustix::termios::tcgetwinsize(io::stdout())
        .ok()
        .map(|size| usize::from(size.ws_row))
        .filter(|rows| *rows > 0)
        .unwrap_or(24)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drawing_takes_the_place_of_the_one_before() {
        let mut screen = Screen::default();
        assert_eq!(
            screen.redrawn("", "a\nb", 24),
            "\x1b[J\x1b[?7la\nb\n\x1b[?7h"
        );
        assert_eq!(
            screen.redrawn("said", "c", 24),
            "\x1b[2F\x1b[Jsaid\n\x1b[?7lc\n\x1b[?7h"
        );
        assert_eq!(
            screen.redrawn("", "a\nb\nc", 3),
            "\x1b[1F\x1b[J\x1b[?7la\nb\n\x1b[?7h"
        );
    }
}
