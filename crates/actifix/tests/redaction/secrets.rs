//! Texts with secrets in them. Each is put together when the test runs, so that no scanner finds one in the sources.

/// Characters of a secret: letters and digits that no word has, as many as asked for.
pub fn any(length: usize) -> String {
    "k7Qz2mX9vR4tB8nW3pL6"
        .chars()
        .cycle()
        .take(length)
        .collect()
}

/// Hexadecimal digits.
pub fn hex(length: usize) -> String {
    "3fa9c07b51e8d246".chars().cycle().take(length).collect()
}

/// Texts around a secret, with the secret and with what the clean text must still say.
pub fn texts() -> Vec<(String, String, &'static str)> {
    let mut all = Vec::new();
    let mut add = |before: &str, secret: String, after: &str, stays: &'static str| {
        all.push((format!("{before}{secret}{after}"), secret, stays));
    };
    urls(&mut add);
    headers(&mut add);
    assignments(&mut add);
    keys(&mut add);
    logins(&mut add);
    people(&mut add);
    all
}

type Add<'a> = dyn FnMut(&str, String, &str, &'static str) + 'a;

fn urls(add: &mut Add<'_>) {
    for scheme in [
        "postgres",
        "mysql",
        "redis",
        "amqp",
        "mongodb+srv",
        "https",
        "ftp",
        "smtp",
    ] {
        add(
            &format!("cannot connect to {scheme}://app:"),
            any(9),
            "@db.internal:5432/shop",
            "@db.internal:5432/shop",
        );
    }
    add("redis://:", any(12), "@cache:6379/0", "@cache:6379/0");
    add(
        "postgres://app:",
        "p@ss/w0rd#1".into(),
        "@db/shop refused",
        "@db/shop refused",
    );
    add("postgres://app:", "geheim".into(), "@db/shop", "app:");
    add(
        "https://",
        any(40),
        "@example.com/acme/widgets.git",
        "@example.com/acme/widgets.git",
    );
    add(
        "GET /hook?token=",
        any(24),
        "&page=2 HTTP/1.1",
        "&page=2 HTTP/1.1",
    );
    add(
        "https://x.example/?sig=",
        any(43),
        "%3D&se=2026",
        "&se=2026",
    );
    add(
        "https://maps.example/api?key=",
        any(39),
        "",
        "https://maps.example/api?key=",
    );
    add(
        "https://x.example/cb?code=",
        any(30),
        "&state=1",
        "&state=1",
    );
    add(
        "redirect_uri=a&access_token=",
        any(30),
        "&x=1",
        "redirect_uri=a",
    );
    add(
        "https://b.example/o?X-Amz-Signature=",
        hex(64),
        "",
        "b.example",
    );
    add(
        "https://hooks.slack.com/services/",
        format!("T{}/B{}/{}", &any(9)[1..], &any(9)[1..], any(24)),
        " said 404",
        "said 404",
    );
}

fn headers(add: &mut Add<'_>) {
    add(
        "Authorization: Basic ",
        "YWRtaW46".to_owned() + &any(8),
        "\nHost: x",
        "Host: x",
    );
    add(
        "authorization: bearer ",
        any(30),
        "",
        "authorization: bearer",
    );
    add(
        "> Authorization: token ",
        any(24),
        "\n> Accept: */*",
        "Accept: */*",
    );
    add(
        "{\"Authorization\": \"Bearer ",
        any(40),
        "\", \"Accept\": \"x\"}",
        "\"Accept\": \"x\"",
    );
    add(
        "{\\\"Authorization\\\":\\\"Basic ",
        any(20),
        "\\\",\\\"a\\\":1}",
        "\\\"a\\\":1",
    );
    add("headers={'authorization': '", any(32), "'}", "headers={");
    add(
        "Authorization: Digest ",
        format!("username=\"ann\", response=\"{}\"", hex(32)),
        "\nHost: x",
        "Host: x",
    );
    add(
        "Authorization: AWS4-HMAC-SHA256 ",
        format!("Credential=x/20261124, Signature={}", hex(64)),
        "\nHost: x",
        "Host: x",
    );
    add(
        "Proxy-Authorization: Basic ",
        any(16),
        "",
        "Proxy-Authorization: Basic",
    );
    add(
        "curl -H 'Authorization: Bearer ",
        any(26),
        "' https://x",
        "https://x",
    );
    add("sent bearer ", any(32), " to the server", "to the server");
    add(
        "tried Basic ",
        "YWRtaW46aHVudGVyMg==".into(),
        " and failed",
        "and failed",
    );
    add("Cookie: session=", any(24), "; theme=", "Cookie: session=");
    add("Cookie: theme=x; sid=", any(32), "", "sid=");
    add(
        "Set-Cookie: id=",
        any(20),
        "; Path=/; HttpOnly",
        "Path=/; HttpOnly",
    );
    add("\"cookie\": \"auth=", any(20), "\"", "auth=");
    add("X-Api-Key: ", any(20), "\n", "X-Api-Key:");
    add("X-Auth-Token: ", any(20), "\n", "X-Auth-Token:");
}

