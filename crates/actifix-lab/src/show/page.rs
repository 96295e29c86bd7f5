//! The frame of a page: self-contained, light and dark, nothing loaded from anywhere.

use super::escaped;
use crate::machine::Machine;

const STYLE: &str = "
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #ffffff; --dim: #59636e; --line: #d1d9e0; --lane: #f6f8fa;
  --begin: #8250df; --read: #0969da; --write: #bf8700; --commit: #1a7f37; --rollback: #6e7781; --pause: #d1d9e0;
  --call: #1b7c83; --bad: #cf222e; --good: #1a7f37; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --paper: #0d1117; --dim: #9198a1; --line: #3d444d;
  --lane: #151b23; --begin: #ab7df8; --read: #4493f8; --write: #d29922; --commit: #3fb950; --rollback: #9198a1;
  --pause: #3d444d; --call: #39c5cf; --bad: #f85149; --good: #3fb950; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 1100px;
  margin: 0 auto; padding: 1.5rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .25rem .6rem .25rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--dim); font-weight: 500; }
code { font: 13px ui-monospace, monospace; }
.wide { overflow-x: auto; } .dim, footer { color: var(--dim); } .bad { color: var(--bad); } .good { color: var(--good); }
svg { width: 100%; height: auto; display: block; } svg text { fill: var(--ink); font: 12px system-ui, sans-serif; }
svg .dim { fill: var(--dim); } .lane { fill: var(--lane); } .axis { stroke: var(--line); }
.step:focus rect, .step:hover rect { stroke: var(--ink); stroke-width: 2; } .step:focus { outline: none; }
.begin { fill: var(--begin); } .read { fill: var(--read); } .write, .switch { fill: var(--write); }
.commit { fill: var(--commit); } .rollback { fill: var(--rollback); } .pause { fill: var(--pause); }
.call { fill: var(--call); } .refused, svg text.code { fill: var(--bad); }
.key { display: inline-block; width: .8em; height: .8em; margin: 0 .3em 0 1em; }
footer { margin-top: 2.5rem; border-top: 1px solid var(--line); padding-top: .8rem; font-size: 13px; }
";

/// A page with a title and a body that is already markup.
pub fn page(title: &str, body: &str, machine: &Machine, seed: u64, command: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n{body}</main>\n<footer>\n\
         <p>{processor}, {cores} cores · {kernel} · SQLite {sqlite} · actifix {version} · seed {seed} · {date}</p>\n\
         <p>Made by <code>{command}</code></p>\n</footer>\n</body>\n</html>\n",
        title = escaped(title),
        processor = escaped(&machine.processor),
        cores = machine.cores,
        kernel = escaped(&machine.kernel),
        sqlite = escaped(&machine.sqlite),
        version = escaped(&machine.version),
        date = escaped(&machine.date),
        command = escaped(command),
    )
}

/// A table of texts.
pub fn table(headings: &[&str], rows: &[Vec<String>]) -> String {
    let cells = |tag: &str, texts: &mut dyn Iterator<Item = &str>| -> String {
        texts
            .map(|text| {
                format!(
                    "<{tag}>{}</{tag}>",
                    escaped(text)
                        .replace(" µs", "\u{a0}µs")
                        .replace(" ms", "\u{a0}ms")
                )
            })
            .collect()
    };
    let head = cells("th", &mut headings.iter().copied());
    let body: String = rows
        .iter()
        .map(|row| {
            format!(
                "<tr>{}</tr>\n",
                cells("td", &mut row.iter().map(String::as_str))
            )
        })
        .collect();
    format!(
        "<div class=\"wide\"><table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>\n</table></div>\n"
    )
}
