//! Which threads are inside a write transaction of a guest? A call along the line from there would wait for itself.

use std::cell::RefCell;
use std::sync::{Arc, Weak};

use crate::identity::FileId;

thread_local! {
    /// The write transactions that this thread has begun and that may still be open.
    static BEGUN: RefCell<Vec<(FileId, Weak<()>)>> = const { RefCell::new(Vec::new()) };
}

/// Lives as long as a write transaction, whichever thread ends it.
#[derive(Debug)]
pub(super) struct Mark(#[allow(dead_code)] Arc<()>);

impl Mark {
    /// This thread is inside from now on.
    pub fn set(file: FileId) -> Self {
        let life = Arc::new(());
        BEGUN.with_borrow_mut(|begun| {
            begun.retain(|(_, life)| life.strong_count() > 0);
            begun.push((file, Arc::downgrade(&life)));
        });
        Self(life)
    }
}

/// Whether this thread has a guest's write transaction open on the file.
pub(crate) fn is_inside(file: FileId) -> bool {
    BEGUN.with_borrow(|begun| {
        begun
            .iter()
            .any(|(there, life)| *there == file && life.strong_count() > 0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inside_as_long_as_the_mark_lives_and_only_this_thread() {
        let file = FileId {
            device: 7,
            inode: 8,
        };
        assert!(!is_inside(file));
        let mark = Mark::set(file);
        assert!(is_inside(file));
        assert!(!is_inside(FileId { inode: 9, ..file }));
        std::thread::spawn(move || assert!(!is_inside(file)))
            .join()
            .unwrap();
        std::thread::spawn(move || drop(mark)).join().unwrap();
        assert!(!is_inside(file));
    }
}
