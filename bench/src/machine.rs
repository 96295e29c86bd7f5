//! The machine that the figures come from.

use std::fmt;
use std::fs;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::time::Instant;

use actifix::rusqlite;
use serde::Serialize;

use crate::Answer;
use crate::rounds::median;

/// See the module.
#[derive(Debug, Serialize)]
pub struct Machine {
    /// The processor.
    pub cpu: String,
    /// Cores that this process may use.
    pub cores: usize,
    /// The kernel.
    pub kernel: String,
    /// The file system of the databases.
    pub disk: String,
    /// Writing 4 KiB and pressing them onto that disk, median of 50, in microseconds.
    pub sync_micros: f64,
    /// SQLite's version.
    pub sqlite: &'static str,
    /// The load when the run began.
    pub load: f64,
}

impl Machine {
    /// Looks at the machine, and at the disk that `folder` lies on.
    pub fn look(folder: &Path) -> Answer<Self> {
        let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = cpuinfo.lines().find(|line| line.starts_with("model name"));
        let cpu = model
            .and_then(|line| line.split_once(':'))
            .map_or("unknown", |(_, cpu)| cpu.trim());
        let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        let disk = file_system(folder);
        if disk.starts_with("tmpfs") {
            return Err(format!(
                "{} lies in memory (tmpfs); set CARGO_TARGET_DIR to a folder on a disk",
                folder.display()
            )
            .into());
        }
        Ok(Self {
            cpu: cpu.to_owned(),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            kernel: kernel.trim().to_owned(),
            disk,
            sync_micros: sync_micros(folder, 50)?,
            sqlite: rusqlite::version(),
            load: load(),
        })
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            cpu,
            cores,
            kernel,
            disk,
            sqlite,
            load,
            ..
        } = self;
        let sync = self.sync_micros / 1_000.0;
        write!(
            f,
            "{cpu}, {cores} cores, Linux {kernel}, {disk}, write + fdatasync {sync:.2} ms, SQLite {sqlite}, load {load:.1}"
        )
    }
}

/// The right to measure on this machine. Two runs at once would measure each other.
pub struct Turn(fs::File);

impl Turn {
    /// Waits until no other run has it; says so when it must wait.
    pub fn take() -> Answer<Self> {
        let path = std::env::temp_dir().join("actifix-bench.lock");
        let file =
            fs::File::create(&path).map_err(|e| format!("cannot open {}: {e}", path.display()))?;
        if file.try_lock().is_err() {
            eprintln!("waiting for another run of the benches to end");
            file.lock()?;
        }
        Ok(Self(file))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        // Closing would do the same; a failure leaves nothing to be done.
        let _left = self.0.unlock();
    }
}

/// The load of the last minute.
pub fn load() -> f64 {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let first = text.split_whitespace().next();
    first.and_then(|word| word.parse().ok()).unwrap_or(f64::NAN)
}

/// Type and device of the file system that holds `folder`: of the longest mount point above it.
fn file_system(folder: &Path) -> String {
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let mut best = (0, "unknown".to_owned());
    for line in mounts.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        if let [device, point, kind, ..] = words[..]
            && folder.starts_with(point)
            && point.len() >= best.0
        {
            best = (point.len(), format!("{kind} on {device}"));
        }
    }
    best.1
}

/// What one commit cannot be cheaper than now: the median of `times`.
pub fn sync_micros(folder: &Path, times: usize) -> Answer<f64> {
    let path = folder.join("sync");
    let mut file = fs::File::create(&path)?;
    let page = [0x5a; 4_096];
    let mut micros = Vec::new();
    for _ in 0..times {
        let start = Instant::now();
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&page)?;
        file.sync_data()?;
        micros.push(start.elapsed().as_secs_f64() * 1e6);
    }
    fs::remove_file(path)?;
    Ok(median(&micros))
}
