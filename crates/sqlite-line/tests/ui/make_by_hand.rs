use sqlite_line::{ReadTxn, WriteTxn};

fn make<'c>(read: ReadTxn<'c>) -> WriteTxn<'c> {
    WriteTxn { read }
}

fn main() {}
