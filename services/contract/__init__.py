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
    Submission,
)
from services.contract.rollout import ChatMessage, Completion, Rollout
from services.contract.site import SiteSource
from services.contract.spending import ModelSpending, RunSpending, Spending
from services.contract.statistics import Figures, JudgeTally, LengthBucket, StepPage, StepStatistics

__all__ = [
    "MAX_BATCH",
    "Accepted",
    "Artifact",
    "ChatMessage",
    "Completion",
    "Evaluation",
    "EvaluationPage",
    "EvaluationQuery",
    "Figures",
    "Finding",
    "JudgeInfo",
    "JudgeTally",
    "LengthBucket",
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
