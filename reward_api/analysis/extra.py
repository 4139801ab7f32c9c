"""The packages of the extra ``analysis``, loaded on demand."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from services.errors import WebgenError


class ExtraMissing(WebgenError):
    """A package of an extra is not installed; the message says how to install it."""


def needs(module: str) -> Any:
    """A module of scipy or matplotlib.

    Raises:
        ExtraMissing: it is not installed.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        package = module.partition(".")[0]
        raise ExtraMissing(f"this needs {package}: pip install 'webgen-reward[analysis]'") from error
