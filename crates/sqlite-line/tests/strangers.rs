//! What anybody may send to a leader: calls that are repeated, cut, senseless, too long, never read, another version's.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test may stop

mod stage;

use std::fs::{self, File, Permissions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use rustix::process::{Signal, Uid, geteuid};
use rustix::thread::set_thread_res_uid;
use serde_json::{Value, json};
use sqlite_line::{Lead, Line, Options};
use stage::{Do, Helper, LONG, Rows, Stage, count, numbers, orders, say, until, wait_for_go_on};

/// Not a test of its own: a leader, when a test starts this binary again.
#[test]
fn helper() {
    let Some((_, path, _)) = orders() else { return };
    let line = Line::open(path, Rows::default(), Options::default().lead(Lead::AtOnce)).unwrap();
    line.write(Do::Add(-1)).wait().unwrap();
    until("it leads", || line.figures().leads);
    say("leads");
    wait_for_go_on();
}

struct Scene {
    stage: Stage,
    leader: Helper,
}

impl Scene {
    fn new() -> Self {
        let stage = Stage::new();
        let mut leader = Helper::start("lead", &stage.path, 0);
        leader.expect("leads");
        Self { stage, leader }
    }

    fn socket(&self) -> PathBuf {
        self.stage.dir.path().join("rows.db-line")
    }

    fn stranger(&self) -> Stranger {
        Stranger::new(UnixStream::connect(self.socket()).unwrap())
    }

    /// The leader still serves others, and is not swollen.
    fn end_soundly(mut self) {
        let options = Options::default().lead(Lead::Never);
        let line = self.stage.open_with(Rows::default(), options);
        line.write(Do::Add(-2)).wait().unwrap();
        assert_eq!(line.figures().handed, 1, "it serves");
        let status = fs::read_to_string(format!("/proc/{}/status", self.leader.pid())).unwrap();
        let memory = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib: u64 = memory
            .unwrap()
            .trim()
            .trim_end_matches(" kB")
            .parse()
            .unwrap();
        assert!(kib < 64 << 10, "{kib} KiB");
        self.leader.go_on();
        self.leader.end();
    }
}

struct Stranger(UnixStream);

impl Stranger {
    fn new(stream: UnixStream) -> Self {
        stream.set_read_timeout(Some(LONG)).unwrap();
        Self(stream)
    }

    fn say(&mut self, message: &Value) {
        self.0.write_all(&frame(message)).unwrap();
    }

    /// The next word; `None` when the leader has hung up.
    fn hear(&mut self) -> Option<Value> {
        self.body()
            .map(|body| rmp_serde::from_slice(&body).unwrap())
    }

    /// The answer to a greeting.
    fn greeted(&mut self) -> Option<Value> {
        self.body()
            .map(|body| serde_json::from_slice(&body).unwrap())
    }

    fn body(&mut self) -> Option<Vec<u8>> {
        let mut length = [0; 4];
        match self.0.read_exact(&mut length) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => panic!("no answer"),
            Err(_) => return None,
        }
        let mut body = vec![0; u32::from_le_bytes(length) as usize];
        self.0.read_exact(&mut body).unwrap();
        Some(body)
    }

    /// A greeting.
    fn hail(&mut self, hello: &Value) {
        self.0.write_all(&greeting(hello)).unwrap();
    }

    fn greet(mut self) -> Self {
        self.hail(&hello());
        assert!(self.greeted().unwrap()["Welcome"].is_u64());
        self
    }

    fn call(&mut self, sequence: u64, again: bool, command: &Value) -> Value {
        self.say(&call(1, sequence, again, command));
        let mut told = self.hear().expect("an answer");
        assert_eq!(told["Answer"]["sequence"], sequence);
        told["Answer"]["outcome"].take()
    }
}

fn frame(message: &Value) -> Vec<u8> {
    framed(&rmp_serde::to_vec(message).unwrap())
}

fn greeting(hello: &Value) -> Vec<u8> {
    framed(&serde_json::to_vec(hello).unwrap())
}

fn framed(body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap().to_le_bytes();
    [&length[..], body].concat()
}

fn hello() -> Value {
    json!({"version": 3, "dialect": "2 ", "session": 77})
}

fn call(slot: u64, sequence: u64, again: bool, command: &Value) -> Value {
    let call = json!({"slot": slot, "sequence": sequence, "again": again, "left": null, "command": command});
    json!({ "Call": call })
}

