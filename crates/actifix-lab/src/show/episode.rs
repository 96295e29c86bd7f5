//! A scene with several actors in a terminal: a line for each thing that happened.

use super::{Ink, one_line, time};
use crate::scenes::Episode;

/// The whole.
pub fn episode(it: &Episode, ink: Ink) -> String {
    let mut text = format!(
        "{}  {}: mode {}, journal {}, on {}\n\n",
        ink.dim("SCENE"),
        it.scene,
        it.mode,
        it.journal,
        it.file_system.kind
    );
    let wide = it
        .lines
        .iter()
        .map(|line| line.who.len())
        .max()
        .unwrap_or(0);
    for line in &it.lines {
        let what = one_line(&line.what);
        let what = if line.good { what } else { ink.bad(&what) };
        text.push_str(&format!(
            "{:>8}  {:<wide$}  {what}\n",
            time(line.at_us),
            line.who
        ));
    }
    text.push('\n');
    for paragraph in &it.explanation {
        text.push_str(&format!("{paragraph}\n"));
    }
    let verdict = if it.success {
        ink.good(&it.verdict)
    } else {
        ink.bad(&it.verdict)
    };
    text.push_str(&format!("\n{}\n{verdict}", ink.dim(&it.machine.told())));
    text
}
