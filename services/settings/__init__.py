"""Settings: small groups, one class per process. Read from ``WEBGEN_*`` variables, ``__`` between the levels."""

from services.settings.groups import (
    BlobSettings,
    BrokerSettings,
    MetricsSettings,
    RecordSettings,
    RetentionSettings,
    S3Settings,
    SandboxSettings,
    ToolSettings,
)
from services.settings.judge import JudgeChoice, JudgeCosts, JudgeLimits, Price
from services.settings.processes import (
    BuildSettings,
    CleanSettings,
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
    "CleanSettings",
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
    "RetentionSettings",
    "S3Settings",
    "SandboxSettings",
    "ToolSettings",
]
