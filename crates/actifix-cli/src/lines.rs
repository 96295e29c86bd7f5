//! Lines from a file or a pipe, in batches, with bounded memory, whatever comes.

use std::io::{self, BufRead, BufReader, ErrorKind, Read};

use actifix::{Error, Result};

/// The longest line that is kept. A report within all limits is shorter, also with every character escaped.
const LONGEST: usize = 16 << 20;
/// Bytes that are read at once: of a file, enough for a batch.
const BUFFER: usize = 256 << 10;
/// A batch ends when it holds so many bytes.
const BATCH_BYTES: usize = 4 << 20;

/// A line as it came.
#[derive(Debug, PartialEq, Eq)]
pub struct Line {
    /// Its number, from 1.
    pub number: u64,
    bytes: Vec<u8>,
    length: usize,
}

impl Line {
    /// The line as text.
    pub fn text(&self) -> Result<&str> {
        if self.length > self.bytes.len() {
            return Err(Error::TooLong {
                field: "line".to_owned(),
                limit: LONGEST,
                got: self.length,
            });
        }
        let bytes = if self.number == 1 {
            self.bytes
                .strip_prefix(b"\xEF\xBB\xBF")
                .unwrap_or(&self.bytes)
        } else {
            &self.bytes
        };
        std::str::from_utf8(bytes).map_err(|error| {
            Error::invalid(
                "line",
                format!("it is not UTF-8 text (byte {})", error.valid_up_to() + 1),
            )
        })
    }

    /// Its bytes as it came, without the line end.
    pub fn length(&self) -> usize {
        self.length
    }

    /// The line as far as it can be shown.
    pub fn shown(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

/// When a batch ends besides at its bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// As soon as the next line would have to be waited for.
    Prompt,
    /// Only when it is full.
    Full,
}

/// Reads lines in batches.
pub struct Lines<R> {
    reader: BufReader<R>,
    number: u64,
}

impl<R: Read> Lines<R> {
    /// From a file or a pipe.
    pub fn new(from: R) -> Self {
        Self {
            reader: BufReader::with_capacity(BUFFER, from),
            number: 0,
        }
    }

    /// The next lines that are not blank; none at the end.
    pub fn batch(&mut self, most: usize, pace: Pace) -> io::Result<Vec<Line>> {
        let mut batch = Vec::new();
        let mut bytes = 0;
        while batch.len() < most && bytes < BATCH_BYTES {
            let Some(line) = self.line()? else { break };
            bytes += line.bytes.len();
            if line.length > 0 && !line.bytes.trim_ascii().is_empty() {
                batch.push(line);
            }
            if pace == Pace::Prompt && !batch.is_empty() && !self.reader.buffer().contains(&b'\n') {
                break;
            }
        }
        Ok(batch)
    }

    /// One line. What is over the longest is counted and dropped.
    fn line(&mut self) -> io::Result<Option<Line>> {
        let mut line = Line {
            number: self.number + 1,
            bytes: Vec::new(),
            length: 0,
        };
        let mut any = false;
        loop {
            let waiting = match self.reader.fill_buf() {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                other => other?,
            };
            any |= !waiting.is_empty();
            let end = waiting.iter().position(|byte| *byte == b'\n');
            let part = &waiting[..end.unwrap_or(waiting.len())];
            let room = LONGEST - line.bytes.len();
            line.bytes.extend_from_slice(&part[..part.len().min(room)]);
            line.length += part.len();
            let (taken, last) = (
                part.len() + usize::from(end.is_some()),
                end.is_some() || waiting.is_empty(),
            );
            self.reader.consume(taken);
            if last {
                break;
            }
        }
        self.number += u64::from(any);
        Ok(any.then_some(line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one piece at a time, as a pipe does.
    struct Pieces(Vec<Vec<u8>>);

    impl Read for Pieces {
        fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
            if self.0.is_empty() {
                return Ok(0);
            }
            let piece = self.0.remove(0);
            to[..piece.len()].copy_from_slice(&piece);
            Ok(piece.len())
        }
    }

    fn texts(batch: &[Line]) -> Vec<String> {
        batch.iter().map(Line::shown).collect()
    }

    #[test]
    fn a_prompt_batch_ends_where_the_input_pauses() {
        let mut lines = Lines::new(Pieces(vec![
            b"a\nb\nc".to_vec(),
            b"d\n".to_vec(),
            b"\n \ne".to_vec(),
        ]));
        assert_eq!(texts(&lines.batch(256, Pace::Prompt).unwrap()), ["a", "b"]);
        assert_eq!(texts(&lines.batch(256, Pace::Prompt).unwrap()), ["cd"]);
        let last = lines.batch(256, Pace::Prompt).unwrap();
        assert_eq!((texts(&last), last[0].number), (vec!["e".to_owned()], 6));
        assert!(lines.batch(256, Pace::Prompt).unwrap().is_empty());
    }

    #[test]
    fn a_full_batch_waits_for_its_bound() {
        let mut lines = Lines::new(Pieces(vec![b"a\n".to_vec(), b"b\nc\n".to_vec()]));
        assert_eq!(lines.batch(2, Pace::Full).unwrap().len(), 2);
        assert_eq!(lines.batch(2, Pace::Full).unwrap().len(), 1);
    }

    #[test]
    fn nonsense_is_kept_for_its_answer() {
        let mut lines = Lines::new(&b"\xEF\xBB\xBF{}\r\n\xff\xfe\n"[..]);
        let batch = lines.batch(9, Pace::Full).unwrap();
        assert_eq!(batch[0].text(), Ok("{}\r"));
        assert!(matches!(batch[1].text(), Err(Error::Invalid { .. })));
    }

    #[test]
    fn an_endless_line_takes_bounded_memory() {
        let mut lines = Lines::new(
            io::repeat(b'x')
                .take(LONGEST as u64 + 10)
                .chain(&b"\nshort\n"[..]),
        );
        let long = lines.batch(1, Pace::Full).unwrap();
        assert_eq!(long[0].bytes.len(), LONGEST);
        assert!(matches!(long[0].text(), Err(Error::TooLong { got, .. }) if got == LONGEST + 10));
        assert_eq!(texts(&lines.batch(1, Pace::Full).unwrap()), ["short"]);
    }
}
