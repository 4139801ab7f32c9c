"""The command line: ``webgen-reward``. Loads nothing until it is called."""

from __future__ import annotations

import sys

NEEDS_SERVER = "the command line needs the server extra ({name} is missing): pip install 'webgen-reward[server]'"
OWN_PACKAGES = ("services", "reward_api", "trainer_client")


def main() -> None:
    """Entry of the program. Exit status: 0 done, 1 failed, 2 wrong usage, 3 a rollout has no reward."""
    try:
        from reward_api.cli.app import run
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] in OWN_PACKAGES:
            raise
        sys.exit(f"webgen-reward: {NEEDS_SERVER.format(name=error.name)}")
    run()
