//! Copies a stream in pieces that end where no secret does: behind a line, outside a private key.

use std::io::{self, ErrorKind, Read, Write};

use actifix::Redaction;

/// Bytes that are read at once.
const CHUNK: usize = 64 << 10;
/// What is held back at most. A key or a line that is longer is cut at a blank.
const MOST: usize = 1 << 20;

/// Copies all of it. What has been read is written before the next read waits, up to the last whole line.
pub fn copy(rules: &Redaction, mut from: impl Read, mut to: impl Write) -> io::Result<()> {
    let mut held = Vec::new();
    let mut chunk = vec![0; CHUNK];
    loop {
        let got = match from.read(&mut chunk) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            other => other?,
        };
        if got == 0 {
            write(rules, &held, &mut to)?;
            return to.flush();
        }
        held.extend_from_slice(&chunk[..got]);
        let ready = ready(&held);
        write(rules, &held[..ready], &mut to)?;
        held.drain(..ready);
        to.flush()?;
    }
}

/// So many bytes can be written.
fn ready(held: &[u8]) -> usize {
    let lines = held
        .iter()
        .rposition(|b| *b == b'\n')
        .map_or(0, |at| at + 1);
    let ready = lines.min(open_key(&held[..lines]));
    if held.len() < MOST || ready > 0 {
        return ready;
    }
    let ends = |b: &u8| b.is_ascii_whitespace() || matches!(b, b',' | b';' | b'&');
    held.iter().rposition(ends).map_or(held.len(), |at| at + 1)
}

/// Where a private key begins that has not ended yet; behind the end when there is none.
fn open_key(text: &[u8]) -> usize {
    let last = |word: &[u8]| text.windows(word.len()).rposition(|part| part == word);
    let mut open = text.len();
    for (begin, end) in [
        ("-- BEGIN ", "-- END "),
        ("--BEGIN ", "--END "),
        ("Private-Lines:", "Private-MAC:"),
    ] {
        if let Some(at) = last(begin.as_bytes())
            && last(end.as_bytes()).is_none_or(|end| end < at)
        {
            open = open.min(at);
        }
    }
    if open == text.len() {
        return open;
    }
    // The whole line is held back.
    let line = text[..open].iter().rposition(|b| *b == b'\n');
    line.map_or(0, |at| at + 1)
}

/// Writes a piece; bytes that are no text go through as they are.
fn write(rules: &Redaction, piece: &[u8], to: &mut impl Write) -> io::Result<()> {
    for part in piece.utf8_chunks() {
        to.write_all(rules.clean(part.valid()).as_bytes())?;
        to.write_all(part.invalid())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives so many bytes at a time.
    struct Drops<'a>(&'a [u8], usize);

    impl Read for Drops<'_> {
        fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
            let (now, later) = self.0.split_at(self.1.min(self.0.len()).min(to.len()));
            to[..now.len()].copy_from_slice(now);
            self.0 = later;
            Ok(now.len())
        }
    }

    fn copied(text: &[u8], drops: usize) -> Vec<u8> {
        let mut out = Vec::new();
        copy(&Redaction::standard(), Drops(text, drops), &mut out).unwrap();
        out
    }

    #[test]
    fn however_it_comes_the_answer_is_the_same() {
        let key = format!(
            "-----BEGIN {} KEY-----\n{}\n{}\n-----END {} KEY-----\n",
            "PRIVATE",
            "k7Qz2mX9".repeat(8),
            "v",
            "PRIVATE"
        );
        let text = format!("a\n{key}password=hunter22 b\r\nno end \u{e9}");
        let whole = "a\n[redacted]\npassword=[redacted] b\r\nno end \u{e9}";
        for drops in [1, 3, 17, 1_000] {
            assert_eq!(
                String::from_utf8(copied(text.as_bytes(), drops)).unwrap(),
                whole,
                "{drops}"
            );
        }
    }

    #[test]
    fn what_is_no_text_goes_through() {
        assert_eq!(copied(b"\xff\0\xfe\n\x80", 2), b"\xff\0\xfe\n\x80");
    }

    #[test]
    fn a_line_without_an_end_is_cut_and_lost_nowhere() {
        let long = vec![b'x'; 3 * MOST + 5];
        assert_eq!(copied(&long, CHUNK).len(), long.len());
        assert!(ready(&vec![b'x'; MOST]) > 0 && ready(b"half a line") == 0);
    }
}
