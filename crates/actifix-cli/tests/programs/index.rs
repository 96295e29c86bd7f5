//! Looks for what is not there.

fn third(numbers: &[u32]) -> u32 {
    numbers[2]
}

fn main() {
    println!("looking");
    let numbers: Vec<u32> = std::env::args().skip(1).map(|_| 1).collect();
    println!("{}", third(&numbers));
}
