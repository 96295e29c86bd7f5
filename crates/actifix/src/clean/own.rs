//! Rules of the user's own. Their patterns are matched in time in proportion to the text, whatever they are.

use regex::{Regex, RegexBuilder};

use super::MASK;
use crate::error::{Error, Result};

/// Bytes that a compiled pattern takes at most.
const SIZE: usize = 1 << 20;
/// Bytes of a pattern's own text.
const LONGEST: usize = 4 << 10;

/// What is to be masked besides what the built-in rules find.
#[derive(Clone, Debug)]
pub struct Rule {
    name: String,
    keywords: Vec<String>,
    find: Regex,
    word: String,
}

impl Rule {
    /// A rule that is asked only where one of its `keywords` stands, in capitals or not; with none it is asked of every text.
    /// What `pattern` matches is masked, or its first group when it has one. Matching takes time in proportion to the text,
    /// whatever the pattern is.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a name or keyword that is empty, and a pattern that is none, too large, or matches the empty
    /// text.
    pub fn new(name: &str, keywords: &[&str], pattern: &str) -> Result<Self> {
        if name.trim().is_empty() {
            return Err(Error::invalid("rule", "its name is empty"));
        }
        if keywords.iter().any(|word| word.is_empty()) {
            let why = format!("`{name}` has an empty keyword; leave it out");
            return Err(Error::invalid("rule", why));
        }
        let find = compiled(name, pattern)?;
        if find.is_match("") {
            let why = format!("the pattern of `{name}` matches the empty text");
            return Err(Error::invalid("rule", why));
        }
        Ok(Self {
            name: name.to_owned(),
            keywords: keywords.iter().map(|word| (*word).to_owned()).collect(),
            find,
            word: MASK.to_owned(),
        })
    }

    /// The same with another text in the secret's place than `[redacted]`.
    pub fn replacement(mut self, word: &str) -> Self {
        self.word = word.to_owned();
        self
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn word(&self) -> &str {
        &self.word
    }

    pub(super) fn keywords(&self) -> impl Iterator<Item = &str> {
        self.keywords.iter().map(String::as_str)
    }

    pub(super) fn is_always_asked(&self) -> bool {
        self.keywords.is_empty()
    }

    /// The places of what it finds.
    pub(super) fn find<'a>(&'a self, text: &'a str) -> impl Iterator<Item = (usize, usize)> + 'a {
        let found = self.find.captures_iter(text);
        let secret = found.filter_map(|found| found.get(1).or(found.get(0)));
        secret.map(|secret| (secret.start(), secret.end()))
    }
}

/// What looks like a secret and is none.
#[derive(Clone, Debug)]
pub struct Allowed(Regex);

impl Allowed {
    /// What matches `pattern` as a whole stays as it is.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a pattern that is none, or too large.
    pub fn new(pattern: &str) -> Result<Self> {
        compiled("allow", pattern)?;
        compiled("allow", &format!(r"\A(?:{pattern})\z")).map(Self)
    }

    pub(super) fn is_match(&self, secret: &str) -> bool {
        self.0.is_match(secret)
    }
}

fn compiled(name: &str, pattern: &str) -> Result<Regex> {
    if pattern.len() > LONGEST {
        let why = format!("the pattern of `{name}` has more than {LONGEST} bytes");
        return Err(Error::invalid("rule", why));
    }
    let find = RegexBuilder::new(pattern)
        .size_limit(SIZE)
        .dfa_size_limit(SIZE)
        .build();
    find.map_err(|why| {
        // The message of a syntax error draws the pattern over several lines; its last says what it is.
        let why = why.to_string();
        let last = why
            .lines()
            .last()
            .unwrap_or_default()
            .trim_start_matches("error: ");
        Error::invalid("rule", format!("the pattern of `{name}`: {last}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clean::Redaction;

    #[test]
    fn a_rule_that_cannot_work_is_refused() {
        let long = "x".repeat(LONGEST + 1);
        for (keywords, pattern) in [
            (&["x"][..], "("),
            (&["x"], "x*"),
            (&[""], "x"),
            (&[], &long),
            (&[], r"\w{1000}{1000}"),
        ] {
            assert!(Rule::new("r", keywords, pattern).is_err(), "{pattern}");
        }
        assert!(Rule::new(" ", &[], "x").is_err());
        assert!(Allowed::new("a)|(b").is_err());
    }

    #[test]
    fn a_rule_without_a_keyword_is_asked_always_and_may_have_a_word_of_its_own() -> Result<()> {
        let rules = Redaction::standard()
            .with(Rule::new("customer", &[], r"cust-(\d+)")?.replacement("<customer>"))
            .with(Rule::new("badge", &["badge"], r"badge \d+")?);
        assert_eq!(
            rules.clean("cust-17 lost badge 4 and password=hunter22"),
            "cust-<customer> lost [redacted] and password=[redacted]"
        );
        Ok(())
    }

    #[test]
    fn what_is_allowed_stays_and_only_as_a_whole() -> Result<()> {
        let rules = Redaction::standard().allowing(Allowed::new("hunter2+|none")?);
        assert_eq!(
            rules.clean("password=hunter22 password=hunter23"),
            "password=hunter22 password=[redacted]"
        );
        Ok(())
    }
}
