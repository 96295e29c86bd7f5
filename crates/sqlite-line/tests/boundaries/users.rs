//! The leader serves its own user and root; others go by the gate, and all write the same database.

use crate::cast::{OTHER, OWNER, ROOT, Square, set_mode};

#[test]
fn another_user_goes_by_the_gate_and_the_same_user_and_root_are_served() {
    let square = Square::new();
    let mut leader = square.by(OWNER, "lead", 1);
    leader.expect("leads");
    let mut same = square.by(OWNER, "follow", 2);
    let mut root = square.by(ROOT, "follow", 3);
    // It would lead, if it could.
    let mut other = square.by(OTHER, "write", 4);
    [&mut same, &mut root, &mut other]
        .into_iter()
        .for_each(|writer| writer.expect("ready"));
    [&mut same, &mut root, &mut other]
        .into_iter()
        .for_each(|writer| writer.go_on());
    for served in [&mut same, &mut root] {
        assert!(served.handed().0 > 0);
    }
    assert_eq!(other.handed(), (0, false));
    other.ends_alone("Permission denied");
    [same, root, leader]
        .into_iter()
        .for_each(|player| player.ends_quietly());
    square.all_there(2..5);
}

#[test]
fn whoever_is_no_friend_is_refused_in_words_also_when_the_socket_is_open_to_all() {
    let square = Square::new();
    let mut leader = square.by(ROOT, "lead", 1);
    leader.expect("leads");
    set_mode(&square.side("-line"), 0o666);
    let mut other = square.by(OTHER, "write", 2);
    other.expect("ready");
    assert_eq!(other.handed(), (0, false));
    other.ends_alone("its own user and root only");
    leader.go_on();
    assert_eq!(leader.hear(), "0", "calls for others");
    leader.ends_quietly();
    square.all_there([2]);
}

#[test]
fn one_that_poses_as_the_leader_hears_nothing() {
    let square = Square::new();
    let mut impostor = square.by(OTHER, "pose", 0);
    impostor.expect("listens");
    for (user, n) in [(OWNER, 1), (ROOT, 2)] {
        let mut writer = square.by(user, "follow", n);
        writer.expect("ready");
        assert_eq!(writer.handed(), (0, false));
        writer.ends_alone("who listens there is neither");
    }
    impostor.go_on();
    impostor.expect("heard 0");
    square.all_there([1, 2]);
}
