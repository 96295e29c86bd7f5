//! Lines of a log with their places, in bounded memory: of a line without an end only the beginning is kept.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Seek, SeekFrom};

/// So much of a line is kept.
const LONGEST: usize = 64 << 10;

/// A line.
pub struct Line<'a> {
    /// Where it begins.
    pub start: u64,
    /// Where the next begins.
    pub end: u64,
    /// As text; what is no UTF-8 is replaced.
    pub text: &'a str,
}

/// Reads lines.
pub struct Lines {
    reader: BufReader<File>,
    /// Where the next line begins.
    offset: u64,
    bytes: Vec<u8>,
    text: String,
}

impl Lines {
    /// From the beginning of a file.
    pub fn new(file: File) -> Self {
        Self {
            reader: BufReader::with_capacity(128 << 10, file),
            offset: 0,
            bytes: Vec::new(),
            text: String::new(),
        }
    }

    /// The file.
    pub fn file(&self) -> &File {
        self.reader.get_ref()
    }

    /// Where the next line begins.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Goes to a place where a line begins.
    ///
    /// # Errors
    /// The file's own.
    pub fn seek(&mut self, offset: u64) -> io::Result<()> {
        self.offset = offset;
        self.reader.seek(SeekFrom::Start(offset)).map(|_| ())
    }

    /// The next line. `None`: there is no whole one; with `last` what is there is one.
    ///
    /// # Errors
    /// The file's own.
    #[allow(
        clippy::should_implement_trait,
        reason = "the line borrows from the reader"
    )]
    pub fn next(&mut self, last: bool) -> io::Result<Option<Line<'_>>> {
        self.bytes.clear();
        let start = self.offset;
        let mut length = 0;
        let whole = loop {
            let waiting = match self.reader.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                other => other?,
            };
            if waiting.is_empty() {
                break false;
            }
            let end = waiting.iter().position(|byte| *byte == b'\n');
            let part = &waiting[..end.unwrap_or(waiting.len())];
            let room = LONGEST - self.bytes.len();
            self.bytes.extend_from_slice(&part[..part.len().min(room)]);
            let taken = part.len() + usize::from(end.is_some());
            length += taken as u64;
            self.reader.consume(taken);
            if end.is_some() {
                break true;
            }
        };
        if !whole && (!last || length == 0) {
            // It is still being written: read again when more is there.
            self.seek(start)?;
            return Ok(None);
        }
        self.offset = start + length;
        self.text.clear();
        self.text.push_str(&String::from_utf8_lossy(&self.bytes));
        Ok(Some(Line {
            start,
            end: self.offset,
            text: &self.text,
        }))
    }
}
