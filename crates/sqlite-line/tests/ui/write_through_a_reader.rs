use sqlite_line::ReadTxn;

fn write(txn: &ReadTxn<'_>) {
    txn.execute("DELETE FROM t", []).unwrap();
}

fn main() {}
