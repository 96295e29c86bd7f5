//! The lead: a lock that one process holds as long as it lives, freed by the kernel at its death. The file also holds the
//! *term*: a number that rises with each leader, and when a leader is deposed because it fell silent.
//!
//! Whoever reads or writes the term holds the gate. It need not survive a power cut: no call in a leader's hands does.

use std::fs::{File, TryLockError};
use std::io;
use std::os::unix::fs::FileExt;

use crate::beside::SideFile;
use crate::identity::{FileId, Place};

/// The lead, held. Dropping it gives it up.
#[derive(Debug)]
pub(crate) struct Lead {
    file: SideFile,
    term: u64,
}

/// The lock alone: whoever has it leads as soon as it has the gate too.
#[derive(Debug)]
pub(crate) struct Candidate(SideFile);

impl Candidate {
    /// Takes the lock, unless another process has it.
    pub(crate) fn stand(place: &Place) -> io::Result<Option<Self>> {
        let file = open(place)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// A new term begins. Call it with the gate held.
    pub(crate) fn lead(self, place: &Place) -> io::Result<Option<Lead>> {
        if !self.0.is_at(&place.lead) {
            return Ok(None);
        }
        let term = read(&self.0)? + 1;
        self.0.write_all_at(&term.to_le_bytes(), 0)?;
        let file = self.0;
        Ok(Some(Lead { file, term }))
    }
}

impl Lead {
    pub(crate) fn term(&self) -> u64 {
        self.term
    }

    /// Whether nobody has deposed this process, nor leads after it. Call it with the gate held.
    pub(crate) fn is_in_term(&self) -> bool {
        read(&self.file).is_ok_and(|term| term == self.term)
    }

    /// Whether the file is where others look for it.
    pub(crate) fn is_in_place(&self, place: &Place) -> bool {
        self.file.is_at(&place.lead)
    }
}

/// A leader that fell silent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Suspect {
    /// It led in this term, and has calls of ours in its hands.
    Term(u64),
    /// It never said a word; this was its socket.
    Socket(FileId),
}

/// Ends the term of a leader that fell silent: when it wakes, it applies nothing more for others. Whoever leads since then
/// is left alone. Call it with the gate held. The leader's socket is removed, so that nobody meets its silence any more; answers
/// the socket where the folder does not let it go.
pub(crate) fn depose(place: &Place, suspect: Suspect) -> io::Result<Option<FileId>> {
    let file = open(place)?;
    let term = read(&file)?;
    let leads = match suspect {
        Suspect::Term(suspected) => suspected == term,
        Suspect::Socket(socket) => FileId::at(&place.socket).is_ok_and(|there| there == socket),
    };
    if !leads {
        return Ok(None);
    }
    file.write_all_at(&(term + 1).to_le_bytes(), 0)?;
    let stays = std::fs::remove_file(&place.socket).is_err();
    Ok(FileId::at(&place.socket).ok().filter(|_| stays))
}

fn open(place: &Place) -> io::Result<SideFile> {
    SideFile::open(&place.lead, place)
}

/// The term; 0 in a file that is new.
fn read(file: &File) -> io::Result<u64> {
    let mut bytes = [0; 8];
    match file.read_exact_at(&mut bytes, 0) {
        Ok(()) => Ok(u64::from_le_bytes(bytes)),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(0),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::tests::place;

    impl Lead {
        fn leads(&self, place: &Place) -> bool {
            self.is_in_term() && self.is_in_place(place)
        }
    }

    fn take(place: &Place) -> Option<Lead> {
        Candidate::stand(place).unwrap()?.lead(place).unwrap()
    }

    #[test]
    fn one_leads_until_it_gives_up_or_is_deposed() {
        let dir = tempfile::tempdir().unwrap();
        let place = place(&dir);
        let first = take(&place).unwrap();
        assert!(take(&place).is_none());
        assert!(first.leads(&place));
        depose(&place, Suspect::Term(first.term() + 1)).unwrap();
        assert!(first.leads(&place), "another was meant");
        depose(&place, Suspect::Term(first.term())).unwrap();
        assert!(!first.leads(&place));
        assert!(take(&place).is_none(), "it still has the lock");
        drop(first);
        assert!(take(&place).unwrap().leads(&place));
    }

    #[test]
    fn a_socket_that_cannot_be_removed_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let place = place(&dir);
        let first = take(&place).unwrap();
        assert_eq!(depose(&place, Suspect::Term(first.term())).unwrap(), None);
        std::fs::create_dir(&place.socket).unwrap();
        let socket = FileId::at(&place.socket).unwrap();
        let stays = depose(&place, Suspect::Socket(socket)).unwrap();
        assert_eq!(stays, Some(socket));
    }

    #[test]
    fn a_removed_lead_is_no_lead() {
        let dir = tempfile::tempdir().unwrap();
        let place = place(&dir);
        let first = take(&place).unwrap();
        std::fs::remove_file(&place.lead).unwrap();
        assert!(!first.leads(&place));
        let second = take(&place).unwrap();
        assert!(second.leads(&place) && !first.leads(&place));
    }
}
