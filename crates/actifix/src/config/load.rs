//! Layer upon layer: defaults, the user's file, the project's, the environment.
//!
//! What is wrong becomes a [`Problem`] and is left out; everything else holds. So a misspelt key does not switch off
//! somebody's rules of redaction, and the caller decides whether to go on.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::file::{self, Content, Node};
use super::kind::Kind;
use super::places::Places;
use super::problem::{Problem, Source};
use super::sections::Config;
use super::table::{self, SETTINGS, Setting};

/// The environment: the value of a variable, when it is set.
pub type Variables<'a> = dyn Fn(&str) -> Option<std::ffi::OsString> + 'a;

/// A value in force.
#[derive(Clone)]
pub struct InForce {
    /// Its setting.
    pub setting: &'static Setting,
    /// The value, as JSON.
    pub value: Value,
    /// Where it came from.
    pub source: Source,
}

/// A configuration with where each value came from, and what is wrong with it.
pub struct Loaded {
    /// What holds.
    pub config: Config,
    /// Every value in force, in the order of the table; a list of tables has one for each.
    pub values: Vec<InForce>,
    /// What is wrong.
    pub problems: Vec<Problem>,
    /// The files that were asked.
    pub places: Places,
}

impl Loaded {
    /// Reads the files and the environment.
    pub fn read(places: Places, variables: &Variables<'_>) -> Self {
        let mut layers = Layers {
            set: Vec::new(),
            problems: Vec::new(),
            variables,
        };
        for (place, whose) in [
            (&places.user, Whose::User),
            (&places.project, Whose::Project),
        ] {
            if let Some(path) = place {
                layers.file(path, whose);
            }
        }
        layers.environment();
        let (values, mut problems) = (in_force(layers.set), layers.problems);
        let config = serde_json::from_value(tree(&values)).unwrap_or_else(|error| {
            // Every value has been judged by itself; a section as a whole may still refuse two that contradict each other.
            problems.push(Problem {
                key: String::new(),
                source: Source::Default,
                why: format!("the values do not go together, so all defaults hold: {error}"),
            });
            Config::default()
        });
        Self {
            config,
            values,
            problems,
            places,
        }
    }
}

/// Whose file.
#[derive(Clone, Copy)]
enum Whose {
    User,
    Project,
}

impl Whose {
    fn at(self, path: &Path, line: usize) -> Source {
        let file = path.to_owned();
        match self {
            Self::User => Source::User { file, line },
            Self::Project => Source::Project { file, line },
        }
    }
}

/// What has been set so far; later counts before earlier.
struct Layers<'a> {
    set: Vec<InForce>,
    problems: Vec<Problem>,
    variables: &'a Variables<'a>,
}

impl Layers<'_> {
    fn file(&mut self, path: &Path, whose: Whose) {
        let read = file::text(path).and_then(|text| text.as_deref().map(file::tree).transpose());
        match read {
            Ok(None) => {}
            Ok(Some(tree)) => self.table("", &tree, &|line| whose.at(path, line)),
            Err((line, why)) => {
                let source = whose.at(path, line.unwrap_or(1));
                self.problems.push(Problem {
                    key: String::new(),
                    source,
                    why,
                });
            }
        }
    }

    /// A section: its values are settings, its tables sections again.
    fn table(&mut self, above: &str, node: &Node, at: &dyn Fn(usize) -> Source) {
        let Content::Table(keys) = &node.content else {
            return;
        };
        for (name, node) in keys {
            let key = if above.is_empty() {
                name.clone()
            } else {
                format!("{above}.{name}")
            };
            match (table::find(&key), &node.content) {
                (Some(setting), Content::List(tables))
                    if matches!(setting.kind, Kind::Tables(_)) =>
                {
                    for one in tables {
                        let told = self.one_of(setting, one, at);
                        self.take(setting, told, at(one.line));
                    }
                }
                (Some(setting), _) => {
                    let told = self.value(setting, node);
                    self.take(setting, told, at(node.line));
                }
                (None, Content::Table(_)) if is_section(&key) => self.table(&key, node, at),
                (None, _) => {
                    let why = unknown(&key);
                    self.problems.push(Problem {
                        key,
                        source: at(node.line),
                        why,
                    });
                }
            }
        }
    }

    /// A value in a file, or in the variable that it names.
    fn value(&self, setting: &Setting, node: &Node) -> Result<Value, String> {
        let Some(name) = node
            .variable()
            .filter(|_| !matches!(setting.kind, Kind::Secret))
        else {
            return setting.kind.read(node);
        };
        let text = (self.variables)(name).ok_or(format!("the variable {name} is not set"))?;
        setting.kind.read_text(&text.to_string_lossy())
    }

    /// One table of a list, its fields judged one by one and then together.
    fn one_of(
        &mut self,
        list: &Setting,
        node: &Node,
        at: &dyn Fn(usize) -> Source,
    ) -> Result<Value, String> {
        let (Content::Table(fields), Kind::Tables(judge)) = (&node.content, list.kind) else {
            return list.kind.read(node);
        };
        let mut one = Map::new();
        for (name, node) in fields {
            let key = format!("{}.{name}", list.key);
            let read = table::find(&key)
                .ok_or_else(|| unknown(&key))
                .and_then(|setting| self.value(setting, node));
            match read {
                Ok(value) => drop(one.insert(name.clone(), value)),
                Err(why) => {
                    self.problems.push(Problem {
                        key,
                        source: at(node.line),
                        why,
                    });
                    return Err(String::new());
                }
            }
        }
        let one = Value::Object(one);
        judge(&one).map(|()| one)
    }

    fn environment(&mut self) {
        for setting in SETTINGS {
            let Some(name) = setting.variable() else {
                continue;
            };
            let Some(text) = (self.variables)(&name).filter(|text| !text.is_empty()) else {
                continue;
            };
            let told = setting.kind.read_text(&text.to_string_lossy());
            self.take(
                setting,
                told,
                Source::Variable {
                    name: name.into_owned(),
                },
            );
        }
    }

    /// An empty refusal has been told already.
    fn take(&mut self, setting: &'static Setting, told: Result<Value, String>, source: Source) {
        match told {
            Ok(value) => self.set.push(InForce {
                setting,
                value,
                source,
            }),
            Err(why) if why.is_empty() => {}
            Err(why) => self.problems.push(Problem {
                key: setting.key.to_owned(),
                source,
                why,
            }),
        }
    }
}

