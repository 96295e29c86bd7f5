//! Lines of a log, or of what a program printed, cut into what belongs together: a stack with its error, or one line that
//! tells of an error. Everything else is passed over. One pass, bounded memory, no look back further than three lines.

mod begins;
mod goes_on;
mod level;

#[cfg(test)]
mod tests;

use begins::Tongue;
pub use level::{Told, told};

/// Bytes of one block that are kept: its beginning and its end.
const LONGEST: usize = 128 << 10;
/// Lines before a stack that may be its head.
const BEFORE: usize = 3;

/// What belongs together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Its lines.
    pub text: String,
    /// It has a stack.
    pub trace: bool,
}

/// Something that is being read.
struct Open {
    lines: Vec<String>,
    bytes: usize,
    left_out: usize,
    state: goes_on::State,
    tongue: Option<Tongue>,
}

/// Cuts lines into blocks, as they come.
///
/// ```
/// use actifix::capture::Cutter;
/// let mut cutter = Cutter::default();
/// let mut blocks = Vec::new();
/// for line in ["INFO up", "Traceback (most recent call last):", "  File \"a.py\", line 1, in f", "KeyError: 'x'", "INFO on"] {
///     blocks.extend(cutter.line(line));
/// }
/// assert_eq!(blocks.len(), 1);
/// assert!(blocks[0].trace && blocks[0].text.ends_with("KeyError: 'x'"));
/// ```
#[derive(Default)]
pub struct Cutter {
    open: Option<Open>,
    before: std::collections::VecDeque<String>,
}

impl Cutter {
    /// Takes the next line, without its end. Answers the blocks that it ended.
    pub fn line(&mut self, line: &str) -> Vec<Block> {
        let line = line.trim_end_matches(['\r', '\n']);
        let mut ended = Vec::new();
        if let Some(open) = &mut self.open {
            if open.takes(line) {
                open.push(line);
                return ended;
            }
            ended.extend(self.open.take().map(Open::block));
            self.before.clear();
        }
        match begins::tongue(line) {
            Some(tongue) => {
                let head = self.head(tongue, line);
                self.begin(head, Some(tongue));
            }
            None if level::told(line).is_some() => self.begin(vec![line.to_owned()], None),
            None => {
                if self.before.len() == BEFORE {
                    self.before.pop_front();
                }
                self.before.push_back(bounded(line));
            }
        }
        ended
    }

    /// The block that was open at the end.
    pub fn end(&mut self) -> Option<Block> {
        self.before.clear();
        self.open.take().map(Open::block)
    }

    /// Whether a block is open: what comes next may belong to it.
    pub fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Whether nothing of what came is kept: a reader may remember this place and go on here.
    pub fn is_clear(&self) -> bool {
        self.open.is_none()
    }

    /// The lines that a block begins with: some stacks have their error before them.
    fn head(&mut self, tongue: Tongue, line: &str) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        if tongue.is_headed() {
            let from = self.before.iter().rposition(|line| begins::is_head(line));
            lines.extend(
                from.into_iter()
                    .flat_map(|from| self.before.iter().skip(from).cloned()),
            );
        }
        lines.push(line.to_owned());
        self.before.clear();
        lines
    }

    fn begin(&mut self, lines: Vec<String>, tongue: Option<Tongue>) {
        let mut open = Open {
            lines: Vec::new(),
            bytes: 0,
            left_out: 0,
            state: goes_on::State::default(),
            tongue,
        };
        for line in lines {
            open.push(&line);
        }
        self.open = Some(open);
    }
}

impl Open {
    /// Whether the line belongs to it. A line that only told of an error becomes a stack when one follows.
    fn takes(&mut self, line: &str) -> bool {
        match self.tongue {
            Some(tongue) => goes_on::belongs(tongue, &mut self.state, line),
            None => {
                self.tongue = begins::tongue(line);
                self.tongue.is_some()
            }
        }
    }

    fn push(&mut self, line: &str) {
        let line = bounded(line);
        if self.bytes + line.len() > LONGEST {
            // The first half stays, and the latest lines push out those in the middle.
            let middle = self.lines.len() / 2;
            if middle < self.lines.len() {
                self.bytes -= self.lines.remove(middle).len();
                self.left_out += 1;
            }
        }
        self.bytes += line.len();
        self.lines.push(line);
    }

    fn block(self) -> Block {
        let mut lines = self.lines;
        while self.tongue.is_some() && lines.last().is_some_and(|line| line.trim().is_empty()) {
            lines.pop();
        }
        if self.left_out > 0 {
            let middle = lines.len() / 2;
            lines.insert(middle, format!("… {} lines left out …", self.left_out));
        }
        Block {
            trace: self.tongue.is_some(),
            text: lines.join("\n"),
        }
    }
}

/// A line as far as it is kept.
fn bounded(line: &str) -> String {
    const MOST: usize = 16 << 10;
    let mut end = line.len().min(MOST);
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    line[..end].replace('\0', "\u{FFFD}")
}
