//! Names that say that a secret follows.

/// How surely.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Says {
    /// What follows is a secret: a password.
    Secret,
    /// It may be one: a token, which is also a word of parsers and pages.
    Perhaps,
}

/// Ends of names, without the marks between their words. The first that fits decides.
#[rustfmt::skip]
const ENDS: &[(&str, Option<Says>)] = &[
    // Not secret, though they end like one.
    ("nexttoken", None), ("pagetoken", None), ("continuationtoken", None), ("cancellationtoken", None),
    ("unexpectedtoken", None), ("invalidtoken", None), ("synctoken", None), ("fencingtoken", None),
    ("publickeytoken", None), ("methodsignature", None), ("typesignature", None),
    ("password", Some(Says::Secret)), ("passwd", Some(Says::Secret)), ("pwd", Some(Says::Secret)),
    ("passphrase", Some(Says::Secret)), ("passcode", Some(Says::Secret)), ("passwort", Some(Says::Secret)),
    ("secret", Some(Says::Secret)), ("secretkey", Some(Says::Secret)), ("secrettoken", Some(Says::Secret)),
    ("apikey", Some(Says::Secret)), ("apisecret", Some(Says::Secret)), ("apitoken", Some(Says::Secret)),
    ("accesskey", Some(Says::Secret)), ("accesstoken", Some(Says::Secret)), ("authtoken", Some(Says::Secret)),
    ("refreshtoken", Some(Says::Secret)), ("sessiontoken", Some(Says::Secret)), ("securitytoken", Some(Says::Secret)),
    ("privatekey", Some(Says::Secret)), ("accountkey", Some(Says::Secret)), ("signingkey", Some(Says::Secret)),
    ("encryptionkey", Some(Says::Secret)), ("masterkey", Some(Says::Secret)), ("authkey", Some(Says::Secret)),
    ("presharedkey", Some(Says::Secret)), ("subscriptionkey", Some(Says::Secret)), ("sharedaccesskey", Some(Says::Secret)),
    ("authorization", Some(Says::Secret)), ("cookie", Some(Says::Secret)),
    ("token", Some(Says::Perhaps)), ("credential", Some(Says::Perhaps)), ("credentials", Some(Says::Perhaps)),
    ("signature", Some(Says::Perhaps)), ("sessionid", Some(Says::Perhaps)), ("sessid", Some(Says::Perhaps)),
    ("csrfmiddlewaretoken", Some(Says::Perhaps)),
];

/// More of a name's end than any of [`ENDS`] has.
const LONGEST: usize = 24;

/// What a name says. `None`: it is no secret's.
pub fn says(name: &[u8]) -> Option<Says> {
    let mut squashed = [0; LONGEST];
    let mut start = squashed.len();
    let letters = name
        .iter()
        .rev()
        .filter(|byte| byte.is_ascii_alphanumeric());
    for byte in letters
        .skip_while(|byte| byte.is_ascii_digit())
        .take(LONGEST)
    {
        start -= 1;
        squashed[start] = byte.to_ascii_lowercase();
    }
    let squashed = &squashed[start..];
    if is_pass(name) {
        return Some(Says::Perhaps);
    }
    let end = ENDS
        .iter()
        .find(|(end, _)| squashed.ends_with(end.as_bytes()));
    end.and_then(|(_, says)| *says)
}

/// `pass` as a word of its own: `smtp_pass`, `dbPass`, not `compass`.
fn is_pass(name: &[u8]) -> bool {
    let Some(split) = name.len().checked_sub(4) else {
        return false;
    };
    let (before, word) = name.split_at(split);
    let alone = before.last().is_none_or(|b| !b.is_ascii_alphanumeric());
    match word {
        b"pass" | b"PASS" => alone,
        b"Pass" => true,
        _ => false,
    }
}

/// Whether the value of a JSON field of this name is a secret whatever it is.
pub fn is_secret(name: &str) -> bool {
    says(name.as_bytes()) == Some(Says::Secret)
}

/// Beginnings of what refers to a secret, or stands for it already.
const REFERENCES: &[&str] = &[
    "${",
    "{{",
    "<",
    "%(",
    "%s",
    "os.environ",
    "process.env",
    "$(",
    "[redacted",
    "[filtered",
    "***",
];

/// Whether what follows is no secret itself, but says where it is.
pub fn refers(value: &[u8]) -> bool {
    let starts = |start: &str| {
        value
            .get(..start.len())
            .is_some_and(|there| there.eq_ignore_ascii_case(start.as_bytes()))
    };
    REFERENCES.iter().any(|start| starts(start))
}

/// Values that stand where a secret would and are none.
pub fn is_placeholder(value: &[u8]) -> bool {
    const NONE: &[&str] = &[
        "none",
        "null",
        "nil",
        "true",
        "false",
        "undefined",
        "empty",
        "redacted",
        "hidden",
        "filtered",
        "masked",
        "string",
        "str",
        "required",
        "missing",
        "optional",
        "invalid",
        "unset",
        "changeme",
    ];
    let same = value
        .iter()
        .all(|byte| matches!(byte, b'*' | b'x' | b'X' | b'.' | b'-' | b'?'));
    same || NONE
        .iter()
        .any(|none| value.eq_ignore_ascii_case(none.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_name_decides() {
        for secret in [
            "password",
            "DB_PASSWORD",
            "aws_secret_access_key",
            "x-api-key",
            "apiKey2",
            "client.secret",
            "Set-Cookie",
        ] {
            assert_eq!(says(secret.as_bytes()), Some(Says::Secret), "{secret}");
        }
        assert_eq!(says(b"csrf_token"), Some(Says::Perhaps));
        for plain in [
            "password_length",
            "tokens",
            "tokenizer",
            "secret_name",
            "nextToken",
            "key",
            "monkey",
            "primary_key",
        ] {
            assert_eq!(says(plain.as_bytes()), None, "{plain}");
        }
    }

    #[test]
    fn placeholders_are_no_secrets() {
        for none in ["null", "***", "xxxx", "Undefined"] {
            assert!(is_placeholder(none.as_bytes()), "{none}");
        }
        for none in [
            "${DB_PASSWORD}",
            "<password>",
            "[redacted]",
            "process.env.KEY",
        ] {
            assert!(refers(none.as_bytes()), "{none}");
        }
        assert!(!is_placeholder(b"hunter2"));
    }
}
