"""Render stage: browser, site serving, page facts, screenshots."""
