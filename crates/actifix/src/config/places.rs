//! Where configuration files are.

use std::path::{Path, PathBuf};

/// The two files of a database: its project's and its user's. Neither needs to be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    /// `.actifix/config.toml` beside the database.
    pub project: Option<PathBuf>,
    /// `actifix/config.toml` in the user's folder for configuration.
    pub user: Option<PathBuf>,
}

/// The folder of a project's database and configuration.
const FOLDER: &str = ".actifix";
/// Where the Python system put a project's database.
const OLD_FOLDER: &str = "data";

impl Places {
    /// The files for the database at `database`, whether or not it is there; `variable` is the environment.
    ///
    /// ```
    /// use actifix::config::Places;
    /// let places = Places::of(Some("/p/.actifix/actifix.db".as_ref()), &|name| (name == "HOME").then(|| "/home/alice/".into()));
    /// assert_eq!(places.project, Some("/p/.actifix/config.toml".into()));
    /// assert_eq!(places.user, Some("/home/alice/.config/actifix/config.toml".into()));
    /// ```
    pub fn of(database: Option<&Path>, variable: &super::Variables<'_>) -> Self {
        let set = |name| {
            variable(name)
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
        };
        // A path that is not absolute is to be ignored, says the standard.
        let home = set("XDG_CONFIG_HOME").filter(|path| path.is_absolute());
        let home = home.or_else(|| Some(set("HOME")?.join(".config")));
        Self {
            project: database.map(beside),
            user: home.map(|home| home.join("actifix/config.toml")),
        }
    }
}

fn beside(database: &Path) -> PathBuf {
    let real = database
        .canonicalize()
        .unwrap_or_else(|_| database.to_owned());
    let folder = real.parent().unwrap_or(Path::new(""));
    match folder.file_name().and_then(|name| name.to_str()) {
        Some(FOLDER) => folder.join("config.toml"),
        Some(OLD_FOLDER) => folder.with_file_name(FOLDER).join("config.toml"),
        _ => folder.join(FOLDER).join("config.toml"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_of_a_database_has_its_file() {
        for (database, file) in [
            ("/p/.actifix/actifix.db", "/p/.actifix/config.toml"),
            ("/p/data/actifix.db", "/p/.actifix/config.toml"),
            ("/srv/tickets.db", "/srv/.actifix/config.toml"),
            ("tickets.db", ".actifix/config.toml"),
        ] {
            assert_eq!(beside(Path::new(database)), Path::new(file));
        }
        let relative = |name: &str| (name == "XDG_CONFIG_HOME").then(|| "here".into());
        assert_eq!(
            Places::of(None, &relative),
            Places {
                project: None,
                user: None
            }
        );
    }
}
