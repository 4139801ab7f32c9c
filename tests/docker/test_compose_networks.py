"""Networks as the arrows of the design, tried from inside: who reaches whom, and who reaches nothing."""

from __future__ import annotations

import json

import httpx
import pytest

from tests.support.compose_stack import PROCESSES, ComposeStack, addresses

TRY = """
import json, socket, sys
found = {}
for host, port in json.loads(sys.argv[1]):
    try:
        with socket.create_connection((host, port), 4) as connection:
            connection.settimeout(10)
            connection.sendall(b"GET /metrics HTTP/1.0\\r\\n\\r\\n")
            said = b""
            while chunk := connection.recv(65536):
                said += chunk
            found[f"{host}:{port}"] = said.decode("latin-1")
    except OSError as error:
        found[f"{host}:{port}"] = None
print(json.dumps(found))
"""
METADATA = (["169.254.169.254", 80], ["fd00:ec2::254", 80], ["100.100.100.200", 80], ["metadata.google.internal", 80])
OUTSIDE = (["192.0.2.1", 443], ["2001:db8::1", 443], ["example.com", 443])
PORTS = {"gateway": 8080, "reaper": 9100, "resolver": 9100, "build": 9100, "render": 9100, "judge": 9100}
INWARD = ("gateway", "reaper", "build", "render")


def answers(stack: ComposeStack, service: str, targets: list[list[object]]) -> dict[str, str]:
    """What those of these (host, port) say that answer a request for metrics from a service's container.

    A connection alone is no proof: the way out of some machines takes every one, whatever its address.
    """
    done = stack.inside(service, "python", "-c", TRY, json.dumps(targets))
    assert done.returncode == 0, done.stderr
    return {target: said for target, said in json.loads(done.stdout).items() if said}


@pytest.mark.parametrize("service", PROCESSES)
def test_each_process_reaches_the_records_and_the_queue(service: str, stack: ComposeStack) -> None:
    connect = "import socket; [socket.create_connection(each, 4) for each in (('postgres', 5432), ('redis', 6379))]"
    done = stack.inside(service, "python", "-c", connect)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("service", PROCESSES)
def test_no_process_reaches_another(service: str, stack: ComposeStack) -> None:
    others = [name for name in PROCESSES if name != service]
    by_name = [[name, PORTS[name]] for name in others]
    by_address = [[at, PORTS[name]] for name, all_of in addresses(stack, others).items() for at in all_of]
    assert not [at for at, said in answers(stack, service, by_name + by_address).items() if "webgen_" in said]


@pytest.mark.parametrize("service", PROCESSES)
def test_each_process_can_be_scraped_where_it_may_be(service: str, stack: ComposeStack) -> None:
    """What the test above does not find is there to be found."""
    own = f"127.0.0.1:{PORTS[service]}"
    assert "webgen_" in answers(stack, service, [["127.0.0.1", PORTS[service]]])[own]


@pytest.mark.parametrize("service", INWARD)
def test_those_inside_reach_neither_the_outside_nor_metadata(service: str, stack: ComposeStack) -> None:
    assert answers(stack, service, [*METADATA, *OUTSIDE]) == {}


@pytest.mark.parametrize("service", ["build", "render"])
def test_a_candidates_program_has_no_network_whatever_its_container_has(service: str, stack: ComposeStack) -> None:
    check = """
from services.sandbox import Limits, SandboxJob, make_sandbox
from services.settings import SandboxSettings
job = SandboxJob(("/bin/sh", "-c", "cat /proc/net/route /proc/net/dev"), limits=Limits(memory_bytes=100_000_000))
print(make_sandbox(SandboxSettings()).run(job).stdout.decode())
"""
    said = stack.inside(service, "python", "-c", check).stdout
    assert "lo:" in said
    assert "eth" not in said


def test_the_gateway_wants_a_key(stack: ComposeStack) -> None:
    for call in ("/v1/runs", "/v1/profiles"):
        assert httpx.get(stack.url + call, trust_env=False).status_code == 401
