"""Texts of a page that address whoever grades it: found in the page's own words, covered in its pictures. Pure."""

from services.judge.addressing.find import Addressed, find, find_all, masked_boxes
from services.judge.addressing.mask import covered

__all__ = ["VERSION", "Addressed", "covered", "find", "find_all", "masked_boxes"]

VERSION = "guard-6"
"""Raised with every change of what is found or covered: it can change a grade."""
