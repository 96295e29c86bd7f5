//! What a holder does under its token: renew, release, complete. The token decides, never the holder's name.

use std::time::Duration;

use serde_json::json;
use sqlite_line::WriteTxn;
use sqlite_line::rusqlite::Result as Sql;

use super::claim::renewal;
use super::command::Completing;
use super::desk::{Desk, Found, Step, Who, find_as_is, number, settled};
use super::due;
use super::events::{self, Entry};
use super::grant::Grant;
use super::places::{self, EndRow, Key, LastGrant, LeaseRow, Place};
use crate::error::{Error, LostWhy, Result};
use crate::event::{EventKind, Receipt};
use crate::lease::{Release, Token};
use crate::ticket::TicketId;
use crate::time::Timestamp;

/// By rowid, and only under the token: the fence.
pub(super) const RENEW: &str = "UPDATE leases SET expires = ?3 WHERE ticket = ?1 AND token = ?2";
/// By the whole primary key.
const FORGET_LAST: &str = "UPDATE ready SET last_token = NULL, last_holder = NULL
  WHERE project = ?1 AND priority = ?2 AND created = ?3 AND ticket = ?4";
/// By `events_of_ticket`, backwards.
const HOW_IT_ENDED: &str = "SELECT kind, at FROM events
  WHERE ticket = ?1 AND token = ?2 AND kind <> 1 AND kind IN (4, 5, 6) ORDER BY seq DESC LIMIT 1";
/// By `events_of_ticket`: was the token ever granted for this ticket?
const GRANTED_TO: &str = "SELECT actor FROM events WHERE seq = ?2 AND ticket = ?1 AND kind = 2";
/// By rowid.
const ENDED_BY: &str = "SELECT actor, at FROM events WHERE seq = ?1";

impl Desk {
    pub fn renew(
        &mut self,
        txn: &WriteTxn<'_>,
        who: &Who<'_>,
        id: &TicketId,
        token: Token,
        span: Duration,
    ) -> Step<Grant> {
        let found = find_as_is(txn, id)?;
        let ticket = found.key.ticket;
        let lease = match found.place {
            Place::Leased(lease) if lease.token == token.0 && lease.expires > self.now.micros() => {
                lease
            }
            _ => return Err(self.lost(txn, &found, token)?.into()),
        };
        let holder = self.holder(txn, who, &found, lease.holder, lease.acquired)?;
        let expires_at = self.now.after(span);
        if txn.execute(RENEW, (ticket, lease.token, expires_at.micros()))? != 1 {
            return Err(self.lost(txn, &found, token)?.into());
        }
        let entry = Entry::of(ticket, EventKind::Renewed, lease.holder)
            .token(lease.token)
            .num(expires_at.micros())
            .was(&renewal(Timestamp::from_micros(lease.expires)));
        self.append(txn, &entry)?;
        self.granted(
            txn,
            ticket,
            &holder,
            LeaseRow {
                expires: expires_at.micros(),
                ..lease
            },
        )
    }

    pub fn release(
        &mut self,
        txn: &WriteTxn<'_>,
        who: &Who<'_>,
        id: &TicketId,
        token: Token,
        how: &Release,
    ) -> Step<Receipt> {
        let found = self.find(txn, id)?;
        match found.place.clone() {
            Place::Leased(lease) if lease.token == token.0 => {
                self.holder(txn, who, &found, lease.holder, lease.acquired)?;
                self.give_back(
                    txn,
                    &found,
                    LastGrant {
                        token: lease.token,
                        holder: lease.holder,
                    },
                    how,
                    true,
                )
            }
            Place::Ready { last: Some(last) } if last.token == token.0 => {
                self.holder(txn, who, &found, last.holder, self.now.micros())?;
                self.give_back(txn, &found, last, how, false)
            }
            Place::Parked {
                last: Some(last), ..
            } if last.token == token.0 => Ok(events::unchanged(txn, &found)?),
            _ => Err(self.lost(txn, &found, token)?.into()),
        }
    }

