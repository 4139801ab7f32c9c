"""What both clients have in common: their calls as flows, and how a call is put to httpx."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
from pydantic import BaseModel

from services.contract import Evaluation, RejudgeRequest, Rollout
from trainer_client import flows
from trainer_client.errors import TransportError
from trainer_client.flows import Call, Flow, Head, M, Send
from trainer_client.limits import ClientLimits, Deadline
from trainer_client.prepare import parcels
from trainer_client.retry import Answer, Fault
from trainer_client.scores import Board, Progress, Scores

Rollouts = Sequence[Rollout | Mapping[str, Any]]

SCORE_SECONDS = 900.0
"""Below a trainer's own patience: other ranks wait in a collective for 1,800 s before they give up."""
CALL_SECONDS = 60.0
PING_SECONDS = 10.0


class Cancelled(BaseModel):
    """Answer to a cancelled run."""

    cancelled: int


class ProfileList(BaseModel):
    """Each with ``profile``, ``hash`` and ``built_in``."""

    profiles: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Calls:
    """The flows behind the methods that both clients have."""

    limits: ClientLimits

    def score(self, rollouts: Rollouts, head: Head, deadline: float, progress: Progress | None) -> Flow[Scores]:
        items = parcels(rollouts)
        return flows.score(Board.of_parcels(items), head, items, Deadline.after(deadline), self.limits, progress)

    def submit(self, rollouts: Rollouts, head: Head, deadline: float) -> Flow[list[Evaluation]]:
        items = parcels(rollouts)
        return flows.submit_all(Board.of_parcels(items), head, items, Deadline.after(deadline), self.limits)

    def wait(self, ids: Sequence[str], deadline: float, progress: Progress | None) -> Flow[Scores]:
        return flows.wait(Board.of_ids(ids), Deadline.after(deadline), self.limits, progress)

    def get(self, id_: str, wait: float) -> Flow[Evaluation]:
        held = min(max(wait, 0.0), flows.MAX_WAIT)
        path = f"/v1/evaluations/{flows.segment(id_)}" + (f"?wait={held:g}" if held else "")
        return flows.fetch(Call("GET", path, wait=held), Evaluation, self._soon(held), self.limits)

    def rejudge(self, id_: str, wanted: RejudgeRequest, deadline: float) -> Flow[Evaluation]:
        named = wanted.model_copy(update={"rollout_id": wanted.rollout_id or uuid4().hex})
        body = named.model_dump_json(exclude_none=True).encode()
        call = Call("POST", f"/v1/evaluations/{flows.segment(id_)}/rejudge", body)
        return flows.fetch(call, Evaluation, Deadline.after(deadline), self.limits)

    def json(self, method: str, path: str) -> Flow[Any]:
        return flows.fetch_json(Call(method, path), self._soon(), self.limits)

    def cancel(self, run: str) -> Flow[Cancelled]:
        return flows.fetch(Call("DELETE", f"/v1/runs/{flows.segment(run)}"), Cancelled, self._soon(), self.limits)

    def profiles(self) -> Flow[ProfileList]:
        return flows.fetch(Call("GET", "/v1/profiles"), ProfileList, self._soon(), self.limits)

    def put_profile(self, profile: Mapping[str, Any]) -> Flow[Any]:
        call = Call("PUT", f"/v1/profiles/{flows.segment(str(profile['name']))}", json.dumps(profile).encode())
        return flows.fetch_json(call, self._soon(), self.limits)

    def artifact(self, id_: str, name: str) -> Flow[bytes]:
        path = f"/v1/evaluations/{flows.segment(id_)}/artifacts/{flows.segment(name)}"
        return flows.fetch_bytes(Call("GET", path), self._soon(), self.limits)

    def read(self, path: str, model: type[M]) -> Flow[M]:
        return flows.fetch(Call("GET", path), model, self._soon(), self.limits)

    def ping(self, deadline: float) -> Flow[bytes]:
        return flows.fetch_bytes(Call("GET", "/healthz"), Deadline.after(deadline), self.limits)

    def _soon(self, wait: float = 0.0) -> Deadline:
        return Deadline.after(CALL_SECONDS + wait)


def loopback(url: httpx.URL) -> bool:
    """Whether the address is this machine: no proxy of the environment stands before it."""
    try:
        return ipaddress.ip_address(url.host).is_loopback
    except ValueError:
        return url.host == "localhost"


def client_options(base_url: str, api_key: str | None) -> dict[str, Any]:
    """What both httpx clients are made with.

    Raises:
        TransportError: the address is no http or https URL.
    """
    try:
        url = httpx.URL(base_url)
    except httpx.InvalidURL as error:
        raise TransportError(f"not an address: {base_url!r}: {error}") from error
    if url.scheme not in ("http", "https") or not url.host:
        raise TransportError(f"not an http or https address: {base_url!r}")
    headers = {"Authorization": f"Bearer {api_key.strip()}"} if api_key else {}
    return {"base_url": url, "headers": headers, "trust_env": not loopback(url)}


def request_options(send: Send, limits: ClientLimits) -> dict[str, Any]:
    """How one call is put to httpx."""
    headers = {"Content-Type": "application/json"} if send.call.body is not None else {}
    timeout = httpx.Timeout(send.timeout, connect=min(send.timeout, limits.connect_seconds))
    return {"content": send.call.body, "headers": headers, "timeout": timeout}


def answer_of(response: httpx.Response) -> Answer:
    return Answer(response.status_code, {k.lower(): v for k, v in response.headers.items()}, response.content)


def fault_of(error: httpx.RequestError) -> Fault:
    return Fault(f"{type(error).__name__}: {error}" if str(error) else type(error).__name__)
