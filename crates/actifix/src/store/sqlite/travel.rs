//! How commands and replies travel between processes.
//!
//! The line writes what it carries with the names of all fields, so that types that describe themselves (free JSON, tagged
//! errors, fields that are left out) come back from it. A cycle's own calls have none of these, and there are many of
//! them, and reading their names was a tenth of what 16 processes did: they travel as one run of bytes, by position
//! (postcard).

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde::ser::{self, Serialize, Serializer};

use super::command::{Body, Command, Reply};

/// Counts the changes of form, for builds of one version that would misunderstand each other: part of the dialect.
pub(super) const FORM: u32 = 2;

/// What travels, in either form.
trait Travels: Sized {
    /// All of it has one form only: no field is left out, and none describes itself. For these the positions say enough.
    fn is_plain(&self) -> bool;
    /// Field by field.
    fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error>;
    fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error>;
}

/// As it is: field by field.
struct Plain<T>(T);

impl<T: Travels> Serialize for Plain<&T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.0.write(to)
    }
}

impl<'de, T: Travels> Deserialize<'de> for Plain<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        T::read(from).map(Self)
    }
}

fn write<T: Travels, S: Serializer>(it: &T, to: S) -> Result<S::Ok, S::Error> {
    match it.is_plain() {
        true => {
            let bytes = postcard::to_allocvec(&Plain(it)).map_err(ser::Error::custom)?;
            to.serialize_bytes(&bytes)
        }
        false => it.write(to),
    }
}

/// Takes either form.
struct Either<T>(PhantomData<T>);

impl<'de, T: Travels> Visitor<'de> for Either<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a word by name or by position")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<T, E> {
        let Plain(it) = postcard::from_bytes(bytes).map_err(E::custom)?;
        Ok(it)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::read(MapAccessDeserializer::new(map))
    }

    /// A variant without fields.
    fn visit_str<E: Error>(self, name: &str) -> Result<T, E> {
        T::read(StrDeserializer::new(name))
    }
}

macro_rules! travels {
    ($type:ident, $it:ident => $plain:expr) => {
        impl Travels for $type {
            fn is_plain(&self) -> bool {
                let $it = self;
                $plain
            }

            fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                // Not the trait's, but what `serde(remote)` has made.
                $type::serialize(self, to)
            }

            fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                $type::deserialize(from)
            }
        }

        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                write(self, to)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                from.deserialize_any(Either(PhantomData))
            }
        }
    };
}

travels!(Command, command => matches!(
    command.body,
    Body::Claim(_)
        | Body::Acquire { .. }
        | Body::Renew { .. }
        | Body::Release { .. }
        | Body::Complete(_)
));
travels!(Reply, reply => matches!(
    reply,
    Self::Granted(..) | Self::Grant(_) | Self::Receipt(_)
));

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::{from_value, json, to_value};

    use super::*;
    use crate::event::Receipt;
    use crate::lease::{Claim, Release, Token};
    use crate::prune::Fate;
    use crate::store::sqlite::Completing;
    use crate::ticket::{Kind, Priority, TicketId};
    use crate::time::Timestamp;

    fn ticket() -> TicketId {
        "ACT-20261124-00000001".parse().unwrap()
    }

    /// With every field that may be there, and without.
    fn commands() -> impl Iterator<Item = Command> {
        let (lease, token) = (Duration::from_millis(1_500), Token(i64::MAX));
        let full = Claim::by("agent-1")
            .count(8)
            .priorities([Priority::P0, Priority::P4])
            .project("shop")
            .kind(Kind::Task)
            .tag("a", "\u{1f980}")
            .lease(lease);
        let bodies = [
            Body::Claim(Claim::by("")),
            Body::Claim(full),
            Body::Acquire {
                ticket: ticket(),
                holder: "h".into(),
                lease,
            },
            Body::Renew {
                ticket: ticket(),
                token,
                lease,
            },
            Body::Release {
                ticket: ticket(),
                token: Token(-1),
                how: Release::new().into(),
            },
            Body::Release {
                ticket: ticket(),
                token,
                how: Release::new().failed().reason("no").into(),
            },
            Body::Complete(Completing {
                ticket: ticket(),
                token,
                evidence: r#"{"did":"x"}"#.to_owned().into(),
            }),
        ];
        let named = |(n, body)| Command {
            actor: "me".into(),
            strict: n % 2 == 0,
            request: (n % 2 == 1).then(|| "r".into()),
            only: vec![Fate::Open; n],
            body,
        };
        bodies.into_iter().enumerate().map(named)
    }

    fn travelled<T: Travels>(it: &T) -> T {
        let bytes = postcard::to_allocvec(&Plain(it)).unwrap();
        let Plain(back) = postcard::from_bytes(&bytes).unwrap();
        back
    }

    #[test]
    fn a_cycles_calls_come_back_by_position() {
        for command in commands() {
            assert!(command.is_plain());
            let back = travelled(&command);
            assert_eq!(
                to_value(Plain(&back)).unwrap(),
                to_value(Plain(&command)).unwrap()
            );
        }
    }

    #[test]
    fn its_replies_do_and_a_moment_is_a_number() {
        let receipt = Receipt {
            ticket: ticket(),
            seq: 7,
            at: Timestamp::from_micros(1_700_000_000_123_456),
            repeated: true,
        };
        let Reply::Receipt(back) = travelled(&Reply::Receipt(receipt.clone())) else {
            panic!("another reply");
        };
        assert_eq!(back, receipt);
        // All of a grant is there always.
        let row = json!({"token": 7, "holder": 2, "acquired": 1, "expires": -1});
        let mut ends = [None; 16];
        (ends[0], ends[15]) = (Some(1), Some(2));
        let facts =
            json!({"text": "ab", "ends": ends, "numbers": [i64::MIN, 0, 1, 2, 3, 4, 5, i64::MAX]});
        let grant = json!({
            "n": 1, "facts": facts, "project": "p", "holder": "h", "row": row,
            "updated": "2026-11-24T12:00:00.000001Z",
        });
        let grants = Reply::Granted(vec![from_value(grant.clone()).unwrap()], None);
        let Reply::Granted(back, None) = travelled(&grants) else {
            panic!("another reply");
        };
        assert_eq!(to_value(&back[0]).unwrap(), grant);
        let none = travelled(&Reply::Granted(Vec::new(), Some(1_000)));
        assert!(matches!(none, Reply::Granted(grants, Some(1_000)) if grants.is_empty()));
    }

    #[test]
    fn all_others_travel_by_name() {
        for reply in [Reply::Done, Reply::Made(None), Reply::Counted(3)] {
            assert!(!reply.is_plain());
            let back: Reply = from_value(to_value(&reply).unwrap()).unwrap();
            assert_eq!(to_value(&back).unwrap(), to_value(&reply).unwrap());
        }
        let reopen = Command {
            actor: "me".into(),
            strict: true,
            request: None,
            only: Vec::new(),
            body: Body::Reopen { ticket: ticket() },
        };
        let back: Command = from_value(to_value(&reopen).unwrap()).unwrap();
        assert_eq!(back.body.verb(), "reopen");
    }

    #[test]
    fn nonsense_is_an_error() {
        for length in 0..64 {
            assert!(postcard::from_bytes::<Plain<Command>>(&vec![0xff; length]).is_err());
            assert!(postcard::from_bytes::<Plain<Reply>>(&vec![0xff; length]).is_err());
        }
    }
}
