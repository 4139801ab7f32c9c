"""The OpenAPI document against the gateway: schemathesis with a real pipeline, SQLite and Redis."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from gateway_bench import Bench
from gateway_server import served
from hypothesis import HealthCheck, settings
from redis_process import redis_process
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS

from reward_api.app import openapi_document
from services.broker import RedisBroker
from services.settings import BrokerSettings

POLLED = 0.05
SUBMITTED = ("first", "second", "third")

SEMANTIC = {
    "PUT /v1/profiles/{name}",
    "POST /v1/evaluations",
    "POST /v1/score",
    "GET /v1/runs",
    "GET /v1/runs/{run}/steps",
    "GET /v1/runs/{run}/evaluations",
}
"""Operations that obey rules no schema says (size of metadata, complete bands, cursors): 4xx may be right there."""


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with redis_process() as socket:
        url = f"redis+socket://{socket}"
        broker = RedisBroker(BrokerSettings(url=url))
        bench = Bench(tmp_path_factory.mktemp("gateway"), broker=broker, broker_url=url, score_deadline=POLLED)
        ids = [evaluation.id for evaluation in bench.submit(*SUBMITTED)]
        bench.conclude(ids[:2])
        yield bench
        bench.close()


@pytest.fixture(scope="module")
def target(bench: Bench) -> Iterator[dict[str, Any]]:
    """Where the requests go, and as whom."""
    with served(bench.app()) as (address, _), requests.Session() as session:
        yield {"base_url": address, "session": session, "headers": bench.key("admin")}


@schemathesis.serializer("application/toml")
def as_toml(_context: object, value: object) -> bytes:
    return str(value).encode("utf-8", "replace")


schema = schemathesis.openapi.from_dict(openapi_document())
schema.config.generation.update(modes=list(GenerationMode))

right = schemathesis.openapi.from_dict(openapi_document())
right.config.generation.update(modes=[GenerationMode.POSITIVE])

bounded = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@schema.parametrize()
@bounded
def test_no_request_breaks_the_contract(case: schemathesis.Case, target: dict[str, Any]) -> None:
    """Whatever is sent, right or wrong: no 5xx, and only documented statuses, media types and shapes."""
    _wait_shortly(case)
    case.call_and_validate(**target, excluded_checks=_excluded(case))


@right.parametrize()
@bounded
def test_requests_for_what_exists_keep_the_contract(
    case: schemathesis.Case, target: dict[str, Any], bench: Bench
) -> None:
    """Right requests for paths that lead somewhere, so that not only refusals are seen."""
    _wait_shortly(case)
    known = {"id": bench.submit(*SUBMITTED)[0].id, "run": "run-1", "name": "cascade"}
    if "/artifacts/" in case.path:
        known["name"] = "home.png"
    for name in case.path_parameters:
        case.path_parameters[name] = known[name]
    if case.path.endswith("/query") and isinstance(case.body, dict):
        case.body["ids"] = [known["id"]]
    case.call_and_validate(**target, excluded_checks=_excluded(case))


def _excluded(case: schemathesis.Case) -> list[Any]:
    label = f"{case.method} {case.path}"
    return CHECKS.get_by_names(["positive_data_acceptance"]) if label in SEMANTIC else []


def _wait_shortly(case: schemathesis.Case) -> None:
    """Valid waits are real ones: keep them short. Nothing works on the third evaluation."""
    for place in (case.query, case.body):
        if isinstance(place, dict) and isinstance(place.get("wait"), int | float) and POLLED < place["wait"] <= 50:
            place["wait"] = POLLED


def test_the_document_is_complete() -> None:
    """Every reference resolves, and every operation says that it can fail by our own fault."""
    document = schema.raw_schema
    names = set(document["components"]["schemas"])
    assert _references(document) <= {f"#/components/schemas/{name}" for name in names}
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    assert all({"500", "503"} <= set(operation["responses"]) for operation in operations)
    assert len(operations) == 19


def _references(node: Any) -> set[str]:
    if isinstance(node, dict):
        own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
        return own.union(*(_references(value) for value in node.values()))
    return set().union(*(_references(value) for value in node)) if isinstance(node, list) else set()
