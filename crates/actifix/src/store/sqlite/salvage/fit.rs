//! Values of a damaged file, made to fit: a flipped bit can be anywhere, and what is stored must be readable.

use serde_json::json;
use sqlite_line::rusqlite::types::Value;

use super::walk::KEYS;

/// A number that can be a key; what is none is no row.
pub(super) fn key(value: &Value) -> Option<i64> {
    match value {
        Value::Integer(number) if (KEYS.0..=KEYS.1).contains(number) => Some(*number),
        _ => None,
    }
}

/// A number from `least` to `most`, else `unsaid`.
pub(super) fn number(value: &Value, least: i64, most: i64, unsaid: i64) -> i64 {
    match value {
        Value::Integer(number) if (least..=most).contains(number) => *number,
        _ => unsaid,
    }
}

/// Any number.
pub(super) fn any(value: &Value) -> i64 {
    number(value, i64::MIN, i64::MAX, 0)
}

/// A number, or none.
pub(super) fn opt(value: &Value) -> Option<i64> {
    match value {
        Value::Integer(number) => Some(*number),
        _ => None,
    }
}

/// A text, or none.
pub(super) fn opt_text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Integer(number) => Some(number.to_string()),
        Value::Real(number) => Some(number.to_string()),
        Value::Text(text) => Some(text.clone()),
        Value::Blob(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
    }
}

/// A text.
pub(super) fn text(value: &Value) -> String {
    opt_text(value).unwrap_or_default()
}

/// A text of JSON, or none. What is none any more is kept as a text in it.
pub(super) fn json(value: &Value) -> Option<String> {
    let text = opt_text(value)?;
    match serde_json::from_str::<serde::de::IgnoredAny>(&text) {
        Ok(_) => Some(text),
        Err(_) => Some(json!({ "damaged": text }).to_string()),
    }
}

/// A fingerprint's hash.
pub(super) fn mark(value: &Value) -> Option<Vec<u8>> {
    match value {
        Value::Blob(bytes) if bytes.len() == 16 => Some(bytes.clone()),
        _ => None,
    }
}
