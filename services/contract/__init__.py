"""Everything that crosses HTTP: rollouts in, evaluations and rewards out."""

from services.contract.evaluation import (
    Artifact,
    Evaluation,
    JudgeInfo,
    ProfileRef,
    StageReport,
    Status,
)
from services.contract.finding import Finding, Severity
from services.contract.requests import (
    MAX_BATCH,
    Accepted,
    EvaluationPage,
    EvaluationQuery,
    QueryAnswer,
    RejudgeRequest,
    RunPage,
    RunStatistics,
    RunSummary,
    ScoreAnswer,
    StepPage,
    StepStatistics,
    Submission,
)
from services.contract.rollout import ChatMessage, Completion, Rollout
from services.contract.site import SiteSource
from services.contract.spending import ModelSpending, RunSpending, Spending

__all__ = [
    "MAX_BATCH",
    "Accepted",
    "Artifact",
    "ChatMessage",
    "Completion",
    "Evaluation",
    "EvaluationPage",
    "EvaluationQuery",
    "Finding",
    "JudgeInfo",
    "ModelSpending",
    "ProfileRef",
    "QueryAnswer",
    "RejudgeRequest",
    "Rollout",
    "RunPage",
    "RunSpending",
    "RunStatistics",
    "RunSummary",
    "ScoreAnswer",
    "Severity",
    "SiteSource",
    "Spending",
    "StageReport",
    "Status",
    "StepPage",
    "StepStatistics",
    "Submission",
]
