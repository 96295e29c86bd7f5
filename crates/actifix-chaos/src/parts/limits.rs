//! Limits stay limits: typed errors, bounded memory, and it goes on when the cause is gone.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use actifix::Store;

use super::crew::{self, Crew};
use super::wait_until_written;
use crate::checker::Rules;
use crate::disk::Disk;
use crate::foreign::KEEPER;
use crate::hand::{Hand, arguments, command};
use crate::history::{Answer, Call, History};
use crate::limits::Answers;
use crate::order::{Order, Progress};
use crate::tally::Tally;
use crate::tools;
use crate::worker::Work;
use crate::yard::Yard;

/// Nothing takes as long on a sound machine.
const BOUND: Duration = Duration::from_secs(60);
/// The most memory that a crowd or a backlog may take, in KiB.
const BOUNDED: u64 = 400 << 10;

/// A disk that is full for a while.
///
/// # Errors
/// When a worker cannot be started or a database not be read.
pub fn disk(order: &Order) -> io::Result<Tally> {
    let mut tally = Tally::of("full-disk", order.seed);
    if let Err(why) = tools::loop_device() {
        tally.skipped = Some(why);
        return Ok(tally);
    }
    let mut progress = Progress::new("full-disk", order);
    let mut chance = progress.chance();
    while progress.goes_on(&tally, 2) {
        let home = tempfile::tempdir()?;
        let disk = Disk::new(home.path(), 24)?;
        let mut yard = Yard::on(disk.place())?;
        let crew = Crew {
            order,
            yard: &yard,
            name: "d".into(),
            deadline_ms: 5_000,
        };
        let hands = crew.start(2, &mut chance)?;
        wait_until_written(&yard, 10_000)?;
        let filler = disk.place().join("filler");
        fill(&filler)?;
        tally.faults += 1;
        await_answer(
            &yard,
            &mut tally,
            "somebody is told that the disk is full",
            |answer| matches!(answer, Answer::Refused { kind, message, .. } if kind == "storage" && message.contains("full")),
        )?;
        fs::remove_file(filler)?;
        goes_on(&yard, &mut tally)?;
        crew::end(hands)?;
        let verdict = yard.judge(&Rules::refusing(&["storage", "outcome_unknown", "busy"]))?;
        tally.found(&verdict);
        tally.add(&verdict);
    }
    Ok(progress.done(tally))
}

/// Takes all the room there is.
fn fill(path: &Path) -> io::Result<()> {
    let mut file = File::create(path)?;
    for block in [1 << 16, 1 << 12, 512] {
        let block = vec![0_u8; block];
        while file
            .write_all(&block)
            .and_then(|()| file.sync_data())
            .is_ok()
        {}
    }
    Ok(())
}

/// Waits until a caller is answered so.
fn await_answer(
    yard: &Yard,
    tally: &mut Tally,
    what: &str,
    is: impl Fn(&Answer) -> bool,
) -> io::Result<()> {
    let since = Instant::now();
    loop {
        let history = History::read(&yard.logs)?;
        if history
            .calls
            .iter()
            .filter_map(|call| call.answer.as_ref())
            .any(&is)
        {
            return Ok(());
        }
        if since.elapsed() > BOUND {
            tally.find("never happened", what);
            return Ok(());
        }
        thread::sleep(Duration::from_millis(50));
    }
}

/// From now on somebody is served again.
fn goes_on(yard: &Yard, tally: &mut Tally) -> io::Result<()> {
    let (now, since) = (crate::log::now(), Instant::now());
    loop {
        let history = History::read(&yard.logs)?;
        let served = |call: &Call| call.begin > now && call.acknowledged();
        if history.calls.iter().any(served) {
            return Ok(());
        }
        if since.elapsed() > BOUND {
            tally.find(
                "it does not go on",
                "nobody was served after the cause was gone",
            );
            return Ok(());
        }
        thread::sleep(Duration::from_millis(50));
    }
}

