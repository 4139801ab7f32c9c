"""What every pod of the chart must say of itself."""

from __future__ import annotations

import json

import pytest
from charts import (
    NAME,
    PROCESSES,
    ROOT,
    SANDBOXED,
    VARIANTS,
    WORKERS,
    containers,
    environment,
    find,
    parsed,
    pod,
    pods,
    rendered,
    strings,
    template,
)

from services.stages import POLICIES, Stage
from services.stores.roles import ROLES

STAGES = {
    "resolver": (Stage.RESOLVE,),
    "build": (Stage.LINT, Stage.BUILD),
    "render": (Stage.RENDER,),
    "judge": (Stage.JUDGE,),
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_nobody_is_root_or_may_become_more_than_it_is(variant: str) -> None:
    for component, spec in pods(rendered(variant)):
        for each in containers(spec):
            assert each["securityContext"]["capabilities"] == {"drop": ["ALL"]}
            assert each["securityContext"]["allowPrivilegeEscalation"] is False
            assert each["securityContext"]["readOnlyRootFilesystem"] is True
            assert "privileged" not in each["securityContext"]
            if (component, each["name"]) != ("seccomp", "install"):
                assert each["securityContext"]["runAsNonRoot"] is True
                assert {**spec["securityContext"], **each["securityContext"]}["runAsUser"] == 10001


@pytest.mark.parametrize("variant", VARIANTS)
def test_nobody_has_a_token_or_the_machines_namespaces(variant: str) -> None:
    for _, spec in pods(rendered(variant)):
        assert spec["automountServiceAccountToken"] is False
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(spec)


@pytest.mark.parametrize("variant", VARIANTS)
def test_only_the_installer_reaches_a_folder_of_the_node(variant: str) -> None:
    reaching = {name for name, spec in pods(rendered(variant)) if "hostPath" in set(strings(spec.get("volumes", [])))}
    assert reaching == ({"seccomp"} if variant == "production" else set())


def test_the_installer_is_off_unless_asked_for_and_brings_the_workers_profile() -> None:
    assert "seccomp" not in dict(pods(rendered("minimal")))
    profile = find(rendered("production"), "ConfigMap", "seccomp")["data"]["worker.json"]
    assert json.loads(profile) == json.loads((ROOT / "docker/seccomp/worker.json").read_text())
    (install,) = pod(rendered("production"), "seccomp")["initContainers"]
    named = containers(pod(rendered("production"), "build"))[0]["securityContext"]["seccompProfile"]["localhostProfile"]
    assert install["command"][-1] == f"/node/{named}"


@pytest.mark.parametrize("variant", VARIANTS)
def test_seccomp_is_named_everywhere(variant: str) -> None:
    for component, spec in pods(rendered(variant)):
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for each in containers(spec):
            own = each["securityContext"].get("seccompProfile")
            if component in SANDBOXED and variant != "gvisor":
                assert own == {"type": "Localhost", "localhostProfile": "webgen-reward/worker.json"}
            else:
                assert own in (None, {"type": "RuntimeDefault"})


@pytest.mark.parametrize("component", SANDBOXED)
def test_workers_with_a_sandbox_are_given_what_it_takes_and_look_at_it_first(component: str) -> None:
    spec = pod(rendered("minimal"), component)
    assert spec["hostUsers"] is False
    check, worker = containers(spec)
    assert check["securityContext"] == worker["securityContext"]
    assert worker["securityContext"]["procMount"] == "Unmasked"
    assert worker["securityContext"]["appArmorProfile"] == {"type": "Unconfined"}
    assert check["image"] == worker["image"]
    assert check["command"][-1] == "services.sandbox.ready"


def test_nobody_else_is_given_that() -> None:
    for component, spec in pods(rendered("minimal")):
        if component not in SANDBOXED:
            assert not {"procMount", "appArmorProfile", "hostUsers", "Localhost"} & set(strings(spec))


def test_a_runtime_that_is_a_sandbox_itself_is_named_on_the_workers_alone() -> None:
    runtimes = {name: spec.get("runtimeClassName") for name, spec in pods(rendered("gvisor"))}
    assert {name for name, runtime in runtimes.items() if runtime == "gvisor"} == set(SANDBOXED)
    assert set(runtimes.values()) == {"gvisor", None}


@pytest.mark.parametrize("component", WORKERS)
def test_a_worker_has_time_to_finish_its_longest_stage(component: str) -> None:
    longest = max(POLICIES[stage].hard_limit for stage in STAGES[component])
    assert pod(rendered("minimal"), component)["terminationGracePeriodSeconds"] == longest + 30


def test_the_gateway_has_time_to_send_waiting_clients_on() -> None:
    from reward_api.gateway import STOP_SECONDS

    assert pod(rendered("minimal"), "gateway")["terminationGracePeriodSeconds"] > STOP_SECONDS


@pytest.mark.parametrize("component", PROCESSES)
def test_a_process_has_the_role_of_its_name_and_no_other(component: str) -> None:
    assert component in ROLES
    for variant, name in (("minimal", f"{NAME}-records-{component}"), ("external", f"records-{component}")):
        spec = pod(rendered(variant), component)
        assert environment(spec)["WEBGEN_RECORDS__URL"] == {"name": name, "key": "url"}
        assert {text for text in strings(spec) if "records-" in text} == {name}


def test_workers_beside_candidate_code_leave_rewards_to_the_reaper() -> None:
    told = {name: environment(spec).get("WEBGEN_RECORDS__CONCLUDES") for name, spec in pods(rendered("minimal"))}
    assert {name for name, value in told.items() if value == "false"} == {"resolver", "build", "render"}


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_models_key_is_the_judges_alone(variant: str) -> None:
    for component, spec in pods(rendered(variant)):
        key = environment(spec).get("WEBGEN_JUDGE__API_KEY")
        asked = component == "judge" and variant in ("production", "external")
        assert key == ({"name": "judge-key", "key": "api-key"} if asked else None)


@pytest.mark.parametrize("variant", ["production", "external"])
def test_an_installation_with_stores_of_its_own_makes_no_secret(variant: str) -> None:
    assert not [each for each in rendered(variant) if each["kind"] == "Secret"]


def test_passwords_are_in_their_secret_and_nowhere_else() -> None:
    objects = rendered("minimal")
    secrets = [each for each in objects if each["kind"] == "Secret"]
    passwords = {each["stringData"]["password"] for each in secrets}
    assert len(passwords) == len(secrets) == 8
    assert all(len(each) == 40 for each in passwords)
    others = "\n".join(text for each in objects if each["kind"] != "Secret" for text in strings(each))
    assert not [each for each in passwords if each in others]
    for each in secrets:
        assert each["stringData"]["password"] in each["stringData"]["url"]


def test_the_database_asks_each_role_for_the_password_that_its_process_has() -> None:
    asked = environment(pod(rendered("minimal"), "postgresql"))
    for role in ("owner", *PROCESSES):
        assert asked[f"WEBGEN_DB_{role.upper()}"] == {"name": f"{NAME}-records-{role}", "key": "password"}
        url = find(rendered("minimal"), "Secret", f"records-{role}")["stringData"]["url"]
        assert url.startswith(f"postgresql+psycopg://webgen_{role}:")
        assert url.endswith(f"@{NAME}-postgresql/webgen")


def test_tables_are_brought_up_before_anything_else_where_the_database_is_there() -> None:
    (job,) = [each for each in rendered("external") if each["metadata"]["name"] == f"{NAME}-migrate-1"]
    assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
    first = find(rendered("minimal"), "Job", "migrate-1")
    assert "annotations" not in first["metadata"]
    later = find(parsed(template("minimal", "--is-upgrade")), "Job", "migrate-1")
    assert later["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
    assert pod([first], "migrate")["containers"][0]["args"][-1] == "services.stores.migrations"


def test_nobody_works_as_the_owner_by_itself() -> None:
    assert find(rendered("minimal"), "Deployment", "admin")["spec"]["replicas"] == 0


@pytest.mark.parametrize("variant", VARIANTS)
def test_blobs_are_where_all_who_need_them_reach_them(variant: str) -> None:
    for component, spec in pods(rendered(variant)):
        mounts = {each["mountPath"] for each in spec["containers"][0].get("volumeMounts", [])}
        needs = component in PROCESSES and component != "reaper"
        assert ("/var/lib/webgen/blobs" in mounts) is (needs and variant != "external")
        assert ("WEBGEN_BLOBS__S3__BUCKET" in environment(spec)) is (needs and variant == "external")


def test_dependency_sets_travel_as_blobs() -> None:
    assert environment(pod(rendered("minimal"), "resolver"))["WEBGEN_SHARE_SETS"] == "true"
    sets = next(each for each in pod(rendered("minimal"), "build")["volumes"] if each["name"] == "sets")
    assert "emptyDir" in sets


@pytest.mark.parametrize("component", [*WORKERS, "gateway"])
def test_a_disruption_takes_one_at_a_time(component: str) -> None:
    budget = find(rendered("minimal"), "PodDisruptionBudget", component)
    assert budget["spec"]["maxUnavailable"] == 1
