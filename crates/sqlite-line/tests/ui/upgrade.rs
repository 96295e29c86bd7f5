use sqlite_line::{ReadTxn, WriteTxn};

fn upgrade<'c>(txn: ReadTxn<'c>) -> WriteTxn<'c> {
    txn.into()
}

fn main() {}
