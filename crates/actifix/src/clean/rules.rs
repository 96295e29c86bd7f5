//! The rules in force: the built-in ones, less those that were switched off, and the user's own.

use std::borrow::Cow;
use std::sync::Arc;

use super::cards;
use super::checksum;
use super::finders::{CARD, FINDERS};
use super::own::{Allowed, Rule};
use super::services::{SERVICES, Service};
use super::shape::Shape;
use super::text::Text;
use crate::error::{Error, Result};
use crate::once::{Current, Once};
use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

/// Who is asked when a keyword is met.
#[derive(Clone, Copy)]
enum Asked {
    Service(usize),
    Finder(usize),
    Own(usize),
}

/// A service's shapes, read when its keyword is met for the first time.
struct Shapes {
    before: Shape,
    after: Shape,
}

/// A set of rules.
///
/// ```
/// use actifix::{Redaction, RedactionRule};
/// let rules = Redaction::standard()
///     .without("email")?
///     .with(RedactionRule::new("badge", &["badge-"], r"badge-(\d{4})")?);
/// assert_eq!(rules.clean("badge-1234 of ann@example.org"), "badge-[redacted] of ann@example.org");
/// # Ok::<(), actifix::Error>(())
/// ```
pub struct Redaction {
    off: Vec<String>,
    own: Vec<Rule>,
    allowed: Vec<Allowed>,
    keywords: Once<Option<Keywords>>,
    shapes: Vec<Once<Option<Shapes>>>,
}

/// One automaton over all keywords, with who is asked for each.
struct Keywords {
    find: AhoCorasick,
    asked: Vec<Asked>,
}

impl Redaction {
    /// The built-in rules.
    pub fn standard() -> Self {
        Self {
            off: Vec::new(),
            own: Vec::new(),
            allowed: Vec::new(),
            keywords: Once::new(),
            shapes: SERVICES.iter().map(|_| Once::new()).collect(),
        }
    }

    /// The names of the built-in rules.
    pub fn names() -> Vec<&'static str> {
        let services = SERVICES.iter().map(|service| service.name);
        let mut names: Vec<_> = services
            .chain(FINDERS.iter().map(|finder| finder.name))
            .chain([CARD])
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The same without the rule `name`: a built-in one, or one of the user's.
    ///
    /// # Errors
    /// [`Error::Invalid`] when there is none of this name.
    pub fn without(mut self, name: &str) -> Result<Self> {
        let before = self.own.len();
        self.own.retain(|rule| rule.name() != name);
        if before == self.own.len() && !Self::names().contains(&name) {
            let why = format!(
                "there is no rule `{name}`; there are {}",
                Self::names().join(", ")
            );
            return Err(Error::invalid("rule", why));
        }
        self.off.push(name.to_owned());
        self.keywords = Once::new();
        Ok(self)
    }

    /// The same with a rule of the user's own.
    pub fn with(mut self, rule: Rule) -> Self {
        self.own.push(rule);
        self.keywords = Once::new();
        self
    }

    /// The same, but what matches `allowed` as a whole stays as it is.
    pub fn allowing(mut self, allowed: Allowed) -> Self {
        self.allowed.push(allowed);
        self
    }

    /// Makes these the rules of the whole process: all that is stored from now on goes through them.
    pub fn install(self) {
        IN_FORCE.replace(self);
    }

