use sqlite_line::{WriteTxn, rusqlite::Connection};

fn begin(conn: &Connection) {
    let _txn = WriteTxn::begin(conn, &());
}

fn main() {}
