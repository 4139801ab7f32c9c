"""Network policies are the arrows of the design and no more."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Any

import pytest
from charts import RELEASE, SANDBOXED, VARIANTS, Object, pods, rendered

ARROWS = {
    "gateway": {"redis", "postgresql"},
    "reaper": {"redis", "postgresql"},
    "resolver": {"redis", "postgresql", "public:443"},
    "build": {"redis", "postgresql"},
    "render": {"redis", "postgresql"},
    "judge": {"redis", "postgresql", "public:443"},
    "migrate": {"postgresql"},
    "admin": {"postgresql"},
    "test": {"gateway"},
    "redis": set(),
    "postgresql": set(),
}
METADATA = ("169.254.169.254", "169.254.170.2", "169.254.169.253", "100.100.100.200", "fd00:ec2::254", "fd20:ce::254")
WITH_POLICIES = [name for name in VARIANTS if name != "no-keda"]
COMPONENT = "app.kubernetes.io/component"


def policies(objects: list[Object]) -> dict[str, Object]:
    """Component -> what its policy says; that for all under an empty name."""
    found = [each["spec"] for each in objects if each["kind"] == "NetworkPolicy"]
    return {each["podSelector"]["matchLabels"].get(COMPONENT, ""): each for each in found}


def targets(policy: Object) -> Iterator[str]:
    """Where a policy lets its pods go, name servers left out."""
    for rule in policy["egress"]:
        ports = [each["port"] for each in rule["ports"]]
        if ports == [53, 53]:
            continue
        for peer in rule["to"]:
            if "ipBlock" in peer:
                yield f"public:{ports[0]}" if peer["ipBlock"]["cidr"].endswith("/0") else peer["ipBlock"]["cidr"]
            elif "podSelector" in peer:
                yield peer["podSelector"]["matchLabels"][COMPONENT]
            else:
                yield "namespace:" + "".join(peer["namespaceSelector"]["matchLabels"].values())


@pytest.mark.parametrize("variant", WITH_POLICIES)
def test_every_pod_is_denied_everything_first(variant: str) -> None:
    common = policies(rendered(variant))[""]
    assert common["policyTypes"] == ["Ingress", "Egress"]
    assert "ingress" not in common
    assert "egress" not in common
    assert set(common["podSelector"]["matchLabels"]) == {"app.kubernetes.io/name", "app.kubernetes.io/instance"}


def test_each_may_go_where_its_arrows_lead() -> None:
    said = {name: set(targets(policy)) for name, policy in policies(rendered("minimal")).items() if name}
    assert said == ARROWS


def test_an_arrow_that_begins_also_ends() -> None:
    for name, policy in policies(rendered("minimal")).items():
        callers = {
            peer["podSelector"]["matchLabels"].get(COMPONENT)
            for rule in policy.get("ingress", [])
            for peer in rule["from"]
            if "podSelector" in peer
        }
        assert callers - {None} == {source for source, reached in ARROWS.items() if name in reached}


@pytest.mark.parametrize("variant", WITH_POLICIES)
def test_whoever_is_called_listens_on_the_port_that_is_let_through(variant: str) -> None:
    for name, spec in pods(rendered(variant)):
        listening = {each["containerPort"] for each in spec["containers"][0].get("ports", [])}
        policy = policies(rendered(variant)).get(name, {"ingress": []})
        assert {port["port"] for rule in policy["ingress"] for port in rule["ports"]} <= listening


@pytest.mark.parametrize("variant", WITH_POLICIES)
def test_no_rule_leads_to_a_metadata_address(variant: str) -> None:
    blocks = [
        peer["ipBlock"]
        for policy in policies(rendered(variant)).values()
        for rule in policy.get("egress", [])
        for peer in rule["to"]
        if "ipBlock" in peer
    ]
    assert blocks
    for address in map(ipaddress.ip_address, METADATA):
        assert not [block for block in blocks if _lets(block, address)]


def _lets(block: dict[str, Any], address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    inside = address in ipaddress.ip_network(block["cidr"])
    return inside and not any(address in ipaddress.ip_network(each) for each in block.get("except", []))


@pytest.mark.parametrize("address", ["10.96.0.1", "192.168.1.1", "172.16.0.1", "127.0.0.1", "fd12::1"])
def test_who_reaches_out_does_not_reach_in(address: str) -> None:
    for name in ("resolver", "judge"):
        blocks = [
            peer["ipBlock"]
            for rule in policies(rendered("minimal"))[name]["egress"]
            for peer in rule["to"]
            if "ipBlock" in peer
        ]
        assert not [block for block in blocks if _lets(block, ipaddress.ip_address(address))]
        assert [block for block in blocks if _lets(block, ipaddress.ip_address("104.16.1.34"))]


def test_stores_and_servers_of_ones_own_are_reached_where_they_are() -> None:
    said = policies(rendered("external"))
    stores = {"10.1.2.3/32", "10.1.2.4/32"}
    for name in SANDBOXED:
        assert set(targets(said[name])) == {*stores, "10.1.2.5/32"}
    assert set(targets(said["reaper"])) == stores
    assert set(targets(said["resolver"])) == {*stores, "10.1.2.5/32", "10.9.0.1/32"}
    assert set(targets(said["judge"])) == {*stores, "10.1.2.5/32", "namespace:models"}
    assert not {"redis", "postgresql"} & set(said)


def test_trainers_reach_the_gateway_by_their_label() -> None:
    callers = [peer for rule in policies(rendered("external"))["gateway"]["ingress"] for peer in rule["from"]]
    assert {"namespaceSelector": {}, "podSelector": {"matchLabels": {"webgen-reward/client": "true"}}} in callers
    assert {"namespaceSelector": {"matchLabels": {"team": "rl"}}} in callers


def test_prometheus_reaches_every_process_on_the_port_of_its_metrics() -> None:
    for name, policy in policies(rendered("minimal")).items():
        ports = [
            port["port"]
            for rule in policy.get("ingress", [])
            for port in rule["ports"]
            if {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}} in rule["from"]
        ]
        if name in ("gateway", "reaper", "resolver", "build", "render", "judge"):
            assert ports == [8080 if name == "gateway" else 9100]
        else:
            assert ports == []


def test_none_where_none_are_wanted() -> None:
    assert not policies(rendered("no-keda"))


def test_two_installations_in_one_namespace_do_not_meet() -> None:
    found = list(_selectors(rendered("minimal")))
    assert found
    assert all(each["app.kubernetes.io/instance"] == RELEASE for each in found)


def _selectors(objects: list[Object]) -> Iterator[dict[str, str]]:
    for policy in policies(objects).values():
        for rule in policy.get("egress", []):
            for peer in rule["to"]:
                if "podSelector" in peer and "namespaceSelector" not in peer:
                    yield peer["podSelector"]["matchLabels"]
