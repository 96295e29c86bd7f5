//! A thousand texts without a secret in them, of the kinds that look like one: hashes, times, versions, ids, pictures in
//! base 64, paths.

/// A small generator of numbers, the same at every run.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self, most: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }

    fn of(&mut self, alphabet: &[u8], length: usize) -> String {
        let chosen =
            (0..length).map(|_| char::from(alphabet[self.next(alphabet.len() as u64) as usize]));
        chosen.collect()
    }

    fn one<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.next(words.len() as u64) as usize]
    }
}

const HEX: &[u8] = b"0123456789abcdef";
const BASE64: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz";

/// Sentences that speak of secrets and hold none, and other things that were taken for secrets.
const SENTENCES: &[&str] = &[
    "SyntaxError: Unexpected token < in JSON at position 0",
    "SyntaxError: Unexpected token } in JSON at position 1042",
    "error: unexpected token: identifier",
    "expected token ';', found token '}'",
    "invalid token: the signature has expired",
    "password must be at least 8 characters",
    "Password: must contain a digit and a letter",
    "the password for user was rejected",
    "Authentication failed: bad password or user name",
    "authorization failed for user ann",
    "Authorization: required",
    "no authorization header",
    "bearer token missing",
    "Bearer authentication is not enabled",
    "basic authentication is switched off",
    "cookie not found",
    "Cookie: rejected because of its domain",
    "max_tokens=4096 temperature=0.7",
    "prompt_tokens: 812, completion_tokens: 64",
    "token_count = 31337",
    "secret_name=database-credentials",
    "tokenizer.vocab_size=32000",
    "private key not found at /etc/ssl/private/server.key",
    "-----BEGIN CERTIFICATE-----",
    "password = request.form.get(\"password\")",
    "    def login(self, user, password=None):",
    "    token = read_token(path)",
    "    self.password = password",
    "    api_key=settings.api_key,",
    "password: ${DB_PASSWORD}",
    "PASSWORD=$(cat /run/secrets/db)",
    "secret: <redacted>",
    "password=********",
    "api_key: null",
    "PWD=/home/alice/current",
    "OLDPWD=/root",
    "nextToken=AAMA-EFRSURBSGdnbzNKeHhPcFJYcXpZ",
    "git@github.com:acme/widgets.git: Permission denied (publickey).",
    "cannot load icon logo@2x.png",
    "npm ERR! peer react@\"^17.0.0\" from react-dom@17.0.2",
    "yarn: lodash@4.17.21 resolved",
    "Object com.acme.Widget@1b28cdfa is closed",
    "@app.route('/users/<int:id>')",
    "http://localhost:8080/a@b/c",
    "https://registry.example.com/@scope/package/-/package-1.0.0.tgz",
    "connect to tcp://10.0.0.12:5432 refused",
    "ssh-rsa key has 2048 bits",
    "task-runner: risk of a desk being asked twice",
    "disk-usage 93 percent on /dev/sda1",
    "sk-learn is not installed",
    "key-value pairs expected",
    "monkey=banana; donkey=carrot",
    "primary_key=order_id",
    "sort_key: created_at",
    "keyboard interrupt",
    "eyJust a word",
    "the session id is unknown",
    "sessionid missing in request",
    "signature of method changed: expected (int) got (str)",
    "method_signature=run(int,int)",
    "a == b, token == other, secret == None",
    "std::token::Kind does not implement Display",
    "Error: credential provider not configured",
    "access-control-allow-origin: *",
    "https://example.com/search?q=token&page=2",
    "https://example.com/list?key=name&order=asc",
    "callback?code=404&reason=none",
    "npm_config_cache=/var/cache/npm",
    "npm_lifecycle_event=test",
    "hf_transfer is not available",
    "re_match failed at column 12",
    "pat: command not found",
    "glc_ and glsa_ are prefixes",
    "sha256~ is a prefix of nothing here",
    "pass: 1204, fail: 3, compass=southwest1",
    "bypass=everything99 is set",
    "docker run -u 1000:1000 image",
    "sudo -u postgres psql",
    "mkdir -u http://x.example/",
    "auth=(None, None)",
    "\"auth\": \"required\"",
    "order 4111-2222 was not paid",
    "call +49 30 1234567 for help",
    "phone 555-867-5309",
    "ISBN 978-3-16-148410-0",
    "IBAN check failed",
    "2026-11-24 12:00:00,123 INFO 4000 4000 4000 4001",
];

/// The texts.
pub fn texts() -> Vec<String> {
    let mut n = Numbers(42);
    let mut texts: Vec<String> = SENTENCES.iter().map(|text| (*text).to_owned()).collect();
    while texts.len() < 1_000 {
        let text = match texts.len() % 12 {
            0 => format!(
                "checksum mismatch: {} is not {}",
                n.of(HEX, 64),
                n.of(HEX, 64)
            ),
            1 => format!("commit {} {}: merge failed", n.of(HEX, 40), n.of(HEX, 7)),
            2 => format!("md5 {}  /srv/files/{}.bin", n.of(HEX, 32), n.of(LETTERS, 8)),
            3 => format!(
                "started at {} and {} ms later",
                1_600_000_000_000 + n.next(400_000_000_000),
                n.next(100_000)
            ),
            4 => format!(
                "ts={} seq={}",
                1_600_000_000 + n.next(400_000_000),
                n.next(1 << 31) << 20
            ),
            5 => format!(
                "version {}.{}.{}-rc.{}+{} of {}",
                n.next(30),
                n.next(90),
                n.next(400),
                n.next(9),
                n.of(HEX, 8),
                n.of(LETTERS, 6)
            ),
            6 => format!("request {} failed", uuid(&mut n)),
            7 => format!(
                "trace {}-{}-01 span {}",
                n.of(HEX, 32),
                n.of(HEX, 16),
                n.of(HEX, 16)
            ),
            8 => format!(
                "<img src=\"data:image/png;base64,iVBORw0KGgo{}==\">",
                n.of(BASE64, 400)
            ),
            9 => path(&mut n),
            10 => format!(
                "{} order {} item {} at {}",
                n.one(&["shop", "till", "depot"]),
                1_000_000_000_000_000 + n.next(1 << 31) * 7_919,
                n.next(1 << 31) * 31,
                n.next(1 << 31)
            ),
            _ => format!(
                "Cannot resolve sha512-{}== for {}@{}.{}.{}",
                n.of(BASE64, 86),
                n.of(LETTERS, 7),
                n.next(9),
                n.next(30),
                n.next(50)
            ),
        };
        texts.push(text);
    }
    texts
}

fn uuid(n: &mut Numbers) -> String {
    let parts = [8, 4, 4, 4, 12].map(|length| n.of(HEX, length));
    parts.join("-")
}

fn path(n: &mut Numbers) -> String {
    let file = n.of(LETTERS, 9);
    let root = n.one(&[
        "/usr/lib/python3.12/site-packages",
        "C:\\Users\\app\\src",
        "/home/alice/build/target/debug/deps",
        "s3://bucket/2026/11/24",
    ]);
    format!(
        "{root}/{file}-{}.{}",
        n.of(HEX, 16),
        n.one(&["py", "rlib", "json", "parquet"])
    )
}
