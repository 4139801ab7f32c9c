"""Which processes a stack starts, and what each is told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from reward_api.embedded.plan import (
    Spawn,
    StackOptions,
    loopback,
    restart_delay,
    setup,
    socket_in,
    spawns,
    url_of,
)

EVERYWHERE = "0.0.0.0"  # noqa: S104 - never bound here
SECRETS = {
    "OPENAI_API_KEY": "sk-openai",
    "WEBGEN_API_KEY": "wgr_client",
    "AWS_SECRET_ACCESS_KEY": "aws",
    "HF_TOKEN": "hf",
}
CALLER = {
    **SECRETS,
    "PATH": "/usr/bin",
    "HTTPS_PROXY": "http://proxy.test",
    "NPM_CONFIG_REGISTRY": "http://registry.test",
    "webgen_max_queued": "5",
    "WEBGEN_BROKER__URL": "redis://elsewhere.test",
    "WEBGEN_JUDGE__MODEL": "a-vlm",
}
OPTIONS = StackOptions(
    data_dir=Path("/data"),
    host="127.0.0.1",
    port=8123,
    auth=False,
    judge="vlm",
    build_workers=3,
    render_workers=None,
    redis_server=Path("/usr/bin/redis-server"),
    socket=Path("/data/run/redis.sock"),
)


def planned(options: StackOptions = OPTIONS, **caller: str) -> dict[str, Spawn]:
    return {spawn.name: spawn for spawn in spawns(options, CALLER | caller)}


def test_every_process_is_started_by_module_name() -> None:
    modules = {name: spawn.argv[-1] for name, spawn in planned().items() if name != "redis"}
    assert modules == {
        "reaper": "services.pipeline.reaper",
        "resolve": "build_worker.resolver",
        "build": "build_worker.worker",
        "render": "render_worker.worker",
        "judge": "services.judge.worker",
        "gateway": "reward_api.gateway",
    }


def test_redis_starts_first_and_stops_last_and_listens_on_no_port() -> None:
    found = planned()
    assert all(found["redis"].rank < spawn.rank for name, spawn in found.items() if name != "redis")
    assert all(found["gateway"].rank > spawn.rank for name, spawn in found.items() if name != "gateway")
    assert found["redis"].argv[1:3] == ("--port", "0")


def test_only_the_judge_holds_the_vlm_key() -> None:
    holders = {name for name, spawn in planned().items() if "sk-openai" in spawn.environment.values()}
    assert holders == {"judge"}
    assert planned()["judge"].environment["WEBGEN_JUDGE__API_KEY"] == "sk-openai"


def test_the_service_s_own_key_setting_comes_before_openai_s() -> None:
    assert planned(WEBGEN_JUDGE__API_KEY="mine")["judge"].environment["WEBGEN_JUDGE__API_KEY"] == "mine"


@pytest.mark.parametrize("name", ["WEBGEN_JUDGE__API_KEY", "webgen_judge__api_key"])
def test_a_heuristic_judge_gets_no_key_however_it_is_spelled(name: str) -> None:
    found = planned(replace(OPTIONS, judge="heuristic"), **{name: "mine"})
    told = {value for spawn in found.values() for value in spawn.environment.values()}
    assert not {"mine", *SECRETS.values()} & told
    assert found["judge"].environment["WEBGEN_JUDGE__KIND"] == "heuristic"


def test_no_other_secret_of_the_caller_reaches_anyone() -> None:
    told = {value for spawn in planned().values() for value in spawn.environment.values()}
    assert not {"wgr_client", "aws", "hf"} & told


def test_only_resolver_and_judge_know_the_way_out() -> None:
    found = planned()
    assert {name for name, s in found.items() if "HTTPS_PROXY" in s.environment} == {"resolve", "judge"}
    assert {name for name, s in found.items() if "NPM_CONFIG_REGISTRY" in s.environment} == {"resolve"}


def test_the_set_up_knows_the_way_out_and_no_secret() -> None:
    spawn = setup(CALLER)
    assert spawn.argv[-1] == "build_worker.setup"
    assert {"HTTPS_PROXY", "NPM_CONFIG_REGISTRY"} <= set(spawn.environment)
    assert not set(SECRETS.values()) & set(spawn.environment.values())


def test_the_stack_s_wiring_stands_above_the_caller_s() -> None:
    gateway = planned()["gateway"].environment
    assert gateway["WEBGEN_BROKER__URL"] == "redis+socket:///data/run/redis.sock"
    assert gateway["WEBGEN_RECORDS__URL"] == "sqlite:////data/records.db"
    assert gateway["WEBGEN_BLOBS__ROOT"] == "/data/blobs"
    assert (gateway["WEBGEN_HOST"], gateway["WEBGEN_PORT"], gateway["WEBGEN_AUTH"]) == ("127.0.0.1", "8123", "false")


def test_settings_of_the_caller_reach_the_processes_under_one_spelling() -> None:
    gateway = planned()["gateway"].environment
    assert gateway["WEBGEN_MAX_QUEUED"] == "5"
    assert "webgen_max_queued" not in gateway


def test_numbers_of_workers_are_told_only_where_chosen() -> None:
    found = planned()
    assert found["build"].environment["WEBGEN_CONCURRENCY"] == "3"
    assert "WEBGEN_CONCURRENCY" not in found["render"].environment


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        (EVERYWHERE, False),
        ("x.test", False),
    ],
)
def test_loopback_is_told_from_the_rest(host: str, local: bool) -> None:
    assert loopback(host) is local


@pytest.mark.parametrize(
    ("host", "url"), [(EVERYWHERE, "http://127.0.0.1:80"), ("::", "http://[::1]:80"), ("h.test", "http://h.test:80")]
)
def test_the_address_can_be_called_from_here(host: str, url: str) -> None:
    assert url_of(host, 80) == url


def test_a_long_data_folder_has_no_room_for_a_socket() -> None:
    assert socket_in(Path("/data")) == Path("/data/run/redis.sock")
    assert socket_in(Path("/" + "d" * 90)) is None


def test_restarts_wait_longer_and_stay_bounded() -> None:
    waits = [restart_delay(deaths) for deaths in range(1, 200)]
    assert waits == sorted(waits)
    assert waits[-1] == 10.0
