//! Which tickets go: what is old enough and named, unless something happened to it meanwhile.

use actifix::{Delete, EventFilter, EventKind, Fate, Priority, Prune, Report};

use crate::proof::stores::{Room, error};
use crate::{DAY, Scene, older_than, sound};

#[test]
fn only_what_is_old_enough_and_named_goes() {
    let scene = Scene::new();
    let rule = older_than(5, &Prune::default().fates);
    assert_eq!(scene.store.prunable(&rule).wait().unwrap(), []);
    assert_eq!(scene.store.prune(&rule, |_, _| ()).unwrap().tickets, 0);
    assert_eq!(scene.there(), Fate::ALL);

    scene.clock.advance(DAY * 5);
    let groups = scene.store.prunable(&rule).wait().unwrap();
    let groups: Vec<_> = groups
        .iter()
        .map(|g| (g.status, g.priority, g.tickets))
        .collect();
    assert_eq!(
        groups,
        [
            (Fate::Completed, Priority::P2, 1),
            (Fate::Deleted, Priority::P2, 1)
        ]
    );
    assert_eq!(scene.there(), Fate::ALL, "a look removes nothing");
    assert_eq!(scene.store.prune(&rule, |_, _| ()).unwrap().tickets, 2);
    let left = [
        Fate::Open,
        Fate::InProgress,
        Fate::Quarantined,
        Fate::Closed,
        Fate::Ignored,
    ];
    assert_eq!(scene.there(), left);
    sound(&scene.store);

    let all = scene
        .store
        .prune(&older_than(5, &Fate::ALL), |_, _| ())
        .unwrap();
    assert_eq!((all.tickets, scene.there()), (4, vec![Fate::InProgress]));
    sound(&scene.store);
}

#[test]
fn project_and_priority_narrow_it() {
    let room = Room::in_memory();
    let (store, clock) = room.timed(|_| {});
    for (project, priority) in [
        ("a", Priority::P0),
        ("a", Priority::P3),
        ("b", Priority::P3),
    ] {
        let report = Report::error("E", "m")
            .project(project)
            .priority(priority)
            .source(project);
        let report = report.fingerprint(format!("{project}{priority}"));
        let id = store.record(report).wait().unwrap().id;
        store.delete(&id, Delete::default()).wait().unwrap();
    }
    clock.advance(DAY);
    let rule = Prune {
        priorities: vec![Priority::P3],
        project: Some("a".into()),
        ..older_than(1, &[Fate::Deleted])
    };
    assert_eq!(store.prune(&rule, |_, _| ()).unwrap().tickets, 1);
    let nowhere = Prune {
        project: Some("c".into()),
        ..rule
    };
    assert_eq!(store.prune(&nowhere, |_, _| ()).unwrap().tickets, 0);
    let rest = store
        .prunable(&older_than(1, &[Fate::Deleted]))
        .wait()
        .unwrap();
    assert_eq!(
        rest.iter().map(|group| group.priority).collect::<Vec<_>>(),
        [Priority::P0, Priority::P3]
    );
    sound(&store);
}

#[test]
fn promise_6_one_event_stays_and_tells_what_went() {
    let scene = Scene::new();
    let id = scene.tickets[&Fate::Completed].clone();
    let before = scene.store.show(&id).wait().unwrap().events.len();
    let newest = scene.store.stats().wait().unwrap().newest_event;
    scene.clock.advance(DAY * 5);
    let store = scene.store.credited_to("keeper").unwrap();
    let pruned = store
        .prune(&older_than(5, &[Fate::Completed]), |_, _| ())
        .unwrap();
    assert_eq!((pruned.tickets, pruned.events), (1, before as u64));
    let all = EventFilter {
        limit: 1_000,
        ..EventFilter::default()
    };
    let events = store.events(all).wait().unwrap().events;
    let last = events.last().unwrap();
    assert_eq!(
        (last.kind, last.actor.as_str()),
        (EventKind::Purged, "keeper")
    );
    let told = last.old.as_ref().unwrap();
    assert_eq!(
        (&told["id"], &told["status"], &told["events"]),
        (&id.as_str().into(), &"completed".into(), &before.into())
    );
    assert!(last.seq > newest);
    assert!(
        events
            .iter()
            .filter(|event| event.ticket == last.ticket)
            .count()
            == 1
    );

    // Its number and its events' numbers are never given out again; an equal report is a new ticket.
    let again = store.record(error("completed")).wait().unwrap();
    assert!(again.new && again.id != id);
    sound(&store);
}

#[test]
fn what_happened_meanwhile_saves_a_ticket() {
    let scene = Scene::new();
    scene.clock.advance(DAY * 5);
    let id = &scene.tickets[&Fate::Completed];
    let mut reopened = false;
    // Progress is told when the tickets have been found and none has gone yet.
    let pruned = scene
        .store
        .prune(&older_than(5, &Prune::default().fates), |_, _| {
            if !reopened {
                scene.store.reopen(id).wait().unwrap();
                reopened = true;
            }
        });
    let pruned = pruned.unwrap();
    assert_eq!((pruned.tickets, pruned.left), (1, 1));
    assert!(scene.is_there(Fate::Completed) && !scene.is_there(Fate::Deleted));
    sound(&scene.store);
}
