//! On which side of the shared line this process stands: it leads, it follows, or it goes by the gate alone.

use std::io;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::Writer;
use crate::error::Error;
use crate::gate::Gate;
use crate::identity::FileId;
use crate::options;
use crate::program::Program;
use crate::shared::{Candidate, Leader, Left, Suspect, depose};

/// A process that has been writing for so long lives long.
const LIVES_LONG: Duration = Duration::from_secs(1);
/// Between two tries to reach a leader, or to become one.
const AGAIN: Duration = Duration::from_millis(20);
/// A batch that takes longer keeps too many waiting: whoever makes such batches does not lead.
const SLOW: Duration = Duration::from_secs(1);
/// How long those whose leader has gone wait for the next. One of them stands at the gate to become it; if all did, each
/// would commit for itself first.
const NEXT: Duration = Duration::from_millis(50);
/// Between two looks for the next leader.
const NAP: Duration = Duration::from_millis(1);
/// After having resigned.
const REST: Duration = Duration::from_secs(2);

#[derive(Default)]
pub(super) struct Side {
    leader: Option<Leader>,
    /// We have a connection to a leader.
    following: bool,
    /// We have the lock, and lead when we come to the gate.
    candidate: Option<Candidate>,
    /// Our leader is gone: until this moment the next may show.
    orphan: Option<Instant>,
    /// A leader fell silent with our calls in its hands, or before it took any.
    depose: Option<Suspect>,
    /// The socket of a leader that was deposed, which could not be removed.
    shunned: Option<FileId>,
    /// When this process began to write.
    writes_since: Option<Instant>,
    /// No follower before this moment.
    follow_at: Option<Instant>,
    /// No leader before this moment.
    lead_at: Option<Instant>,
    /// The longest batch of this turn.
    longest: Duration,
}

impl Side {
    /// Sessions whose replies can be forgotten.
    pub(super) fn departed(&self) -> Vec<i64> {
        self.leader
            .as_ref()
            .map(Leader::departed)
            .unwrap_or_default()
    }

    /// The term in which this process leads.
    pub(super) fn term(&self) -> Option<u64> {
        self.leader.as_ref().map(Leader::term)
    }

    pub(super) fn leads(&self) -> bool {
        self.leader.is_some()
    }

    pub(super) fn follows(&self) -> bool {
        self.following
    }

    pub(super) fn note_batch(&mut self, hold: Duration) {
        self.longest = self.longest.max(hold);
    }
}

fn is_past(at: Option<Instant>) -> bool {
    at.is_none_or(|at| Instant::now() >= at)
}

impl<P: Program> Writer<P> {
    /// Lets the leader commit for this process as long as there is one. False: what waits goes by the gate.
    pub(super) fn follow(&mut self) -> bool {
        let core = Arc::clone(&self.core);
        if !self.connect() {
            return false;
        }
        // Who leads takes others' calls into its queue, and those must not go on to the leader before us.
        self.side.following = true;
        let mut left = Left::Aside;
        while left == Left::Aside {
            left = core.follower.serve(&core);
            if left == Left::Aside {
                core.follower.put_aside(&core);
                self.go_by_the_gate();
                core.follower.resume();
            }
        }
        self.side.following = false;
        self.side.follow_at = Some(Instant::now() + AGAIN);
        self.side.orphan = (left == Left::Gone).then(|| Instant::now() + NEXT);
        let Left::Silent(term) = left else {
            return true;
        };
        core.note(|figures| figures.step_arounds += 1);
        self.side.depose = term.map(Suspect::Term);
        false
    }

    /// Finds the way to the leader, if there is one. Those who have just lost theirs wait a moment for the next, or are it.
    fn connect(&mut self) -> bool {
        let core = Arc::clone(&self.core);
        let orphan = self.side.orphan.take();
        let side = &self.side;
        let may = core.dialect.is_some() && side.leader.is_none() && side.depose.is_none();
        if !may || (orphan.is_none() && !is_past(side.follow_at)) {
            return false;
        }
        if self.is_shunned() || !self.may_write() {
            return false;
        }
        self.side.writes_since.get_or_insert_with(Instant::now);
        self.side.follow_at = Some(Instant::now() + AGAIN);
        loop {
            match core.follower.connect(&core) {
                Ok(()) => return true,
                Err(Some(suspect)) => {
                    self.side.depose = Some(suspect);
                    return false;
                }
                Err(None) if orphan.is_none_or(|until| Instant::now() >= until) => return false,
                Err(None) => {}
            }
            if self.may_lead() {
                self.side.candidate = Candidate::stand(&core.place).ok().flatten();
                if self.side.candidate.is_some() {
                    return false;
                }
            }
            thread::sleep(NAP);
        }
    }

