"""The scaffold lane: our own pinned toolchain in a warm builder; the candidate's configuration is data to it.

Nothing that a candidate wrote is executed there. What the lane cannot promise to build as the project's own toolchain
would, it declines: configuration that is not plain data, failures that may be of our toolchain alone, and whatever
ended the builder.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from build_worker.lanes.builder import SETS, Builder
from build_worker.lanes.project import has_vite
from build_worker.lanes.protocol import LaneOutcome
from build_worker.lanes.wire import BrokenReply, Reply, decode, encode
from services.contract import SiteSource
from services.sandbox import Answer, Limits, Outcome
from services.sandbox.protocol import KILLED

LIMITS = Limits(
    cpu_seconds=20.0,
    wall_seconds=80.0,
    memory_bytes=1_500_000_000,
    processes=32,
    disk_bytes=256_000_000,
    output_bytes=1_000_000,
    files=2_000,
)
"""A plain site takes 0.3 CPU-s and 0.3 GB."""

_LISTED = 100
"""Files of a bundle that its log lists."""


@dataclass(frozen=True, slots=True)
class ScaffoldLane:
    """Builds by a warm builder of its own; one build at a time."""

    builder: Builder
    limits: Limits = LIMITS
    name: str = "scaffold"

    def build(self, site: SiteSource, modules: Path) -> LaneOutcome:
        if not has_vite(modules):
            return LaneOutcome(self.name, None)
        files = {path: text.encode() for path, text in site.files.items()}
        answer = self.builder.ask(encode(files, f"{SETS}/{modules.parent.name}/{modules.name}"), self.limits)
        if answer.reply is None:
            ended = f"the builder was ended at {answer.limit_hit}" if answer.limit_hit else "the builder ended"
            return LaneOutcome(self.name, _outcome(answer, None), declined=ended)
        return self._read(answer, answer.reply)

    def _read(self, answer: Answer, payload: bytes) -> LaneOutcome:
        try:
            reply = decode(payload, self.limits.files)
        except BrokenReply as error:
            self.builder.close()
            return LaneOutcome(self.name, _outcome(answer, None), declined=f"the builder's reply is broken: {error}")
        declined = reply.reason or "no reason given" if reply.kind == "declined" else None
        return LaneOutcome(self.name, _outcome(answer, reply), declined=declined, facts=reply.facts)


def _outcome(answer: Answer, reply: Reply | None) -> Outcome:
    """The builder's answer as a run. One without a reply is a run that was killed."""
    exit_code = KILLED if reply is None else int(reply.kind != "built")
    return Outcome(
        exit_code=exit_code,
        limit_hit=answer.limit_hit,
        mechanism=answer.mechanism,
        stdout=_log(answer, reply).encode(errors="replace") if reply else b"",
        stderr=answer.stderr if reply is None else b"",
        files=dict(reply.files) if reply else {},
        refused=(),
        wall_seconds=answer.wall_seconds,
        cpu_seconds=answer.cpu_seconds,
        peak_memory_bytes=answer.peak_memory_bytes,
    )


def _log(answer: Answer, reply: Reply) -> str:
    """What the bundler said, and of a site that was built what a bundler's command line tells at its end."""
    if reply.kind != "built":
        return reply.log
    files = [f"{path}  {len(content) / 1_000:.2f} kB" for path, content in sorted(reply.files.items())]
    return "\n".join([reply.log, *files[:_LISTED], f"built in {answer.wall_seconds:.2f} s"]).strip()
