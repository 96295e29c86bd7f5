//! The shared line: one process at a time leads and commits for all others of the machine, in its own batches.
//!
//! The leader holds a lock (`lead`) and listens on a socket beside the database (`reception`). Every other process
//! follows: it hands its calls over a connection (`follower`), many at once, and gets each answer when the leader's
//! batch is on disk. The gate stays where it was: the leader takes it for each batch, and whoever cannot reach the
//! leader writes by the gate as if there were none.
//!
//! Nothing rests on the leader living. As in NFS 4.1 each process has a *session* with *slots*; a call is named by
//! session, slot and sequence, and the leader writes what it answered into the *reply cache* (`replies`), in the
//! transaction of the call. A caller whose leader is gone looks there, or lets the next leader look, and the call is
//! applied only if it is not there. A leader that may wake again is deposed first: its *term* is over, and whatever it
//! still holds of others it must not apply.

mod bell;
mod follower;
mod frame;
mod guest;
mod lead;
mod leader;
mod link;
mod look;
mod message;
mod peer;
mod reception;
pub(crate) mod replies;
mod session;
mod silence;
mod socket;
mod standing;

pub(crate) use follower::{Follower, Left};
pub(crate) use lead::{Candidate, Suspect, depose};
pub(crate) use leader::Leader;
pub(crate) use look::look;
pub(crate) use replies::Replies;
pub(crate) use session::Crossing;
pub use standing::{Leading, Standing};
