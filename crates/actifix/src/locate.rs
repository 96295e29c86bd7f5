//! Where the database is: `--db`, else `ACTIFIX_DB`, else the first on the way up; and where a new one belongs.
//!
//! A git worktree shares the database of its main checkout. Git itself is not asked: a worktree's `.git` is a small file
//! that leads there.

use std::ffi::OsStr;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// The variable that names the database. It stands in no file: the files are found from the database.
pub const DATABASE: &str = "ACTIFIX_DB";

/// The folder for the database in a project.
const FOLDER: &str = ".actifix";
/// The database in its folder, and where the Python system put it.
const PLACES: [&str; 2] = [".actifix/actifix.db", "data/actifix.db"];

/// What the search ended with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// The database.
    There(PathBuf),
    /// None; it would be made here.
    Missing(Place),
}

/// Where a new database belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Where the caller said.
    Named(PathBuf),
    /// In `.actifix` of this folder.
    Default(PathBuf),
}

impl Place {
    /// The database's path.
    pub fn path(&self) -> PathBuf {
        match self {
            Self::Named(path) => path.clone(),
            Self::Default(root) => root.join(PLACES[0]),
        }
    }

    /// Makes the project's folder, with a `.gitignore` so that git leaves it alone. A folder that the caller named must
    /// be there.
    pub fn make_folder(&self) -> Result<()> {
        let Self::Default(root) = self else {
            return Ok(());
        };
        let folder = root.join(FOLDER);
        let failed = |error: std::io::Error| {
            let why = format!("the folder {} cannot be made: {error}", folder.display());
            Err(Error::Storage { why })
        };
        if let Err(error) = fs::create_dir_all(&folder) {
            return failed(error);
        }
        match fs::File::create_new(folder.join(".gitignore"))
            .and_then(|mut file| file.write_all(b"*\n"))
        {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => failed(error),
            _ => Ok(()),
        }
    }
}

/// Finds the database: `named`, else `ACTIFIX_DB`, else the first on the way up from the current folder.
pub fn database(named: Option<&OsStr>) -> Result<Found> {
    if let Some(named) = named {
        return Ok(at(path_of("db", named)?));
    }
    if let Some(named) = std::env::var_os(DATABASE).filter(|value| !value.is_empty()) {
        return Ok(at(path_of(DATABASE, &named)?));
    }
    let here = std::env::current_dir().map_err(|error| Error::Storage {
        why: format!("the current folder cannot be read: {error}"),
    })?;
    Ok(upward(&here).map_or_else(
        || Found::Missing(Place::Default(home_of(&here))),
        Found::There,
    ))
}

/// The database of this very folder.
pub fn right_here() -> Found {
    let place = Place::Default(PathBuf::from("."));
    let path = place.path();
    if path.is_file() {
        Found::There(path)
    } else {
        Found::Missing(place)
    }
}

fn at(path: PathBuf) -> Found {
    // Whatever stands there is for the library to judge.
    if path.symlink_metadata().is_ok() {
        Found::There(path)
    } else {
        Found::Missing(Place::Named(path))
    }
}

/// The path in a path or URL.
fn path_of(field: &str, named: &OsStr) -> Result<PathBuf> {
    let text = named.to_string_lossy();
    let scheme = text.split_once("://").map(|(scheme, _)| scheme);
    match scheme {
        Some("postgres" | "postgresql") => {
            let version =
                "PostgreSQL databases are not part of this version; give a path or sqlite:PATH"
                    .to_owned();
            return Err(Error::Unsupported { version });
        }
        Some("sqlite") | None => {}
        Some(other) => {
            return Err(Error::invalid(
                field,
                format!("`{other}://` is no database; give a path or sqlite:PATH"),
            ));
        }
    }
    let path = match named.to_str().and_then(|text| text.strip_prefix("sqlite:")) {
        Some(path) => Path::new(path.strip_prefix("//").unwrap_or(path)),
        None => Path::new(named),
    };
    match path.to_str() {
        Some("") => Err(Error::invalid(
            field,
            "it is empty; give a path or sqlite:PATH",
        )),
        Some(":memory:") => Err(Error::invalid(
            field,
            "a database in memory is gone at once; give a path",
        )),
        _ => Ok(path.to_owned()),
    }
}

