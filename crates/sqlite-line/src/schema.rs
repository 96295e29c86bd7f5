//! What is this file, and is its schema the newest? Asked at opening and, cheaply, in every write transaction: another
//! process may upgrade or restore the file at any time.

use crate::error::Error;
use crate::identity::Place;
use crate::panics::caught;
use crate::program::{Identity, Program};
use crate::txn::{ReadTxn, WriteTxn};

/// How a file stands to the program.
pub(crate) enum Standing {
    Current,
    /// To be made (0) or upgraded from this version.
    Behind {
        from: i32,
        empty: bool,
    },
}

/// Looks without changing. Two PRAGMAs when all is well.
pub(crate) fn standing<P: Program>(
    program: &P,
    txn: &ReadTxn<'_>,
    place: &Place,
) -> Result<Standing, Error> {
    let fail = |error| Error::from_sqlite(&place.path, error);
    let version: i32 = txn
        .query_row("PRAGMA user_version", [], |row| row.get(0))
        .map_err(fail)?;
    let id: i32 = txn
        .query_row("PRAGMA application_id", [], |row| row.get(0))
        .map_err(fail)?;
    if id == P::APPLICATION_ID && version == P::VERSION && id != 0 {
        return Ok(Standing::Current);
    }
    match caught(|| program.identify(txn)).flatten().map_err(fail)? {
        Identity::Empty => Ok(Standing::Behind {
            from: 0,
            empty: true,
        }),
        Identity::Ours(found) if found > P::VERSION => Err(Error::Newer {
            path: place.path.clone(),
            found,
            known: P::VERSION,
        }),
        Identity::Ours(found) if found == P::VERSION => Ok(Standing::Current),
        Identity::Ours(from) => Ok(Standing::Behind { from, empty: false }),
        Identity::Foreign(what) => Err(Error::Foreign {
            path: place.path.clone(),
            what,
        }),
    }
}

/// Makes or upgrades the schema where needed. True when it changed something.
pub(crate) fn prepare<P: Program>(
    program: &mut P,
    txn: &WriteTxn<'_>,
    place: &Place,
) -> Result<bool, Error> {
    let Standing::Behind { from, .. } = standing(program, txn, place)? else {
        return Ok(false);
    };
    let fail = |error| Error::from_sqlite(&place.path, error);
    caught(|| program.migrate(txn, from))
        .flatten()
        .map_err(fail)?;
    if txn.is_lost() {
        return Err(fail(ReadTxn::lost()));
    }
    txn.own(&format!(
        "PRAGMA application_id={}; PRAGMA user_version={}",
        P::APPLICATION_ID,
        P::VERSION
    ))
    .map_err(fail)?;
    Ok(true)
}
