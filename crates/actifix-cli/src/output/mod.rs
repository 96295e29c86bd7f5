//! The way to the reader: JSON for programs, tables and cards for people.

pub mod brief;
pub mod card;
pub mod colour;
pub mod contention;
pub mod counts;
pub mod events;
pub mod findings;
pub mod leases;
pub mod progress;
pub mod screen;
pub mod similar;
pub mod table;
pub mod text;
pub mod tickets;
pub mod time;

use std::cell::RefCell;
use std::io::{self, BufWriter, Stdout, Write};

use serde::Serialize;

use colour::Paint;

/// Where answers go.
pub struct Output {
    json: bool,
    /// How texts are coloured on stdout.
    pub paint: Paint,
    to: RefCell<BufWriter<Stdout>>,
    asides: RefCell<Vec<String>>,
}

impl Output {
    /// On stdout.
    pub fn new(json: bool) -> Self {
        let paint = if json {
            Paint::plain()
        } else {
            colour::of_stdout()
        };
        Self {
            json,
            paint,
            to: RefCell::new(BufWriter::new(io::stdout())),
            asides: RefCell::default(),
        }
    }

    /// Writes one JSON document on a line of its own.
    pub fn json(&self, answer: &impl Serialize) -> io::Result<()> {
        let mut to = self.to.borrow_mut();
        serde_json::to_writer(&mut *to, answer)?;
        to.write_all(b"\n")
    }

    /// Writes a line, or several.
    pub fn line(&self, text: &str) -> io::Result<()> {
        let mut to = self.to.borrow_mut();
        to.write_all(text.as_bytes())?;
        to.write_all(b"\n")
    }

    /// Says something beside the answer, on stderr; in JSON mode at the end, since an error must stand there alone.
    pub fn aside(&self, text: &str) {
        if self.json {
            self.asides.borrow_mut().push(text.to_owned());
            return;
        }
        let dim = colour::of_stderr().dim();
        // Only a word on the side: whoever closed stderr does not want it.
        let _ = writeln!(io::stderr().lock(), "{dim}{text}{dim:#}");
    }

    /// Hands on what was written.
    pub fn flush(&self) -> io::Result<()> {
        self.to.borrow_mut().flush()
    }

    /// Everything went well: says what was held back.
    pub fn end(&self) -> io::Result<()> {
        self.flush()?;
        for aside in self.asides.take() {
            let _ = writeln!(io::stderr().lock(), "{aside}");
        }
        Ok(())
    }
}