/// The first database on the way up from `start`, by way of the main checkout where a worktree begins.
fn upward(start: &Path) -> Option<PathBuf> {
    let mut folder = start.to_owned();
    loop {
        if let Some(found) = PLACES
            .iter()
            .map(|place| folder.join(place))
            .find(|path| path.is_file())
        {
            return Some(found);
        }
        folder = match main_checkout(&folder) {
            Some(main) => main,
            None => folder.parent()?.to_owned(),
        };
    }
}

/// The git root around `start` (a worktree's main checkout), else `start` itself.
fn home_of(start: &Path) -> PathBuf {
    let root = start
        .ancestors()
        .find(|folder| folder.join(".git").symlink_metadata().is_ok());
    let root = root.unwrap_or(start);
    main_checkout(root).unwrap_or_else(|| root.to_owned())
}

/// The main checkout, when `folder` is the root of one of its worktrees.
fn main_checkout(folder: &Path) -> Option<PathBuf> {
    let dot_git = folder.join(".git");
    if !dot_git.is_file() {
        return None;
    }
    let text = fs::read_to_string(dot_git).ok()?;
    let git_dir = folder.join(text.strip_prefix("gitdir:")?.trim());
    // A submodule has a `.git` file too, but its git folder has no `commondir`.
    let common = fs::read_to_string(git_dir.join("commondir")).ok()?;
    let common = git_dir.join(common.trim()).canonicalize().ok()?;
    // A bare repository has no checkout of its own.
    let main = common.parent()?.to_owned();
    (common.file_name()? == ".git" && common.is_dir() && main != folder.canonicalize().ok()?)
        .then_some(main)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<PathBuf> {
        path_of("db", OsStr::new(text))
    }

    #[test]
    fn paths_and_sqlite_urls_are_read() {
        assert_eq!(read("a/b.db"), Ok("a/b.db".into()));
        assert_eq!(read("sqlite:a.db"), Ok("a.db".into()));
        assert_eq!(read("sqlite:///a/b.db"), Ok("/a/b.db".into()));
    }

    #[test]
    fn other_databases_are_refused_with_a_word() {
        for url in ["postgres://h/d", "postgresql://h/d"] {
            assert!(matches!(read(url), Err(Error::Unsupported { .. })), "{url}");
        }
        for bad in ["", "sqlite:", ":memory:", "sqlite::memory:", "mysql://h/d"] {
            assert!(matches!(read(bad), Err(Error::Invalid { .. })), "{bad}");
        }
    }

    #[test]
    fn a_worktree_leads_to_its_main_checkout_and_a_submodule_to_itself() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        let write = |path: &str, text: &str| {
            fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
            fs::write(root.join(path), text).unwrap();
        };
        write("main/.git/worktrees/w/commondir", "../..\n");
        write(
            "w/.git",
            &format!("gitdir: {}/main/.git/worktrees/w\n", root.display()),
        );
        write("main/sub/.git", "gitdir: ../.git/modules/sub\n");
        fs::create_dir_all(root.join("w/deep/er")).unwrap();
        assert_eq!(home_of(&root.join("w/deep/er")), root.join("main"));
        assert_eq!(home_of(&root.join("main/sub")), root.join("main/sub"));
        assert_eq!(home_of(&root.join("elsewhere")), root.join("elsewhere"));

        write("main/data/actifix.db", "");
        assert_eq!(
            upward(&root.join("w/deep/er")),
            Some(root.join("main/data/actifix.db"))
        );
        write("main/.actifix/actifix.db", "");
        assert_eq!(
            upward(&root.join("w/deep/er")),
            Some(root.join("main/.actifix/actifix.db"))
        );
        assert_eq!(
            upward(&root.join("main/sub")),
            Some(root.join("main/.actifix/actifix.db"))
        );
        write("w/deep/data/actifix.db", "");
        assert_eq!(
            upward(&root.join("w/deep/er")),
            Some(root.join("w/deep/data/actifix.db"))
        );
    }
}
