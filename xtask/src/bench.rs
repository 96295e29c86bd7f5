//! `cargo xtask bench [NAME] [ARGS…]`: hands over to the workspace in `bench/`, built for release.

use std::path::Path;

use crate::Answer;
use crate::run::cargo;

const MANIFEST: &str = "bench/Cargo.toml";

/// Runs the benchmarks and passes their output through.
pub fn main(args: &[String]) -> Answer {
    if args.first().is_some_and(|name| name == "python") {
        return crate::wheel::bench(&args[1..]);
    }
    if !Path::new(MANIFEST).exists() {
        return Err(format!(
            "there is no {MANIFEST}: the benchmarks live in a workspace of their own"
        ));
    }
    let status = cargo().args(command(args)).status();
    status
        .map(|s| s.success())
        .map_err(|e| format!("cannot run cargo: {e}"))
}

/// The words after `cargo`.
fn command(args: &[String]) -> Vec<String> {
    let mut words: Vec<String> = ["run", "--release", "--manifest-path", MANIFEST, "--"]
        .map(String::from)
        .into();
    words.extend_from_slice(args);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_go_to_the_benchmark_and_not_to_cargo() {
        let words = command(&["claim".into(), "--rounds".into(), "5".into()]);
        assert_eq!(
            words.join(" "),
            "run --release --manifest-path bench/Cargo.toml -- claim --rounds 5"
        );
    }
}
