//! A full export, line by line.

use serde::de::Error as _;
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::query::Story;

/// The version of the format.
pub const VERSION: u32 = 1;

/// One line of a full export, as JSON.
///
/// The first is the head. Then come the names that rows refer to by number, the tickets, each with its whole history, and
/// the rows of tables that belong to no one ticket.
#[derive(Clone, Debug, PartialEq)]
pub enum ArchiveLine {
    /// `{"actifix":"export","version":1,…}`.
    Head(ArchiveHead),
    /// `{"name":{"id":1,"text":"default"}}`.
    Name(ArchiveName),
    /// A ticket as `show` tells it, with `kept` beside.
    Ticket(Box<Archived>),
    /// `{"row":{"table":"event_log","values":{…}}}`.
    Row(ArchiveRow),
}

/// What an export begins with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchiveHead {
    /// The word `export`.
    pub actifix: String,
    /// The version of the format.
    pub version: u32,
    /// The last event that was numbered.
    #[serde(default)]
    pub events: i64,
    /// The last ticket that was numbered.
    #[serde(default)]
    pub tickets: i64,
    /// Columns that people added to the Python system's `tickets`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extra: Vec<String>,
}

/// A name with its number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchiveName {
    /// The number.
    pub id: i64,
    /// The name.
    pub text: String,
}

/// A ticket with everything that is kept of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Archived {
    /// The ticket, its events and samples.
    #[serde(flatten)]
    pub story: Story,
    /// Its rows by table, as they are: what the story does not tell.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub kept: Map<String, Value>,
}

/// A row of a table. Bytes stand as `{"hex":"…"}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ArchiveRow {
    /// The table.
    pub table: String,
    /// Its columns.
    pub values: Map<String, Value>,
}

impl Serialize for ArchiveLine {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        fn tagged<S: Serializer>(
            to: S,
            tag: &str,
            value: &impl Serialize,
        ) -> Result<S::Ok, S::Error> {
            let mut map = to.serialize_map(Some(1))?;
            map.serialize_entry(tag, value)?;
            map.end()
        }
        match self {
            Self::Head(head) => head.serialize(to),
            Self::Name(name) => tagged(to, "name", name),
            Self::Ticket(ticket) => ticket.serialize(to),
            Self::Row(row) => tagged(to, "row", row),
        }
    }
}

impl<'de> Deserialize<'de> for ArchiveLine {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let mut fields = Map::deserialize(from)?;
        let read = |value| serde_json::from_value(value).map_err(D::Error::custom);
        if fields.contains_key("actifix") {
            return serde_json::from_value(Value::Object(fields))
                .map(Self::Head)
                .map_err(D::Error::custom);
        }
        // A ticket has both, and more.
        if fields.len() == 1 {
            if let Some(name) = fields.remove("name") {
                return read(name).map(Self::Name);
            }
            if let Some(row) = fields.remove("row") {
                return serde_json::from_value(row)
                    .map(Self::Row)
                    .map_err(D::Error::custom);
            }
        }
        serde_json::from_value(Value::Object(fields))
            .map(|ticket| Self::Ticket(Box::new(ticket)))
            .map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_line_is_known_by_its_keys() {
        for line in [
            r#"{"actifix":"export","version":1,"events":7,"tickets":2}"#,
            r#"{"name":{"id":1,"text":"default"}}"#,
            r#"{"row":{"table":"aliases","values":{"id":"ACT-1","ticket":1}}}"#,
        ] {
            let read: ArchiveLine = serde_json::from_str(line).unwrap();
            assert_eq!(serde_json::to_string(&read).unwrap(), line);
        }
        let refused = serde_json::from_str::<ArchiveLine>(r#"{"id":"ACT-1"}"#).unwrap_err();
        assert!(refused.to_string().contains("missing field"), "{refused}");
    }
}
