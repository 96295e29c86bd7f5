//! POSTs to webhooks.

use std::time::Duration;

use ureq::http::StatusCode;
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Body};

use super::lane::Refusal;
use super::message::{Message, cut};
use super::pauses;
use super::signature::Key;
use super::target::{Format, Webhook};
use super::{discord, slack};
use crate::clean::Clean;
use crate::secret::Secret;

/// So much of a refusal's body is read and told.
const TOLD: u64 = 2_000;
const SHOWN: usize = 200;

/// Sends it. 2xx is an arrival, and nothing else is; redirects are not followed.
pub(super) fn send(webhook: &Webhook, message: &Message, now: u64) -> Result<(), Refusal> {
    let url = webhook.url.reveal("url").map_err(Refusal::of)?;
    if !url.starts_with("https://") && !url.starts_with("http://") {
        return Err(Refusal::of("its url is none; it begins with https://"));
    }
    let body = match webhook.format {
        Format::Generic => message.json(),
        Format::Slack => slack::body(message),
        Format::Discord => discord::body(message),
    }
    .to_string();
    let mut request = agent(webhook.timeout)
        .post(&url)
        .header("content-type", "application/json");
    for (name, value) in headers(webhook, message, now, &body)? {
        request = request.header(name, value);
    }
    match request.send(&body) {
        Ok(answer) if answer.status().is_success() => Ok(()),
        Ok(answer) => Err(refused(webhook, answer)),
        Err(error) => Err(Refusal::of(hidden(webhook, &words(&error)))),
    }
}

fn agent(timeout: Duration) -> Agent {
    let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier);
    let config = Agent::config_builder()
        .timeout_global(Some(timeout))
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .user_agent(concat!("actifix/", env!("CARGO_PKG_VERSION")))
        .tls_config(tls.build());
    config.build().new_agent()
}

/// Of the generic form: by which the receiver knows repeats, and that it is us.
fn headers(
    webhook: &Webhook,
    message: &Message,
    now: u64,
    body: &str,
) -> Result<Vec<(&'static str, String)>, Refusal> {
    if webhook.format != Format::Generic {
        return Ok(Vec::new());
    }
    let (id, timestamp) = (&message.delivery.message, now.to_string());
    let mut headers = vec![("webhook-id", id.clone())];
    if let Some(secret) = &webhook.secret {
        let secret = secret.reveal("secret").map_err(Refusal::of)?;
        let signed = Key::read(&secret).and_then(|key| key.sign(id, &timestamp, body));
        headers.push(("webhook-signature", signed.map_err(Refusal::of)?));
    }
    headers.push(("webhook-timestamp", timestamp));
    Ok(headers)
}

/// What an answer that is no arrival means.
fn refused(webhook: &Webhook, mut answer: ureq::http::Response<Body>) -> Refusal {
    let status = answer.status();
    let after = answer
        .headers()
        .get("retry-after")
        .and_then(|value| value.to_str().ok())
        .and_then(pauses::asked);
    let said = answer
        .body_mut()
        .with_config()
        .limit(TOLD)
        .lossy_utf8(true)
        .read_to_string()
        .unwrap_or_default();
    let mut why = format!("HTTP {status}");
    let said = hidden(webhook, said.trim());
    if !said.is_empty() {
        why = format!("{why}: {}", cut(&said, SHOWN));
    }
    Refusal {
        why: why.into(),
        after,
        gone: status == StatusCode::GONE,
    }
}

/// A receiver may repeat its own address or the key; those are not told.
fn hidden(webhook: &Webhook, said: &str) -> String {
    let mut said = Clean::<String>::from(said).into_inner();
    for secret in [Some(&webhook.url), webhook.secret.as_ref()]
        .into_iter()
        .flatten()
    {
        if let Ok(secret) = Secret::reveal(secret, "secret") {
            let path = secret.splitn(4, '/').nth(3).unwrap_or_default();
            for part in [secret.as_str(), path]
                .into_iter()
                .filter(|part| part.len() > 3)
            {
                said = said.replace(part, crate::clean::MASK);
            }
        }
    }
    said
}

/// What went wrong, without the address, which may be a secret.
fn words(error: &ureq::Error) -> String {
    use ureq::Error;
    match error {
        Error::Timeout(_) => "no answer in time".to_owned(),
        Error::HostNotFound => "its host cannot be found".to_owned(),
        // TLS wraps its reasons so.
        Error::Io(error) if error.get_ref().is_some() => format!("the connection failed: {error}"),
        Error::Io(error) => format!("the connection failed: {}", error.kind()),
        Error::ConnectionFailed => "the connection failed".to_owned(),
        Error::Rustls(error) => format!("TLS: {error}"),
        Error::Tls(why) => format!("TLS: {why}"),
        Error::BadUri(_) | Error::Http(_) => "its url is none; it begins with https://".to_owned(),
        Error::Protocol(_) => "its answer is no HTTP".to_owned(),
        _ => "it could not be reached".to_owned(),
    }
}
