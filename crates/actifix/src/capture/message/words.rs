//! Words that the reader of messages knows, each with what it means there.

use std::collections::HashMap;

use crate::once::Once;

/// What a word is; a word may be several things.
pub type Kinds = u16;

/// A unit behind a number: how much it is, not what.
pub const UNIT: Kinds = 1;
/// What comes in quotes beside it is a name in a program or a database, and part of what went wrong.
pub const NAMED: Kinds = 1 << 1;
/// Its value after `=` or `:` says what happened.
pub const TELLS: Kinds = 1 << 2;
/// A name with digits in it that is no value.
pub const NAME: Kinds = 1 << 3;
/// A type that languages have built in.
pub const TYPE: Kinds = 1 << 4;
/// A month or a day of the week, beside a number.
pub const DATE: Kinds = 1 << 5;
/// A word that stands behind `user` without being one.
pub const NO_USER: Kinds = 1 << 6;
/// A value without a digit: a truth, an account that every machine has.
pub const VALUE: Kinds = 1 << 7;
/// A word of HTTP's reasons, or one that says that an HTTP status comes.
pub const REASON: Kinds = 1 << 8;
/// A word that says that an error's code comes.
pub const CODE: Kinds = 1 << 9;

#[rustfmt::skip]
const LISTS: &[(Kinds, &str)] = &[
    (UNIT, "ns us µs ms msec msecs s sec secs second seconds min mins minute minutes h hr hrs hour hours d day days \
        b kb mb gb tb kib mib gib tib byte bytes kbyte kbytes mbyte mbytes bit bits percent pct % hz khz mhz ghz \
        milliseconds millisecond microseconds nanoseconds kbps mbps gbps kb/s mb/s gb/s bytes/s"),
    (NAMED, "named name attribute column relation table key argument parameter function property module import method \
        field variable type class package crate trait struct enum symbol identifier option command flag feature \
        constraint keyerror object reading invoke because keyword schema sequence view macro label undefined unknown \
        attributes columns arguments exported export interface index setting configuration"),
    (TELLS, "msg message error err reason cause exception event type kind code errno description detail title \
        error_type error_code errorcode err_code level lvl severity op operation action component logger category"),
    (NAME, "utf8 utf-8 utf16 utf-16 utf32 utf-32 ucs2 ipv4 ipv6 ip4 ip6 inet4 inet6 icmp6 sha1 sha-1 sha224 sha256 \
        sha-256 sha384 sha512 sha-512 sha3 md4 md5 crc32 crc32c base16 base32 base58 base64 x86 x86_64 x64 x32 i386 i586 \
        i686 amd64 arm64 armv7 aarch64 win32 win64 int8 int16 int32 int64 uint8 uint16 uint32 uint64 i8 i16 i32 i64 \
        i128 u8 u16 u32 u64 u128 f16 f32 f64 float16 float32 float64 bf16 h2 h264 h265 http2 http/2 http3 s3 ec2 k8s \
        oauth2 oauth1 log4j log4j2 slf4j mp3 mp4 latin1 latin-1 cp1252 iso8859 iso-8859-1 aes128 aes256 aes-128 aes-256 \
        rsa2048 rsa4096 ed25519 x25519 p256 secp256k1 curve25519 es5 es6 es2015 php7 php8 python2 python3 py3 py2 ruby2 \
        ruby3 tls1 sslv2 sslv3 tlsv1 level2 l1 l2 l3 p2p b2b i18n l10n a11y ext2 ext3 ext4 bzip2 gzip2 lz4 zip64 psycopg2 \
        urllib3 boto3 libc6 d3 web3 e2e k3s net6 sqlite3 postgres9 mysql8 neo4j pep8 rfc822 x509 x.509 ssh2 smb2 smb3 \
        nfs3 nfs4 nfsv3 nfsv4 imap4 pop3 socks4 socks5 dhcpv4 dhcpv6 ntpv4 v4l2 i2c usb2 usb3 pkcs1 pkcs7 pkcs8 pkcs12 \
        asn1 asn.1 oauth2.0 vt100 int1 int2 int4 float4 float8 varchar2 log1p log10 log2 exp2 atan2 conv1d conv2d conv3d"),
    (TYPE, "int str float list dict nonetype bool tuple bytes set undefined null object string number boolean array \
        nil integer symbol hash none complex bytearray frozenset nullpointerexception"),
    (DATE, "jan feb mar apr may jun jul aug sep oct nov dec january february march april june july august september \
        october november december mon tue wed thu fri sat sun monday tuesday wednesday thursday friday saturday sunday \
        utc gmt cet cest est edt pst pdt cst cdt am pm"),
    (NO_USER, "is was has had not no with without and or from for in on at to of by authentication authorization login \
        logged logon session name names names id ids input data agent error errors unknown cannot can could should must \
        does did defined space mode profile does account accounts password process request settings service does will"),
    (VALUE, "true false yes root admin administrator guest nobody anonymous www-data ubuntu ec2-user"),
    (REASON, "bad unauthorized payment forbidden not method conflict gone unprocessable too internal service gateway \
        client server request precondition failed teapot misdirected locked upgrade"),
    (CODE, "error warning code fatal err sqlstate"),
];

