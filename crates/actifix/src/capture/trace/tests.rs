//! What is read from a stack of each language, and that nothing breaks a reader.

use proptest::prelude::*;

use super::*;

/// Each error as `type: message`, with its frames behind it, `!` before those of libraries.
fn told(text: &str) -> Vec<String> {
    let frame = |frame: &Frame<'_>| {
        let mut name = String::new();
        function(frame.function, &mut name);
        format!(
            "{}{}:{name}",
            if frame.own { "" } else { "!" },
            frame.module
        )
    };
    let error = |error: &Thrown<'_>| {
        let frames: Vec<_> = error.frames.iter().map(frame).collect();
        format!("{}: {} | {}", error.kind, error.message, frames.join(" "))
    };
    read(text).map_or(Vec::new(), |trace| trace.errors.iter().map(error).collect())
}

#[test]
fn python_tells_chains() {
    let text = "Traceback (most recent call last):\n  File \"/srv/shop/cart.py\", line 4, in total\n    return price[item]\n           ~~~~~^^^^^^\nKeyError: 'tea'\n\nDuring handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\n  File \"/srv/shop/app.py\", line 9, in <module>\n    main()\n  File \"/usr/lib/python3.12/site-packages/click/core.py\", line 1130, in __call__\n    return self.main(*args)\nshop.errors.CartError: no total\n";
    assert_eq!(
        told(text),
        [
            "KeyError: 'tea' | cart:total",
            "shop.errors.CartError: no total | !core:__call__ app:<module>"
        ]
    );
    assert_eq!(read(text).map(|trace| trace.last), Some(1));
}

#[test]
fn python_tells_groups() {
    let text = "  + Exception Group Traceback (most recent call last):\n  |   File \"/srv/a.py\", line 3, in main\n  |     async with TaskGroup() as g:\n  | ExceptionGroup: unhandled errors in a TaskGroup (2 sub-exceptions)\n  +-+---------------- 1 ----------------\n    | Traceback (most recent call last):\n    |   File \"/srv/a.py\", line 9, in one\n    | ValueError: bad\n    +---------------- 2 ----------------\n    | Traceback (most recent call last):\n    |   File \"/srv/a.py\", line 12, in two\n    | KeyError: 'x'\n    +------------------------------------\n";
    assert_eq!(
        told(text),
        [
            "ExceptionGroup: unhandled errors in a TaskGroup (2 sub-exceptions) | a:main",
            "ValueError: bad | a:one",
            "KeyError: 'x' | a:two"
        ]
    );
    let members: Vec<_> = read(text)
        .unwrap()
        .errors
        .iter()
        .map(|error| error.member)
        .collect();
    assert_eq!(members, [false, true, true]);
}

#[test]
fn rust_tells_panics() {
    let text = "thread 'main' panicked at src/cart.rs:4:10:\nindex out of bounds: the len is 3 but the index is 7\nstack backtrace:\n   0: rust_begin_unwind\n             at /rustc/abc/library/std/src/panicking.rs:645:5\n   1: core::panicking::panic_fmt\n   2: shop::cart::total::{{closure}}\n             at ./src/cart.rs:4:10\n   3: <shop::Shop as core::ops::drop::Drop>::drop\n   4: shop::main::h0123456789abcdef\n             at ./src/main.rs:9:5\n";
    assert_eq!(
        told(text),
        [
            "panic: index out of bounds: the len is 3 but the index is 7 | !:rust_begin_unwind !core::panicking:panic_fmt shop::cart:total <shop::Shop as core::ops::drop::Drop>:drop shop:main"
        ]
    );
    let old =
        "thread 'main' panicked at 'boom', src/main.rs:4:5\nnote: run with `RUST_BACKTRACE=1`";
    assert_eq!(told(old), ["panic: boom | main:"]);
}

#[test]
fn javascript_tells_causes() {
    let text = "TypeError: Cannot read properties of undefined (reading 'id')\n    at load (/srv/app/dist/main.3fa9c07b.js:3:5)\n    at async Promise.all (index 0)\n    at Object.<anonymous> (/srv/app/node_modules/x/index.js:1:1)\n    at node:internal/main:1:1 {\n  [cause]: Error: no row\n      at find (file:///srv/app/db/index.mjs:7:9)\n  }\n}\n";
    assert_eq!(
        told(text),
        [
            "TypeError: Cannot read properties of undefined (reading 'id') | main:load !<anonymous>:Promise.all !x:Object.",
            "Error: no row | db:find"
        ]
    );
    assert_eq!(
        told("run@https://x.example/app.js:3:5\n@https://x.example/app.js:9:1"),
        [":  | app:run app:"]
    );
}

