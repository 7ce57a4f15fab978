"""What comes in the end, at any size: docs/decisions/0010-liveness-at-any-size.md."""
