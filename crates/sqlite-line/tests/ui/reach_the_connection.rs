use sqlite_line::{WriteTxn, rusqlite::Connection};

fn reach<'c>(txn: &WriteTxn<'c>) -> &'c Connection {
    txn
}

fn main() {}
