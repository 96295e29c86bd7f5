//! The verbs: what they answer, and what they refuse.

use crate::receiver::{Receiver, says};
use crate::shell::Shell;
use crate::{configured, record, snapshot, webhook};

#[test]
fn what_people_see_of_a_target_that_is_gone_and_back() {
    let gone = Receiver::that(vec![
        says("410 Gone", "", "moved"),
        says("410 Gone", "", ""),
        says("200 OK", "", ""),
    ]);
    let shell = configured(&webhook("ci", &gone.url));
    record(&shell, 2);
    let text = shell.transcript(&[
        "deliver list",
        "deliver",
        "deliver list --dead",
        "stats",
        "deliver retry ci/1",
        "deliver drop ci/2 ci/3",
        "deliver",
        "deliver list",
        "deliver test ci",
    ]);
    snapshot!("seen", &shell, text);
}

#[test]
fn what_programs_see() {
    let receiver = Receiver::that(vec![says("410 Gone", "", ""), says("200 OK", "", "")]);
    let shell = configured(&webhook("ci", &receiver.url));
    record(&shell, 2);
    let said = shell.run(["deliver", "--json"]).ends(1).json_lines();
    let words: Vec<_> = said
        .iter()
        .map(|line| line["what"].as_str().unwrap())
        .collect();
    assert_eq!(words, ["given_up", "delivered", "ended"]);
    assert_eq!(
        (&said[2]["delivered"], &said[2]["dead"]),
        (&1.into(), &1.into())
    );
    let dead = &shell.json("deliver list --dead")["deliveries"];
    assert_eq!(
        (&dead[0]["id"], &dead[0]["on"]),
        (&"ci/1".into(), &"recorded".into())
    );
    let health = shell.json("health");
    let checks = health["checks"].as_array().unwrap().iter();
    let told = checks
        .filter(|check| check["check"] == "deliveries")
        .map(|check| check["level"].clone());
    assert_eq!(told.collect::<Vec<_>>(), ["warn"]);
    assert_eq!(shell.json("deliver retry --all-dead")["retried"], 1);
    shell.run(["deliver", "--json"]).done();
    assert_eq!(shell.json("deliver test ci")["delivered"], true);
}

#[test]
fn what_cannot_be_is_refused_with_the_next_step() {
    let shell = configured(&webhook("ci", "http://127.0.0.1:1/"));
    for (line, code, field) in [
        ("deliver --target nobody", 2, "target"),
        ("deliver test nobody", 2, "name"),
        ("deliver retry", 2, "id"),
        ("deliver retry nonsense", 2, "id"),
        ("deliver drop", 2, "id"),
        ("deliver --watch --drain", 2, "drain"),
    ] {
        let error = shell
            .run(line.split(' ').chain(["--json"]))
            .ends(code)
            .error();
        assert!(error.to_string().contains(field), "{line}: {error}");
    }
    let error = shell
        .run(["deliver", "test", "ci", "--json"])
        .ends(1)
        .error();
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("connection refused"),
        "{error}"
    );
    let error = Shell::with_database()
        .run(["deliver", "--json"])
        .ends(2)
        .error();
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("nobody to tell"),
        "{error}"
    );
}

#[test]
fn a_target_of_the_users_own_file_is_refused_since_a_database_has_one_list() {
    let shell = Shell::with_database();
    shell.write(
        ".config/actifix/config.toml",
        webhook("mine", "http://127.0.0.1:1/"),
    );
    let error = shell.run(["deliver", "--json"]).ends(2).error();
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains(".actifix/config.toml"),
        "{error}"
    );
}

/// A misspelt target must not make everybody forget the others, nor keep a report from being taken.
#[test]
fn a_broken_configuration_loses_nothing() {
    let shell = configured(&webhook("ci", "http://127.0.0.1:1/"));
    record(&shell, 1);
    shell.write(
        ".actifix/config.toml",
        "[[webhook]]\nname = \"ci\"\nulr = \"http://127.0.0.1:1/\"\n",
    );
    shell.run(["record", "--message", "b"]).done();
    let error = shell.run(["deliver", "--json"]).error();
    assert!(error.to_string().contains("ulr"), "{error}");
    shell.write(".actifix/config.toml", webhook("ci", "http://127.0.0.1:1/"));
    assert_eq!(shell.json("stats")["outbox"]["waiting"], 2);
}

/// From the first report on, whoever makes it: nobody has to deliver first.
#[test]
fn a_new_target_is_told_of_the_very_next_report() {
    let receiver = Receiver::ok();
    let shell = configured(&webhook("ci", &receiver.url));
    record(&shell, 1);
    shell.run(["deliver"]).done();
    assert_eq!(receiver.got().len(), 1);
    shell.write(".actifix/config.toml", "");
    record(&shell, 2);
    assert_eq!(shell.json("stats")["outbox"]["waiting"], 0);
}
