"""Evaluation records (SQL) and content-addressed blobs."""
