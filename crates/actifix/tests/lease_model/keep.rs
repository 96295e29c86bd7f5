//! The steps of those who do not work on tickets but look after them.

use actifix::{Close, Delete, Receipt, Result, Timestamp, Token, Update, WakeRule};

use super::compare::agree_on_change;
use super::drive::{Run, micros};
use super::model::{No, Yes};
use super::steps::Step;

impl Run {
    pub(super) fn keep(&mut self, step: &Step) {
        let (at, said, seen) = match *step {
            Step::Close {
                which,
                shown,
                reason,
            } => {
                let (at, token) = (self.at(which), shown.map(|shown| self.token(which, shown)));
                let seen = self.caller.close(&self.ids[at], reason, token.map(Token));
                (at, self.model.close(at, token, reason), seen)
            }
            Step::CloseAsDuplicate { which, of } => {
                let (at, of) = (self.at(which), self.at(of));
                let how = Close::duplicate_of(self.ids[of].clone());
                let seen = self.caller.close_how(&self.ids[at], how, None);
                (at, self.model.close_as_duplicate(at, of), seen)
            }
            Step::Ignore {
                which,
                shown,
                until,
                more,
            } => {
                let (at, token) = (self.at(which), shown.map(|shown| self.token(which, shown)));
                let until = until.map(|seconds| self.model.now + micros(seconds));
                let wake = WakeRule {
                    until: until.map(Timestamp::from_micros),
                    more,
                };
                let seen = self.caller.ignore(&self.ids[at], wake, token.map(Token));
                (at, self.model.ignore(at, token, until, more), seen)
            }
            Step::Delete {
                which,
                shown,
                force,
            } => {
                let (at, token) = (self.at(which), shown.map(|shown| self.token(which, shown)));
                let seen = self.caller.delete(
                    &self.ids[at],
                    Delete {
                        token: token.map(Token),
                        force,
                    },
                );
                (at, self.model.delete(at, token, force), seen)
            }
            ref step => self.plain(step),
        };
        agree_on_change(said, seen);
        self.look_at(at);
    }

    fn plain(&mut self, step: &Step) -> (usize, std::result::Result<Yes, No>, Result<Receipt>) {
        match *step {
            Step::Reopen { which } => {
                let at = self.at(which);
                (at, self.model.reopen(at), self.caller.reopen(&self.ids[at]))
            }
            Step::Undelete { which } => {
                let at = self.at(which);
                (
                    at,
                    self.model.undelete(at),
                    self.caller.undelete(&self.ids[at]),
                )
            }
            Step::Prioritise { which, priority } => {
                let at = self.at(which);
                let change = Update {
                    priority: Some(priority),
                    ..Update::default()
                };
                let seen = self.store.update(&self.ids[at], change).wait();
                (at, self.model.prioritise(at, priority), seen)
            }
            ref step => panic!("{step:?} is done elsewhere"),
        }
    }
}