fn words() -> HashMap<&'static str, Kinds> {
    let mut words = HashMap::new();
    for (kind, list) in LISTS {
        for word in list.split_whitespace() {
            *words.entry(word).or_default() |= kind;
        }
    }
    words
}

/// The longest known word.
const LONGEST: usize = 20;

/// What a word is, in capitals or not; 0 when it is not known.
pub fn kinds(word: &str) -> Kinds {
    if word.len() > LONGEST || word.is_empty() {
        return 0;
    }
    let mut lower = [0; LONGEST];
    let lower = &mut lower[..word.len()];
    lower.copy_from_slice(word.as_bytes());
    lower.make_ascii_lowercase();
    let lower = std::str::from_utf8(lower).unwrap_or_default();
    static WORDS: Once<HashMap<&str, Kinds>> = Once::new();
    WORDS.get(words).get(lower).copied().unwrap_or(0)
}

/// The last parts of the names of machines.
const TOPS: &[&str] = &[
    "com",
    "org",
    "net",
    "edu",
    "gov",
    "mil",
    "int",
    "local",
    "lan",
    "internal",
    "localdomain",
    "info",
    "biz",
    "cloud",
    "corp",
    "home",
    "arpa",
];
/// Two letters that end the names of files rather than of countries.
const FILES: &[&str] = &[
    "py", "rs", "so", "sh", "pl", "cc", "md", "ml", "hs", "js", "ts", "io", "rb", "go", "cs", "id",
    "is", "no",
];

/// A machine's name in full: `db.example.org`, in small letters and with a known last part.
pub fn is_host(word: &str) -> bool {
    if word.eq_ignore_ascii_case("localhost") {
        return true;
    }
    let Some((rest, top)) = word.rsplit_once('.') else {
        return false;
    };
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_');
    if !word.bytes().all(plain) || rest.is_empty() || top.bytes().any(|b| b.is_ascii_uppercase()) {
        return false;
    }
    let country = top.len() == 2
        && rest.contains('.')
        && !FILES.contains(&top)
        && top.bytes().all(|b| b.is_ascii_lowercase());
    country || TOPS.contains(&top)
}

/// Ends of the names of files that hold data.
const DATA: &[&str] = &[
    "txt", "pdf", "csv", "tsv", "json", "xml", "log", "conf", "cfg", "png", "jpg", "jpeg", "gif",
    "svg", "dat", "tmp", "zip", "gz", "tgz", "bz2", "xz", "tar", "html", "htm", "yaml", "yml",
    "toml", "ini", "bak", "lock", "pid", "sock", "parquet", "doc", "docx", "xls", "xlsx", "db",
    "sqlite", "pem", "crt", "mp3", "mp4", "avi", "iso", "img", "bin", "dump", "part",
];

/// A file's name without its folder: `report.pdf`.
pub fn is_file(word: &str) -> bool {
    word.rsplit_once('.').is_some_and(|(stem, end)| {
        !stem.is_empty() && DATA.iter().any(|known| end.eq_ignore_ascii_case(known))
    })
}
