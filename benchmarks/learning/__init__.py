"""GRPO learns against the running service: what a tiny model writes, who grades it, and what is shown of it."""
