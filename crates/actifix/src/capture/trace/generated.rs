//! Names without what compilers, bundlers and proxies put into them, which changes with every build.

/// The name of a file without its folders, its end, and the hash that a bundler put into it.
pub fn file(path: &str) -> &str {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let mut name = match name.rsplit_once('.') {
        Some((stem, end)) if !stem.is_empty() && end.len() <= 5 => stem,
        _ => name,
    };
    while let Some(cut) = name.rfind(['.', '-', '_']).filter(|cut| *cut > 0) {
        let tail = &name[cut + 1..];
        let bundled = matches!(tail, "min" | "bundle" | "chunk") || is_hash(tail);
        if !bundled {
            break;
        }
        name = &name[..cut];
    }
    name
}

/// Letters and digits as no word has them.
fn is_hash(tail: &str) -> bool {
    let digits = tail.bytes().filter(u8::is_ascii_digit).count();
    let hex = tail.bytes().all(|b| b.is_ascii_hexdigit());
    let plain = tail.bytes().all(|b| b.is_ascii_alphanumeric());
    plain
        && ((hex && digits > 0 && tail.len() >= 6)
            || (tail.len() == 8 && digits > 0 && tail.bytes().any(|b| b.is_ascii_uppercase())))
}

/// Writes a function's name without its generated parts.
pub fn function(name: &str, out: &mut String) {
    let name = name.trim_end_matches("-fm").trim_end_matches("[...]");
    // `lambda$buy$0` is in `buy`.
    let name = match name.strip_prefix("lambda$") {
        Some(rest) => rest.split('$').next().unwrap_or(rest),
        None => name,
    };
    let mut rest = name;
    while let Some(at) = rest.find(['.', '$', '_', '@', '{', '<', '#', '0']) {
        let (head, tail) = rest.split_at(at);
        out.push_str(head);
        let cut = generated(tail);
        if cut == 0 {
            let first = tail.chars().next().map_or(0, char::len_utf8);
            out.push_str(&tail[..first]);
            rest = &tail[first..];
        } else {
            rest = &tail[cut..];
        }
    }
    out.push_str(rest);
}

/// So many bytes at the beginning of `tail` are generated.
fn generated(tail: &str) -> usize {
    const WHOLE: &[&str] = &["{{closure}}", "<anonymous>", "<lambda>", "<locals>."];
    if let Some(whole) = WHOLE.iter().find(|whole| tail.starts_with(**whole)) {
        return whole.len();
    }
    let digits = |from: usize| tail[from..].bytes().take_while(u8::is_ascii_digit).count();
    let hex = |from: usize| {
        tail[from..]
            .bytes()
            .take_while(u8::is_ascii_hexdigit)
            .count()
    };
    let ends = |at: usize| !tail[at..].starts_with(|c: char| c.is_alphanumeric());
    for mark in [".func", ".gowrap", "$", ".", "$$"] {
        if let Some(rest) = tail.strip_prefix(mark) {
            let at = tail.len() - rest.len();
            let count = digits(at);
            if count > 0 && ends(at + count) {
                return at + count;
            }
        }
    }
    for mark in ["0x", "@", "_", "#<Class:0x"] {
        if tail.starts_with(mark) {
            let count = hex(mark.len());
            let numbered = tail[mark.len()..mark.len() + count]
                .bytes()
                .any(|b| b.is_ascii_digit());
            if count >= 6 && numbered && ends(mark.len() + count) {
                return mark.len() + count;
            }
        }
    }
    0
}
