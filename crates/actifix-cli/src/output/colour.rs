//! Colours: on a terminal only, and as `NO_COLOR` and `CLICOLOR_FORCE` say.

use actifix::{Priority, Status};
use anstream::stream::RawStream;
use anstyle::{AnsiColor, Style};
use comfy_table::{Attribute, Cell, Color};

/// Whether there are colours, and which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paint(bool);

/// For stdout.
pub fn of_stdout() -> Paint {
    of(&std::io::stdout())
}

/// For stderr.
pub fn of_stderr() -> Paint {
    of(&std::io::stderr())
}

fn of(stream: &impl RawStream) -> Paint {
    Paint(anstream::AutoStream::choice(stream) != anstream::ColorChoice::Never)
}

impl Paint {
    /// None.
    pub const fn plain() -> Self {
        Self(false)
    }

    /// Whether there are any.
    pub const fn is_on(self) -> bool {
        self.0
    }

    fn style(self, style: Style) -> Style {
        if self.0 { style } else { Style::new() }
    }

    /// Of what went wrong.
    pub fn error(self) -> Style {
        self.style(AnsiColor::Red.on_default().bold())
    }

    /// Of what went well.
    pub fn good(self) -> Style {
        self.style(AnsiColor::Green.on_default())
    }

    /// Of what matters less.
    pub fn dim(self) -> Style {
        self.style(Style::new().dimmed())
    }

    /// Of headings.
    pub fn bold(self) -> Style {
        self.style(Style::new().bold())
    }

    /// Of a priority.
    pub fn priority(self, priority: Priority) -> Style {
        self.style(match priority {
            Priority::P0 => AnsiColor::Red.on_default().bold(),
            Priority::P1 => AnsiColor::Red.on_default(),
            Priority::P2 => AnsiColor::Yellow.on_default(),
            Priority::P3 => Style::new(),
            Priority::P4 => Style::new().dimmed(),
        })
    }

    /// Of a status.
    pub fn status(self, status: Status) -> Style {
        self.style(match status {
            Status::Open => AnsiColor::Blue.on_default(),
            Status::InProgress => AnsiColor::Cyan.on_default(),
            Status::Completed => AnsiColor::Green.on_default(),
            Status::Quarantined => AnsiColor::Magenta.on_default(),
            Status::Ignored => Style::new().dimmed(),
        })
    }
}

/// A cell in its priority's colour.
pub fn priority_cell(priority: Priority) -> Cell {
    let cell = Cell::new(priority);
    match priority {
        Priority::P0 => cell.fg(Color::DarkRed).add_attribute(Attribute::Bold),
        Priority::P1 => cell.fg(Color::DarkRed),
        Priority::P2 => cell.fg(Color::DarkYellow),
        Priority::P3 => cell,
        Priority::P4 => dim_cell(priority),
    }
}

/// A cell in its status' colour.
pub fn status_cell(status: Status, shown: &str) -> Cell {
    let cell = Cell::new(shown);
    match status {
        Status::Open => cell.fg(Color::DarkBlue),
        Status::InProgress => cell.fg(Color::DarkCyan),
        Status::Completed => cell.fg(Color::DarkGreen),
        Status::Quarantined => cell.fg(Color::DarkMagenta),
        Status::Ignored => dim_cell(shown),
    }
}

/// A cell that matters less.
pub fn dim_cell(shown: impl ToString) -> Cell {
    Cell::new(shown).add_attribute(Attribute::Dim)
}
