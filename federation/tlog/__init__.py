"""Transparency logs as C2SP and RFC 6962 describe them: trees, tiles, signed notes, receipts, proofs. Pure."""
