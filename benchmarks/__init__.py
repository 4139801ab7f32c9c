"""Measurements side by side. Never packaged; run with ``make bench-build`` and its like."""
