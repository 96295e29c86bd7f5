//! What the workers say, as the demo notes it and tells it on.

use actifix::{Error, Timestamp};

use super::cast::{At, Cast};
use super::crew::Heard;
use super::halt::Halt;
use super::seen::Grip;
use super::story::Tone;
use super::talk::{Line, Said, What};
use super::words::brief;

impl Cast<'_> {
    /// Notes what was heard, and tells it.
    pub fn note(&mut self, heard: Heard) -> Result<(), Halt> {
        match heard {
            Heard::Signal(signal) => Err(Halt::Signal(signal)),
            Heard::Said(number, said) => self.said(number, *said),
            Heard::Gone(number) => {
                let player = &mut self.players[number];
                let killed = self
                    .seen
                    .killed
                    .as_ref()
                    .is_some_and(|grip| grip.worker == player.name);
                match std::mem::replace(&mut player.at, At::Gone) {
                    At::Leaving => Ok(()),
                    At::Away if killed => Ok(()),
                    _ => Err(Halt::Broken(format!(
                        "{} ended before its time",
                        player.name
                    ))),
                }
            }
        }
    }

    fn said(&mut self, number: usize, said: Said) -> Result<(), Halt> {
        match said {
            Said::Line(line) => self.logged(number, line),
            Said::Words(words) => self.words(number, &words),
        }
    }

    /// A line of its log.
    fn logged(&mut self, number: usize, line: Line) -> Result<(), Halt> {
        let player = &mut self.players[number];
        match line.what {
            What::Claimed { until } => {
                let (Some(ticket), Some(token)) = (line.ticket, line.token) else {
                    return Ok(());
                };
                let grip = Grip::new(player.name, player.hand.pid(), ticket, token, until);
                self.claimed(number, grip, line.at)
            }
            What::Renewed { until } => {
                if let Some(grip) = &mut player.grip {
                    grip.expires_at = until;
                }
                Ok(())
            }
            What::Completed => self.completed(number),
            What::Lost { error } => self.lost(number, error),
            What::Failed { reason } => Err(Halt::Broken(format!(
                "{} could not mend its program: {reason}",
                player.name
            ))),
            What::EndedWork { contention } => {
                self.seen.figures.push(contention);
                Ok(())
            }
            What::Other => Ok(()),
        }
    }

    /// Its script says something; the first thing is that it saw the error.
    fn words(&mut self, number: usize, words: &str) -> Result<(), Halt> {
        let player = &mut self.players[number];
        match player.at {
            At::Claimed => player.at = At::Working,
            // What the script of one that comes too late still says is in the answer that the worker gets.
            At::Away => return Ok(()),
            _ => {}
        }
        self.tell(number, Tone::Plain, "works", words)
    }

    fn claimed(&mut self, number: usize, grip: Grip, at: Timestamp) -> Result<(), Halt> {
        let lost = |lost: &&Grip| lost.ticket == grip.ticket && lost.worker != grip.worker;
        let before = [&self.seen.killed, &self.seen.stopped]
            .into_iter()
            .flatten()
            .find(lost)
            .cloned();
        let made_at = self.store.get(&grip.ticket).wait()?.created_at;
        let token = grip.token;
        let player = &mut self.players[number];
        (player.at, player.grip) = (At::Claimed, Some(grip));
        let Some(grip) = before else {
            let more = format!("token {token}, it is {} old", brief(at.since(made_at)));
            return self.tell(number, Tone::Plain, "claims", &more);
        };
        self.tell(number, Tone::Plain, "takes", &format!("token {token}"))?;
        let lapsed = format!(
            "the lease of {} under token {} ran out {} before",
            grip.worker,
            grip.token,
            brief(at.since(grip.expires_at))
        );
        Ok(self.teller.below(Tone::Plain, &lapsed)?)
    }

    fn completed(&mut self, number: usize) -> Result<(), Halt> {
        self.seen.completions += 1;
        let player = &mut self.players[number];
        player.at = At::Waiting;
        let results = match &player.grip {
            Some(grip) => self.store.get(&grip.ticket).wait()?.completion,
            None => None,
        };
        let results = results
            .map(|done| done.evidence.results)
            .unwrap_or_default();
        self.tell(number, Tone::Good, "completes", &results)
    }

    /// Its result is refused.
    fn lost(&mut self, number: usize, error: Error) -> Result<(), Halt> {
        let player = &mut self.players[number];
        player.at = At::Waiting;
        let late = self.seen.stopped.as_ref();
        if late.is_none_or(|grip| grip.worker != player.name) {
            return Err(Halt::Broken(format!(
                "{} lost its lease: {error}",
                player.name
            )));
        }
        self.tell(number, Tone::Bad, "refused", "under its old token:")?;
        self.teller.below(Tone::Bad, &format!("error: {error}"))?;
        let hint = format!("next: {}", error.hint());
        self.seen.refusal = Some(error);
        Ok(self.teller.below(Tone::Plain, &hint)?)
    }
}
