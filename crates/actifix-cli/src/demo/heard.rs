//! What the workers say, as the demo notes it and tells it on.

use actifix::Error;

use super::cast::{At, Cast, Phase};
use super::crew::Heard;
use super::halt::Halt;
use super::seen::Grip;
use super::story::Tone;
use super::talk::{Claimed, Said};
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
        let player = &mut self.players[number];
        match said {
            Said::Waits => self.waits(number),
            Said::Claimed(claimed) => self.claimed(number, claimed),
            Said::Works { expires_at, saw } => {
                player.at = At::Working;
                if let Some(grip) = &mut player.grip {
                    grip.expires_at = Some(expires_at);
                }
                let more = format!("sees it fail: {saw}");
                self.tell(number, Tone::Plain, "works", &more)
            }
            Said::Completed { printed } => {
                player.at = At::Waiting;
                self.seen.completions += 1;
                let more = format!("it prints: {printed}");
                self.tell(number, Tone::Good, "completes", &more)
            }
            Said::Refused { call, error } => self.refused(number, &call, error),
            Said::Failed { error } => Err(Halt::Broken(format!(
                "{} cannot go on: {error}",
                player.name
            ))),
            Said::Leaves { contention } => {
                player.at = At::Leaving;
                self.seen.figures.push(contention);
                Ok(())
            }
        }
    }

    fn waits(&mut self, number: usize) -> Result<(), Halt> {
        let player = &mut self.players[number];
        player.grip = None;
        let pid = player.hand.pid();
        match std::mem::replace(&mut player.at, At::Waiting) {
            At::Starting => self.tell(number, Tone::Plain, "waits", &format!("process {pid}")),
            _ if self.phase < Phase::Close => {
                self.tell(number, Tone::Plain, "waits", "nothing is free")
            }
            _ => Ok(()),
        }
    }

    fn claimed(&mut self, number: usize, claimed: Claimed) -> Result<(), Halt> {
        let player = &mut self.players[number];
        let Claimed {
            ticket,
            token,
            made_at,
            at,
        } = claimed;
        let lost = |grip: &&Grip| grip.ticket == ticket && grip.worker != player.name;
        let before = [&self.seen.killed, &self.seen.stopped]
            .into_iter()
            .flatten()
            .find(lost)
            .cloned();
        let verb = if before.is_some() { "takes" } else { "claims" };
        let more = match self.phase {
            Phase::Claim => format!("token {token}, it is {} old", brief(at.since(made_at))),
            _ => format!("token {token}"),
        };
        player.at = At::Claimed;
        player.grip = Some(Grip::new(player.name, player.hand.pid(), ticket, token));
        self.tell(number, Tone::Plain, verb, &more)?;
        let Some((end, grip)) = before.and_then(|grip| Some((grip.expires_at?, grip))) else {
            return Ok(());
        };
        let (worker, token, after) = (grip.worker, grip.token, brief(at.since(end)));
        let lapsed = format!("the lease of {worker} under token {token} ran out {after} before");
        Ok(self.teller.below(Tone::Plain, &lapsed)?)
    }

    fn refused(&mut self, number: usize, call: &str, error: Error) -> Result<(), Halt> {
        let player = &mut self.players[number];
        player.at = At::Waiting;
        let token = player
            .grip
            .as_ref()
            .map(|grip| grip.token.to_string())
            .unwrap_or_default();
        if self
            .seen
            .stopped
            .as_ref()
            .is_some_and(|grip| grip.worker == player.name)
            && self.seen.refusal.is_none()
        {
            self.seen.refusal = Some(error.clone());
        }
        self.tell(
            number,
            Tone::Bad,
            "refused",
            &format!("its `{call}` under token {token}:"),
        )?;
        self.teller.below(Tone::Bad, &format!("error: {error}"))?;
        Ok(self
            .teller
            .below(Tone::Plain, &format!("next: {}", error.hint()))?)
    }
}