/// What holds of each setting: the last that was said; of lists of tables all, the project's before the user's.
fn in_force(mut set: Vec<InForce>) -> Vec<InForce> {
    let mut values = Vec::new();
    for setting in SETTINGS.iter().filter(|setting| setting.list().is_none()) {
        let mut of_it: Vec<_> = set
            .extract_if(.., |one| one.setting.key == setting.key)
            .collect();
        if matches!(setting.kind, Kind::Tables(_)) {
            of_it.sort_by_key(|one| !matches!(one.source, Source::Project { .. }));
            values.append(&mut of_it);
        } else {
            let unset = || InForce {
                setting,
                value: setting.default().unwrap_or_default(),
                source: Source::Default,
            };
            values.push(of_it.pop().unwrap_or_else(unset));
        }
    }
    values
}

/// The values as one tree, which [`Config`] is read from.
fn tree(values: &[InForce]) -> Value {
    let mut tree = json!({});
    for one in values {
        let place = one
            .setting
            .key
            .split('.')
            .fold(&mut tree, |at, name| &mut at[name]);
        if matches!(one.setting.kind, Kind::Tables(_)) {
            match place {
                Value::Array(tables) => tables.push(one.value.clone()),
                _ => *place = json!([one.value]),
            }
        } else {
            *place = one.value.clone();
        }
    }
    tree
}

fn is_section(key: &str) -> bool {
    SETTINGS.iter().any(|setting| {
        setting.list().is_none()
            && setting
                .key
                .strip_prefix(key)
                .is_some_and(|rest| rest.starts_with('.'))
    })
}

/// What is said about a key that there is not.
pub fn unknown(key: &str) -> String {
    if is_section(key) {
        return format!("it is a section; its keys stand under [{key}]");
    }
    let known: BTreeSet<&str> = SETTINGS
        .iter()
        .flat_map(|setting| {
            [
                Some(setting.key),
                setting.key.rsplit_once('.').map(|(section, _)| section),
            ]
        })
        .flatten()
        .collect();
    match nearest(key, known.into_iter()) {
        Some(known) => format!("there is no such key; did you mean {known}?"),
        None => "there is no such key; `actifix config` lists all there are".to_owned(),
    }
}

/// The known name that was most likely meant.
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // Under another section it may be the very name.
    let last = |name: &'_ str| name.rsplit('.').next().map(str::to_owned);
    let distance = |known: &str| match strsim::osa_distance(name, known) {
        far if known.contains('.') && last(name) == last(known) => far.min(2),
        far => far,
    };
    known
        .map(|known| (distance(known), known))
        .min()
        .filter(|(distance, _)| *distance <= 2 + name.len() / 6)
        .map(|(_, known)| known)
}