    /// Whether it is time to look for a leader and there may be one, or one is to be deposed: that may take a while.
    /// That nobody listens is seen here, and not looked for again for a moment.
    pub(super) fn has_news_to_see(&mut self) -> bool {
        let side = &mut self.side;
        if self.core.dialect.is_none() || side.leader.is_some() {
            return false;
        }
        if side.orphan.is_some() || side.depose.is_some() {
            return true;
        }
        if !is_past(side.follow_at) {
            return false;
        }
        let nobody = FileId::at(&self.core.place.socket)
            .is_err_and(|error| error.kind() == io::ErrorKind::NotFound);
        if nobody {
            side.follow_at = Some(Instant::now() + AGAIN);
        }
        !nobody
    }

    /// Whether nobody listens at the socket that stands there.
    fn is_shunned(&self) -> bool {
        let shunned = self.side.shunned;
        shunned.is_some() && FileId::at(&self.core.place.socket).ok() == shunned
    }

    /// Whether the gate is open to us. Who may not write the database does not have others do it for him, and meets the
    /// reason at the gate.
    fn may_write(&mut self) -> bool {
        if self.gate.is_none() {
            let opened = Gate::open(&self.core.place);
            self.gate = opened.inspect_err(|error| self.core.goes_alone(error)).ok();
        }
        self.gate.is_some()
    }

    /// With the gate held: is our lead still ours, is a silent leader to be deposed, shall we lead?
    pub(super) fn take_sides(&mut self) -> Result<(), Error> {
        let core = Arc::clone(&self.core);
        if core.dialect.is_none() {
            return Ok(());
        }
        self.side.longest = Duration::ZERO;
        if self
            .side
            .leader
            .as_mut()
            .is_some_and(|leader| !leader.is_current(&core))
        {
            self.resign();
        }
        let fail = |error| {
            Error::io(
                &core.place.lead,
                "cannot be used; look at its permissions",
                error,
            )
        };
        if let Some(suspect) = self.side.depose {
            self.side.shunned = depose(&core.place, suspect).map_err(fail)?;
            self.side.depose = None;
        }
        if self.side.candidate.is_some() || self.may_lead() {
            self.side.lead_at = Some(Instant::now() + AGAIN);
            self.side.leader = self.lead();
            let leads = self.side.leader.is_some();
            core.note(|figures| figures.leads = leads);
        }
        Ok(())
    }

    /// Leads, if nobody does. Where that cannot be, all go by the gate.
    fn lead(&mut self) -> Option<Leader> {
        let place = &self.core.place;
        let stood = match self.side.candidate.take() {
            Some(candidate) => Ok(Some(candidate)),
            None => Candidate::stand(place),
        };
        let led = stood.and_then(|candidate| {
            let lead = candidate.map(|candidate| candidate.lead(place));
            let lead = lead.transpose()?.flatten();
            lead.map(|lead| Leader::begin(&self.core, lead)).transpose()
        });
        led.unwrap_or_else(|error| {
            self.core.goes_alone(&error);
            None
        })
    }

    fn may_lead(&mut self) -> bool {
        let since = *self.side.writes_since.get_or_insert_with(Instant::now);
        let wants = match self.core.options.lead {
            options::Lead::Never => false,
            options::Lead::WhenBusy => since.elapsed() >= LIVES_LONG,
            options::Lead::AtOnce => true,
        };
        let alone = self.side.leader.is_none() && !self.side.following;
        wants && alone && is_past(self.side.lead_at)
    }

    /// Gives the lead up, if we have it.
    pub(super) fn resign(&mut self) {
        if let Some(leader) = self.side.leader.take() {
            leader.resign(&self.core);
            self.core.note(|figures| figures.leads = false);
            self.side.lead_at = Some(Instant::now() + REST);
        }
    }

    /// After a turn: a leader whose batch took too long resigns, and a candidate that has not come to lead steps back.
    pub(super) fn settle_sides(&mut self) {
        self.side.candidate = None;
        if self.side.longest > SLOW {
            self.resign();
        }
    }
}