/// No descriptors left.
///
/// # Errors
/// As [`disk`].
pub fn descriptors(order: &Order) -> io::Result<Tally> {
    let mut tally = Tally::of("descriptors", order.seed);
    let mut progress = Progress::new("descriptors", order);
    while progress.goes_on(&tally, 5) {
        let mut yard = Yard::new()?;
        let lot = yard.lot("p", order.seed, Work::Destitute { times: 5 });
        let mut hand = Hand::start(command(&order.program, &lot)?)?;
        while let Some(word) = hand.hear() {
            match word.split(' ').next() {
                Some("taken") if word != "taken 0" => tally.faults += 1,
                Some("taken") => tally.find("no descriptor was taken", word),
                _ => {}
            }
        }
        let status = hand.end()?;
        if !status.success() {
            tally.find("a worker did not live on", status.to_string());
        }
        let verdict = yard.judge(&Rules::refusing(&["storage", "outcome_unknown"]))?;
        let last = History::read(&yard.logs)?;
        if !last.calls.iter().rev().take(20).any(Call::acknowledged) {
            tally.find(
                "it does not go on",
                "nobody was served after the descriptors came back",
            );
        }
        tally.found(&verdict);
        tally.add(&verdict);
    }
    Ok(progress.done(tally))
}

/// 64 MiB of memory.
///
/// # Errors
/// As [`disk`].
pub fn memory(order: &Order) -> io::Result<Tally> {
    let mut tally = Tally::of("memory", order.seed);
    let group = match Group::new(64 << 20) {
        Ok(group) => group,
        Err(why) => {
            tally.skipped = Some(why);
            return Ok(tally);
        }
    };
    let progress = Progress::new("memory", order);
    let yard = Yard::new()?;
    let lot = yard.lot(
        "m",
        order.seed,
        Work::Flood {
            threads: 8,
            each: 250,
            bytes: 50_000,
        },
    );
    let mut inside = Command::new("sh");
    inside
        .args(["-c", "echo $$ > \"$0\" && exec \"$@\""])
        .arg(group.members());
    inside.arg(&order.program).args(arguments(&lot)?);
    let answers = answered(Hand::start(inside)?, || Ok(()))?;
    tally.faults = 1;
    settle(&yard, &mut tally, answers, 2_000, &[])?;
    Ok(progress.done(tally))
}

/// 10,000 waiting calls.
///
/// # Errors
/// As [`disk`].
pub fn callers(order: &Order) -> io::Result<Tally> {
    let mut tally = Tally::of("callers", order.seed);
    let progress = Progress::new("callers", order);
    let yard = Yard::new()?;
    let keeper = keep(order, &yard)?;
    let lot = yard.lot("c", order.seed, Work::Crowd { callers: 10_000 });
    let hand = Hand::start(command(&order.program, &lot)?)?;
    let answers = answered(hand, || keeper.end().map(drop))?;
    tally.faults = 1;
    settle(&yard, &mut tally, answers, 10_000, &[])?;
    Ok(progress.done(tally))
}

/// 1 GiB offered while nobody can write.
///
/// # Errors
/// As [`disk`].
pub fn backlog(order: &Order) -> io::Result<Tally> {
    let mut tally = Tally::of("backlog", order.seed);
    let progress = Progress::new("backlog", order);
    let yard = Yard::new()?;
    let keeper = keep(order, &yard)?;
    let mut lot = yard.lot("b", order.seed, Work::Backlog { bytes: 1 << 30 });
    lot.deadline_ms = 100;
    let answers = answered(Hand::start(command(&order.program, &lot)?)?, || Ok(()))?;
    keeper.end()?;
    tally.faults = 1;
    settle(&yard, &mut tally, answers, 16 * 22 * 64, &["busy"])?;
    // The cause is gone.
    lot = yard.lot(
        "a",
        order.seed,
        Work::Flood {
            threads: 2,
            each: 20,
            bytes: 100,
        },
    );
    let after = answered(Hand::start(command(&order.program, &lot)?)?, || Ok(()))?;
    if after.done != 40 {
        tally.find("it does not go on", format!("{after:?}"));
    }
    Ok(progress.done(tally))
}

