//! What a terminal was sent, as text: without colours, titles and moves of the cursor, and with only the last form of a line
//! that was written over.

/// The text in what was printed.
///
/// ```
/// let text = actifix::capture::terminal_text(b"10 %\r20 %\r\n\x1b[1;31mfailed\x1b[0m\n");
/// assert_eq!(text, "20 %\nfailed\n");
/// ```
pub fn terminal_text(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mut plain = String::with_capacity(text.len());
    let mut begin = 0;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\u{1b}' => escape(&mut chars),
            '\r' if chars.peek() == Some(&'\n') => {}
            // Written over from the line's beginning; a line that ends so stays.
            '\r' if chars.peek().is_some() => plain.truncate(begin),
            '\r' => {}
            '\u{8}' if plain.len() > begin => {
                plain.pop();
            }
            '\n' => {
                plain.push('\n');
                begin = plain.len();
            }
            '\0' => plain.push('\u{FFFD}'),
            c if c.is_control() && c != '\t' => {}
            c => plain.push(c),
        }
    }
    plain
}

/// Passes over what follows an escape.
fn escape(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    const MOST: usize = 4_096;
    match chars.next() {
        Some('[') => {
            for c in chars.by_ref().take(MOST) {
                if ('@'..='~').contains(&c) {
                    break;
                }
            }
        }
        Some(']' | 'P' | '_' | '^') => {
            let mut before = ' ';
            for c in chars.by_ref().take(MOST) {
                if c == '\u{7}' || (before == '\u{1b}' && c == '\\') {
                    break;
                }
                before = c;
            }
        }
        Some('(' | ')' | '#' | '%') => {
            chars.next();
        }
        _ => {}
    }
}
