//! Where a row of the old `tickets` is placed. The Python system kept status, completion and lock in columns that need not
//! agree; here a ticket is in exactly one place.
//!
//! | the row says | lock | it is placed as |
//! |---|---|---|
//! | open | none | open |
//! | open | live | **leased** to whoever holds the lock: somebody works on it |
//! | open | run out | **open** |
//! | in progress | live | leased |
//! | in progress | run out | leased, run out: open again with the first change of the file, and until then its holder may still complete it |
//! | in progress | none | **open** |
//! | completed | none | completed |
//! | completed | any | **completed**, without the lock |
//! | open or in progress, and its `completed` is 1 | live | **leased** |
//! | open or in progress, and its `completed` is 1 | none, run out | **completed**: its evidence is there |
//! | no status, or an unknown one | as if open | as if open, **always** noted |
//!
//! A lock without a readable end lasts an hour from its beginning, as the Python system's own default. In the places in
//! bold the row contradicts itself: its old values are kept in the ticket's `imported` event.

/// What the status column says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Says {
    Open,
    InProgress,
    Completed,
    Nothing,
}

impl Says {
    pub fn of(status: Option<&str>) -> Self {
        match status {
            Some("Open") => Self::Open,
            Some("In Progress") => Self::InProgress,
            Some("Completed") => Self::Completed,
            _ => Self::Nothing,
        }
    }
}

/// What the lock columns say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lock {
    None,
    Live,
    RunOut,
}

/// Where the row is placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Open,
    Leased,
    Completed,
}

/// The table above: the place, and what contradicts it.
pub(super) fn stands(says: Says, completed: bool, lock: Lock) -> (Standing, Option<&'static str>) {
    match (says, completed, lock) {
        (Says::Completed, _, Lock::None) => (Standing::Completed, None),
        (Says::Completed, ..) => (Standing::Completed, Some("completed with a lock")),
        (Says::InProgress, false, Lock::Live | Lock::RunOut) => (Standing::Leased, None),
        (Says::InProgress, false, Lock::None) => {
            (Standing::Open, Some("in progress without a lock"))
        }
        (Says::Open, false, Lock::None) => (Standing::Open, None),
        (Says::Open, false, Lock::Live) => (Standing::Leased, Some("open with a live lock")),
        (Says::Open, false, Lock::RunOut) => {
            (Standing::Open, Some("open with a lock that has run out"))
        }
        (Says::Open | Says::InProgress, true, Lock::Live) => {
            (Standing::Leased, Some("completed, and locked again"))
        }
        (Says::Open | Says::InProgress, true, _) => {
            (Standing::Completed, Some("completed, and not closed"))
        }
        (Says::Nothing, true, Lock::None | Lock::RunOut) => {
            (Standing::Completed, Some("no known status"))
        }
        (Says::Nothing, _, Lock::Live) => (Standing::Leased, Some("no known status")),
        (Says::Nothing, false, _) => (Standing::Open, Some("no known status")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_live_lock_is_never_lost_unless_the_work_is_done() {
        for says in [Says::Open, Says::InProgress, Says::Nothing] {
            for completed in [false, true] {
                let (place, _) = stands(says, completed, Lock::Live);
                assert_eq!(place, Standing::Leased, "{says:?} {completed}");
            }
        }
        assert_eq!(
            stands(Says::Completed, true, Lock::Live).0,
            Standing::Completed
        );
    }

    #[test]
    fn only_rows_that_agree_with_themselves_are_not_noted() {
        let mut fine = Vec::new();
        for says in [Says::Open, Says::InProgress, Says::Completed, Says::Nothing] {
            for completed in [false, true] {
                for lock in [Lock::None, Lock::Live, Lock::RunOut] {
                    if stands(says, completed, lock).1.is_none() {
                        fine.push((says, completed, lock));
                    }
                }
            }
        }
        assert_eq!(
            fine,
            [
                (Says::Open, false, Lock::None),
                (Says::InProgress, false, Lock::Live),
                (Says::InProgress, false, Lock::RunOut),
                (Says::Completed, false, Lock::None),
                (Says::Completed, true, Lock::None),
            ]
        );
    }
}