#[test]
fn a_call_that_is_repeated_is_applied_once_and_answered_the_same() {
    let scene = Scene::new();
    let add = |n: i64| json!({"Add": n});
    let mut first = scene.stranger().greet();
    assert_eq!(first.call(1, false, &add(5)), json!({"Done": 5}));
    drop(first);
    // The answer was lost on its way, so it asks again, on a connection of its own.
    let mut second = scene.stranger().greet();
    assert_eq!(second.call(1, true, &add(5)), json!({"Done": 5}));
    // This one had not been applied.
    assert_eq!(second.call(2, true, &add(6)), json!({"Done": 6}));
    // The same command under a name of its own is another call.
    assert_eq!(second.call(3, true, &add(6)), json!("Declined"));
    // The next call in a slot says that the one before was answered: its reply is gone.
    assert_eq!(second.call(4, false, &add(7)), json!({"Done": 7}));
    assert_eq!(second.call(1, true, &add(5)), json!("Declined"));
    second.say(&json!("Bye"));
    assert_eq!(second.hear(), None);
    let line = scene
        .stage
        .open_with(Rows::default(), Options::default().lead(Lead::Never));
    let kept = || {
        let sql = "SELECT count(*) FROM line_kept WHERE session = 77";
        line.read(|txn| txn.query_row(sql, [], |row| row.get::<_, i64>(0)))
            .wait()
            .unwrap()
    };
    let mut n = 100;
    until("its replies are forgotten", || {
        n += 1;
        line.write(Do::Add(n)).wait().unwrap();
        kept() == 0
    });
    line.close();
    scene.end_soundly();
}

#[test]
fn answers_of_one_batch_are_kept_until_each_is_followed_by_another() {
    let scene = Scene::new();
    let mut one = scene.stranger().greet();
    // At once, so that the leader commits them together, and answers in any order.
    let calls = (1..=3).map(|n| frame(&call(n, n, false, &json!({"Add": n}))));
    one.0
        .write_all(&calls.collect::<Vec<_>>().concat())
        .unwrap();
    (1..=3).for_each(|_| assert!(one.hear().is_some()));
    for (sequence, command) in [(4, json!({"Add": 4})), (5, json!({"Orphan": 5}))] {
        one.call(sequence, false, &command); // in slot 1; the second is rolled back with its batch
    }
    assert_eq!(one.call(6, false, &json!({"Add": 6})), json!({"Done": 6}));
    drop(one);
    let mut other = scene.stranger().greet();
    for (slot, n) in [(2, 2), (3, 3), (1, 6)] {
        other.say(&call(slot, n, true, &json!({"Add": n})));
        let told = other.hear().unwrap();
        assert_eq!(told["Answer"]["outcome"], json!({"Done": n}), "{slot}");
    }
    scene.end_soundly();
}

#[test]
fn a_frame_that_is_cut_anywhere_is_nothing() {
    let scene = Scene::new();
    let whole = [
        greeting(&hello()),
        frame(&call(1, 1, false, &json!({"Add": 9}))),
    ]
    .concat();
    for cut in 0..whole.len() {
        scene.stranger().0.write_all(&whole[..cut]).unwrap();
    }
    // One byte at a time is as good as all at once.
    let mut slow = scene.stranger();
    whole
        .iter()
        .for_each(|byte| slow.0.write_all(&[*byte]).unwrap());
    assert!(slow.greeted().unwrap()["Welcome"].is_u64());
    assert_eq!(
        slow.hear().unwrap()["Answer"]["outcome"],
        json!({"Done": 9})
    );
    drop(slow);
    scene.end_soundly();
}

#[test]
fn nonsense_ends_its_connection_and_nothing_else() {
    let scene = Scene::new();
    let mut good = scene.stranger().greet();
    let nonsense: [&[u8]; 6] = [
        &[0xff; 64],
        &(1_u32 << 30).to_le_bytes(),
        b"\x02\0\0\0{}",
        b"\x00\0\0\0",
        b"\x04\0\0\0\xff\xfe\xfd\xfc",
        b"GET / HTTP/1.1\r\n\r\n",
    ];
    for bytes in nonsense {
        for mut stranger in [scene.stranger(), scene.stranger().greet()] {
            // It may have hung up before all was written.
            let _ = stranger.0.write_all(bytes);
            assert_eq!(stranger.hear(), None, "{bytes:?}");
        }
    }
    // A slot that is in use, and a call of one that came to look.
    let mut twice = scene.stranger().greet();
    let pair =
        [1, 2].map(|sequence| frame(&call(1, sequence, false, &json!({"Fat": [sequence, 9]}))));
    twice.0.write_all(&pair.concat()).unwrap();
    while twice.hear().is_some() {}
    let mut looker = scene.stranger();
    looker.hail(&json!({"version": 3, "dialect": null, "session": 0}));
    assert!(looker.greeted().unwrap()["Welcome"].is_u64());
    looker.say(&json!("Look"));
    assert_eq!(
        looker.hear().unwrap()["Standing"]["followers"],
        1,
        "the good one"
    );
    looker.say(&call(1, 1, false, &json!({"Add": 1})));
    assert_eq!(looker.hear(), None);
    assert_eq!(good.call(1, false, &json!({"Add": 3})), json!({"Done": 3}));
    drop((good, twice, looker));
    scene.end_soundly();
}

