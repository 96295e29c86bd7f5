//! What each tool takes. An argument that is not known is an error: a model that misspells one is told.

use actifix::{CloseReason, Kind, Priority, Status, TicketId, Token};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    pub error_type: String,
    pub message: String,
    pub source: Option<String>,
    pub stack_trace: Option<String>,
    pub priority: Option<Priority>,
    pub project: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Add {
    pub title: String,
    pub body: Option<String>,
    pub priority: Option<Priority>,
    pub project: Option<String>,
    pub key: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    pub status: Option<Status>,
    pub priority: Option<Priority>,
    pub project: Option<String>,
    pub search: Option<String>,
    pub limit: Option<usize>,
    pub cursor: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Get {
    pub id: TicketId,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Similar {
    pub id: TicketId,
    pub limit: Option<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    pub id: Option<TicketId>,
    pub priority: Option<Priority>,
    pub project: Option<String>,
    pub kind: Option<Kind>,
    pub lease: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Renew {
    pub id: TicketId,
    pub token: Option<Token>,
    pub lease: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Complete {
    pub id: TicketId,
    pub token: Option<Token>,
    pub did: String,
    pub files: Vec<String>,
    pub tested: String,
    pub results: String,
    pub summary: Option<String>,
    pub url: Option<String>,
    pub release: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Close {
    pub id: TicketId,
    pub token: Option<Token>,
    pub reason: CloseReason,
    pub of: Option<TicketId>,
    pub note: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Release {
    pub id: TicketId,
    pub token: Option<Token>,
    pub failed: Option<bool>,
    pub reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mine {}
