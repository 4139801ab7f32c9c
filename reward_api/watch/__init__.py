"""A run while it trains: one row a step, and what in the newest steps asks for a person. Pure."""
