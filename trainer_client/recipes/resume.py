"""Where training goes on."""

from __future__ import annotations

import re
from pathlib import Path

from trainer_client.recipes.config import GrpoRecipe, SftRecipe
from trainer_client.recipes.files import RecipeError

_WHOLE = "trainer_state.json"
"""Written after weights and optimizer: a checkpoint without it was cut short."""


def checkpoint(recipe: SftRecipe | GrpoRecipe) -> Path | None:
    """The checkpoint to go on from; None: from the beginning.

    Raises:
        RecipeError: the one that is named is none, or there are checkpoints where there must be none.
    """
    wanted, newest = recipe.checkpoints.resume, newest_checkpoint(recipe.folder)
    if isinstance(wanted, Path):
        if not (wanted / _WHOLE).is_file():
            raise RecipeError(f"checkpoints.resume: {wanted} is no checkpoint: it has no {_WHOLE}")
        return wanted
    if wanted == "never" and newest:
        raise RecipeError(f"checkpoints.resume is 'never', and there is {newest}: name another run or folder")
    return newest


def newest_checkpoint(folder: Path) -> Path | None:
    """The newest that was written to its end."""
    found = ((re.fullmatch(r"checkpoint-(\d+)", path.name), path) for path in folder.glob("checkpoint-*"))
    whole = [(int(name[1]), path) for name, path in found if name and (path / _WHOLE).is_file()]
    return max(whole)[1] if whole else None
