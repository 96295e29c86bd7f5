//! What the whole process has once: made at its first use, or replaced as a whole.
//!
//! A process that forks may have a thread in the middle of either. Its child does not have that thread, and would wait for
//! it forever; so a fork waits first (see [`hold`]), and nobody begins until it is over.

use std::sync::{Arc, OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Shared by those who make or replace something, alone with who forks. Nobody takes it twice.
static PEACE: RwLock<()> = RwLock::new(());

fn at_peace() -> RwLockReadGuard<'static, ()> {
    PEACE.read().unwrap_or_else(PoisonError::into_inner)
}

/// Waits until nothing is in the making; nothing will be while the answer lives.
pub(crate) fn hold() -> RwLockWriteGuard<'static, ()> {
    PEACE.write().unwrap_or_else(PoisonError::into_inner)
}

/// Something that is made at its first use. What makes it uses nothing of this kind itself.
pub(crate) struct Once<T>(OnceLock<T>);

impl<T> Once<T> {
    pub(crate) const fn new() -> Self {
        Self(OnceLock::new())
    }

    /// It; `make` is called at most once.
    pub(crate) fn get(&self, make: impl FnOnce() -> T) -> &T {
        self.0.get().unwrap_or_else(|| {
            let _at_peace = at_peace();
            self.0.get_or_init(make)
        })
    }
}

/// Something that is replaced as a whole; whoever has it keeps what he has.
pub(crate) struct Current<T>(RwLock<Option<Arc<T>>>);

impl<T> Current<T> {
    pub(crate) const fn new() -> Self {
        Self(RwLock::new(None))
    }

    /// It, as it is now; `first` is what it is before it is replaced.
    pub(crate) fn get(&self, first: impl FnOnce() -> T) -> Arc<T> {
        let _at_peace = at_peace();
        if let Some(known) = &*self.0.read().unwrap_or_else(PoisonError::into_inner) {
            return Arc::clone(known);
        }
        let mut place = self.0.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(place.get_or_insert_with(|| Arc::new(first())))
    }

    pub(crate) fn replace(&self, by: T) {
        let _at_peace = at_peace();
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(by));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::thread;

    use super::*;

    #[test]
    fn made_once_and_replaced_as_a_whole() {
        let once = Once::new();
        assert_eq!((once.get(|| 1), once.get(|| 2)), (&1, &1));
        let current = Current::new();
        let first = current.get(|| 1);
        current.replace(2);
        assert_eq!((*first, *current.get(|| 3)), (1, 2));
    }

    #[test]
    fn who_forks_waits_for_those_who_make_something() {
        static ONCE: Once<u8> = Once::new();
        let (begun, begins) = mpsc::channel();
        let (go, goes) = mpsc::channel::<()>();
        let maker = thread::spawn(move || {
            *ONCE.get(|| {
                begun.send(()).unwrap();
                goes.recv().unwrap();
                5
            })
        });
        begins.recv().unwrap();
        assert!(PEACE.try_write().is_err(), "a fork would not wait");
        go.send(()).unwrap();
        drop(hold());
        assert_eq!(ONCE.0.get(), Some(&5));
        assert_eq!(maker.join().unwrap(), 5);
    }
}
