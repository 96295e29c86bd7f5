//! The backlog as MCP tools for agents, over stdio.
//!
//! Thin over the [`Store`]: a tool is a call, its result a few lines for a model. What is claimed through a server is
//! renewed at a third of its lease while the client lives; when stdin ends, or a signal comes, all of it is given
//! back and the server ends. A server that is killed leaves leases that run out.

#![forbid(unsafe_code)]

mod arguments;
mod calls;
mod keep;
mod server;
mod tools;
mod words;

use std::sync::Arc;
use std::time::Duration;

use actifix::capture::Similar;
use actifix::{Error, Lease, Result, Store, Story};
use rmcp::ServiceExt;
use tokio::signal::unix::{SignalKind, signal};

use keep::Kept;
use server::Server;

/// Makes the brief of a lease that a claim answers with.
pub type Brief = fn(&Lease, &Story, &[Similar], &str) -> String;

/// Serves the store on stdin and stdout until stdin ends or SIGINT, SIGTERM or SIGHUP comes.
///
/// # Errors
/// [`Error::Storage`] when the runtime or the protocol's beginning fails.
pub fn serve(store: &Store, lease: Duration, brief: Brief) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| failed(&error))?;
    let store = store.acting_as(store.actor())?;
    let kept = Arc::new(Kept::new(store, lease));
    let served = runtime.block_on(session(&kept, brief));
    runtime.block_on(kept.give_back());
    // A read of stdin that is still under way is not waited for.
    runtime.shutdown_background();
    served
}

/// Renews beside the conversation, until its end.
async fn session(kept: &Arc<Kept>, brief: Brief) -> Result<()> {
    let keeping = tokio::spawn({
        let kept = Arc::clone(kept);
        async move { kept.keep().await }
    });
    let answer = tokio::select! {
        answer = converse(kept, brief) => answer,
        signal = signalled() => signal,
    };
    keeping.abort();
    answer
}

async fn converse(kept: &Arc<Kept>, brief: Brief) -> Result<()> {
    let server = Server::new(Arc::clone(kept), brief);
    let running = match server.serve(rmcp::transport::stdio()).await {
        Ok(running) => running,
        // A client that goes before it has said hello has nothing to be told.
        Err(rmcp::service::ServerInitializeError::ConnectionClosed(_)) => return Ok(()),
        Err(error) => return Err(failed(&error)),
    };
    running.waiting().await.map_err(|error| failed(&error))?;
    Ok(())
}

/// Comes back at the first signal that ends a server.
async fn signalled() -> Result<()> {
    let listen = |kind| signal(kind).map_err(|error| failed(&error));
    let mut interrupted = listen(SignalKind::interrupt())?;
    let mut ended = listen(SignalKind::terminate())?;
    let mut hung_up = listen(SignalKind::hangup())?;
    tokio::select! {
        _ = interrupted.recv() => {}
        _ = ended.recv() => {}
        _ = hung_up.recv() => {}
    }
    Ok(())
}

fn failed(error: &dyn std::fmt::Display) -> Error {
    Error::Storage {
        why: format!("MCP cannot be served: {error}"),
    }
}
