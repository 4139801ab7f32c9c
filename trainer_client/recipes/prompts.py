"""The system prompt: the scaffold's, as the service gives it, or a file's; and which one a model was trained with."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

from trainer_client.client import RewardClient
from trainer_client.recipes.config import GrpoRecipe, SftRecipe
from trainer_client.recipes.files import RecipeError
from trainer_client.recipes.sections import Service

RECORD = "webgen-prompt.json"
"""Lies in a folder of checkpoints, and in every finished model's."""


@dataclass(frozen=True, slots=True)
class SystemPrompt:
    """``version``: the scaffold's, as runs are pinned to it; or ``file`` and its name."""

    text: str
    version: str

    @property
    def sha256(self) -> str:
        return sha256(self.text.encode()).hexdigest()


def system_prompt(recipe: SftRecipe | GrpoRecipe) -> SystemPrompt:
    """From the file that the recipe names, or else from the service.

    Raises:
        RecipeError: the file cannot be read.
        ClientError: the service cannot be asked.
    """
    if recipe.data.system_prompt:
        return _of_file(recipe.data.system_prompt)
    if recipe.service is None:
        raise RecipeError("service.url: needed for the system prompt")
    with client(recipe.service) as service:
        scaffold = service.scaffold()
    return SystemPrompt(str(scaffold["system_prompt"]), str(scaffold["version"]))


def client(service: Service) -> RewardClient:
    """With the key from the environment variable that the recipe names."""
    return RewardClient(service.url, api_key(service))


def api_key(service: Service) -> str | None:
    return os.environ.get(service.api_key_env) or None


def write_record(folder: Path, prompt: SystemPrompt) -> None:
    """Beside a model: what it was trained to be asked with."""
    folder.mkdir(parents=True, exist_ok=True)
    record = {key: value for key, value in asdict(prompt).items() if key != "text"} | {"sha256": prompt.sha256}
    (folder / RECORD).write_text(json.dumps(record, indent=2) + "\n", "utf-8")


def drift(folder: Path, prompt: SystemPrompt) -> str | None:
    """How the prompt differs from the one that was used in a folder; None where it does not, or nothing tells."""
    path = folder / RECORD
    if not path.is_file():
        return None
    record = json.loads(path.read_text("utf-8"))
    if record["sha256"] == prompt.sha256:
        return None
    return f"{folder} was trained with the system prompt {record['version']}; the prompt now is {prompt.version}"


def _of_file(path: Path) -> SystemPrompt:
    try:
        return SystemPrompt(path.read_text("utf-8").strip(), f"file {path.name}")
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(f"data.system_prompt: {error}") from error
