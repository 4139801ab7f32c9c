"""The chart as Helm renders it: variants of helm/webgen-reward/ci as lists of objects."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from kubernetes_validate import utils
from referencing import Registry, Resource

ROOT = Path(__file__).parents[2]
CHART = ROOT / "helm/webgen-reward"
VARIANTS = tuple(sorted(path.name.removesuffix("-values.yaml") for path in (CHART / "ci").glob("*-values.yaml")))
RELEASE, NAMESPACE = "demo", "ml"
NAME = f"{RELEASE}-webgen-reward"
NEWEST = tuple(utils.all_versions()[-2:])
"""The two newest versions of Kubernetes whose schemas there are."""

PROCESSES = ("gateway", "reaper", "resolver", "build", "render", "judge")
WORKERS = ("resolver", "build", "render", "judge")
SANDBOXED = ("build", "render")

Object = dict[str, Any]


@cache
def _definitions(version: str) -> Registry[Any]:
    found = utils.schema_contents(f"kubernetes-json-schema/v{version}-local-strict/_definitions.json", version)
    return Resource.from_contents(found) @ Registry()


@cache
def _validator(version: str, api: str, kind: str) -> Draft202012Validator:
    group, _, number = api.rpartition("/")
    name = f"{kind.lower()}-{group.split('.')[0]}-{number}" if group else f"{kind.lower()}-{number}"
    schema = utils.schema_contents(f"kubernetes-json-schema/v{version}-local-strict/{name}.json", version)
    return Draft202012Validator(schema, registry=Resource.from_contents(schema) @ _definitions(version))


def faults(each: Object, version: str) -> list[str]:
    """What an object has that this version of Kubernetes does not know or allow. As kubernetes-validate has it, which
    reads a megabyte for each object."""
    found = _validator(version, each["apiVersion"], each["kind"]).iter_errors(each)
    return [f"{each['kind']} {each['metadata']['name']} {error.json_path}: {error.message}" for error in found]


def helm(*arguments: str) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("helm")
    return subprocess.run([str(program), *arguments], capture_output=True, text=True, check=False)


def values_of(variant: str) -> str:
    return str(CHART / "ci" / f"{variant}-values.yaml")


def template(variant: str, *options: str, more: Mapping[str, Any] | None = None) -> subprocess.CompletedProcess[str]:
    """Args:
    more: values laid over those of the variant.
    """
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(more or {}, file)
        file.flush()
        files = ("--values", values_of(variant), "--values", file.name)
        kind = ("--namespace", NAMESPACE, "--kube-version", NEWEST[-1])
        return helm("template", RELEASE, str(CHART), *kind, *files, *options)


def parsed(done: subprocess.CompletedProcess[str]) -> list[Object]:
    assert done.returncode == 0, done.stderr
    return [each for each in yaml.load_all(done.stdout, yaml.CSafeLoader) if each]


@cache
def rendered(variant: str) -> list[Object]:
    return parsed(template(variant))


def find(objects: list[Object], kind: str, name: str) -> Object:
    """The one object of a kind whose name, without the release's, is this."""
    found = [each for each in objects if each["kind"] == kind and each["metadata"]["name"] == f"{NAME}-{name}"]
    assert len(found) == 1, f"{len(found)} objects {kind} {name}"
    return found[0]


def pods(objects: list[Object]) -> Iterator[tuple[str, Object]]:
    """Component and specification of every pod that the objects make."""
    for each in objects:
        pod = each if each["kind"] == "Pod" else each.get("spec", {}).get("template")
        if isinstance(pod, dict) and "containers" in pod.get("spec", {}):
            labels = (each if each["kind"] == "Pod" else pod)["metadata"]["labels"]
            yield labels["app.kubernetes.io/component"], pod["spec"]


def pod(objects: list[Object], component: str) -> Object:
    return next(spec for name, spec in pods(objects) if name == component)


def containers(spec: Object) -> list[Object]:
    return [*spec.get("initContainers", []), *spec["containers"]]


def environment(spec: Object) -> dict[str, Any]:
    """Name -> value of the first container's variables; of one from a secret, its secret's name and key."""
    env = spec["containers"][0].get("env", [])
    return {each["name"]: each.get("value", each.get("valueFrom", {}).get("secretKeyRef")) for each in env}


def strings(of: Any) -> Iterator[str]:
    """Every text in a tree, keys among them."""
    if isinstance(of, dict):
        for key, each in of.items():
            yield str(key)
            yield from strings(each)
    elif isinstance(of, list):
        for each in of:
            yield from strings(each)
    else:
        yield str(of)
