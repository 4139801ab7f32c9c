"""Limits on calls of the judge's server, shared by all judge processes."""

from services.judge.limits.protocol import Limits, Permit, Unlimited
from services.judge.limits.shared import SharedLimits, make_limits

__all__ = ["Limits", "Permit", "SharedLimits", "Unlimited", "make_limits"]
