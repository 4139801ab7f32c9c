"""Sending rollouts to the stack as any client may, and reading what came of them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Self

import httpx

from services.contract import Evaluation
from tests.abuse.evidence import unpacked

CHAT_CHARACTERS = 3_900_000
"""A completion that is longer is sent as several messages, as one message may not be."""

ENOUGH = 400.0


class Service:
    """The gateway of one stack."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, trust_env=False, timeout=120.0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def add_profile(self, lane: str) -> str:
        """The profile ``cascade`` with another lane; its name."""
        profile = self._http.get("/v1/profiles/cascade").json()["profile"]
        profile |= {"name": f"abuse-{lane}", "lane": lane}
        self._http.put(f"/v1/profiles/{profile['name']}", json=profile).raise_for_status()
        return str(profile["name"])

    def submit(self, rollout_id: str, completion: str, profile: str) -> Evaluation | httpx.Response:
        """The evaluation, or the refusal."""
        rollout = {"id": rollout_id, "instruction": "A page.", "completion": _sent(completion), "step": 0}
        body = {"run": f"run-{profile}", "profile": profile, "rollouts": [rollout]}
        answer = self._http.post("/v1/evaluations", json=body)
        if answer.is_client_error:
            return answer
        return Evaluation.model_validate(answer.raise_for_status().json()["evaluations"][0])

    def collect(self, ids: Sequence[str], seconds: float = ENOUGH) -> list[Evaluation]:
        """Evaluations in the order asked, ended or as far as they are when the time is over."""
        until = time.monotonic() + seconds
        while True:
            wait = max(0.0, min(20.0, until - time.monotonic()))
            answer = self._http.post("/v1/evaluations/query", json={"ids": list(ids), "wait": wait})
            body = answer.raise_for_status().json()
            if not body["pending"] or wait == 0.0:
                return [Evaluation.model_validate(each) for each in body["evaluations"]]

    def texts(self, evaluation: Evaluation) -> dict[str, bytes]:
        """Every artifact by name, archives opened."""
        found: dict[str, bytes] = {}
        for name in sorted({name for report in evaluation.reports for name in report.artifacts}):
            answer = self._http.get(f"/v1/evaluations/{evaluation.id}/artifacts/{name}").raise_for_status()
            found |= unpacked(name, answer.content)
        return found


def _sent(completion: str) -> str | list[dict[str, Any]]:
    if len(completion) <= CHAT_CHARACTERS:
        return completion
    parts = [completion[start : start + CHAT_CHARACTERS] for start in range(0, len(completion), CHAT_CHARACTERS)]
    return [{"role": "assistant", "content": part} for part in parts]
