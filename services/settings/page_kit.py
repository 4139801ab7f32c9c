"""What every page is shown in and examined with: the fonts, and axe-core. Said once for the processes that prepare,
use and examine it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from services.errors import ToolchainError
from services.settings.groups import ToolSettings

PAGE_KIT = "page-kit-fa9cc06a47d0c1a0"
"""Its folder below that of sets, named by all that it is made from, and whole wherever it is there."""

MEND = "`python -m build_worker.setup`"


@dataclass(frozen=True, slots=True)
class PageKit:
    """Attributes:
    folder: holds nothing but what a browser may read.
    """

    folder: Path

    @property
    def axe(self) -> Path:
        """The script of axe-core."""
        return self.folder / "axe.min.js"

    @property
    def stand_in(self) -> Path:
        """The font that stands in for those of other origins."""
        return self.folder / "fonts" / "Inter_400Regular.ttf"

    @property
    def environment(self) -> dict[str, str]:
        """With which a browser has the kit's fonts and no others, and finds them read already."""
        return {"FONTCONFIG_FILE": str(self.folder / "fonts.conf"), "XDG_CACHE_HOME": str(self.folder / "cache")}

    def fonts(self) -> list[Path]:
        return sorted((self.folder / "fonts").iterdir())


def find_page_kit(tools: ToolSettings) -> PageKit | None:
    folder = tools.place(PAGE_KIT)
    return PageKit(folder) if folder.is_dir() else None


def require_page_kit(tools: ToolSettings) -> PageKit:
    """Raises:
    ToolchainError: it is not prepared on this machine; the message names the mend.
    """
    kit = find_page_kit(tools)
    if kit is None:
        raise ToolchainError(f"fonts and axe-core are not prepared in {tools.place(PAGE_KIT)}. Mend: {MEND}")
    return kit
