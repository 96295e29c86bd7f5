//! Numbers of payment cards: digits of a known issuer and length whose sum is right.

use super::checksum::luhn;
use super::text::Text;

/// Marks all card numbers.
pub fn mark(text: &mut Text<'_>) {
    let mut at = 0;
    while at < text.bytes.len() {
        if !text.bytes[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let end = text.run(at, usize::MAX, |b| b.is_ascii_digit());
        // A group of four begins a number with blanks or dashes in it; a whole one has at least thirteen digits.
        let (mark, next) = if end - at == 4 {
            grouped(text, at)
        } else {
            (is_card(text.part(at, end)), end)
        };
        if mark && stands_alone(text, at, next) {
            text.mask(at, next);
        }
        at = next;
    }
}

/// `4111 1111 1111 1111` or `3782-822463-10005` from `at` on: whether it is one, and where to look on.
fn grouped(text: &Text<'_>, start: usize) -> (bool, usize) {
    let mark = text.at(start + 4);
    let mut digits = [0; 19];
    let mut length = 0;
    let mut lengths = [0; 5];
    let mut groups = 0;
    let mut at = start;
    while groups < lengths.len() && matches!(mark, b' ' | b'-') {
        let end = text.run(at, 19 - length, |b| b.is_ascii_digit());
        digits[length..length + end - at].copy_from_slice(text.part(at, end));
        (lengths[groups], length, groups) = (end - at, length + end - at, groups + 1);
        at = end;
        if text.at(at) != mark || !text.at(at + 1).is_ascii_digit() {
            break;
        }
        at += 1;
    }
    let shape = matches!(
        lengths[..groups],
        [4, 4, 4, 4] | [4, 6, 5] | [4, 6, 4] | [4, 4, 4, 4, 3]
    );
    if shape && is_card(&digits[..length]) {
        (true, at)
    } else {
        (false, start + 4)
    }
}

/// Neither part of a longer number or name, nor of a decimal.
fn stands_alone(text: &Text<'_>, start: usize, end: usize) -> bool {
    let near = |b: u8| {
        b.is_ascii_alphanumeric()
            || matches!(b, b'_' | b'-' | b'/' | b'.' | b'+' | b'%' | b'#' | b'@')
    };
    let after = text.at(end);
    let ends = matches!(after, b'.') && !text.at(end + 1).is_ascii_alphanumeric();
    !near(text.before(start)) && (ends || !near(after))
}

/// The issuers by their first digits, each with the lengths of its numbers.
fn is_card(digits: &[u8]) -> bool {
    if !(13..=19).contains(&digits.len()) {
        return false;
    }
    let head = digits[..4]
        .iter()
        .fold(0, |n, digit| n * 10 + u32::from(digit - b'0'));
    let length = match head {
        4000..=4999 => matches!(digits.len(), 13 | 16 | 19),
        5100..=5599 | 2221..=2720 | 3528..=3589 => digits.len() == 16,
        3400..=3499 | 3700..=3799 => digits.len() == 15,
        3000..=3059 | 3600..=3699 | 3800..=3999 => digits.len() == 14,
        6011 | 6440..=6599 | 6200..=6299 => (16..=19).contains(&digits.len()),
        5000 | 5018 | 5020 | 5038 | 5893 | 6304 | 6759 | 6761..=6763 => digits.len() == 16,
        _ => false,
    };
    length && luhn(digits)
}
