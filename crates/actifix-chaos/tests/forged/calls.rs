//! Calls made up, one by one.

use actifix::{LostWhy, Status, TicketId, Timestamp, Token};

use actifix_chaos::checker::Lie;
use actifix_chaos::history::{Answer, Call, Grant, Op};

pub fn id() -> TicketId {
    "ACT-20261124-00000001".parse().unwrap()
}

/// A call of `caller` between two moments.
pub fn call(caller: &str, begin: u64, end: u64, op: Op, answer: Answer) -> Call {
    Call {
        caller: caller.into(),
        begin,
        end,
        op,
        request: None,
        doubted: false,
        answer: Some(answer),
    }
}

/// A grant of token `token`, by the store's clock from `from` until `until`.
pub fn granted(holder: &str, span: (u64, u64), token: i64, from: i64, until: i64) -> Call {
    let at = Timestamp::from_micros;
    let (acquired_at, expires_at) = (at(from), at(until));
    let grant = Grant {
        ticket: id(),
        token: Token(token),
        holder: holder.into(),
        acquired_at,
        expires_at,
    };
    let op = Op::Claim {
        holder: holder.into(),
        count: 1,
        lease_us: until - from,
        any: true,
    };
    call(
        holder,
        span.0,
        span.1,
        op,
        Answer::Granted {
            grants: vec![grant],
        },
    )
}

pub fn done(seq: i64, at: i64) -> Answer {
    let receipt = actifix::Receipt {
        ticket: id(),
        seq,
        at: Timestamp::from_micros(at),
        repeated: false,
    };
    Answer::Done(receipt)
}

pub fn completed(holder: &str, span: (u64, u64), token: i64, at: i64) -> Call {
    call(
        holder,
        span.0,
        span.1,
        Op::Complete {
            ticket: id(),
            token: Token(token),
        },
        done(token + 1, at),
    )
}

pub fn renewed(holder: &str, span: (u64, u64), token: i64, at: i64, until: i64) -> Call {
    let to = Timestamp::from_micros;
    let lease = Grant {
        ticket: id(),
        token: Token(token),
        holder: holder.into(),
        acquired_at: to(0),
        expires_at: to(until),
    };
    let op = Op::Renew {
        ticket: id(),
        token: Token(token),
        lease_us: until - at,
    };
    call(holder, span.0, span.1, op, Answer::Renewed(lease))
}

pub fn refused(
    holder: &str,
    span: (u64, u64),
    token: i64,
    kind: &str,
    named: Option<&str>,
) -> Call {
    let why = (kind == "lease_lost").then_some(LostWhy::Taken);
    let answer = Answer::Refused {
        kind: kind.into(),
        holder: named.map(Into::into),
        why,
        message: kind.into(),
    };
    call(
        holder,
        span.0,
        span.1,
        Op::Complete {
            ticket: id(),
            token: Token(token),
        },
        answer,
    )
}

pub fn rules(lies: &[Lie]) -> Vec<&'static str> {
    lies.iter().map(|lie| lie.rule).collect()
}

pub fn recorded(span: (u64, u64), new: bool) -> Call {
    let (status, priority) = (Status::Open, actifix::Priority::P2);
    let answer = actifix::Recorded {
        id: id(),
        new,
        occurrences: 1,
        status,
        priority,
    };
    call(
        "r",
        span.0,
        span.1,
        Op::Record {
            name: "boom".into(),
            later: false,
        },
        Answer::Recorded(answer),
    )
}

pub fn empty(span: (u64, u64)) -> Call {
    let op = Op::Claim {
        holder: "e".into(),
        count: 1,
        lease_us: 1,
        any: true,
    };
    call("e", span.0, span.1, op, Answer::Granted { grants: vec![] })
}
