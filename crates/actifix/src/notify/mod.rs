//! Hooks and webhooks: commands that run and addresses that are told when something happens to a ticket.
//!
//! What is to be told stands in the outbox, written in the transaction of what it tells, whoever made the change
//! ([`Store::subscribe`](crate::Store::subscribe)). A [`Deliverer`] takes it from there: one at a time sends to a target,
//! under a lease of its own, so a deliverer that is killed is followed by another, which sends what was not acknowledged
//! again. So everything is told **at least once**, and each telling has an id that stays the same, by which the receiver
//! sees repeats. What fails is tried again with growing pauses over three days, then kept as a dead letter.
//!
//! A slow or dead target holds up nobody: not the store, which only writes a row, nor the other targets, each of which has
//! a thread of its own.

#[cfg(feature = "notify")]
mod deliverer;
#[cfg(feature = "notify")]
mod discord;
#[cfg(feature = "notify")]
mod halt;
#[cfg(feature = "notify")]
mod hook;
#[cfg(feature = "notify")]
mod lane;
#[cfg(feature = "notify")]
mod message;
#[cfg(feature = "notify")]
mod pauses;
#[cfg(feature = "notify")]
mod signature;
#[cfg(feature = "notify")]
mod slack;
mod target;
#[cfg(feature = "notify")]
mod webhook;

#[cfg(feature = "notify")]
pub use deliverer::{Deliverer, Notice, Tally, Until, subscribe};
#[cfg(feature = "notify")]
pub use halt::Halt;
pub use target::{Format, Hook, Target, Webhook, subscriptions};
