//! Frames on a stream: four bytes of length, then so many bytes of JSON. Both sides bound what they take.

use std::io;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Bytes of the length.
const HEAD: usize = 4;
/// The longest frame that a leader takes. A longer command goes by the gate.
pub(crate) const ASKED: usize = 1 << 20;
/// The longest answer.
pub(crate) const TOLD: usize = 64 << 20;

/// Appends a frame. An error leaves `out` as it was.
pub(crate) fn write(out: &mut Vec<u8>, message: &impl Serialize, longest: usize) -> io::Result<()> {
    let start = out.len();
    out.extend([0; HEAD]);
    let written = serde_json::to_writer(&mut *out, message).map_err(io::Error::from);
    let body = out.len() - start - HEAD;
    match (written, u32::try_from(body)) {
        (Ok(()), Ok(length)) if body <= longest => {
            out[start..start + HEAD].copy_from_slice(&length.to_le_bytes());
            Ok(())
        }
        (written, _) => {
            out.truncate(start);
            written.and(Err(io::Error::from(io::ErrorKind::FileTooLarge)))
        }
    }
}

/// What came over a stream and is not yet understood.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    bytes: Vec<u8>,
    start: usize,
}

impl Inbox {
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        if self.start == self.bytes.len() {
            // A stream that is idle holds no memory.
            *self = Self::default();
        } else if self.start > 0 {
            self.bytes.drain(..std::mem::take(&mut self.start));
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// The next whole frame. An error: what came makes no sense, and neither will what follows.
    pub(crate) fn next<T: DeserializeOwned>(&mut self, longest: usize) -> io::Result<Option<T>> {
        let rest = &self.bytes[self.start..];
        let Some((head, rest)) = rest.split_first_chunk::<HEAD>() else {
            return Ok(None);
        };
        let length = u32::from_le_bytes(*head) as usize;
        if length > longest {
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        let Some(body) = rest.get(..length) else {
            return Ok(None);
        };
        let message = serde_json::from_slice(body)?;
        self.start += HEAD + length;
        Ok(Some(message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_whole_however_they_are_cut() {
        let mut out = Vec::new();
        for text in ["one", "", "three"] {
            write(&mut out, &text, 100).unwrap();
        }
        for piece in 1..out.len() {
            let mut inbox = Inbox::default();
            let mut heard: Vec<String> = Vec::new();
            for bytes in out.chunks(piece) {
                inbox.add(bytes);
                while let Some(text) = inbox.next(100).unwrap() {
                    heard.push(text);
                }
            }
            assert_eq!(heard, ["one", "", "three"], "in pieces of {piece}");
        }
    }

    #[test]
    fn long_frames_and_nonsense_are_errors() {
        let mut out = Vec::new();
        write(&mut out, &"kept", 100).unwrap();
        let before = out.clone();
        assert!(write(&mut out, &"x".repeat(200), 100).is_err());
        assert_eq!(out, before);
        let mut inbox = Inbox::default();
        inbox.add(&(1_u32 << 30).to_le_bytes());
        assert!(inbox.next::<String>(ASKED).is_err());
        let mut inbox = Inbox::default();
        inbox.add(&[2, 0, 0, 0, b'{', b'x']);
        assert!(inbox.next::<String>(ASKED).is_err());
    }
}
