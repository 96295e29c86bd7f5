//! The source lines around a place, from files of the project only: a path that leads out of it, also over a symbolic
//! link, is not read.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use serde_json::{Map, Value, json};

use super::bounded;

/// Lines before and after.
const AROUND: u32 = 5;
/// Bytes of a line that are kept.
const WIDE: usize = 240;
/// So much of a file is read.
const LONGEST: u64 = 8 << 20;

/// The lines around `path:line`, as `{"file", "line", "text": {"3": "…"}}`.
pub fn around(root: &Path, folder: &Path, path: &str, line: u32) -> Option<Value> {
    if path.is_empty() || line == 0 || path.contains('\0') || path.contains("://") {
        return None;
    }
    let root = root.canonicalize().ok()?;
    let file = folder.join(path).canonicalize().ok()?;
    // The root of the machine is no project.
    let inside = |file: &Path| root.parent().is_some() && file.starts_with(&root);
    if !inside(&file) || !file.metadata().ok()?.is_file() {
        return None;
    }
    let open = File::open(&file).ok()?;
    if opened(&open).is_some_and(|real| !inside(&real)) || !open.metadata().ok()?.is_file() {
        return None;
    }
    let shown = file.strip_prefix(&root).ok()?.display().to_string();
    let text = read(open, line);
    (!text.is_empty()).then(|| json!({"file": shown, "line": line, "text": text}))
}

/// What was really opened: between looking and opening a link may have been put there.
fn opened(file: &File) -> Option<std::path::PathBuf> {
    use std::os::fd::AsRawFd;
    std::fs::read_link(format!("/proc/self/fd/{}", file.as_raw_fd())).ok()
}

fn read(file: File, line: u32) -> Map<String, Value> {
    let mut reader = BufReader::new(file.take(LONGEST));
    let mut text = Map::new();
    let mut bytes = Vec::new();
    let mut number = 0;
    while number < line.saturating_add(AROUND) {
        bytes.clear();
        if reader.read_until(b'\n', &mut bytes).unwrap_or(0) == 0 {
            break;
        }
        number += 1;
        if number + AROUND >= line {
            let shown = String::from_utf8_lossy(&bytes).replace('\0', "\u{FFFD}");
            let shown = bounded(shown.trim_end(), WIDE);
            text.insert(number.to_string(), json!(shown));
        }
    }
    // A file that ends before the line is not the one that is meant.
    if number < line {
        text.clear();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn only_files_of_the_project_are_read() {
        let dir = tempfile::tempdir().unwrap();
        let (root, outside) = (dir.path().join("root"), dir.path().join("outside.txt"));
        fs::create_dir_all(root.join("src")).unwrap();
        let text: String = (1..=40).map(|n| format!("line {n}\n")).collect();
        fs::write(root.join("src/a.py"), &text).unwrap();
        fs::write(&outside, &text).unwrap();
        std::os::unix::fs::symlink(&outside, root.join("leads_out.py")).unwrap();
        std::os::unix::fs::symlink(root.join("src/a.py"), root.join("leads_in.py")).unwrap();
        std::os::unix::fs::symlink(dir.path(), root.join("folder")).unwrap();
        let told = |path: &str, line| around(&root, &root.join("src"), path, line);
        let lines = told("a.py", 20).unwrap();
        assert_eq!(
            (&lines["file"], &lines["text"]["20"]),
            (&json!("src/a.py"), &json!("line 20"))
        );
        assert_eq!(lines["text"].as_object().unwrap().len(), 11);
        assert!(told("../leads_in.py", 1).is_some());
        let whole = outside.display().to_string();
        for path in [
            "../leads_out.py",
            "../folder/outside.txt",
            "../../outside.txt",
            &whole,
            "/etc/passwd",
            "gone.py",
            "",
        ] {
            assert_eq!(told(path, 1), None, "{path}");
        }
        assert_eq!(
            (told("a.py", 41), told("a.py", u32::MAX), told("a.py", 0)),
            (None, None, None)
        );
        assert_eq!(
            around(Path::new("/"), Path::new("/"), "etc/passwd", 1),
            None
        );
    }

    #[test]
    fn what_is_no_file_is_not_opened_and_long_lines_are_cut() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(around(dir.path(), dir.path(), ".", 1), None);
        fs::write(dir.path().join("long.js"), "x".repeat(9 << 20)).unwrap();
        let lines = around(dir.path(), dir.path(), "long.js", 1).unwrap();
        assert_eq!(lines["text"]["1"].as_str().unwrap().len(), WIDE);
    }
}
