//! What is looked for beside the tokens of services: a row each, with its keywords and the function that looks around one.

use super::text::Text;
use super::{addresses, assignments, headers, logins, private_keys};

/// A rule that looks around a keyword and marks what it finds.
pub struct Finder {
    /// What it is called, to switch it off.
    pub name: &'static str,
    /// What is looked for in one pass over the text, in capitals or not.
    pub keywords: &'static [&'static str],
    /// Looks around a keyword that stands at these bytes.
    pub look: fn(&mut Text<'_>, usize, usize),
}

/// All of them.
#[rustfmt::skip]
pub const FINDERS: &[Finder] = &[
    Finder { name: "url-password", keywords: &["://"], look: addresses::password },
    Finder { name: "email", keywords: &["@"], look: addresses::email },
    Finder { name: "authorization", keywords: &["authorization"], look: headers::authorization },
    Finder { name: "authorization", keywords: &["bearer "], look: headers::bearer },
    Finder { name: "authorization", keywords: &["basic "], look: headers::basic },
    Finder { name: "login", keywords: &[" -u ", "--user ", "--user=", "--proxy-user "], look: logins::pair },
    Finder { name: "login", keywords: &["sshpass -p", "redis-cli -a ", "AUTH PLAIN "], look: logins::word },
    Finder { name: "login", keywords: &["auth=(", "BasicAuth("], look: logins::tuple },
    Finder { name: "login", keywords: &["auth\"", "_auth"], look: logins::registry },
    Finder { name: "login", keywords: &["jdbc:oracle:thin:"], look: logins::oracle },
    Finder { name: "cookie", keywords: &["cookie"], look: headers::cookies },
    Finder { name: "private-key", keywords: &["-- BEGIN ", "--BEGIN "], look: private_keys::block },
    Finder { name: "private-key", keywords: &["Private-Lines:"], look: private_keys::putty },
    Finder { name: "private-key", keywords: &["<D>", "<P>", "<Q>", "<DP>", "<DQ>", "<InverseQ>"], look: private_keys::xml },
    Finder { name: "private-key", keywords: &["\"d\":"], look: private_keys::jwk },
    Finder { name: "query", keywords: &["?key=", "&key=", "?sig=", "&sig=", "?code=", "&code=", "?auth=", "&auth="], look: assignments::query },
    Finder { name: "assignment", keywords: assignments::KEYWORDS, look: assignments::assignment },
];

/// The rule that needs no keyword: card numbers are found by their digits.
pub const CARD: &str = "card";
