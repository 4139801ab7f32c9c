"""Rollouts for tests of the whole stack: golden ones, varied so that no two are equal, and small hand-made ones."""

from __future__ import annotations

import json
from collections.abc import Mapping

from services.artifact import scaffold_files
from services.contract import Rollout

THINK = "<think>\nA small site is enough here: one page, one component, the scaffold's dependencies.\n</think>\n"


def completion(files: Mapping[str, str], title: str = "Site") -> str:
    """Files as a model would write them, with think, answer and both actions."""
    actions = "".join(
        f'<webAction type="file" filePath="{path}">\n{text}\n</webAction>\n' for path, text in files.items()
    )
    commands = '<webAction type="shell">npm install</webAction>\n<webAction type="start">npm run dev</webAction>\n'
    artifact = f'<webArtifact id="site" title="{title}">\n{actions}{commands}</webArtifact>'
    return f"{THINK}<answer>\n{artifact}\n</answer>"


def small_site(name: str, **changes: str) -> dict[str, str]:
    """The scaffold with a page of its own. ``changes``: path -> content, ``__`` for ``/`` and ``_dot_`` for ``.``."""
    files = dict(scaffold_files())
    files["src/App.tsx"] = PAGE.replace("NAME", name)
    for path, text in changes.items():
        files[path.replace("__", "/").replace("_dot_", ".")] = text
    return files


PAGE = """export default function App() {
  return (
    <main className="min-h-screen bg-slate-100 p-10 text-slate-900">
      <h1 className="text-4xl font-bold text-indigo-700">NAME</h1>
      <p className="mt-4 max-w-xl">A page about NAME, with a heading, a paragraph and a list of three things.</p>
      <ul className="mt-6 grid grid-cols-3 gap-4">
        {["One", "Two", "Three"].map((item) => (
          <li key={item} className="rounded-lg bg-white p-6 shadow">{item} of NAME</li>
        ))}
      </ul>
    </main>
  );
}
"""


def small_rollout(name: str, *, step: int = 0, files: Mapping[str, str] | None = None) -> Rollout:
    """A rollout of a small site that no other name shares."""
    text = completion(files if files is not None else small_site(name), title=name)
    return Rollout(id=name, instruction=f"A page about {name}", completion=text, step=step, group="g")


def with_dependencies(name: str, **dependencies: str) -> dict[str, str]:
    """A small site that declares further dependencies."""
    files = small_site(name)
    manifest = json.loads(files["package.json"])
    manifest["dependencies"] |= dependencies
    files["package.json"] = json.dumps(manifest, indent=2)
    return files


def with_missing_package(name: str) -> dict[str, str]:
    """A small site that declares a package which no registry has."""
    return with_dependencies(name, **{"webgen-no-such-package-7f3a": "^1.0.0"})
