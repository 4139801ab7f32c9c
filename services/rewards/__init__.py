"""Profiles, and how stage reports become a reward. Pure."""
