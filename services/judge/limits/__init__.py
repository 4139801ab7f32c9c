"""Limits on calls of the judge's server, shared by all judge processes."""

from services.judge.limits.protocol import Limits, Permit, Unlimited

__all__ = ["Limits", "Permit", "Unlimited"]