/// A foreign program that has the write lock until it is told to end.
fn keep(order: &Order, yard: &Yard) -> io::Result<Hand> {
    drop(Store::open(&yard.path).map_err(io::Error::other)?);
    let mut command = Command::new(&order.program);
    command.arg("be-foreign").arg(KEEPER).arg(&yard.path);
    let mut keeper = Hand::start(command)?;
    keeper.expect("open")?;
    Ok(keeper)
}

/// What a worker counted; `ready` when it says that all wait.
fn answered(mut hand: Hand, ready: impl FnOnce() -> io::Result<()>) -> io::Result<Answers> {
    let mut ready = Some(ready);
    while let Some(word) = hand.hear() {
        if word == "waiting"
            && let Some(ready) = ready.take()
        {
            ready()?;
        }
        if word.starts_with('{') {
            let answers = serde_json::from_str(&word)?;
            hand.end()?;
            return Ok(answers);
        }
    }
    let status = hand.end()?;
    Err(io::Error::other(format!(
        "a worker ended before it had counted its answers: {status}"
    )))
}

/// What was acknowledged is there, no more and no less; who was not served was told so; memory stayed within bounds.
fn settle(
    yard: &Yard,
    tally: &mut Tally,
    answers: Answers,
    offered: u64,
    explained: &[&str],
) -> io::Result<()> {
    let store = Store::open(&yard.path).map_err(io::Error::other)?;
    let dump = crate::dump::Dump::read(&store).map_err(io::Error::other)?;
    let there: u64 = dump
        .stories
        .values()
        .map(|story| story.ticket.occurrences)
        .sum();
    tally.calls = offered;
    tally.acknowledged = answers.done;
    tally.refused = answers.refused.values().sum();
    tally.also.insert(
        "MiB of memory at the most".to_owned(),
        answers.peak_kib >> 10,
    );
    if there != answers.done {
        tally.find(
            "acknowledged and lost",
            format!("{there} reports are there, and {answers:?}"),
        );
    }
    if answers.done + tally.refused != offered {
        tally.find(
            "not everybody was answered",
            format!("{offered} reports, {answers:?}"),
        );
    }
    if answers.peak_kib > BOUNDED {
        tally.find("memory without bounds", format!("{answers:?}"));
    }
    for (kind, n) in answers
        .refused
        .iter()
        .filter(|(kind, _)| !explained.contains(&kind.as_str()))
    {
        tally.find("refused without a cause", format!("{n} by {kind}"));
    }
    dump.problems
        .iter()
        .for_each(|problem| tally.find("the file contradicts itself", problem));
    Ok(())
}

/// A group of processes with a limit of memory.
struct Group(PathBuf);

impl Group {
    /// Makes one, by either version of the kernel's interface.
    fn new(bytes: u64) -> Result<Self, String> {
        let name = format!("actifix-chaos-{}", std::process::id());
        let versions = [
            ("/sys/fs/cgroup/memory", "memory.limit_in_bytes"),
            ("/sys/fs/cgroup", "memory.max"),
        ];
        for (root, limit) in versions {
            let place = Path::new(root).join(&name);
            if fs::create_dir(&place).is_err() {
                continue;
            }
            let group = Self(place);
            if fs::write(group.0.join(limit), bytes.to_string()).is_ok() {
                return Ok(group);
            }
        }
        Err("no group of processes with a limit of memory can be made".to_owned())
    }

    fn members(&self) -> PathBuf {
        self.0.join("cgroup.procs")
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // Empty by now; what stays behind limits nobody.
        let _ = fs::remove_dir(&self.0);
    }
}
