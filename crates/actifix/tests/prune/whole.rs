//! A ticket goes with all that hangs on it, however much that is, and whatever came in between.

use actifix::Fate;
use actifix::rusqlite::Connection;

use crate::{DAY, Scene, count_by_hand, older_than, sound};

#[test]
fn a_ticket_with_more_events_than_a_command_takes_goes_whole() {
    let scene = Scene::new();
    assert_eq!(scene.made(Fate::Open), scene.tickets[&Fate::Open]);
    let first = scene.tickets[&Fate::Open].clone();
    let token = scene
        .store
        .acquire(&first, "ann", DAY)
        .wait()
        .unwrap()
        .token;
    for _ in 0..3_000 {
        scene.store.renew(&first, token, DAY).wait().unwrap();
    }
    scene
        .store
        .release(&first, token, actifix::Release::new())
        .wait()
        .unwrap();
    // The repeat above is counted once already.
    let conn = Connection::open(scene.store.path()).unwrap();
    conn.execute_batch("DELETE FROM events WHERE kind = 1; DELETE FROM seen")
        .unwrap();
    drop(conn);
    count_by_hand(scene.store.path(), 7_000);
    sound(&scene.store);
    scene.clock.advance(DAY * 9);
    let pruned = scene
        .store
        .prune(&older_than(5, &[Fate::Open]), |_, _| ())
        .unwrap();
    // 1 recorded, 1 claimed, 1 released, 3,000 renewed, 7,000 counted. The lease that has run out is news of that ticket.
    assert_eq!((pruned.tickets, pruned.events), (1, 10_003));
    sound(&scene.store);
}

#[test]
fn a_prune_that_was_cut_short_is_finished_by_the_next() {
    let scene = Scene::new();
    scene.clock.advance(DAY * 5);
    scene
        .store
        .prune(&older_than(5, &[Fate::Completed]), |_, _| ())
        .unwrap();
    let conn = Connection::open(scene.store.path()).unwrap();
    let purged: (i64, i64) = conn
        .query_row(
            "SELECT seq, ticket FROM events WHERE kind = 15",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .unwrap();
    // As a kill between two commands leaves it: under numbers that were its own, two counted events, a chain, and another.
    let free = |seq: &i64| {
        let sql = "SELECT NOT EXISTS (SELECT 1 FROM events WHERE seq = ?1)";
        conn.query_row(sql, [seq], |row| row.get::<_, bool>(0))
            .unwrap()
    };
    let own: Vec<i64> = (1..purged.0).filter(free).take(3).collect();
    let [a, b, c] = own[..] else {
        panic!("{own:?}")
    };
    conn.execute_batch(&format!(
        "INSERT INTO events(seq, ticket, at, kind, actor, prev)
           VALUES ({a}, {0}, 0, 1, 1, NULL), ({b}, {0}, 0, 1, 1, {a}), ({c}, {0}, 0, 2, 1, NULL);
         UPDATE events SET prev = {b} WHERE seq = {1};",
        purged.1, purged.0
    ))
    .unwrap();
    let pruned = scene
        .store
        .prune(&older_than(5, &[Fate::Completed]), |_, _| ())
        .unwrap();
    assert_eq!((pruned.tickets, pruned.events), (0, 3));
    sound(&scene.store);
    let left: Option<i64> = conn
        .query_row(
            "SELECT prev FROM events WHERE ticket = ?1",
            [purged.1],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(
        left, None,
        "one event is left, and says that nothing is to be done"
    );
}

#[test]
fn what_leads_to_it_goes_too() {
    let scene = Scene::new();
    let id = scene.tickets[&Fate::Completed].clone();
    let conn = Connection::open(scene.store.path()).unwrap();
    let ticket: i64 = conn
        .query_row("SELECT n FROM facts WHERE id = ?1", [id.as_str()], |row| {
            row.get(0)
        })
        .unwrap();
    conn.execute_batch(&format!(
        "PRAGMA foreign_keys=ON;
         INSERT INTO aliases VALUES ('OLD-1', {ticket});
         INSERT INTO fingerprints VALUES (1, x'00', 7, {ticket});
         INSERT INTO legacy(ticket, as_of, fits) VALUES ({ticket}, 1, 1);
         WITH RECURSIVE k(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM k WHERE i < 5000)
         INSERT INTO event_log(event_type, message, ticket_id) SELECT 't', 'm', '{id}' FROM k;"
    ))
    .unwrap();
    scene.clock.advance(DAY * 5);
    assert_eq!(
        scene
            .store
            .prune(&older_than(5, &[Fate::Completed]), |_, _| ())
            .unwrap()
            .tickets,
        1
    );
    for (table, left) in [
        ("aliases", 0),
        ("legacy", 0),
        ("event_log", 5_000),
        ("fingerprints", 6),
    ] {
        let rows: i64 = conn
            .query_row(&format!("SELECT count(*) FROM {table}"), [], |row| {
                row.get(0)
            })
            .unwrap();
        assert_eq!(rows, left, "{table}");
    }
    sound(&scene.store);
}
