"""Whose fault a failed npm run is. Pure; held by captured outputs of real runs."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import StrEnum

MESSAGE_LIMIT = 300
TIMEOUT = "timeout"
PEER_CONFLICT = "ERESOLVE"
REFUSED_ADDRESS = "EALLOWREMOTE"
NO_ROOM = frozenset({"ENOSPC", "EDQUOT"})

_URL = re.compile(r"\(?\bhttps?://\S+")
_NAME = r"(?P<name>@?[^@\s']{1,214})"
_WANTED = re.compile(rf"'(?P<spec>{_NAME}(?:@[^']{{0,300}})?)' could not be found")
_UNMATCHED = re.compile(rf"No matching version found for {_NAME}@(?P<range>.{{0,300}}?)(?: with a date before .*)?\.$")
_NONE_AT_ALL = re.compile(rf"No versions available for {_NAME}$")
_SERVER_ERROR = re.compile(r"E(5\d\d|429|407)")
_DAMAGED = re.compile(r"Z_\w+_ERROR|TAR_\w+")
"""A tarball that is cut or changed is noticed by whoever comes first: the digest, the decompressor or the unpacker."""


class Fault(StrEnum):
    CANDIDATE = "candidate"
    OURS = "ours"
    UNCLEAR = "unclear"
    """Settled by a control package: the candidate's where that resolves, else ours."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Attributes:
    code: npm's error code, or `TIMEOUT`.
    rule: the finding's rule where it is the candidate's fault.
    message: one line without addresses.
    package: name of the package that it is about, where npm says so.
    """

    code: str
    fault: Fault
    rule: str
    message: str
    package: str | None = None


_CANDIDATE = {
    "E404": "resolve/no-such-package",
    "ETARGET": "resolve/no-such-version",
    "ENOVERSIONS": "resolve/no-such-version",
    "EBADENGINE": "resolve/wrong-engine",
    "EINVALIDPACKAGENAME": "resolve/invalid-name",
    "EINVALIDTAGNAME": "resolve/invalid-version",
    "EUNSUPPORTEDPROTOCOL": "resolve/refused-dependency",
    "EALLOWGIT": "resolve/refused-dependency",
    REFUSED_ADDRESS: "resolve/refused-dependency",
    "EALLOWFILE": "resolve/refused-dependency",
    "EALLOWDIRECTORY": "resolve/refused-dependency",
    "EBADPLATFORM": "resolve/wrong-platform",
    PEER_CONFLICT: "resolve/peer-conflict",
}

_OURS = frozenset(
    {
        "ECONNREFUSED",
        "ECONNRESET",
        "ETIMEDOUT",
        "ENOTFOUND",
        "EAI_AGAIN",
        "EHOSTUNREACH",
        "ENETUNREACH",
        "EPIPE",
        "EPROTO",
        "ERR_SOCKET_TIMEOUT",
        "FETCH_ERROR",
        *NO_ROOM,
        "EACCES",
        "EPERM",
        "EMFILE",
        "ENOMEM",
        "EINTEGRITY",
        "CERT_HAS_EXPIRED",
        "SELF_SIGNED_CERT_IN_CHAIN",
        "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
        "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
        "E401",
    }
)


def classify(output: str, *, timed_out: bool = False, before: str | None = None) -> Failure:
    """The failure that npm reports with ``--json`` on standard output.

    Args:
        before: the resolution date, where npm was given one.
    """
    if timed_out:
        return Failure(TIMEOUT, Fault.UNCLEAR, "resolve/limit", "The dependencies could not be installed in time.")
    error = _error(output)
    code, summary, detail = (str(error.get(key) or "") for key in ("code", "summary", "detail"))
    about = _WANTED.search(detail) or _UNMATCHED.search(summary) or _NONE_AT_ALL.search(summary)
    return Failure(
        code=code or "unknown",
        fault=_fault(code, summary),
        rule=_CANDIDATE.get(code, "resolve/failed"),
        message=_message(code, summary, about, before),
        package=about["name"] if about else None,
    )


def _error(output: str) -> dict[str, object]:
    try:
        body = json.loads(output)
    except ValueError:
        return {}
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, dict) else {}


def _fault(code: str, summary: str) -> Fault:
    """A tarball that the registry lists and does not have is nobody's plain fault."""
    if code in _OURS or _SERVER_ERROR.fullmatch(code) or _DAMAGED.fullmatch(code):
        return Fault.OURS
    if code in _CANDIDATE and ".tgz" not in summary:
        return Fault.CANDIDATE
    return Fault.UNCLEAR


def _message(code: str, summary: str, about: re.Match[str] | None, before: str | None) -> str:
    known = about.groupdict() if about else {}
    if code == "E404" and "spec" in known:
        shown = known["name"] if "://" in known["spec"] else known["spec"]
        return f"The package {shown[:150]} does not exist in the registry."
    if about and code in ("ETARGET", "ENOVERSIONS"):
        fits = f" fits {known['range'][:150]}" if known.get("range") else " is there"
        return f"No version of {about['name'][:150]}{f' published before {before}' if before else ''}{fits}."
    line = _URL.sub("the registry", summary).split("\n")[0].strip()
    return line[:MESSAGE_LIMIT] or f"npm failed with {code or 'no error code'}."
