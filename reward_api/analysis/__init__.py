"""Statistics of verdicts. Pure; scipy and matplotlib (extra ``analysis``) are loaded where they are needed."""
