//! Whole pages are lost, one or several.

use std::path::Path;

use actifix::rusqlite::Connection;

use crate::proof::stores::error;
use crate::scene::Sound;
use crate::{rows, sound};

/// Tables whose rows come as they are. Counts and counters are made anew.
const AS_THEY_ARE: [&str; 18] = [
    "outbox",
    "names",
    "facts",
    "events",
    "seen",
    "buckets",
    "samples",
    "attempts",
    "aliases",
    "requests",
    "positions",
    "fingerprints",
    "scheduled",
    "leases",
    "parked",
    "completed",
    "trash",
    "ready",
];

/// Of them, those that hang on another that may have lost rows.
const HANG_ON_NOTHING: [&str; 6] = [
    "outbox",
    "names",
    "facts",
    "events",
    "requests",
    "positions",
];

#[track_caller]
fn came_whole(sound: &Sound, out: &Path, damaged: &str, tables: &[&str]) {
    for table in tables.iter().filter(|table| **table != damaged) {
        let (was, is) = (rows(&sound.path, table), rows(out, table));
        let lost: Vec<_> = was.difference(&is).take(3).collect();
        assert!(
            lost.is_empty(),
            "{damaged} was damaged, and {table} lost {lost:?}"
        );
    }
}

#[test]
fn a_sound_file_comes_whole() {
    let sound_one = Sound::new();
    let (done, out) = sound_one.salvage(&sound_one.bytes);
    let done = done.unwrap();
    assert_eq!(done.opened, 0);
    assert!(
        done.lost.is_empty() && done.tables.iter().all(|table| table.whole),
        "{done:?}"
    );
    for table in AS_THEY_ARE.iter().chain(&["event_log", "mine", "counts"]) {
        assert_eq!(rows(&sound_one.path, table), rows(&out, table), "{table}");
    }
    let store = sound(&out);
    let newest = store.stats().wait().unwrap().newest_event;
    assert!(store.record(error("new")).wait().unwrap().new);
    assert_eq!(store.stats().wait().unwrap().newest_event, newest + 1);
    assert_eq!(
        rows(&out, "(SELECT name FROM sqlite_master)"),
        rows(&sound_one.path, "(SELECT name FROM sqlite_master)")
    );
}

#[test]
fn a_lost_page_of_any_table_takes_nothing_of_the_others() {
    let whole = Sound::new();
    let mut tried = 0;
    for (table, pages) in whole
        .pages()
        .iter()
        .filter(|(name, _)| *name != "sqlite_schema")
    {
        for page in [pages[0], pages[pages.len() / 2], pages[pages.len() - 1]] {
            let fillings: [fn(usize) -> u8; 2] = [|_| 0, |at| (at * 167 + 13) as u8];
            for with in fillings {
                let (done, out) = whole.salvage(&whole.with_page(page, with));
                let done = done.unwrap_or_else(|error| panic!("{table} {page}: {error}"));
                let store = sound(&out);
                drop(store);
                let plain = ["event_log", "mine"];
                came_whole(&whole, &out, table, &plain);
                if table == "facts" || table == "names" {
                    came_whole(&whole, &out, table, &HANG_ON_NOTHING);
                } else if table != "events" {
                    let kept: Vec<&str> = AS_THEY_ARE
                        .into_iter()
                        .filter(|name| *name != "ready")
                        .collect();
                    came_whole(&whole, &out, table, &kept);
                }
                let told = done.tables.iter().find(|told| told.table == *table);
                // What is made anew has nothing to tell.
                if let Some(told) = told
                    && pages.len() == 1
                {
                    assert!(!told.whole, "{table} {page}: {told:?}");
                }
                tried += 1;
            }
        }
    }
    assert!(tried > 100, "{tried}");
}

#[test]
fn between_two_lost_pages_everything_is_found() {
    let whole = Sound::new();
    for table in ["events", "facts", "event_log", "mine"] {
        // Leaves follow each other mostly in the order of their pages; the first page is the root.
        let leaves = &whole.pages()[table][1..];
        assert!(leaves.len() > 3, "{table} {leaves:?}");
        let (first, last) = (leaves[1], leaves[leaves.len() - 2]);
        let mut bytes = whole.with_page(first, |_| 0);
        bytes[last * whole.page..(last + 1) * whole.page].fill(0);
        let (_, out) = whole.salvage(&bytes);
        sound(&out);
        let lost = rows(&whole.path, table)
            .difference(&rows(&out, table))
            .count();
        let (one, _) = (whole.salvage(&whole.with_page(first, |_| 0)), ());
        let lost_of_first = rows(&whole.path, table)
            .difference(&rows(&one.1, table))
            .count();
        let (one, _) = (whole.salvage(&whole.with_page(last, |_| 0)), ());
        let lost_of_last = rows(&whole.path, table)
            .difference(&rows(&one.1, table))
            .count();
        assert!(lost_of_first > 0 && lost_of_last > 0, "{table}");
        assert_eq!(lost, lost_of_first + lost_of_last, "{table}");
    }
}

#[test]
fn numbers_that_may_have_been_given_out_are_not_given_out_again() {
    let whole = Sound::new();
    let conn = Connection::open(&whole.path).unwrap();
    // The page of the newest events is the last in the order of the keys.
    let last: usize = conn
        .query_row(
            "SELECT pageno FROM dbstat WHERE name = 'events' ORDER BY path DESC LIMIT 1",
            [],
            |row| row.get(0),
        )
        .unwrap();
    let newest: i64 = conn
        .query_row("SELECT max(seq) FROM events", [], |row| row.get(0))
        .unwrap();
    drop(conn);
    let (_, out) = whole.salvage(&whole.with_page(last - 1, |_| 0));
    let store = sound(&out);
    store.record(error("new")).wait().unwrap();
    assert!(store.stats().wait().unwrap().newest_event > newest + (1 << 31));
    let (_, out) = whole.salvage(&whole.with_page(whole.pages()["facts"][1], |_| 0));
    let store = sound(&out);
    store.record(error("new")).wait().unwrap();
    assert!(
        store.stats().wait().unwrap().newest_event < newest + 1_000,
        "those events were all seen"
    );
}
