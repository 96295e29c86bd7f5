//! The Python system's own calls on their way to the desk, with the rows that its audit log gets of them.

use serde::{Deserialize, Serialize};
use sqlite_line::WriteTxn;
use sqlite_line::rusqlite::{Result as Sql, params};

use crate::change::Delete;
use crate::clean::Clean;
use crate::dropin::{OldAudit, OldCompletion, OldTicket};
use crate::event::Receipt;
use crate::store::sqlite::command::Reply;
use crate::store::sqlite::desk::{Desk, Step, Who};
use crate::store::sqlite::due;
use crate::ticket::TicketId;

/// Appends.
const AUDIT: &str = "INSERT INTO database_audit_log(table_name, operation, record_id, user_context, old_values, new_values,
  change_description) VALUES ('tickets', ?1, ?2, ?3, ?4, ?5, ?6)";

/// A call under the Python system's rules.
#[derive(Serialize, Deserialize)]
pub(crate) struct OldCall {
    pub verb: OldVerb,
    /// Written to the old audit log when the call changes something.
    pub audit: Option<Clean<OldAudit>>,
}

/// What is asked for.
#[derive(Serialize, Deserialize)]
pub(crate) enum OldVerb {
    Create {
        ticket: Box<Clean<OldTicket>>,
        open_tickets: u64,
    },
    Complete {
        end: Box<Clean<OldCompletion>>,
        /// As it is stored.
        evidence: Clean<String>,
    },
    Delete {
        ticket: TicketId,
        for_good: bool,
    },
    Sweep,
}

impl OldVerb {
    pub fn name(&self) -> &'static str {
        match self {
            Self::Create { .. } => "record",
            Self::Complete { .. } => "complete",
            Self::Delete { .. } => "delete",
            Self::Sweep => "sweep",
        }
    }

    pub fn ticket(&self) -> Option<&TicketId> {
        match self {
            Self::Create { ticket, .. } => Some(&ticket.get().id),
            Self::Complete { end, .. } => Some(&end.get().ticket),
            Self::Delete { ticket, .. } => Some(ticket),
            Self::Sweep => None,
        }
    }

    /// Roughly how many bytes the call holds while it waits.
    pub fn weight(&self) -> usize {
        let opt = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        512 + match self {
            Self::Create { ticket, .. } => {
                let ticket = ticket.get();
                let columns = &ticket.columns;
                ticket.message.len()
                    + opt(&ticket.stack_trace)
                    + opt(&ticket.notes)
                    + 2 * (opt(&columns.file_context) + opt(&columns.system_state))
            }
            Self::Complete { evidence, .. } => 2 * evidence.get().len(),
            Self::Delete { .. } | Self::Sweep => 0,
        }
    }
}

impl Desk {
    pub fn old_call(&mut self, txn: &WriteTxn<'_>, who: &Who<'_>, call: &OldCall) -> Step<Reply> {
        let reply = match &call.verb {
            OldVerb::Create {
                ticket,
                open_tickets,
            } => Reply::Made(self.create_old(txn, who, ticket.get(), *open_tickets)?),
            OldVerb::Complete { end, evidence } => {
                Reply::Receipt(self.complete_old(txn, who, end.get(), evidence)?)
            }
            OldVerb::Delete { ticket, for_good } => {
                Reply::Receipt(self.delete_old(txn, who, ticket, *for_good)?)
            }
            OldVerb::Sweep => Reply::Counted(self.swept_now(txn)?),
        };
        if let Some(audit) = &call.audit {
            audited(txn, &call.verb, audit.get(), &reply)?;
        }
        Ok(reply)
    }

    /// Deletion ends a lease. Removed for good, it is gone with this call.
    fn delete_old(
        &mut self,
        txn: &WriteTxn<'_>,
        who: &Who<'_>,
        ticket: &TicketId,
        for_good: bool,
    ) -> Step<Receipt> {
        let how = Delete {
            force: true,
            ..Delete::default()
        };
        let deleted = self.delete(txn, who, ticket, how)?;
        if for_good {
            self.purge(txn, who, ticket)
        } else {
            Ok(deleted)
        }
    }

    /// How many leases this batch has ended because they ran out: the first who asks is told.
    fn swept_now(&mut self, txn: &WriteTxn<'_>) -> Step<u64> {
        let mut all = std::mem::take(&mut self.swept);
        loop {
            due::sweep(self, txn)?;
            match std::mem::take(&mut self.swept) {
                0 => return Ok(all),
                more => all += more,
            }
        }
    }
}

/// Writes the old audit log, when something was changed.
fn audited(txn: &WriteTxn<'_>, verb: &OldVerb, audit: &OldAudit, reply: &Reply) -> Sql<()> {
    let ticket = match reply {
        Reply::Made(Some(receipt)) => &receipt.ticket,
        Reply::Receipt(receipt) if !receipt.repeated => &receipt.ticket,
        _ => return Ok(()),
    };
    let operation = match verb {
        OldVerb::Create { .. } => "INSERT",
        OldVerb::Delete { for_good: true, .. } => "DELETE",
        _ => "UPDATE",
    };
    txn.execute(
        AUDIT,
        params![
            operation,
            ticket.as_str(),
            audit.user,
            audit.old_values,
            audit.new_values,
            audit.description
        ],
    )
    .map(|_| ())
}
