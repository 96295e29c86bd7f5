//! A report on its way between processes: whole. What a program says of a report in JSON has no place for what was found out
//! about it, or for what only a call says; a leading process must know both, or it would group the report otherwise.

use std::ops::Deref;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::clean::Clean;
use crate::report::{Mark, Report};

/// A report, serialized with all its fields.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Whole(pub Clean<Report>);

/// The fields that [`Report`] skips.
type Skipped = (Vec<Mark>, Option<String>, Option<Duration>);

impl Deref for Whole {
    type Target = Clean<Report>;

    fn deref(&self) -> &Clean<Report> {
        &self.0
    }
}

impl Serialize for Whole {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Report {
            marks,
            old_mark,
            not_before,
            ..
        } = self.0.get();
        (&self.0, (marks, old_mark, not_before)).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (report, (marks, old_mark, not_before)): (Clean<Report>, Skipped) =
            Deserialize::deserialize(deserializer)?;
        Ok(Self(report.crossed(marks, old_mark, not_before)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_report_is_lost_on_the_way() {
        let mut report = Report::error("E", "m").source("a.py:1").fingerprint("f");
        report.tags.insert("k".into(), "v".into());
        report.not_before = Some(Duration::from_secs(90));
        report.marks = vec![Mark {
            version: 1,
            value: [7; 16],
        }];
        report.old_mark = Some("ACTIFIX-m-12345678".to_owned());
        report.origin = Some("app.log".to_owned());
        let whole = Whole(Clean::from(report));
        let wire = serde_json::to_string(&whole).unwrap();
        assert_eq!(serde_json::from_str::<Whole>(&wire).unwrap(), whole);
    }
}
