//! What may happen, in any order: the steps that proptest strings together.

use actifix::{CloseReason, Priority};
use proptest::prelude::*;

/// The names of errors are dealt out to so many projects.
pub const PROJECTS: u8 = 2;

/// Which ticket: its place in the order of their making, around and around.
pub type Which = usize;

/// Which token a caller shows.
#[derive(Clone, Copy, Debug)]
pub enum Shown {
    /// The newest that was given for the ticket.
    Newest,
    /// The one so many before it.
    Older(usize),
    /// The newest of the next ticket.
    Foreign,
    /// One that nobody was given.
    Never,
}

/// One step.
#[derive(Clone, Debug)]
pub enum Step {
    Record {
        name: u8,
        priority: Priority,
        later: Option<u64>,
    },
    Claim {
        holder: u8,
        count: usize,
        priority: Option<Priority>,
        project: Option<u8>,
        lease: u64,
    },
    Acquire {
        which: Which,
        holder: u8,
        lease: u64,
    },
    Renew {
        which: Which,
        shown: Shown,
        lease: u64,
    },
    Release {
        which: Which,
        shown: Shown,
        failed: bool,
        later: Option<u64>,
    },
    Complete {
        which: Which,
        shown: Shown,
    },
    Close {
        which: Which,
        shown: Option<Shown>,
        reason: CloseReason,
    },
    CloseAsDuplicate {
        which: Which,
        of: Which,
    },
    Ignore {
        which: Which,
        shown: Option<Shown>,
        until: Option<u64>,
        more: Option<u64>,
    },
    Reopen {
        which: Which,
    },
    Delete {
        which: Which,
        shown: Option<Shown>,
        force: bool,
    },
    Undelete {
        which: Which,
    },
    Prioritise {
        which: Which,
        priority: Priority,
    },
    Pass {
        seconds: u64,
    },
}

/// How a store is set for a run.
#[derive(Clone, Copy, Debug)]
pub struct Set {
    pub late_completions: bool,
    pub regression: actifix::Regression,
}

pub fn set() -> impl Strategy<Value = Set> {
    use actifix::Regression::{CountOnly, NewTicket, Reopen};
    let regression = prop_oneof![3 => Just(Reopen), 1 => Just(NewTicket), 1 => Just(CountOnly)];
    (prop::bool::weighted(0.75), regression).prop_map(|(late_completions, regression)| Set {
        late_completions,
        regression,
    })
}

fn which() -> impl Strategy<Value = Which> {
    0..8_usize
}

fn shown() -> impl Strategy<Value = Shown> {
    prop_oneof![
        7 => Just(Shown::Newest),
        2 => (1..3_usize).prop_map(Shown::Older),
        1 => Just(Shown::Foreign),
        1 => Just(Shown::Never),
    ]
}

/// Leases, pauses and the steps of time are whole numbers of tens of seconds, so that ends are met exactly.
fn tens() -> impl Strategy<Value = u64> {
    (1..5_u64).prop_map(|n| n * 10)
}

fn priority() -> impl Strategy<Value = Priority> {
    prop::sample::select(Priority::ALL.to_vec())
}

fn reason() -> impl Strategy<Value = CloseReason> {
    use CloseReason::{Fixed, Invalid, Obsolete, Wontfix};
    prop::sample::select(vec![Fixed, Invalid, Obsolete, Wontfix])
}

fn claim() -> impl Strategy<Value = Step> {
    let priority = prop::option::weighted(0.2, priority());
    let project = prop::option::weighted(0.2, 0..PROJECTS);
    (0..3_u8, 1..4_usize, priority, project, tens()).prop_map(
        |(holder, count, priority, project, lease)| Step::Claim {
            holder,
            count,
            priority,
            project,
            lease,
        },
    )
}

fn work() -> impl Strategy<Value = Step> {
    let failed = prop::bool::weighted(0.5);
    prop_oneof![
        8 => claim(),
        3 => (which(), 0..3_u8, tens()).prop_map(|(which, holder, lease)| Step::Acquire { which, holder, lease }),
        4 => (which(), shown(), tens()).prop_map(|(which, shown, lease)| Step::Renew { which, shown, lease }),
        6 => (which(), shown(), failed, prop::option::weighted(0.3, tens()))
            .prop_map(|(which, shown, failed, later)| Step::Release { which, shown, failed, later }),
        5 => (which(), shown()).prop_map(|(which, shown)| Step::Complete { which, shown }),
    ]
}

fn keep() -> impl Strategy<Value = Step> {
    let ends = || prop::option::weighted(0.5, shown());
    prop_oneof![
        2 => (which(), ends(), reason()).prop_map(|(which, shown, reason)| Step::Close { which, shown, reason }),
        1 => (which(), which()).prop_map(|(which, of)| Step::CloseAsDuplicate { which, of }),
        2 => (which(), ends(), prop::option::of(tens()), prop::option::of(1..3_u64))
            .prop_map(|(which, shown, until, more)| Step::Ignore { which, shown, until, more }),
        3 => which().prop_map(|which| Step::Reopen { which }),
        2 => (which(), ends(), prop::bool::weighted(0.3))
            .prop_map(|(which, shown, force)| Step::Delete { which, shown, force }),
        2 => which().prop_map(|which| Step::Undelete { which }),
        1 => (which(), priority()).prop_map(|(which, priority)| Step::Prioritise { which, priority }),
    ]
}

/// Any step.
pub fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => (0..5_u8, priority(), prop::option::weighted(0.15, tens()))
            .prop_map(|(name, priority, later)| Step::Record { name, priority, later }),
        13 => work(),
        6 => keep(),
        6 => tens().prop_map(|seconds| Step::Pass { seconds }),
    ]
}
