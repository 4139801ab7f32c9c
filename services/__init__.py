"""Shared words, rules and edges of all processes; and the judge."""
