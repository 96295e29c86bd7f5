//! The teller: chapters, a line or two on each, and a line for whatever happens, as it happens.

use std::time::Duration;

use anstyle::{AnsiColor, Style};

use super::words::wrapped;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{Output, text};

/// The widest that paragraphs get.
const WIDEST: usize = 96;
/// A reader's breath before a chapter, on a terminal.
const BREATH: Duration = Duration::from_millis(900);

/// Who speaks in a line.
#[derive(Clone, Copy, Debug)]
pub enum Voice<'a> {
    /// A worker: its name and its number, which is its colour.
    Worker(&'a str, usize),
    /// A program that fails.
    Program(&'a str),
}

/// How a line is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// As it comes.
    Plain,
    /// Something ended well.
    Good,
    /// Something was lost or refused.
    Bad,
}

/// Tells people what happens. Programs get one document at the end instead.
pub struct Teller<'a> {
    out: &'a Output,
    silent: bool,
    width: Option<usize>,
    chapter: std::cell::Cell<usize>,
}

type Told = Result<(), Failure>;

impl<'a> Teller<'a> {
    /// For the reader of `context`.
    pub fn new(context: &'a Context) -> Self {
        let width = comfy_table::Table::new().width().map(usize::from);
        Self {
            out: &context.out,
            silent: context.json(),
            width,
            chapter: std::cell::Cell::new(0),
        }
    }

    /// Begins a chapter.
    pub fn chapter(&self, title: &str, about: &str) -> Told {
        if self.width.is_some() && !self.silent && self.chapter.get() > 0 {
            std::thread::sleep(BREATH);
        }
        self.chapter.set(self.chapter.get() + 1);
        let bold = self.out.paint.bold();
        self.write(&format!("\n{bold}{} {title}{bold:#}", self.chapter.get()))?;
        self.paragraph(about)?;
        self.write("")
    }

    /// Some sentences.
    pub fn paragraph(&self, sentences: &str) -> Told {
        let dim = self.out.paint.dim();
        let room = self.width.unwrap_or(80).min(WIDEST) - 2;
        wrapped(sentences, room)
            .iter()
            .try_for_each(|line| self.write(&format!("  {dim}{line}{dim:#}")))
    }

    /// Something happened: who, what, to which ticket, and more of it.
    pub fn line(&self, who: Voice<'_>, tone: Tone, verb: &str, ticket: &str, more: &str) -> Told {
        let paint = self.out.paint;
        let (name, voice) = self.voice(who);
        let verb_style = match tone {
            Tone::Plain => Style::new(),
            Tone::Good => paint.good(),
            Tone::Bad => paint.error(),
        };
        let shown = format!("  {voice}{name:<11}{voice:#} {verb_style}{verb:<9}{verb_style:#} ");
        let more = text::one_line(more);
        let rest = if ticket.is_empty() {
            more.into_owned()
        } else {
            format!("{ticket:<21}  {more}")
        };
        self.write(&format!("{shown}{}", self.cut(rest.trim_end(), 24)))
    }

    /// A text under the line before, as long as it is.
    pub fn below(&self, tone: Tone, sentences: &str) -> Told {
        let paint = self.out.paint;
        let style = if tone == Tone::Bad {
            paint.error()
        } else {
            paint.dim()
        };
        let room = self.width.unwrap_or(100).min(WIDEST).saturating_sub(24);
        let lines = wrapped(&text::one_line(sentences), room.max(20));
        lines
            .iter()
            .try_for_each(|line| self.write(&format!("{:24}{style}{line}{style:#}", "")))
    }

    /// A judgement, with its mark.
    pub fn judged(&self, well: bool, sentence: &str) -> Told {
        let paint = self.out.paint;
        let (style, mark) = if well {
            (paint.good(), "✔")
        } else {
            (paint.error(), "✘")
        };
        self.write(&format!("  {style}{mark}{style:#} {sentence}"))
    }

    /// A line as it is.
    pub fn write(&self, line: &str) -> Told {
        if self.silent {
            return Ok(());
        }
        self.out.line(line)?;
        Ok(self.out.flush()?)
    }

    fn voice<'v>(&self, who: Voice<'v>) -> (&'v str, Style) {
        const COLOURS: [AnsiColor; 4] = [
            AnsiColor::Cyan,
            AnsiColor::Magenta,
            AnsiColor::Yellow,
            AnsiColor::Blue,
        ];
        let (name, style) = match who {
            Voice::Worker(name, number) => {
                (name, COLOURS[number % COLOURS.len()].on_default().bold())
            }
            Voice::Program(name) => (name, Style::new().italic()),
        };
        (
            name,
            if self.out.paint.is_on() {
                style
            } else {
                Style::new()
            },
        )
    }

    /// As much of a line as the terminal has room for after its first `taken` columns.
    fn cut(&self, line: &str, taken: usize) -> String {
        let Some(room) = self.width.map(|width| width.saturating_sub(taken)) else {
            return line.to_owned();
        };
        if line.chars().count() <= room {
            return line.to_owned();
        }
        line.chars()
            .take(room.saturating_sub(1))
            .chain(['…'])
            .collect()
    }
}
