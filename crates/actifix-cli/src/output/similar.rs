//! Similar tickets: why they are, and what fixed them.

use actifix::capture::Similar;

use super::colour::Paint;
use super::{text, tickets};

/// Frames and words that are shown of each.
const SHOWN: usize = 5;
/// Characters of what was done.
const DID: usize = 300;

/// Each with what it shares, and what fixed it.
pub fn list(similar: &[Similar], paint: Paint) -> String {
    let (bold, dim) = (paint.bold(), paint.dim());
    let shown = similar.iter().map(|one| {
        let ticket = &one.ticket;
        let state = paint.status(ticket.status);
        let mut lines = format!(
            "{bold}{:.2}{bold:#}  {}  {state}{}{state:#}  {}",
            one.score,
            ticket.id,
            tickets::standing(ticket),
            tickets::headline(ticket)
        );
        for (name, what) in [
            ("frames", first(&one.shared_frames)),
            ("words", first(&one.shared_words)),
            ("fixed", fixed(one).unwrap_or_default()),
        ] {
            if !what.is_empty() {
                lines.push_str(&format!("\n      {dim}{name:<7}{dim:#}{what}"));
            }
        }
        lines
    });
    shown.collect::<Vec<_>>().join("\n")
}

/// A line for a brief: how alike, and what was done.
pub fn line(one: &Similar) -> Option<String> {
    let (id, score) = (&one.ticket.id, one.score);
    let what = tickets::headline(&one.ticket);
    let what: String = what.chars().take(120).collect();
    Some(format!("- {id} ({score:.2} alike) {what}: {}", fixed(one)?))
}

/// What was done about a ticket that was completed.
fn fixed(one: &Similar) -> Option<String> {
    let end = one.ticket.completion.as_ref()?;
    if end.reason.is_some() {
        return None;
    }
    let did: String = text::one_line(&end.evidence.did)
        .chars()
        .take(DID)
        .collect();
    let files = first(&end.evidence.files);
    Some(format!("{did} [{files}]"))
}

fn first(all: &[String]) -> String {
    let shown = all.iter().take(SHOWN).map(|one| text::one_line(one));
    let mut shown = shown.collect::<Vec<_>>().join(", ");
    if all.len() > SHOWN {
        shown.push_str(&format!(" +{}", all.len() - SHOWN));
    }
    shown
}
