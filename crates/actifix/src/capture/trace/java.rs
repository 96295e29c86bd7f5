//! Java and its relatives: causes, suppressed errors.

use super::{Frame, Thrown, library, numbered, split_error};

/// `at com.acme.Shop.buy(Shop.java:12)`.
pub fn frame(line: &str) -> Option<Frame<'_>> {
    let (qualified, place) = line.strip_prefix("at ")?.split_once('(')?;
    let place = place.split_once(')')?.0;
    if !is_place(place) {
        return None;
    }
    // A module or a class loader may stand before it.
    let qualified = qualified.rsplit('/').next().unwrap_or(qualified).trim();
    let qualified = match qualified.split_once("$$Lambda") {
        Some((class, _)) => class,
        None => qualified,
    };
    let (class, function) = qualified.rsplit_once('.')?;
    let plain = |b: u8| {
        b.is_ascii_alphanumeric()
            || matches!(b, b'.' | b'_' | b'$' | b'<' | b'>' | b'-')
            || b >= 0x80
    };
    let (path, line) = numbered(place).unwrap_or(("", 0));
    class.bytes().all(plain).then(|| Frame {
        module: without_marks(class),
        function: without_marks(function),
        own: library::java(class),
        path,
        line,
    })
}

/// `Shop.java:12`, `Shop.kt`, `Native Method`.
fn is_place(place: &str) -> bool {
    let name = place.split_once(':').map_or(place, |(name, _)| name);
    let ends = [".java", ".kt", ".kts", ".scala", ".groovy", ".clj"];
    matches!(
        place,
        "Native Method" | "Unknown Source" | "<generated>" | "SourceFile"
    ) || ends.iter().any(|end| name.ends_with(end))
}

/// A class without what generators put behind `$$`, and without the number of a class that has no name.
fn without_marks(name: &str) -> &str {
    let name = name.split_once("$$").map_or(name, |(name, _)| name);
    match name.rsplit_once('$') {
        Some((class, number))
            if !number.is_empty()
                && number.bytes().all(|b| b.is_ascii_digit())
                && !class.starts_with("lambda") =>
        {
            class
        }
        _ => name,
    }
}

/// `Exception in thread "main" T: m`, `Caused by: T: m`, `Suppressed: T: m`, `T: m`.
fn head(line: &str) -> Option<(&str, &str)> {
    let line = match line.strip_prefix("Exception in thread \"") {
        Some(rest) => rest.split_once("\" ").map_or(rest, |(_, rest)| rest),
        None => line,
    };
    split_error(line)
}

/// The errors in the order of the text.
pub fn read(text: &str) -> Vec<Thrown<'_>> {
    let mut errors: Vec<Thrown<'_>> = vec![Thrown::default()];
    for line in text.lines() {
        let line = line.trim();
        let caused = line
            .strip_prefix("Caused by: ")
            .or(line.strip_prefix("Wrapped by: "));
        let suppressed = line.strip_prefix("Suppressed: ");
        let last = errors.len() - 1;
        if let Some(frame) = frame(line) {
            errors[last].frames.push(frame);
        } else if let Some((kind, message)) = caused.or(suppressed).and_then(split_error) {
            errors.push(Thrown {
                kind,
                message,
                ..Thrown::default()
            });
        } else if errors[0].frames.is_empty()
            && last == 0
            && let Some((kind, message)) = head(line)
            && (errors[0].kind.is_empty() || kind.contains('.'))
        {
            (errors[0].kind, errors[0].message) = (kind, message);
        }
    }
    errors
}
