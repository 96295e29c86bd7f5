//! Who plays: the helpers' roles, and how they are started as somebody else or somewhere else.

use std::collections::BTreeSet;
use std::fs::{self, Permissions};
use std::io::{self, Read};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use sqlite_line::{Error, Lead, Line, Options, openers};

use crate::stage::leaders::add;
use crate::stage::{Do, Helper, Rows, Stage, count, held_by, holders, say, until, wait_for_go_on};

/// Rows that a writer writes.
const ROWS: i64 = 200;

/// From here on rows of those who write until they lead.
const NEXT: i64 = 100_000;

/// What a helper does.
pub fn play(role: &str, path: &Path, number: i64) {
    // Its log is its error output.
    let log = tracing_subscriber::fmt().with_writer(std::io::stderr);
    log.with_max_level(tracing_subscriber::filter::LevelFilter::INFO)
        .without_time()
        .with_ansi(false)
        .init();
    let open = |lead| Line::open(path, Rows::default(), Options::default().lead(lead)).unwrap();
    match role {
        "lead" => lead(&open(Lead::AtOnce), number),
        "pause" => pause(path, number),
        "follow" => write(&open(Lead::Never), number),
        "write" => write(&open(Lead::AtOnce), number),
        "next" => next(&open(Lead::AtOnce), number),
        "read" => read(&open(Lead::AtOnce), number),
        "hold" => holders::hold_the_lock(path),
        "busy" => busy(&open(Lead::Never), number),
        "look" => look(&open(Lead::Never), path, number),
        "pose" => pose(path),
        other => panic!("no such role: {other}"),
    }
}

fn lead(line: &Line<Rows>, number: i64) {
    add(line, -number);
    until("it leads", || line.figures().leads);
    say("leads");
    wait_for_go_on();
    say(line.figures().for_others);
}

/// Leads, and stands inside a transaction until it is told to go on; then until it leads no more.
fn pause(path: &Path, number: i64) {
    let rows = Rows::default();
    let line = Line::open(path, rows.clone(), Options::default().lead(Lead::AtOnce)).unwrap();
    add(&line, -number);
    until("it leads", || line.figures().leads);
    say("leads");
    rows.pause.wait_entered();
    say("held");
    wait_for_go_on();
    rows.pause.let_go();
    until("it resigns", || !line.figures().leads);
    say("resigned");
}

/// Writes its rows when it is told to, and says how many others committed for it and whether it leads.
fn write(line: &Line<Rows>, number: i64) {
    add(line, -number);
    say("ready");
    wait_for_go_on();
    of(number).for_each(|n| add(line, n));
    let figures = line.figures();
    say(format!("{} {}", figures.handed, figures.leads));
}

fn of(number: i64) -> std::ops::Range<i64> {
    number * 1000..number * 1000 + ROWS
}

/// Follows, until it leads.
fn next(line: &Line<Rows>, number: i64) {
    add(line, -number);
    assert_eq!(line.figures().handed, 1, "it follows");
    say("follows");
    let mut n = NEXT;
    until("it leads", || {
        add(line, n);
        n += 1;
        line.figures().leads
    });
    say("leads");
    wait_for_go_on();
}

/// Reads what is there, may not write, and reads what came since.
fn read(line: &Line<Rows>, number: i64) {
    say(count(line));
    wait_for_go_on();
    for n in [number, number + 1] {
        let refused = line.write(Do::Add(n)).wait();
        assert!(matches!(refused, Err(Error::Path { .. })), "{refused:?}");
    }
    say(count(line));
}

/// Says who is in its way.
fn busy(line: &Line<Rows>, number: i64) {
    let refused = line
        .write_within(Do::Add(number), Duration::from_millis(300))
        .wait();
    let name = held_by(&refused).map_or("nobody".into(), |pid| pid.to_string());
    say(format!("{name} {}", line.figures().handed));
}

/// Says who else has the database open, and who leads.
fn look(line: &Line<Rows>, path: &Path, number: i64) {
    add(line, -number);
    let found = openers(path).unwrap();
    let leading = line.leader();
    let named = leading
        .as_ref()
        .and_then(|leading| leading.process.as_ref());
    say(format!(
        "{} others, here {}, leader {} {}, in {}",
        found.others.len(),
        found.this_process,
        named.map_or(0, |process| process.pid),
        leading.is_some_and(|leading| leading.standing.is_some()),
        std::process::id(),
    ));
}

/// Listens where the leader would, and says how much it was told.
fn pose(path: &Path) {
    let mut socket = path.as_os_str().to_owned();
    socket.push("-line");
    let listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    fs::set_permissions(&socket, Permissions::from_mode(0o666)).unwrap();
    say("listens");
    let heard = Arc::new(AtomicU64::new(0));
    let hears = Arc::clone(&heard);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let told = io::copy(&mut stream.unwrap(), &mut io::sink()).unwrap();
            hears.fetch_add(told, Ordering::SeqCst);
        }
    });
    wait_for_go_on();
    say(format!("heard {}", heard.load(Ordering::SeqCst)));
}

