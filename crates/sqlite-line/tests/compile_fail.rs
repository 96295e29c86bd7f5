//! What must not compile.

#[test]
fn transactions_cannot_be_made_upgraded_or_committed() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