    /// Gives a ticket back. `live`: its lease has not run out, so a failure counts (an expiry has been counted already).
    fn give_back(
        &mut self,
        txn: &WriteTxn<'_>,
        found: &Found,
        grant: LastGrant,
        how: &Release,
        live: bool,
    ) -> Step<Receipt> {
        let ticket = found.key.ticket;
        let mut rest = how.not_before.unwrap_or_default();
        let mut park = false;
        if how.failed {
            let attempts = if live {
                due::failed_again(txn, ticket, how.reason.as_deref())?
            } else {
                due::counted(txn, ticket)?.0
            };
            park = attempts >= self.settings.retry.attempts;
            rest = rest.max(self.settings.retry.rest(attempts, jitter(grant.token)));
        } else if live {
            due::did_not_lapse(txn, ticket)?;
        }
        let kind = if how.failed {
            EventKind::Failed
        } else {
            EventKind::Released
        };
        let mut entry = Entry::of(ticket, kind, grant.holder).token(grant.token);
        let not_before = self.now.after(rest);
        if !rest.is_zero() && !park {
            entry = entry.num(not_before.micros());
        }
        if let Some(reason) = &how.reason {
            entry = entry.is(&json!({"reason": reason}));
        }
        if park {
            self.leave(txn, &found.key, &found.place)?;
            let receipt = self.receipt(txn, found, &entry)?;
            due::park(self, txn, &found.key, None)?;
            return Ok(receipt);
        }
        if rest.is_zero() && !live {
            let key = &found.key;
            txn.execute(
                FORGET_LAST,
                (key.project, key.priority, key.created, key.ticket),
            )?;
        } else if rest.is_zero() {
            self.relocate(txn, found, &Place::Ready { last: None })?;
        } else {
            self.relocate(
                txn,
                found,
                &Place::Scheduled {
                    not_before: not_before.micros(),
                },
            )?;
        }
        Ok(self.receipt(txn, found, &entry)?)
    }

    pub fn complete_all(
        &mut self,
        txn: &WriteTxn<'_>,
        who: &Who<'_>,
        ended: &[Result<Completing>],
    ) -> Step<Vec<Result<Receipt>>> {
        let mut answers = Vec::with_capacity(ended.len());
        for one in ended {
            answers.push(match one {
                Ok(one) => settled(self.complete(txn, who, one))?,
                Err(error) => Err(error.clone()),
            });
        }
        Ok(answers)
    }

    pub fn complete(
        &mut self,
        txn: &WriteTxn<'_>,
        who: &Who<'_>,
        ended: &Completing,
    ) -> Step<Receipt> {
        let found = self.find_to_complete(txn, ended)?;
        let ticket = found.key.ticket;
        if let Place::Completed(end) = &found.place
            && end.reason == 0
            && end.token == Some(ended.token.0)
        {
            return Ok(events::repeated(txn, &found, end.done)?);
        }
        let Some(last) = self.may_complete(&found.place, ended.token) else {
            return Err(self.lost(txn, &found, ended.token)?.into());
        };
        self.holder(txn, who, &found, last.holder, self.now.micros())?;
        let entry = Entry::of(ticket, EventKind::Completed, last.holder)
            .token(last.token)
            .text(ended.evidence.get());
        self.end(txn, &found, &entry, |done| EndRow {
            done,
            token: Some(last.token),
            reason: 0,
            original: None,
            wake_at: None,
            wake_count: None,
        })
    }

    /// Finds the ticket. The common case needs no more than the lease's row: the id was found, so it is the ticket's
    /// name or an alias of it.
    fn find_to_complete(&mut self, txn: &WriteTxn<'_>, ended: &Completing) -> Step<Found> {
        let ticket = number(txn, &ended.ticket)?;
        match places::lease(txn, ticket)? {
            Some((lease, project, priority)) if lease.token == ended.token.0 => Ok(Found {
                id: ended.ticket.clone(),
                key: Key {
                    ticket,
                    project,
                    priority,
                    created: 0,
                    kind: 0,
                },
                place: Place::Leased(lease),
            }),
            _ => find_as_is(txn, &ended.ticket),
        }
    }

