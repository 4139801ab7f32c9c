"""Settings: small groups, one class per process. Read from ``WEBGEN_*`` variables, ``__`` between the levels."""

from services.settings.groups import (
    BlobSettings,
    BrokerSettings,
    MetricsSettings,
    RecordSettings,
    SandboxSettings,
    ToolSettings,
)
from services.settings.judge import JudgeChoice, JudgeCosts, JudgeLimits, Price
from services.settings.processes import (
    BuildSettings,
    GatewaySettings,
    JudgeSettings,
    ReaperSettings,
    RenderSettings,
    ResolveSettings,
)

__all__ = [
    "BlobSettings",
    "BrokerSettings",
    "BuildSettings",
    "GatewaySettings",
    "JudgeChoice",
    "JudgeCosts",
    "JudgeLimits",
    "JudgeSettings",
    "MetricsSettings",
    "Price",
    "ReaperSettings",
    "RecordSettings",
    "RenderSettings",
    "ResolveSettings",
    "SandboxSettings",
    "ToolSettings",
]