    /// The text with its secrets masked.
    pub fn clean<'a>(&self, source: &'a str) -> Cow<'a, str> {
        let mut text = Text::new(source);
        let mut own: Vec<bool> = self.own.iter().map(Rule::is_always_asked).collect();
        if let Some(keywords) = self.keywords() {
            for hit in keywords.find.find_overlapping_iter(source) {
                if text.is_done(hit.start()) {
                    continue;
                }
                match keywords.asked[hit.pattern().as_usize()] {
                    Asked::Service(at) => self.service(&mut text, at, hit.start(), hit.end()),
                    Asked::Finder(at) => (FINDERS[at].look)(&mut text, hit.start(), hit.end()),
                    Asked::Own(at) => own[at] = true,
                }
            }
        }
        if self.is_on(CARD) {
            cards::mark(&mut text);
        }
        for (at, rule) in self.own.iter().enumerate().filter(|(at, _)| own[*at]) {
            for (start, end) in rule.find(source) {
                text.replace(start, end, Some(at));
            }
        }
        if !self.allowed.is_empty() {
            text.allow(|secret| self.allowed.iter().any(|allowed| allowed.is_match(secret)));
        }
        text.masked(source, |at| self.own[at].word())
    }

    fn is_on(&self, name: &str) -> bool {
        !self.off.iter().any(|off| off == name)
    }

    fn keywords(&self) -> Option<&Keywords> {
        self.keywords.get(|| self.all_keywords()).as_ref()
    }

    /// `None` only when there is no keyword at all, or so many that they cannot be built; a test builds the standard ones.
    fn all_keywords(&self) -> Option<Keywords> {
        let mut words: Vec<&str> = Vec::new();
        let mut asked = Vec::new();
        for (at, service) in SERVICES
            .iter()
            .enumerate()
            .filter(|(_, s)| self.is_on(s.name))
        {
            words.push(service.keyword);
            asked.push(Asked::Service(at));
        }
        for (at, finder) in FINDERS
            .iter()
            .enumerate()
            .filter(|(_, f)| self.is_on(f.name))
        {
            words.extend(finder.keywords);
            asked.extend(finder.keywords.iter().map(|_| Asked::Finder(at)));
        }
        for (at, rule) in self.own.iter().enumerate() {
            words.extend(rule.keywords());
            asked.extend(rule.keywords().map(|_| Asked::Own(at)));
        }
        let mut builder = AhoCorasick::builder();
        builder
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard);
        let find = builder.kind(Some(AhoCorasickKind::DFA)).build(words).ok()?;
        Some(Keywords { find, asked })
    }

    /// Marks the token of a service whose keyword stands at these bytes.
    fn service(&self, text: &mut Text<'_>, at: usize, start: usize, end: usize) {
        let service = &SERVICES[at];
        if &text.bytes[start..end] != service.keyword.as_bytes() {
            return;
        }
        // Where the token begins with its keyword, most hits are parts of words.
        if service.before.is_empty() && !service.summed && !text.is_edge(start) {
            return;
        }
        let Some(shapes) = self.shapes[at].get(|| shapes(service)) else {
            return;
        };
        let Some(last) = shapes.after.end(text.bytes, end, &mut text.runs) else {
            return;
        };
        let Some(first) = shapes.before.start(text.bytes, start) else {
            return;
        };
        if text.is_edge(first) || (service.summed && checksum::summed(&text.bytes[end..last])) {
            text.mask(first, last);
        }
    }
}

/// `None` only for a pattern that is no shape, which a test would find.
fn shapes(service: &Service) -> Option<Shapes> {
    Some(Shapes {
        before: Shape::read(service.before)?,
        after: Shape::read(service.after)?,
    })
}

/// The rules of the process.
static IN_FORCE: Current<Redaction> = Current::new();

/// The rules of the process as they are now.
pub fn in_force() -> Arc<Redaction> {
    IN_FORCE.get(Redaction::standard)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_services_masks_what_it_describes() {
        let rules = Redaction::standard();
        let mut seed = 7_usize;
        let mut choose = |most: usize| {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % most
        };
        for service in SERVICES {
            let shapes = shapes(service).expect(service.keyword);
            for _ in 0..20 {
                let (before, after) = (
                    shapes.before.example(&mut choose),
                    shapes.after.example(&mut choose),
                );
                let token = format!("{before}{}{after}", service.keyword);
                let clean = rules.clean(&token).into_owned();
                let host = ["hooks.", "discord", "webhook."]
                    .iter()
                    .any(|host| token.starts_with(host));
                assert!(
                    host || clean == "[redacted]",
                    "{}: {token} became {clean}",
                    service.name
                );
                let line = format!("login failed with {token}, twice");
                assert!(
                    !rules.clean(&line).contains(&token),
                    "{}: {line}",
                    service.name
                );
            }
        }
    }

    #[test]
    fn there_are_many_services_and_every_rule_can_be_switched_off() {
        let mut names: Vec<_> = SERVICES.iter().map(|service| service.name).collect();
        names.dedup();
        names.sort_unstable();
        names.dedup();
        assert!(names.len() >= 40, "{}", names.len());
        for name in Redaction::names() {
            assert!(Redaction::standard().without(name).is_ok());
        }
        assert!(Redaction::standard().without("nothing").is_err());
        assert!(Redaction::standard().keywords().is_some());
    }
}
