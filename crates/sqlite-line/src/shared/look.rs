//! Who leads, and how it stands with it: a look from outside.

use std::io;
use std::time::{Duration, Instant};

use super::link::Link;
use super::message::{Ask, Greeted, Hello, Told, VERSION};
use super::socket;
use super::standing::{Leading, Standing};
use crate::error::Process;
use crate::identity::Place;
use crate::locks::command_of;

/// A leader that does not answer within this time is busy or stopped.
const PATIENCE: Duration = Duration::from_millis(250);

/// Asks the leader, if there is one.
pub(crate) fn look(place: &Place) -> Option<Leading> {
    let stream = socket::connect(place).ok()?;
    let process = socket::process_of(&*stream).map(|pid| Process {
        pid,
        command: command_of(pid),
    });
    let link = Link::new(stream).ok()?;
    Some(Leading {
        process,
        standing: ask(link).ok(),
    })
}

fn ask(mut link: Link) -> io::Result<Standing> {
    let hello = Hello {
        version: VERSION,
        dialect: None,
        session: 0,
    };
    link.put(&hello)?;
    link.put(&Ask::<()>::Look)?;
    let until = Instant::now() + PATIENCE;
    if let Greeted::Refused(why) = link.hear_until(until)? {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
    }
    match link.hear_until::<Told<()>>(until)? {
        Told::Standing(standing) => Ok(standing),
        _ => Err(io::ErrorKind::InvalidData.into()),
    }
}
