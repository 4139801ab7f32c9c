"""Processes that are forked from one another count together, also those that are gone."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

PROGRAM = """
import os
from services.telemetry.exposition import exposition
from services.telemetry.sharing import shared
from services.telemetry.stages import sent_again
from services.telemetry.work import set_made, sets_held
from services.stages import Stage

def child(number):
    pid = os.fork()
    if pid == 0:
        sent_again(Stage.BUILD)
        set_made("installed", 0.2 * number)
        sets_held("kept", number, 0)
        os._exit(0)
    os.waitpid(pid, 0)

sent_again(Stage.BUILD)  # before there is a folder: as a worker's self-check does
with shared() as folder:
    sent_again(Stage.BUILD)
    for number in (1, 2, 3):
        child(number)
        {look}
    print(exposition()[0].decode())
    print("files", len(list(folder.iterdir())))
print("left", folder.exists(), "PROMETHEUS_MULTIPROC_DIR" in os.environ)
"""


def run(look: str) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "PROMETHEUS_MULTIPROC_DIR"}
    argv = [sys.executable, "-c", PROGRAM.format(look=look)]
    return subprocess.run(argv, env=environment, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("look", ["pass", "exposition()"])
def test_what_children_counted_stays_when_they_are_gone(look: str) -> None:
    shown = run(look)
    assert 'webgen_stage_redispatches_total{stage="build"} 4.0' in shown
    assert 'webgen_dependency_install_duration_seconds_count{outcome="installed"} 3.0' in shown
    assert 'webgen_dependency_install_duration_seconds_bucket{le="0.25",outcome="installed"} 1.0' in shown


def test_what_a_process_said_of_the_present_goes_with_it() -> None:
    assert "webgen_dependency_sets{" not in run("pass")


def test_files_do_not_pile_up_and_nothing_is_left() -> None:
    shown = run("exposition()")
    assert "files 3" in shown  # this process's counters, and those of all that are gone: counters and histograms
    assert "left False False" in shown
