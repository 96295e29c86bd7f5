//! Where there is no shared line: its reception waits by epoll, and both ends ask the kernel who the other is, as Linux
//! tells it. Every process commits for itself, by the gate. `--cfg gate_only` makes it so on Linux too.

pub(crate) mod replies;
mod session;
mod standing;

use std::marker::PhantomData;

use crate::core::Core;
use crate::identity::Place;
use crate::program::Program;
use crate::slot::Slot;

pub(crate) use replies::Replies;
pub(crate) use session::Crossing;
pub use standing::{Leading, Standing};

/// Nobody is followed.
pub(crate) struct Follower<P>(PhantomData<fn(P)>);

impl<P: Program> Follower<P> {
    pub(crate) fn new() -> Self {
        Self(PhantomData)
    }

    pub(crate) fn ring(&self) {}

    pub(crate) fn pump(&self, _core: &Core<P>) {}

    pub(crate) fn is_heard_here(&self) -> bool {
        false
    }

    pub(crate) fn hear_here(&self, _core: &Core<P>, _slot: &Slot<P::Answer>) -> bool {
        false
    }
}

/// Nobody leads.
pub(crate) fn look(_place: &Place) -> Option<Leading> {
    None
}