fn assignments(add: &mut Add<'_>) {
    for name in [
        "password",
        "DB_PASSWORD",
        "passwd",
        "pwd",
        "client_secret",
        "SECRET_KEY",
        "aws_secret_access_key",
        "api_key",
        "apiKey",
        "API-KEY",
        "auth_token",
        "private_key",
        "passphrase",
        "AccountKey",
        "encryption_key",
    ] {
        add(&format!("{name}="), any(14), " done", "done");
        add(&format!("{name}: "), any(14), "\n", name);
        add(
            &format!("\"{name}\": \""),
            any(14),
            "\", \"b\": 1",
            "\"b\": 1",
        );
        add(&format!("{name}='"), "correct horse".into(), "' x", "x");
    }
    add("password: ", "swordfish".into(), "\n", "password:");
    add("--password ", any(8), " --verbose", "--verbose");
    add("config[\"password\"] = \"", any(8), "\"", "config");
    add("<password>", any(8), "</password>", "</password>");
    add("password := \"", any(8), "\"", "password");
    add(":password => \"", any(8), "\"", "password");
    add(
        "{\\\"password\\\":\\\"",
        any(8),
        "\\\",\\\"user\\\":\\\"ann\\\"}",
        "ann",
    );
    add(
        "Server=db;Uid=app;Pwd=",
        any(8),
        ";Database=x",
        ";Database=x",
    );
    add("token=", any(20), ",", "token=");
    add("csrf_token: ", any(20), "", "csrf_token:");
    add(
        "export GITHUB_TOKEN=",
        any(20),
        "\n",
        "export GITHUB_TOKEN=",
    );
    add("JSESSIONID=", hex(32), "; x", "JSESSIONID");
    add("password%3D", any(10), "&x", "password");
}

fn keys(add: &mut Add<'_>) {
    let body = format!("{}\n{}\n{}", any(64), any(64), any(30));
    for kind in ["", "RSA ", "EC ", "DSA ", "ENCRYPTED ", "OPENSSH ", "ANY "] {
        let (begin, end) = (
            format!("-----BEGIN {kind}PRIVATE KEY-----\n"),
            format!("\n-----END {kind}PRIVATE KEY-----\nafter"),
        );
        add(&begin, body.clone(), &end, "after");
        let (begin, end) = (begin.replace('\n', "\\n"), end.replace('\n', "\\n"));
        add(
            &format!("{{\"key\":\"{begin}"),
            body.replace('\n', "\\n"),
            &format!("{end}\"}}"),
            "after",
        );
    }
    add(
        "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n",
        body.clone(),
        "\n-----END PGP PRIVATE KEY BLOCK-----\nafter",
        "after",
    );
    add(
        "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\n",
        body.clone(),
        "\n---- END SSH2 ENCRYPTED PRIVATE KEY ----\nafter",
        "after",
    );
    add(
        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00FF\n\n",
        body.clone(),
        "",
        "",
    );
    add(
        "PuTTY-User-Key-File-3: ssh-rsa\nPrivate-Lines: 3\n",
        body.clone(),
        "",
        "PuTTY-User-Key-File-3",
    );
    add(
        "<RSAKeyValue><Modulus>abc</Modulus><D>",
        any(172),
        "</D></RSAKeyValue>",
        "<Modulus>abc</Modulus>",
    );
    add(
        "{\"kty\":\"EC\",\"d\":\"",
        any(43),
        "\",\"crv\":\"P-256\"}",
        "P-256",
    );
    add(
        "jwt ",
        format!("eyJ{}.eyJ{}.{}", any(20), any(40), any(43)),
        " expired",
        "expired",
    );
    add(
        "id=",
        format!("eyJ{}.{}.", any(30), any(30)),
        " unsigned",
        "unsigned",
    );
}

fn logins(add: &mut Add<'_>) {
    add(
        "curl -u admin:",
        any(12),
        " https://x.example/",
        "https://x.example/",
    );
    add(
        "curl --user 'ann:",
        any(9),
        "' https://x.example/",
        "curl --user 'ann:",
    );
    add("sshpass -p ", any(10), " ssh host", "ssh host");
    add("redis-cli -a ", any(10), " ping", "ping");
    add("AUTH PLAIN ", any(24), "", "AUTH PLAIN");
    add(
        "requests.get(url, auth=('ann', '",
        any(10),
        "'))",
        "auth=('ann'",
    );
    add("HTTPBasicAuth(\"ann\", \"", any(10), "\")", "ann");
    add(
        "{\"auths\":{\"x\":{\"auth\":\"",
        "YW5uOmh1bnRlcjIyMjI=".into(),
        "\"}}}",
        "auths",
    );
    add("jdbc:oracle:thin:scott/", any(8), "@db:1521:orcl", "scott");
    add(
        "https://",
        any(20),
        ":x-oauth-basic@git.example/a",
        "@git.example/a",
    );
    add("GET /login?user=ann&pass=", any(9), " HTTP/1.1", "user=ann");
    add("SMTP_PASS=", any(12), "\n", "SMTP_PASS");
}

fn people(add: &mut Add<'_>) {
    add(
        "mail to ",
        "ann.smith+x".into(),
        "@example.co.uk failed",
        "@example.co.uk failed",
    );
    add("<", "o'hara".into(), "@example.org>", "@example.org>");
    for card in [
        "4111111111111111",
        "5555 5555 5555 4444",
        "3782-822463-10005",
        "6011111111111117",
        "3530111333300000",
        "30569309025904",
        "2223003122003222",
    ] {
        add("card ", card.to_owned(), " declined", "declined");
    }
}
