//! The socket beside the database: private, and both ends look who the other is.

use std::fs::{self, File, Permissions};
use std::io;
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use nix::sys::socket::{UnixCredentials, getsockopt, sockopt::PeerCredentials};
use rustix::net::{self, AddressFamily, SocketAddrUnix, SocketFlags, SocketType, socket_with};
use rustix::process::geteuid;

use crate::forked::Own;
use crate::identity::Place;

/// The longest path of a socket, less its end mark.
const LONGEST: usize = 107;

/// Listens at the socket's path. Only the leader calls this, so whatever stands there belongs to a leader that is gone.
pub(crate) fn listen(place: &Place) -> io::Result<Own<UnixListener>> {
    let mut fresh = place.socket.clone().into_os_string();
    fresh.push("~");
    let fresh = PathBuf::from(fresh);
    let _ = fs::remove_file(&fresh);
    let listener = Own::open(|| within_reach(&fresh, |path| UnixListener::bind(path)))?;
    listener.set_nonblocking(true)?;
    match show(&fresh, place) {
        Ok(()) => Ok(listener),
        Err(error) => {
            let _ = fs::remove_file(&fresh);
            Err(error)
        }
    }
}

/// Private before it has the name that others know.
fn show(fresh: &Path, place: &Place) -> io::Result<()> {
    fs::set_permissions(fresh, Permissions::from_mode(0o600))?;
    fs::rename(fresh, &place.socket)
}

/// Connects to the leader, if there is one that this process may trust.
pub(crate) fn connect(place: &Place) -> io::Result<Own<UnixStream>> {
    let stream = Own::open(|| within_reach(&place.socket, connect_to))?;
    match is_friend(&*stream) || is_owner(&*stream, place) {
        true => Ok(stream),
        false => Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            "who listens there is neither this user, nor root, nor the database's owner",
        )),
    }
}

/// Without waiting: a leader that is stopped accepts nobody, and its backlog may be full.
fn connect_to(path: &Path) -> io::Result<UnixStream> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)?;
    net::connect(&socket, &SocketAddrUnix::new(path)?)?;
    Ok(UnixStream::from(socket))
}

/// Whether the other end is of the same user, or root.
pub(crate) fn is_friend(stream: &impl AsFd) -> bool {
    other_end(stream).is_ok_and(|peer| may_trust(peer.uid(), geteuid().as_raw()))
}

/// Each its own user, and everybody root.
fn may_trust(other: u32, own: u32) -> bool {
    other == own || other == 0
}

/// Whether the other end is of the database's owner, who can do what he likes with it anyway: root may trust him.
fn is_owner(stream: &impl AsFd, place: &Place) -> bool {
    let owner = fs::metadata(&place.path).map(|meta| meta.uid());
    matches!((other_end(stream), owner), (Ok(peer), Ok(owner)) if peer.uid() == owner)
}

/// The process at the other end; `None` when it lives in another pid namespace, where a number of ours says nothing.
pub(crate) fn process_of(stream: &impl AsFd) -> Option<u32> {
    let pid = other_end(stream).ok()?.pid();
    u32::try_from(pid).ok().filter(|pid| *pid != 0)
}

/// Not by rustix: its pid is never 0, and a process of another pid namespace has that.
fn other_end(stream: &impl AsFd) -> nix::Result<UnixCredentials> {
    getsockopt(stream, PeerCredentials)
}

/// A path that is too long for a socket is reached by its folder's descriptor.
fn within_reach<T>(path: &Path, f: impl FnOnce(&Path) -> io::Result<T>) -> io::Result<T> {
    if path.as_os_str().len() <= LONGEST {
        return f(path);
    }
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(io::ErrorKind::InvalidFilename.into());
    };
    let folder = File::open(folder)?;
    f(&Path::new(&format!("/proc/self/fd/{}", folder.as_raw_fd())).join(name))
}

#[cfg(test)]
mod tests {
    use std::thread;

    use rustix::process::Uid;
    use rustix::thread::set_thread_res_uid;

    use super::*;
    use crate::identity::tests::place;

    #[test]
    fn private_and_anew_over_an_old_one() {
        let dir = tempfile::tempdir().unwrap();
        let place = place(dir.path());
        drop(listen(&place).unwrap());
        assert!(connect(&place).is_err(), "nobody is there");
        let _listener = listen(&place).unwrap();
        let mode = fs::metadata(&place.socket).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        connect(&place).unwrap();
    }

    #[test]
    fn only_the_same_user_and_root_are_trusted() {
        let [root, mine, other] = [0, 1000, 1001];
        assert!(may_trust(mine, mine) && may_trust(root, mine) && may_trust(root, root));
        assert!(!may_trust(other, mine) && !may_trust(mine, root));
    }

    #[test]
    fn the_socket_of_another_user_is_no_leaders() {
        if !geteuid().is_root() {
            return; // only root can be somebody else
        }
        let dir = tempfile::tempdir().unwrap();
        let place = place(dir.path());
        fs::set_permissions(dir.path(), Permissions::from_mode(0o777)).unwrap();
        let socket = place.socket.clone();
        let listener = thread::spawn(move || {
            // Of this thread only.
            let nobody = Uid::from_raw(65534);
            set_thread_res_uid(nobody, nobody, nobody).unwrap();
            UnixListener::bind(socket).unwrap()
        });
        let _listener = listener.join().unwrap();
        let refused = connect(&place).map(drop).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::PermissionDenied);
    }

    #[test]
    fn a_long_path_is_reached_all_the_same() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("a".repeat(120));
        fs::create_dir(&folder).unwrap();
        let place = place(&folder);
        let _listener = listen(&place).unwrap();
        connect(&place).unwrap();
    }
}