/// A stage on which other users may act: everybody may write, and start the helpers.
pub struct Square {
    stage: Stage,
    binary: PathBuf,
    _beside: tempfile::TempDir,
}

/// A user who owns the database.
pub const OWNER: u32 = 4001;
/// Another one.
pub const OTHER: u32 = 4002;
pub const ROOT: u32 = 0;

impl Square {
    pub fn new() -> Self {
        Self::around("rows.db")
    }

    /// Around a database of this name.
    pub fn around(name: &str) -> Self {
        assert!(
            rustix::process::geteuid().is_root(),
            "this test starts processes of other users and in containers of their own, which only root may: run it as root"
        );
        let (mut stage, beside) = (Stage::new(), tempfile::tempdir().unwrap());
        stage.path.set_file_name(name);
        let binary = beside.path().join("helper");
        let own = std::env::current_exe().unwrap();
        if fs::hard_link(&own, &binary).is_err() {
            fs::copy(&own, &binary).unwrap();
        }
        fs::write(&stage.path, "").unwrap();
        chown(&stage.path, Some(OWNER), Some(OWNER)).unwrap();
        set_mode(&stage.path, 0o666);
        set_mode(stage.dir.path(), 0o777);
        set_mode(beside.path(), 0o755);
        Self {
            stage,
            binary,
            _beside: beside,
        }
    }

    pub fn folder(&self) -> &Path {
        self.stage.dir.path()
    }

    pub fn path(&self) -> &Path {
        &self.stage.path
    }

    /// The side file with this tail.
    pub fn side(&self, tail: &str) -> PathBuf {
        let mut path = self.path().as_os_str().to_owned();
        path.push(tail);
        path.into()
    }

    /// A line of this process, which never leads and pauses nowhere.
    pub fn line(&self) -> Line<Rows> {
        let (rows, options) = (Rows::default(), Options::default().lead(Lead::Never));
        rows.pause.let_go();
        self.stage.open_with(rows, options)
    }

    /// A helper of a user.
    pub fn by(&self, user: u32, role: &str, number: usize) -> Player {
        let mut command = Command::new(&self.binary);
        command.uid(user).gid(user);
        self.start(command, role, number)
    }

    /// A helper that these words start, by a shell: its own command follows them.
    pub fn behind(&self, words: &str, role: &str, number: usize) -> Player {
        let mut command = Command::new("sh");
        command
            .args(["-ec", &format!("exec {words} \"$@\""), "sh"])
            .arg(&self.binary);
        self.start(command, role, number)
    }

    fn start(&self, mut command: Command, role: &str, number: usize) -> Player {
        command.stderr(Stdio::piped());
        Player(Helper::by(command, role, self.path(), number))
    }

    /// All rows of these writers are there, and of no others but those who write as long as they follow.
    pub fn all_there(&self, writers: impl IntoIterator<Item = i64>) {
        let there = crate::stage::numbers(&self.line());
        let there = there.into_iter().filter(|n| (0..NEXT).contains(n));
        let all: BTreeSet<i64> = writers.into_iter().flat_map(of).collect();
        assert_eq!(there.collect::<BTreeSet<i64>>(), all);
    }
}

/// A helper whose log is kept.
pub struct Player(Helper);

impl Player {
    pub fn expect(&mut self, words: &str) {
        if self.0.hear().as_deref() != Some(words) {
            panic!("it did not say {words:?}; its log: {}", self.log());
        }
    }

    pub fn hear(&mut self) -> String {
        match self.0.hear() {
            Some(said) => said,
            None => panic!("it said nothing; its log: {}", self.log()),
        }
    }

    pub fn go_on(&mut self) {
        self.0.go_on();
    }

    pub fn pid(&self) -> u32 {
        self.0.pid()
    }

    fn log(&mut self) -> String {
        let mut log = String::new();
        let _ = self.0.child.stderr.take().unwrap().read_to_string(&mut log);
        log
    }

    /// It ends well; what it said at level info.
    pub fn end(mut self) -> Vec<String> {
        self.go_on();
        let log = self.log();
        assert!(self.0.child.wait().unwrap().success(), "{log}");
        let info = log.lines().filter(|line| line.contains("INFO"));
        info.map(str::to_owned).collect()
    }

    /// A writer writes all its rows; how many others committed for it, and whether it leads.
    pub fn handed(&mut self) -> (u64, bool) {
        self.go_on();
        let said = self.hear();
        let (handed, leads) = said.split_once(' ').unwrap();
        (handed.parse().unwrap(), leads.parse().unwrap())
    }

    /// It ends well, and said once that it commits for itself, and why.
    pub fn ends_alone(self, why: &str) {
        let said = self.end();
        assert!(
            said.len() == 1
                && said[0].contains("no shared line for this process")
                && said[0].contains(why),
            "{said:#?}"
        );
    }

    /// It ends well, and had nothing to say.
    pub fn ends_quietly(self) {
        assert_eq!(self.end(), [""; 0]);
    }
}

pub fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}
