//! Webhooks.

use std::io::Write;
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::Duration;

use actifix::notify::{Target, Webhook};
use actifix::{Occasion, Report};
use serde_json::json;

use crate::proof::deliveries::all;
use crate::proof::stores::{Room, claim, evidence, record};
use crate::receiver::{Does, Receiver, says};
use crate::{deliver, deliver_once, reason, told};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A webhook with these fields besides its name and url.
pub fn webhook(name: &str, url: &str, more: serde_json::Value) -> Target {
    let mut fields = json!({ "name": name, "url": url, "timeout": "2s" });
    fields
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    serde_json::from_value::<Webhook>(fields).unwrap().into()
}

/// What Python's own library computes.
fn signed_by_python(id: &str, timestamp: &str, body: &str) -> String {
    let program = "import base64, hashlib, hmac, sys
key, head = base64.b64decode(sys.argv[1]), (sys.argv[2] + '.' + sys.argv[3] + '.').encode()
print('v1,' + base64.b64encode(hmac.new(key, head + sys.stdin.buffer.read(), hashlib.sha256).digest()).decode())";
    let mut python = Command::new("python3")
        .args([
            "-c",
            program,
            SECRET.trim_start_matches("whsec_"),
            id,
            timestamp,
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    python
        .stdin
        .take()
        .unwrap()
        .write_all(body.as_bytes())
        .unwrap();
    String::from_utf8(python.wait_with_output().unwrap().stdout)
        .unwrap()
        .trim()
        .to_owned()
}

#[test]
fn what_happened_arrives_signed_and_every_occasion_says_what_it_is() {
    let room = Room::in_memory();
    let store = room.store();
    let receiver = Receiver::ok();
    let deliverer = told(
        &store,
        vec![webhook("ci", &receiver.url, json!({ "secret": SECRET }))],
    );
    let id = record(&store, "the disk is full").id;
    let lease = claim(&store, "agent");
    store
        .complete(&id, lease.token, evidence("moved the logs"))
        .wait()
        .unwrap();
    assert_eq!(deliver(&deliverer).delivered, 2);
    let got = receiver.got();
    for one in &got {
        let (id, timestamp) = (one.header("webhook-id"), one.header("webhook-timestamp"));
        assert_eq!(
            one.header("webhook-signature"),
            signed_by_python(id, timestamp, &one.body)
        );
        assert_eq!(one.json()["id"], id);
        assert_eq!(one.header("content-type"), "application/json");
    }
    assert_eq!(got[0].json()["type"], "ticket.recorded");
    let done = got[1].json();
    assert_eq!(done["type"], "ticket.completed");
    assert_eq!(done["data"]["ticket"]["id"], id.as_str());
    assert_eq!(done["data"]["event"]["actor"], "agent");
    assert_eq!(done["data"]["ticket"]["stack_trace"], json!(null));
    assert!(all(&store).is_empty());
}

#[test]
fn a_refusal_is_tried_again_under_the_same_id_with_a_new_signature() {
    let room = Room::in_memory();
    let (store, clock) = room.timed(|_| {});
    let receiver = Receiver::that(vec![says("500 Oops", "", "broken"), says("200 OK", "", "")]);
    let deliverer = told(
        &store,
        vec![webhook("ci", &receiver.url, json!({ "secret": SECRET }))],
    );
    record(&store, "a");
    assert_eq!(deliver_once(&deliverer).failed, 1);
    let (why, pause) = reason(&store);
    assert!(
        why.starts_with("HTTP 500") && why.ends_with("broken"),
        "{why}"
    );
    assert!(pause >= Duration::from_secs(5) && pause < Duration::from_secs(6));
    assert_eq!(deliver_once(&deliverer).delivered, 0, "it was not due yet");
    clock.advance(pause);
    assert_eq!(deliver_once(&deliverer).delivered, 1);
    let got = receiver.got();
    assert_eq!(got[0].header("webhook-id"), got[1].header("webhook-id"));
    assert_ne!(
        got[0].header("webhook-timestamp"),
        got[1].header("webhook-timestamp")
    );
    assert_ne!(
        got[0].header("webhook-signature"),
        got[1].header("webhook-signature")
    );
}

#[test]
fn a_receiver_can_ask_to_be_left_in_peace() {
    let room = Room::in_memory();
    let (store, clock) = room.timed(|_| {});
    let receiver = Receiver::that(vec![
        says("429 Too Many Requests", "Retry-After: 3600\r\n", ""),
        says("200 OK", "", ""),
    ]);
    let deliverer = told(&store, vec![webhook("ci", &receiver.url, json!({}))]);
    record(&store, "a");
    record(&store, "b");
    deliver_once(&deliverer);
    clock.advance(Duration::from_secs(3_500));
    deliver_once(&deliverer);
    assert_eq!(
        receiver.got().len(),
        1,
        "it was asked again too early, or for the other one"
    );
    clock.advance(Duration::from_secs(200));
    assert_eq!(deliver_once(&deliverer).delivered, 2);
}

/// Everything but an answer of 2xx is no arrival.
#[test]
fn whatever_goes_wrong_is_told_and_tried_again() {
    let cut_off = "HTTP/1.1 500 Oops\r\nContent-Length: 1000\r\n\r\nhalf of";
    let cases: Vec<(Does, &str)> = vec![
        (Does::Hangs(Duration::from_secs(5)), "no answer in time"),
        (Does::Cuts, "the connection failed"),
        (Does::Says(String::new()), "the connection failed"),
        (Does::Says("nonsense\r\n\r\n".to_owned()), "no HTTP"),
        (Does::Says(cut_off.to_owned()), "HTTP 500"),
        (
            says("302 Found", "Location: http://127.0.0.1:1/\r\n", ""),
            "HTTP 302",
        ),
        (says("401 Unauthorized", "", "who are you"), "who are you"),
        (
            says("503 Service Unavailable", "Retry-After: soon\r\n", ""),
            "HTTP 503",
        ),
    ];
    for (does, told_why) in cases {
        let room = Room::in_memory();
        let store = room.store();
        let receiver = Receiver::that(vec![does.clone()]);
        let deliverer = told(&store, vec![webhook("ci", &receiver.url, json!({}))]);
        record(&store, "a");
        assert_eq!(deliver_once(&deliverer).failed, 1, "{does:?}");
        let (why, pause) = reason(&store);
        assert!(why.contains(told_why), "{does:?}: {why}");
        assert!(pause > Duration::ZERO, "{does:?} was given up");
    }
}

#[test]
fn nobody_there_and_no_such_host_are_told() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", closed.local_addr().unwrap());
    drop(closed);
    for (url, told_why) in [
        (url.as_str(), "connection refused"),
        ("ftp://127.0.0.1/", "https://"),
        ("http://", "https://"),
    ] {
        let room = Room::in_memory();
        let store = room.store();
        let deliverer = told(&store, vec![webhook("ci", url, json!({}))]);
        record(&store, "a");
        deliver_once(&deliverer);
        let (why, _) = reason(&store);
        assert!(why.contains(told_why), "{url}: {why}");
    }
}

#[test]
fn who_is_gone_is_not_asked_again() {
    let room = Room::in_memory();
    let store = room.store();
    let receiver = Receiver::that(vec![says("410 Gone", "", "")]);
    let deliverer = told(&store, vec![webhook("ci", &receiver.url, json!({}))]);
    record(&store, "a");
    assert_eq!(deliver_once(&deliverer).dead, 1);
    assert_eq!(all(&store)[0].due, None);
}

#[test]
fn the_address_and_the_key_are_in_no_reason_and_not_in_the_database() {
    let room = Room::in_memory();
    let store = room.store();
    let echo = format!("no such hook: /in/T0PS3CR3T {SECRET} DB_PASSWORD=hunter22");
    let receiver = Receiver::that(vec![says("404 Not Found", "", &echo)]);
    let deliverer = told(
        &store,
        vec![webhook("ci", &receiver.url, json!({ "secret": SECRET }))],
    );
    record(&store, "a");
    deliver_once(&deliverer);
    let (why, _) = reason(&store);
    assert!(why.contains("no such hook"), "{why}");
    drop(store);
    let mut bytes = Vec::new();
    for file in std::fs::read_dir(room.dir.path()).unwrap() {
        bytes.extend(std::fs::read(file.unwrap().path()).unwrap());
    }
    let text = String::from_utf8_lossy(&bytes);
    for secret in ["T0PS3CR3T", SECRET, "hunter22"] {
        assert!(!text.contains(secret), "{secret} reached the disk");
    }
}

#[test]
fn a_bad_secret_or_a_missing_variable_is_a_reason_and_loses_nothing() {
    for more in [
        json!({ "secret": "hunter22" }),
        json!({ "secret": { "env": "ACTIFIX_NO_SUCH" } }),
    ] {
        let room = Room::in_memory();
        let store = room.store();
        let receiver = Receiver::ok();
        let deliverer = told(&store, vec![webhook("ci", &receiver.url, more)]);
        record(&store, "a");
        deliver_once(&deliverer);
        assert!(
            receiver.got().is_empty(),
            "it was sent without its signature"
        );
        let (why, _) = reason(&store);
        assert!(
            why.contains("whsec_") || why.contains("ACTIFIX_NO_SUCH"),
            "{why}"
        );
        assert!(!why.contains("hunter22"));
    }
}

#[test]
fn chats_get_their_own_form() {
    let room = Room::in_memory();
    let store = room.store();
    let receiver = Receiver::ok();
    let chats = ["slack", "discord"]
        .map(|format| webhook(format, &receiver.url, json!({ "format": format })));
    let deliverer = told(&store, chats.into());
    let report = Report::error("ValueError", "<!channel> *no* such column").source("app.py:31");
    store.record(report).wait().unwrap();
    assert_eq!(deliver(&deliverer).delivered, 2);
    let bodies: Vec<_> = receiver
        .got()
        .iter()
        .map(crate::receiver::Got::json)
        .collect();
    let slack = bodies
        .iter()
        .find(|body| body["blocks"].is_array())
        .unwrap();
    assert!(slack["text"].as_str().unwrap().contains("&lt;!channel&gt;"));
    let discord = bodies
        .iter()
        .find(|body| body["embeds"].is_array())
        .unwrap();
    assert!(
        discord["embeds"][0]["description"]
            .as_str()
            .unwrap()
            .contains("\\*no\\*")
    );
}

#[test]
fn a_long_text_is_cut_and_old_secrets_are_masked() {
    let room = Room::in_memory();
    let store = room.store();
    let receiver = Receiver::ok();
    let deliverer = told(
        &store,
        vec![webhook(
            "ci",
            &receiver.url,
            json!({ "on": [Occasion::Recorded] }),
        )],
    );
    let report = Report::error("E", "x".repeat(5_000)).stack_trace("a\n".repeat(20_000));
    store.record(report).wait().unwrap();
    // As if from before redaction knew the rule.
    actifix::rusqlite::Connection::open(&room.path)
        .unwrap()
        .execute("UPDATE facts SET source = 'DB_PASSWORD=hunter22'", [])
        .unwrap();
    deliver(&deliverer);
    let got = &receiver.got()[0];
    assert!(got.body.len() < 20_000, "{}", got.body.len());
    assert!(!got.body.contains("hunter22"));
}
