"""Recipes that train with TRL: `sft` (the warm-up) and `grpo`, each configured by one YAML file."""
