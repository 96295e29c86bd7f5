//! A slot: claims, lets the handler work, ends, and again.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;
use std::time::Duration;

use super::door::{Door, Means};
use super::ending::{Ending, Outcome};
use super::floor::{Floor, Stage};
use super::job::Job;
use super::keeper::{Keeper, Kept};
use super::notice::{Doing, Log};
use super::waits::caught;
use super::wire::Wire;
use super::{Until, boot};
use crate::error::{Error, Result};
use crate::lease::{Claim, Lease, Release};
use crate::once::Once;

/// A handler at work.
pub(super) type Work<'a> = Pin<Box<dyn Future<Output = Outcome> + 'a>>;
/// A handler.
pub(super) type Handler<'a> = dyn Fn(Job) -> Work<'a> + 'a;

/// How long a claim waits in the store before the slot looks whether it is to end.
const LOOK: Duration = Duration::from_millis(500);
/// The pause after the store could not be reached.
pub(super) const PAUSE: Duration = Duration::from_secs(1);

/// All slots of a worker at work.
pub(super) struct Shift {
    pub door: Arc<Door>,
    pub claim: Claim,
    pub lease: Duration,
    pub slots: usize,
    pub until: Until,
    pub log: Log,
    pub floor: Arc<Floor>,
}

/// A lease, and when its claim was sent.
struct Got {
    lease: Lease,
    sent: Duration,
}

impl Shift {
    /// Works until the end.
    pub async fn slot(&self, number: usize, handler: &Handler<'_>) -> Result<()> {
        while let Some(got) = self.next(number).await? {
            self.work(number, got, handler).await;
            if self.until == Until::One {
                break;
            }
        }
        Ok(())
    }

    /// The next lease; none at the end.
    async fn next(&self, slot: usize) -> Result<Option<Got>> {
        let wait = match self.until {
            Until::One => Duration::ZERO,
            _ => LOOK.min(self.lease / 20),
        };
        let (mut request, mut unsure) = (request_id(), false);
        while self.floor.stage() == Stage::Working {
            let sent = boot::now();
            let claim = self.claim.clone().wait(wait);
            // Named, so that a claim whose outcome is not known can be made again and gets the same lease.
            let answer = match self.door.store().with_request_id(&request) {
                Ok(store) => store.claim(claim).await,
                Err(error) => Err(error),
            };
            match answer {
                Ok(claimed) => {
                    self.log.reached(slot);
                    if let Some(lease) = claimed.one() {
                        return Ok(Some(Got { lease, sent }));
                    }
                    if self.is_done() {
                        return Ok(None);
                    }
                }
                Err(error) => match Means::of(&error) {
                    Means::Wait => {
                        unsure |= matches!(error, Error::Unknown { .. });
                        self.log.waiting(slot, &error);
                        self.door.mend(&error);
                        self.floor.pause(PAUSE).await;
                    }
                    // A claim that was made again, and whose lease has been taken since.
                    Means::Lost => request = request_id(),
                    Means::Refused => return Err(error),
                },
            }
        }
        if unsure {
            self.leave_nothing(&request).await;
        }
        Ok(None)
    }

    /// What a claim of unknown outcome may have got is given back: made again under its name it tells. Should it have got
    /// nothing then, it may get something now, which goes back too.
    async fn leave_nothing(&self, request: &str) {
        let Ok(store) = self.door.store().with_request_id(request) else {
            return;
        };
        if let Ok(claimed) = store.claim(self.claim.clone()).await {
            for lease in claimed {
                let how = Release::new().reason("the worker was stopped");
                let _ = self
                    .door
                    .store()
                    .release(&lease.ticket.id, lease.token, how)
                    .await;
            }
        }
    }

    /// There was nothing: whether that is the end.
    fn is_done(&self) -> bool {
        match self.until {
            Until::Stopped => false,
            Until::Drained => !self.floor.is_busy(),
            Until::One => true,
        }
    }

    /// Lets the handler work on the ticket, and ends it by what came of it.
    async fn work(&self, slot: usize, got: Got, handler: &Handler<'_>) {
        let Got { lease, sent } = got;
        let wire = Arc::new(Wire::default());
        self.floor.enter(&wire);
        let until = lease.expires_at;
        let noted = Box::new(lease.clone());
        self.log.of(
            slot,
            &lease,
            Doing::Claimed {
                lease: noted,
                until,
            },
        );
        let keeper = Keeper::start(Kept {
            slot,
            ticket: lease.ticket.id.clone(),
            token: lease.token,
            span: self.lease,
            sent,
            door: Arc::clone(&self.door),
            wire: Arc::clone(&wire),
            log: self.log.clone(),
        });
        let job = Job {
            slot,
            lease: lease.clone(),
            store: self.door.store(),
            wire: Arc::clone(&wire),
        };
        let outcome = handled(handler, job, &wire).await;
        let ending = Ending {
            shift: self,
            slot,
            lease: &lease,
            wire: &wire,
        };
        ending.end(outcome).await;
        drop(keeper);
    }
}

/// Runs the handler; its future is dropped when its lease is lost or the worker stops. A panic is a failure.
async fn handled(handler: &Handler<'_>, job: Job, wire: &Wire) -> Outcome {
    let work: Work<'_> = Box::pin(async move { handler(job).await });
    let mut work = pin!(caught(work));
    std::future::poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(Ok(outcome)) => Poll::Ready(outcome),
        Poll::Ready(Err(word)) => Poll::Ready(Outcome::failed(format!("panicked: {word}"))),
        Poll::Pending => wire
            .poll_end(context)
            .map(|()| Outcome::back("the worker was stopped")),
    })
    .await
}

/// A name for a claim that no other process and no other claim has.
fn request_id() -> String {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    static BEGUN: Once<u128> = Once::new();
    let begun = BEGUN.get(|| boot::now().as_nanos());
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    format!("work-{}-{begun}-{number}", std::process::id())
}
