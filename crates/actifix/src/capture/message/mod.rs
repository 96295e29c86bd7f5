//! Messages without what changes from one occurrence to the next. One pass from left to right, each piece judged by itself
//! and by the words beside it; nothing is learned, so the answer depends on the message alone.
//!
//! A piece with a digit in it is a value (`*`), and so are paths, addresses, machines, the right side of `name=value`, and
//! what stands in quotes. Values side by side are one, with the units and the marks between them. Kept although they look
//! like values: the status of HTTP when it is an error's, codes of errors (`E0599`), names with digits (`utf8`), and names
//! from programs in quotes (`column "age"`).

mod judge;
mod pieces;
pub mod words;

use pieces::Reader;

/// So much of a message counts.
const LONGEST: usize = 4_096;

/// The message with a `*` for each value.
pub fn normalised(message: &str) -> String {
    let mut end = message.len().min(LONGEST);
    while !message.is_char_boundary(end) {
        end -= 1;
    }
    let message = message[..end].trim();
    if let Some(name) = lone_name(message) {
        return name.to_owned();
    }
    if message.len() == 1 {
        // A letter that is all there is stands beside nothing.
        return message.to_owned();
    }
    Reader::new(message).read()
}

/// A message that is nothing but a name in quotes says all it says by the name: `KeyError: 'user_id'`.
fn lone_name(message: &str) -> Option<&str> {
    let quote = message.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    let name = message.strip_prefix(quote)?.strip_suffix(quote)?;
    judge::is_identifier(name).then_some(name)
}
