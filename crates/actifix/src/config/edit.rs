//! Changing a configuration file: comments and order stay, and whoever changes it at the same time waits.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use rustix::fs::{FlockOperation, flock};
use serde_json::Value;
use toml_edit::{Array, DocumentMut, Item, Table, TableLike, value};

use super::file;
use super::kind::Kind;
use super::table::Setting;
use crate::error::{Error, Result};

/// Sets `setting` to what `text` says, in the file at `path`, which is made when it is not there. Its folder must be there.
///
/// # Errors
/// [`Error::Invalid`] for a value that is not allowed, a list of tables, and a file that is no TOML; [`Error::Storage`].
pub fn set(path: &Path, setting: &Setting, text: &str) -> Result<()> {
    if matches!(setting.kind, Kind::Tables(_)) || setting.list().is_some() {
        let heading = setting.list().unwrap_or(setting).key;
        let why = format!(
            "it stands in tables; write them under [[{heading}]] in {}",
            path.display()
        );
        return Err(Error::invalid(setting.key, why));
    }
    let read = setting.kind.read_text(text);
    let read = read.map_err(|why| Error::invalid(setting.key, why))?;
    change(path, |document| {
        let (section, name) = section(document.as_table_mut(), setting.key, true, path)?;
        if let Some(table) = section {
            put(table, name, item(&read));
        }
        Ok(())
    })
}

/// Takes `setting` out of the file at `path`, so that what is below counts again.
///
/// # Errors
/// As [`set`].
pub fn unset(path: &Path, setting: &Setting) -> Result<()> {
    if !path.exists() {
        return Ok(());
    }
    change(path, |document| {
        let (section, name) = section(document.as_table_mut(), setting.key, false, path)?;
        if let Some(table) = section {
            table.remove(name);
        }
        Ok(())
    })
}

/// The table that a key stands in, and the key's own name there; made when it is not there and `make` says so.
fn section<'a, 'k>(
    root: &'a mut Table,
    key: &'k str,
    make: bool,
    path: &Path,
) -> Result<(Option<&'a mut dyn TableLike>, &'k str)> {
    let (above, name) = key
        .rsplit_once('.')
        .map_or((None, key), |(above, name)| (Some(above), name));
    let mut table: &mut dyn TableLike = root;
    for part in above.into_iter().flat_map(|above| above.split('.')) {
        if !table.contains_key(part) {
            if !make {
                return Ok((None, name));
            }
            let mut new = Table::new();
            new.set_implicit(true);
            table.insert(part, Item::Table(new));
        }
        let inner = table.get_mut(part).and_then(Item::as_table_like_mut);
        table = inner.ok_or_else(|| {
            let why = format!("in {} `{part}` is no section; make it one", path.display());
            Error::invalid(key, why)
        })?;
    }
    Ok((Some(table), name))
}

/// In place of the old value its comments stay, those before the key and those behind it.
fn put(table: &mut dyn TableLike, name: &str, mut new: Item) {
    let Some(old) = table.get_mut(name) else {
        table.insert(name, new);
        return;
    };
    if let (Some(old), Some(new)) = (old.as_value(), new.as_value_mut()) {
        *new.decor_mut() = old.decor().clone();
    }
    *old = new;
}

fn item(read: &Value) -> Item {
    match read {
        Value::Bool(flag) => value(*flag),
        Value::Number(number) => value(number.as_i64().unwrap_or(i64::MAX)),
        Value::Array(texts) => value(texts.iter().filter_map(Value::as_str).collect::<Array>()),
        other => value(other.as_str().unwrap_or_default()),
    }
}

/// Reads the file, lets `how` change it and puts the whole in its place, while nobody else does.
fn change(path: &Path, how: impl FnOnce(&mut DocumentMut) -> Result<()>) -> Result<()> {
    // A link stays one: what it leads to is changed.
    let path = &path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let failed = |error: std::io::Error| Error::Storage {
        why: format!("{} cannot be written: {error}", path.display()),
    };
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = File::open(folder.unwrap_or(Path::new("."))).map_err(failed)?;
    flock(&folder, FlockOperation::LockExclusive).map_err(|error| failed(error.into()))?;
    let wrong = |(line, why): file::Unread| {
        let line = line.map_or_else(String::new, |line| format!(":{line}"));
        Error::invalid("config", format!("{}{line}: {why}", path.display()))
    };
    let text = file::text(path).map_err(wrong)?.unwrap_or_default();
    file::tree(&text).map_err(wrong)?;
    let mut document: DocumentMut = text
        .parse()
        .map_err(|_| wrong((None, "it is no TOML".to_owned())))?;
    how(&mut document)?;
    replace(path, document.to_string().as_bytes())
        .and_then(|()| folder.sync_all())
        .map_err(failed)
}

/// The new text is on disk before it takes the old one's place. A new file is for its owner alone.
fn replace(path: &Path, text: &[u8]) -> std::io::Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let mode = fs::metadata(path).map_or(0o600, |meta| meta.permissions().mode() & 0o777);
    let _ = fs::remove_file(&name);
    let mut file = File::options()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(&name)?;
    file.write_all(text)?;
    file.sync_all()?;
    fs::rename(&name, path)
}
