"""What the chart holds that is said elsewhere: its schema and README out of values.yaml and the settings classes, the
stages' limits, the workers' seccomp profile.

``python -m helm.generate`` writes them, ``--check`` names those that are stale.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import yaml

from helm.readme import readme
from helm.schema import schema
from helm.values import read_values
from services.stages import ORDER, POLICIES

ROOT = Path(__file__).parents[1]
CHART = ROOT / "helm/webgen-reward"


def generated() -> dict[Path, str]:
    """Each made file with its content."""
    values = read_values((CHART / "values.yaml").read_text())
    return {
        CHART / "values.schema.json": json.dumps(schema(values), indent=1) + "\n",
        CHART / "README.md": readme(values, (ROOT / "helm/README.in.md").read_text()),
        CHART / "files/stages.yaml": stages(),
        CHART / "files/worker-seccomp.json": (ROOT / "docker/seccomp/worker.json").read_text(),
    }


def stages() -> str:
    """Every stage with the seconds after which its worker process would be ended."""
    limits = {stage.value: {"hardLimit": POLICIES[stage].hard_limit} for stage in ORDER}
    written: str = yaml.safe_dump({"stages": limits}, sort_keys=False)
    return "# Made from services.stages by `make chart`.\n" + written


def stale() -> list[str]:
    """Names of made files that are not as they would be made now."""
    wanted = generated().items()
    return [str(path.relative_to(ROOT)) for path, text in wanted if not path.exists() or path.read_text() != text]


def main() -> int:
    if "--check" in sys.argv:
        found = stale()
        print(f"stale: {', '.join(found)}: run `make chart`" if found else "what the chart is made of is current")
        return 1 if found else 0
    for path, text in generated().items():
        path.write_text(text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
