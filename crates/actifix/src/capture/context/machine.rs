//! The platform: system, its version, architecture, processors.

use serde_json::{Value, json};

/// What this machine is.
pub fn platform() -> Value {
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let system = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    let name = system
        .lines()
        .find_map(|line| line.strip_prefix("PRETTY_NAME="));
    json!({
        "os": std::env::consts::OS,
        "arch": std::env::consts::ARCH,
        "kernel": super::bounded(kernel.trim(), 100),
        "system": name.map(|name| super::bounded(name.trim_matches('"'), 100)),
        "processors": std::thread::available_parallelism().map_or(0, usize::from),
    })
}
