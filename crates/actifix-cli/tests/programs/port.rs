//! Takes a text for a number.

fn port(text: &str) -> u16 {
    text.parse().expect("a port is a number")
}

fn main() {
    println!("{}", port("80x"));
}
