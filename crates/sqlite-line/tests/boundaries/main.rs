//! Where the shared line ends: other users, folders that may not be changed, containers, systems without sockets, batches
//! that take too long. Everybody goes on, nothing is lost or done twice, and who goes alone says so once.
//!
//! Users, mounts and namespaces are made here, so these tests need root.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test may stop

#[path = "../stage/mod.rs"]
mod stage;

mod cast;
mod containers;
mod folders;
mod slow;
mod sockets;
mod users;

/// Not a test of its own: what this binary does when a test starts it again as a helper.
#[test]
fn helper() {
    if let Some((role, path, number)) = stage::orders() {
        cast::play(&role, &path, i64::try_from(number).unwrap());
    }
}
