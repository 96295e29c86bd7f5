//! The protocol's side: which tools there are, and the way from a call to its tool.

use std::sync::Arc;

use actifix::Error;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, Implementation,
    ListToolsResult, PaginatedRequestParams, ServerCapabilities, ServerConfig, Tool,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::keep::Kept;
use crate::words::{self, Answer, Refusal};
use crate::{Brief, tools};

/// One client's server.
#[derive(Clone)]
pub struct Server {
    pub kept: Arc<Kept>,
    pub brief: Brief,
}

impl Server {
    pub fn new(kept: Arc<Kept>, brief: Brief) -> Self {
        Self { kept, brief }
    }

    async fn called(&self, name: &str, given: Value) -> Option<Answer> {
        Some(match name {
            "record" => answer(given, |given| self.record(given)).await,
            "add" => answer(given, |given| self.add(given)).await,
            "list" => answer(given, |given| self.list(given)).await,
            "get" => answer(given, |given| self.get(given)).await,
            "similar" => answer(given, |given| self.similar(given)).await,
            "claim" => answer(given, |given| self.claim(given)).await,
            "renew" => answer(given, |given| self.renew(given)).await,
            "complete" => answer(given, |given| self.complete(given)).await,
            "close" => answer(given, |given| self.close(given)).await,
            "release" => answer(given, |given| self.release(given)).await,
            "mine" => answer(given, |given| self.mine(given)).await,
            _ => return None,
        })
    }
}

/// Reads the arguments and makes the call.
async fn answer<T, F>(given: Value, call: impl FnOnce(T) -> F) -> Answer
where
    T: DeserializeOwned,
    F: Future<Output = Answer>,
{
    match serde_json::from_value(given) {
        Ok(given) => call(given).await,
        Err(error) => Err(Error::invalid("arguments", error.to_string()).into()),
    }
}

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(Implementation::new("actifix", env!("CARGO_PKG_VERSION")))
            .with_instructions(tools::INSTRUCTIONS)
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(tools::all()))
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        tools::all().into_iter().find(|tool| tool.name == name)
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let given = Value::Object(request.arguments.unwrap_or_default());
        let Some(answer) = self.called(&request.name, given).await else {
            let why = format!("there is no tool `{}`", words::flat(&request.name, 80));
            return Err(ErrorData::invalid_params(why, None));
        };
        // A lease that was lost since the last call is the first thing to be told.
        let mut told: Vec<ContentBlock> = self
            .kept
            .lost()
            .into_iter()
            .map(ContentBlock::text)
            .collect();
        let result = match answer {
            Ok(text) => {
                told.push(ContentBlock::text(text));
                CallToolResult::success(told)
            }
            Err(Refusal(text)) => {
                told.push(ContentBlock::text(text));
                CallToolResult::error(told)
            }
        };
        Ok(result.into())
    }
}
