"""What bounds the tickets that come in."""
