"""How :func:`actifix.raise_af.record_error` does what it does."""