#[test]
fn another_version_and_another_dialect_are_refused_in_words() {
    let scene = Scene::new();
    for hello in [
        json!({"version": 1, "dialect": "2 ", "session": 77}),
        json!({"version": 3, "dialect": "3 ", "session": 77}),
        json!({"version": 9, "dialect": "2 ", "session": 77, "more": {"than": "we know"}}),
    ] {
        let mut stranger = scene.stranger();
        stranger.hail(&hello);
        let refused = stranger.greeted().unwrap();
        assert!(refused["Refused"].is_string(), "{refused}");
        assert_eq!(stranger.hear(), None);
    }
    scene.end_soundly();
}

#[test]
fn a_leader_that_was_deposed_drops_the_calls_it_still_holds() {
    let scene = Scene::new();
    let line = scene
        .stage
        .open_with(Rows::default(), Options::default().lead(Lead::Never));
    line.write(Do::Add(1)).wait().unwrap();
    assert_eq!(line.figures().handed, 1, "it follows");
    let mut patient = scene.stranger().greet();
    // The leader has a call in its hands and stands at the gate with it; there it is stopped, and loses its place.
    let gate = File::open(scene.stage.dir.path().join("rows.db-gate")).unwrap();
    gate.lock().unwrap();
    patient.say(&call(1, 1, false, &json!({"Add": 5})));
    scene.leader.wait_until_it_stands_at_a_lock();
    scene.leader.stop();
    gate.unlock().unwrap();
    line.write(Do::Add(2)).wait().unwrap();
    assert_eq!(line.figures().step_arounds, 1, "it was deposed");
    // Its term is over: it hangs up instead.
    scene.leader.signal(Signal::CONT);
    assert_eq!(patient.hear(), None);
    assert_eq!(numbers(&line), [-1, 1, 2]);
}

#[test]
fn another_users_process_is_not_served() {
    if !geteuid().is_root() {
        return; // only root can be somebody else
    }
    let scene = Scene::new();
    // As if somebody had opened the folder and the socket to all.
    fs::set_permissions(scene.stage.dir.path(), Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(scene.socket(), Permissions::from_mode(0o666)).unwrap();
    let socket = scene.socket();
    let nobody = thread::spawn(move || {
        // Of this thread only.
        let nobody = Uid::from_raw(65534);
        set_thread_res_uid(nobody, nobody, nobody).unwrap();
        UnixStream::connect(socket).unwrap()
    });
    let mut nobody = Stranger::new(nobody.join().unwrap());
    nobody.hail(&hello());
    assert!(nobody.greeted().unwrap()["Refused"].is_string());
    assert_eq!(nobody.hear(), None);
    scene.stranger().greet();
    scene.end_soundly();
}

#[test]
fn one_that_never_reads_is_not_served_without_end() {
    let scene = Scene::new();
    let mut deaf = scene.stranger().greet();
    deaf.0
        .set_write_timeout(Some(Duration::from_millis(500)))
        .unwrap();
    let mut sent = 0;
    // In the end its calls stay in the socket.
    while sent < 200_000 {
        let call = frame(&call(sent % 200, sent, false, &json!({"Add": 1000 + sent})));
        match deaf.0.write_all(&call) {
            Ok(()) => sent += 1,
            Err(_) => break,
        }
    }
    assert!(sent < 200_000, "it read everything");
    scene.end_soundly();
}

#[test]
fn a_thousand_idle_connections_are_borne() {
    let scene = Scene::new();
    let crowd: Vec<_> = (0..1000)
        .map_while(|n| {
            let stream = UnixStream::connect(scene.socket()).ok()?;
            // Half of them greet.
            Some(if n % 2 == 0 {
                Stranger(stream)
            } else {
                greet_if_served(stream)
            })
        })
        .collect();
    assert!(crowd.len() > 400, "{} connections", crowd.len());
    let line = scene
        .stage
        .open_with(Rows::default(), Options::default().lead(Lead::Never));
    line.write(Do::Add(1)).wait().unwrap();
    drop(crowd);
    let mut n = 1;
    until("there is room again", || {
        n += 1;
        line.write(Do::Add(n)).wait().unwrap();
        line.figures().handed > 0
    });
    assert_eq!(count(&line), n + 1);
    assert_eq!(numbers(&line).len() as i64, n + 1);
    line.close();
    scene.end_soundly();
}

fn greet_if_served(mut stream: UnixStream) -> Stranger {
    let _ = stream.write_all(&greeting(&hello()));
    Stranger(stream)
}
