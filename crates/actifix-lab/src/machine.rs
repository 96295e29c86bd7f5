//! Where a figure was made: it means little without this.

use serde::{Deserialize, Serialize};

/// The machine, the libraries and the moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// The processor's name.
    pub processor: String,
    /// How many cores this process may use.
    pub cores: usize,
    /// The kernel.
    pub kernel: String,
    /// The SQLite in this program.
    pub sqlite: String,
    /// This program's version.
    pub version: String,
    /// When, in UTC.
    pub date: String,
}

impl Machine {
    /// As it is now.
    pub fn here() -> Self {
        let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let named = info
            .lines()
            .find_map(|line| line.strip_prefix("model name")?.split_once(": "));
        let kernel = rustix::system::uname();
        Self {
            processor: named.map_or_else(|| "unknown".to_owned(), |(_, name)| name.to_owned()),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            kernel: format!(
                "{} {}",
                kernel.sysname().to_string_lossy(),
                kernel.release().to_string_lossy()
            ),
            sqlite: rusqlite::version().to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            date: jiff::Timestamp::now()
                .strftime("%Y-%m-%d %H:%M UTC")
                .to_string(),
        }
    }

    /// In a line.
    pub fn told(&self) -> String {
        format!(
            "{}, {} cores, {}, SQLite {}, actifix {}, {}",
            self.processor, self.cores, self.kernel, self.sqlite, self.version, self.date
        )
    }
}
