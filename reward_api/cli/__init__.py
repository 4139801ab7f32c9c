"""The command line: ``webgen-reward``. Loads nothing until it is called."""

from __future__ import annotations

import sys

NEEDS_EXTRA = (
    "the command line needs an extra ({name} is missing): pip install 'webgen-reward[trainer]' on a training machine, "
    "'webgen-reward[server]' for the service"
)


def main() -> None:
    """Entry of the program. Exit status: 0 done, 1 failed, 2 wrong usage, 3 a rollout has no reward."""
    try:
        from reward_api.cli.app import run
    except ModuleNotFoundError as error:
        from reward_api.cli.extras import is_foreign

        if not is_foreign(error):
            raise
        sys.exit(f"webgen-reward: {NEEDS_EXTRA.format(name=error.name)}")
    run()
