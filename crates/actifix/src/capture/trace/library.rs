//! Which frames belong to the program, and which to a library or the language.

fn has(path: &str, parts: &[&str]) -> bool {
    parts.iter().any(|part| path.contains(part))
}

/// By the path of its file.
pub fn python(path: &str) -> bool {
    let versioned = path.find("/lib/python").or_else(|| path.find("\\Lib\\"));
    versioned.is_none()
        && !has(
            path,
            &[
                "site-packages",
                "dist-packages",
                "<frozen",
                "\\lib\\",
                "/lib64/python",
            ],
        )
}

/// By the path of its file.
pub fn javascript(path: &str) -> bool {
    const LIBRARIES: &[&str] = &[
        "node_modules/",
        "node:",
        "internal/",
        "<anonymous>",
        "webpack/bootstrap",
        "webpack/runtime",
        "-extension://",
        "[native",
        "/cdn.",
        "unpkg.com",
        "jsdelivr.net",
    ];
    !has(path, LIBRARIES) && path != "native"
}

/// By the path of its file.
pub fn ruby(path: &str) -> bool {
    !has(
        path,
        &[
            "/gems/",
            "/lib/ruby/",
            "<internal:",
            "/rubygems/",
            "/bundle/ruby/",
            "/vendor/bundle/",
        ],
    )
}

/// Packages that are no program's.
#[rustfmt::skip]
const JAVA: &[&str] = &[
    "java.", "javax.", "jakarta.", "jdk.", "sun.", "com.sun.", "kotlin.", "kotlinx.", "scala.", "groovy.", "clojure.",
    "android.", "androidx.", "com.android.", "dalvik.", "org.springframework.", "org.apache.", "org.hibernate.", "io.netty.",
    "reactor.", "rx.", "io.reactivex.", "org.junit.", "junit.", "org.testng.", "org.mockito.", "com.google.", "com.fasterxml.",
    "org.eclipse.", "org.jboss.", "io.undertow.", "okhttp3.", "retrofit2.", "org.postgresql.", "com.mysql.", "oracle.", "com.zaxxer.",
    "org.gradle.", "akka.", "play.", "io.micronaut.", "io.quarkus.", "io.vertx.", "org.slf4j.", "ch.qos.", "org.codehaus.",
    "org.aspectj.", "net.bytebuddy.", "org.h2.", "redis.", "io.lettuce.", "com.amazonaws.", "software.amazon.", "org.xml.", "org.w3c.",
    "feign.", "io.grpc.", "org.jetbrains.", "org.thymeleaf.", "org.mybatis.",
];

/// By the class's package.
pub fn java(class: &str) -> bool {
    let proxy = class.starts_with('$')
        || has(
            class,
            &[
                "$Proxy",
                "GeneratedMethodAccessor",
                "GeneratedConstructorAccessor",
            ],
        );
    !proxy && !JAVA.iter().any(|library| class.starts_with(library))
}

/// Crates that are no program's.
#[rustfmt::skip]
const RUST: &[&str] = &[
    "std", "core", "alloc", "test", "proc_macro", "backtrace", "tokio", "rayon", "rayon_core", "hyper", "futures", "futures_util",
    "futures_core", "futures_executor", "tower", "axum", "actix_web", "actix_rt", "actix_server", "reqwest", "crossbeam",
    "crossbeam_utils", "anyhow", "eyre", "color_eyre", "serde", "serde_json", "tracing", "hashbrown", "mio", "h2", "rustls", "sqlx",
    "sqlx_core", "diesel", "clap", "async_std", "smol", "rocket", "warp", "tonic", "regex", "once_cell", "parking_lot",
];

/// By the path of its file where that is told, else by its crate.
pub fn rust(name: &str, path: Option<&str>) -> bool {
    if path.is_some_and(|path| {
        has(
            path,
            &["/rustc/", ".cargo/registry", ".cargo/git", "/rustlib/"],
        )
    }) {
        return false;
    }
    let root = name
        .trim_start_matches(['<', '&', '*', '[', '('])
        .trim_start_matches("dyn ")
        .trim_start_matches("impl ");
    let root = root
        .split(['<', ' '])
        .next()
        .unwrap_or(root)
        .split("::")
        .next()
        .unwrap_or("");
    let start = root.starts_with("__")
        || matches!(
            root,
            "main"
                | "_start"
                | "rust_begin_unwind"
                | "rust_panic"
                | "<unknown>"
                | "clone"
                | "start_thread"
                | "clone3"
        );
    // A `main` with a file is the program's own.
    (!start || (root == "main" && path.is_some_and(|path| path.ends_with(".rs"))))
        && !RUST.contains(&root)
}

/// By the path of its file, and by its package where that says nothing.
pub fn go(name: &str, path: &str) -> bool {
    if has(
        path,
        &[
            "/go/src/",
            "/pkg/mod/",
            "/vendor/",
            "/libexec/src/",
            "/goroot/",
            "/golang.org/",
            "_testmain.go",
        ],
    ) {
        return false;
    }
    let package = name.split('.').next().unwrap_or(name);
    let standard = [
        "runtime",
        "testing",
        "reflect",
        "sync",
        "net/http",
        "panic",
        "internal/poll",
        "os/signal",
    ];
    !standard.contains(&package)
}
