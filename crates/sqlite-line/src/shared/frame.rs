//! Frames on a stream: four bytes of length, then so many bytes that are one word. Both sides bound what they take.

use std::io;

use rmp_serde::{Deserializer, Serializer};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Bytes of the length.
const HEAD: usize = 4;
/// The longest frame that a leader takes. A longer command goes by the gate.
pub(crate) const ASKED: usize = 1 << 20;
/// The longest answer.
pub(crate) const TOLD: usize = 64 << 20;

/// How deep a word may be nested: deeper than JSON that a program has read, which is 127 at most, with the call around it.
/// Without a bound it could use up the stack of who reads it.
const DEEPEST: usize = 256;

/// How a word is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// For greetings: every version understands it.
    Json,
    /// For all else: texts, which most of it is, are copied and not searched for what must be escaped.
    MessagePack,
}

/// What travels in a frame.
pub(crate) trait Word {
    const FORM: Form;
}

impl Form {
    fn write(self, out: &mut Vec<u8>, word: &impl Serialize) -> io::Result<()> {
        match self {
            Self::Json => serde_json::to_writer(out, word).map_err(io::Error::from),
            // Fields by name, and texts where a type has both: some fields are left out, some types are read twice.
            Self::MessagePack => {
                let mut into = Serializer::new(out).with_struct_map().with_human_readable();
                word.serialize(&mut into).map_err(io::Error::other)
            }
        }
    }

    fn read<W: DeserializeOwned>(self, body: &[u8]) -> io::Result<W> {
        match self {
            Self::Json => serde_json::from_slice(body).map_err(io::Error::from),
            Self::MessagePack => {
                let mut from = Deserializer::from_read_ref(body).with_human_readable();
                from.set_max_depth(DEEPEST);
                let word = W::deserialize(&mut from);
                word.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
            }
        }
    }
}

/// Appends a frame. An error leaves `out` as it was.
pub(crate) fn write<W: Word + Serialize>(
    out: &mut Vec<u8>,
    word: &W,
    longest: usize,
) -> io::Result<()> {
    let start = out.len();
    out.extend([0; HEAD]);
    let written = W::FORM.write(out, word);
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
    pub(crate) fn next<W: Word + DeserializeOwned>(
        &mut self,
        longest: usize,
    ) -> io::Result<Option<W>> {
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
        let word = W::FORM.read(body)?;
        self.start += HEAD + length;
        Ok(Some(word))
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::{Value, json};

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Said(Value);

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Greeting(Value);

    impl Word for Said {
        const FORM: Form = Form::MessagePack;
    }

    impl Word for Greeting {
        const FORM: Form = Form::Json;
    }

    fn said(value: impl Into<Value>) -> Said {
        Said(value.into())
    }

    #[test]
    fn frames_come_whole_however_they_are_cut() {
        let mut out = Vec::new();
        for text in ["one", "", "three"] {
            write(&mut out, &said(text), 100).unwrap();
            write(&mut out, &Greeting(text.into()), 100).unwrap();
        }
        for piece in 1..out.len() {
            let (mut inbox, mut heard) = (Inbox::default(), Vec::new());
            let mut greets = false;
            for bytes in out.chunks(piece) {
                inbox.add(bytes);
                loop {
                    let word = match greets {
                        true => inbox.next(100).unwrap().map(|Greeting(text)| text),
                        false => inbox.next(100).unwrap().map(|Said(text)| text),
                    };
                    let Some(text) = word else { break };
                    heard.push(text);
                    greets = !greets;
                }
            }
            let all = ["one", "one", "", "", "three", "three"];
            assert_eq!(heard, all, "in pieces of {piece}");
        }
    }

    #[test]
    fn what_is_said_comes_as_it_was() {
        let texts = ["plain", "a \"quoted\"\nline\u{1}", "ünïcode \u{1f980}"];
        let odd = json!({"texts": texts, "numbers": [0, -1, u64::MAX, i64::MIN, 0.1, 1e300], "": {"none": null, "yes": true}});
        let mut out = Vec::new();
        write(&mut out, &said(odd.clone()), ASKED).unwrap();
        let mut inbox = Inbox::default();
        inbox.add(&out);
        assert_eq!(inbox.next(ASKED).unwrap(), Some(said(odd)));
    }

    #[test]
    fn long_frames_and_nonsense_are_errors() {
        let mut out = Vec::new();
        write(&mut out, &said("kept"), 100).unwrap();
        let before = out.clone();
        assert!(write(&mut out, &said("x".repeat(200)), 100).is_err());
        assert_eq!(out, before);
        let heard = |bytes: &[u8]| {
            let mut inbox = Inbox::default();
            inbox.add(bytes);
            inbox.next::<Said>(ASKED)
        };
        assert!(heard(&(1_u32 << 30).to_le_bytes()).is_err());
        // An array that is said to be longer than the frame, and one that is nested without end.
        assert!(heard(&[5, 0, 0, 0, 0xdd, 0xff, 0xff, 0xff, 0xff]).is_err());
        let deep = [&1000_u32.to_le_bytes()[..], &[0x91; 1000]].concat();
        assert!(heard(&deep).is_err());
        let mut inbox = Inbox::default();
        inbox.add(&[2, 0, 0, 0, b'{', b'x']);
        assert!(inbox.next::<Greeting>(ASKED).is_err());
    }
}
