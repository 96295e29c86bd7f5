use sqlite_line::WriteTxn;

fn twice(txn: WriteTxn<'_>) {
    txn.commit().unwrap();
    txn.commit().unwrap();
}

fn main() {}