#[test]
fn java_tells_causes() {
    let text = "Exception in thread \"main\" com.acme.ShopException: cannot buy\n\tat com.acme.Shop.lambda$buy$3(Shop.java:12)\n\tat java.base/java.lang.Thread.run(Thread.java:840)\n\tat com.acme.Cart$$EnhancerBySpringCGLIB$$1f2e.total(<generated>)\nCaused by: java.lang.NullPointerException: item\n\tat com.acme.Cart$1.total(Cart.java:4)\n\t... 2 more\n";
    assert_eq!(
        told(text),
        [
            "com.acme.ShopException: cannot buy | com.acme.Shop:buy !java.lang.Thread:run com.acme.Cart:total",
            "java.lang.NullPointerException: item | com.acme.Cart:total"
        ]
    );
}

#[test]
fn go_tells_the_goroutine_that_had_it() {
    let text = "panic: runtime error: index out of range [5] with length 3 [recovered]\n\ngoroutine 7 [running]:\npanic({0x1, 0x2})\n\t/usr/local/go/src/runtime/panic.go:884 +0x1d\ngithub.com/acme/shop/cart.(*Cart).Total(0xc000012345, {0x1, 0x2})\n\t/srv/shop/cart/cart.go:12 +0x1d\nmain.main.func1()\n\t/srv/shop/main.go:9 +0x1d\ncreated by main.main in goroutine 1\n\t/srv/shop/main.go:8 +0x1d\n\ngoroutine 1 [chan receive]:\nmain.other()\n\t/srv/shop/main.go:3 +0x1\n";
    assert_eq!(
        told(text),
        [
            "panic: runtime error: index out of range [5] with length 3 | !:panic cart:(*Cart).Total main:main main:main"
        ]
    );
}

#[test]
fn ruby_tells_both_ways() {
    let new = "cart.rb:4:in 'Cart#total': no such item (KeyError)\n\tfrom cart.rb:9:in 'block (2 levels) in Cart.sum'\n\tfrom /usr/lib/ruby/3.4.0/set.rb:5:in 'each'\n";
    assert_eq!(
        told(new),
        ["KeyError: no such item | cart:total cart:sum !set:each"]
    );
    let old = "Traceback (most recent call last):\n\t1: from main.rb:9:in `<main>'\ncart.rb:4:in `total': no such item (KeyError)\n";
    assert_eq!(
        told(old),
        ["KeyError: no such item | cart:total main:<main>"]
    );
}

#[test]
fn what_is_no_stack_is_none() {
    for text in [
        "",
        "\0",
        "at home (in the garden)",
        "File \"x\"",
        "from here",
        "goroutines 7 [x]",
        "12: now",
        "a@b:1",
    ] {
        assert_eq!(read(text), None, "{text:?}");
    }
}

#[test]
fn half_a_stack_tells_what_it_has() {
    assert_eq!(
        told("  File \"/srv/a.py\", line 3, in main\n    x("),
        [":  | a:main"]
    );
    assert_eq!(
        told("\tat com.acme.Shop.buy(Shop.java:12)\n\tat com.acme.Sho"),
        [":  | com.acme.Shop:buy"]
    );
}

fn pieces() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "Traceback (most recent call last):\n",
        "  File \"/srv/a.py\", line 3, in main\n",
        "File \"",
        "\", line ",
        ", in ",
        "ValueError: bad\n",
        "  | ",
        "  +-+---- 1 ----\n",
        "    at ",
        "run (",
        "/srv/a.js:1:2)",
        "\n",
        "\tat com.acme.A.b(A.java:1)\n",
        "Caused by: ",
        "[cause]: ",
        "thread 'main' panicked at ",
        "   1: app::run\n",
        "             at ./src/a.rs:1:2\n",
        "goroutine 1 [running]:\n",
        "main.main()\n",
        "\t/srv/a.go:1 +0x1\n",
        "panic: ",
        "a.rb:1:in `x': m (E)\n",
        "\tfrom a.rb:2:in 'A#b'\n",
        "'",
        "`",
        "(",
        ")",
        ":",
        "é",
        "\0",
        "\u{1F600}",
        "0x",
        "::",
        "$$",
        "@",
        "lambda$",
        "::h0123456789abcdef",
        "12",
        " - ",
        "'), ",
        "]: ",
        " [",
    ]);
    prop::collection::vec(pieces, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_reader_takes_every_text(text in pieces()) {
        for reader in [python::read, rust::read, javascript::read, java::read, go::read, ruby::read] {
            for error in reader(&text) {
                for frame in &error.frames {
                    let mut name = String::new();
                    function(frame.function, &mut name);
                    prop_assert!(name.len() <= frame.function.len());
                }
            }
        }
        if let Some(trace) = read(&text) {
            prop_assert!(trace.last < trace.errors.len());
        }
    }
}
