//! A receiver on the loopback: it answers as it is told, and remembers what it got.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::Value;

/// What it got.
#[derive(Clone, Debug)]
pub struct Got {
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

impl Got {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// What it does with a request.
#[derive(Clone, Debug)]
pub enum Does {
    /// Writes this after the whole request.
    Says(String),
    /// Nothing, with the connection open, for so long.
    Hangs(Duration),
    /// Cuts the connection before the request's body is read.
    Cuts,
}

/// An answer with a status line and further header lines.
pub fn says(status: &str, headers: &str, body: &str) -> Does {
    let length = body.len();
    Does::Says(format!(
        "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n{body}"
    ))
}

/// See the module.
pub struct Receiver {
    pub url: String,
    got: Arc<Mutex<Vec<Got>>>,
}

impl Receiver {
    /// Does with the nth request what the nth element says; the last for ever.
    pub fn that(does: Vec<Does>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/in/T0PS3CR3T", listener.local_addr().unwrap());
        let got: Arc<Mutex<Vec<Got>>> = Arc::default();
        let keep = Arc::clone(&got);
        thread::spawn(move || {
            for (nth, connection) in listener.incoming().enumerate() {
                let does = does[nth.min(does.len() - 1)].clone();
                let keep = Arc::clone(&keep);
                thread::spawn(move || serve(connection.unwrap(), &does, &keep));
            }
        });
        Self { url, got }
    }

    pub fn ok() -> Self {
        Self::that(vec![says("200 OK", "", "")])
    }

    pub fn got(&self) -> Vec<Got> {
        self.got.lock().unwrap().clone()
    }
}

fn serve(connection: TcpStream, does: &Does, keep: &Mutex<Vec<Got>>) {
    let mut reader = BufReader::new(connection.try_clone().unwrap());
    let mut headers = BTreeMap::new();
    let mut line = String::new();
    let _request_line = reader.read_line(&mut line);
    loop {
        line.clear();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return; // killed before it had asked anything
        }
        match line.trim().split_once(": ") {
            Some((name, value)) => headers.insert(name.to_lowercase(), value.to_owned()),
            None => break,
        };
    }
    if matches!(does, Does::Cuts) {
        keep.lock().unwrap().push(Got {
            headers,
            body: String::new(),
        });
        return;
    }
    let length = headers
        .get("content-length")
        .and_then(|length| length.parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    if reader.read_exact(&mut body).is_err() {
        return;
    }
    let body = String::from_utf8(body).unwrap();
    keep.lock().unwrap().push(Got { headers, body });
    let mut connection = connection;
    match does {
        // Whoever asked may have gone by now.
        Does::Says(answer) => drop(connection.write_all(answer.as_bytes())),
        Does::Hangs(span) => thread::sleep(*span),
        Does::Cuts => {}
    }
}