    /// The grant under which a completion counts: a live one, or the last one while nobody else has taken the ticket.
    fn may_complete(&self, place: &Place, token: Token) -> Option<LastGrant> {
        let late = self.settings.late_completions;
        match place {
            Place::Leased(lease) if lease.token == token.0 => {
                let last = LastGrant {
                    token: lease.token,
                    holder: lease.holder,
                };
                (lease.expires > self.now.micros() || late).then_some(last)
            }
            Place::Ready { last: Some(last) }
            | Place::Parked {
                last: Some(last), ..
            } if last.token == token.0 && late => Some(*last),
            _ => None,
        }
    }

    /// Moves a ticket from where it stands to `completed`, with the event that ended it.
    pub fn end(
        &mut self,
        txn: &WriteTxn<'_>,
        found: &Found,
        entry: &Entry<'_>,
        row: impl FnOnce(i64) -> EndRow,
    ) -> Step<Receipt> {
        self.leave(txn, &found.key, &found.place)?;
        let receipt = self.receipt(txn, found, entry)?;
        self.place(txn, &found.key, &Place::Completed(row(receipt.seq)))?;
        Ok(receipt)
    }

    /// The holder's name. A caller that gave a name of its own must be the one.
    fn holder(
        &mut self,
        txn: &WriteTxn<'_>,
        who: &Who<'_>,
        found: &Found,
        holder: i64,
        since: i64,
    ) -> Step<String> {
        let name = self.names.text(txn, holder)?;
        if who.strict && *name != *who.name {
            return Err(Error::LeaseLost {
                ticket: found.id.clone(),
                holder: Some(name.to_string()),
                since: Timestamp::from_micros(since),
                why: LostWhy::Taken,
            }
            .into());
        }
        Ok(name.to_string())
    }

    /// How a token lost a ticket.
    pub fn lost(&mut self, txn: &WriteTxn<'_>, found: &Found, token: Token) -> Sql<Error> {
        let ticket = found.key.ticket;
        let (holder, since, why) = match &found.place {
            Place::Leased(lease) if lease.token == token.0 => {
                (Some(lease.holder), lease.expires, LostWhy::Expired)
            }
            Place::Leased(lease) if lease.expires > self.now.micros() => {
                (Some(lease.holder), lease.acquired, LostWhy::Taken)
            }
            Place::Completed(end) => {
                let by =
                    txn.query_opt(ENDED_BY, [end.done], |row| Ok((row.get(0)?, row.get(1)?)))?;
                let (actor, at) = by.unwrap_or((None, self.now.micros()));
                (actor, at, LostWhy::Completed)
            }
            Place::Trash { at, .. } => (None, *at, LostWhy::Deleted),
            _ => {
                let granted_to = txn.query_opt(GRANTED_TO, (ticket, token.0), |row| row.get(0))?;
                match txn.query_opt(HOW_IT_ENDED, (ticket, token.0), |row| {
                    Ok((row.get::<_, i64>(0)?, row.get(1)?))
                })? {
                    Some((kind, at)) if kind == EventKind::Expired as i64 => {
                        (granted_to, at, LostWhy::Expired)
                    }
                    Some((_, at)) => (granted_to, at, LostWhy::Released),
                    None => (None, self.now.micros(), LostWhy::Released),
                }
            }
        };
        let holder = holder
            .map(|holder: i64| self.names.text(txn, holder))
            .transpose()?
            .map(|name| name.to_string());
        Ok(Error::LeaseLost {
            ticket: found.id.clone(),
            holder,
            since: Timestamp::from_micros(since),
            why,
        })
    }
}

/// A number from 0 to 255 that differs from token to token: Fibonacci hashing.
fn jitter(token: i64) -> u8 {
    (token.wrapping_mul(-7_046_029_254_386_353_131) as u64 >> 56) as u8
}
