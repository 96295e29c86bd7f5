//! Who is told of what happens, and what is done with what is still to be told. [`crate::notify`] stands on it.

use std::time::Duration;

use super::sqlite::{Body, Delivering};
use super::{Call, Store};
use crate::error::{Error, Result};
use crate::limits;
use crate::outbox::{
    self, Attempt, Delivery, DeliveryFilter, DeliveryId, Outbox, Parcel, Subscription, Taken,
};

/// Deliveries in one call that changes them.
const MOST: usize = 1_000;

impl Store {
    /// From now on these targets are told what they ask for, whoever changes a ticket by whatever program: with each
    /// change a row for each of them is written to the outbox, in the same transaction. Targets that are not named are
    /// told nothing more; what waits for them waits on.
    ///
    /// ```
    /// use actifix::{Occasion, Report, Store, Subscription};
    /// # let dir = tempfile::tempdir()?;
    /// # let store = Store::open(dir.path().join("actifix.db"))?;
    /// let pager = Subscription { on: vec![Occasion::Recorded], ..Subscription::to("pager") };
    /// store.subscribe(vec![pager]).wait()?;
    /// store.record(Report::error("E", "the disk is full")).wait()?;
    /// assert_eq!(store.outbox().wait()?.waiting, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Invalid`] for a name that is none, two targets of one name, and too many of them.
    pub fn subscribe(&self, targets: Vec<Subscription>) -> Call<()> {
        match outbox::check(&targets) {
            Ok(()) => self.send(Body::Subscribe(targets)),
            Err(error) => Call::failed(error),
        }
    }

    /// Who is told of what.
    pub fn subscriptions(&self) -> Call<Vec<Subscription>> {
        self.backend.subscriptions()
    }

    /// When something may be sent to `target`; `None`: nothing waits for it.
    pub fn next_delivery(&self, target: &str) -> Call<Option<crate::Timestamp>> {
        self.backend.next_delivery(target.to_owned())
    }

    /// Takes what is due for `target`, at most so many, and the target itself for `lease`: nobody else sends to it
    /// meanwhile. `None`: somebody else does, or it rests after failures, or there is no such target.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a lease out of bounds.
    pub fn take_deliveries(
        &self,
        target: &str,
        lease: Duration,
        most: usize,
    ) -> Call<Option<Taken>> {
        match limits::lease(lease) {
            Ok(()) => self.send(Body::Deliver(Delivering::Take {
                target: target.to_owned(),
                lease,
                most: most.min(MOST),
            })),
            Err(error) => Call::failed(error),
        }
    }

    /// A delivery with what there is to tell, as it stands now.
    pub fn parcel(&self, delivery: Delivery) -> Call<Parcel> {
        self.backend.parcel(delivery)
    }

    /// Says what came of an attempt, under the token that [`Store::take_deliveries`] gave, and keeps the target for
    /// `lease` from now. False: another deliverer has the target by now, nothing was changed, and it will send the
    /// delivery again.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a lease out of bounds.
    pub fn settle_delivery(
        &self,
        token: i64,
        id: &DeliveryId,
        attempt: Attempt,
        lease: Duration,
    ) -> Result<bool> {
        limits::lease(lease)?;
        let settle = Delivering::Settle {
            token,
            id: id.clone(),
            attempt,
            lease,
        };
        let settled: u64 = self.send(Body::Deliver(settle)).wait()?;
        Ok(settled > 0)
    }

    /// Lets others send to `target`.
    pub fn leave_target(&self, target: &str, token: i64) -> Call<u64> {
        self.send(Body::Deliver(Delivering::Leave {
            target: target.to_owned(),
            token,
        }))
    }

    /// What was given up and, unless `filter` asks for that alone, what waits.
    pub fn deliveries(&self, filter: DeliveryFilter) -> Call<Vec<Delivery>> {
        self.backend.deliveries(filter)
    }

    /// Has deliveries sent now: dead letters, from their first attempt on, and waiting ones before their pause is over.
    /// Answers how many of `ids` there are.
    ///
    /// # Errors
    /// [`Error::Invalid`] for more than 1,000 at once.
    pub fn retry_deliveries(&self, ids: Vec<DeliveryId>) -> Call<u64> {
        self.change_deliveries(ids, Delivering::Retry)
    }

    /// Has all dead letters sent again. Answers how many there were.
    ///
    /// # Errors
    /// What a call that waits for the write lock answers.
    pub fn retry_all_deliveries(&self) -> Result<u64> {
        let mut all = 0;
        loop {
            let some: u64 = self
                .send(Body::Deliver(Delivering::Retry(Vec::new())))
                .wait()?;
            all += some;
            if some < MOST as u64 {
                return Ok(all);
            }
        }
    }

    /// Forgets deliveries for good, dead letters and waiting ones. Answers how many of `ids` were any.
    ///
    /// # Errors
    /// [`Error::Invalid`] for more than 1,000 at once.
    pub fn drop_deliveries(&self, ids: Vec<DeliveryId>) -> Call<u64> {
        self.change_deliveries(ids, Delivering::Drop)
    }

    /// What waits in the outbox, and what was given up.
    pub fn outbox(&self) -> Call<Outbox> {
        self.backend.outbox()
    }

    fn change_deliveries(
        &self,
        ids: Vec<DeliveryId>,
        how: fn(Vec<DeliveryId>) -> Delivering,
    ) -> Call<u64> {
        if ids.is_empty() || ids.len() > MOST {
            let why = format!("from 1 to {MOST} deliveries are changed at once");
            return Call::failed(Error::invalid("id", why));
        }
        self.send(Body::Deliver(how(ids)))
    }
}
