"""The pipeline's parts put together from settings. The only place that chooses bodies."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from services.broker import RedisBroker
from services.pipeline.desk import Desk
from services.pipeline.runner import Runner
from services.pipeline.service import Pipeline
from services.pipeline.spending import Till
from services.settings import BlobSettings, GatewaySettings, JudgeSettings
from services.settings.processes import ProcessSettings
from services.stores.blob_choice import make_blobs
from services.stores.records import Records


def make_desk(settings: ProcessSettings) -> Desk:
    records = Records(settings.records.url.get_secret_value())
    return Desk(records, RedisBroker(settings.broker), concludes=settings.records.concludes)


def make_pipeline(settings: GatewaySettings) -> Pipeline:
    """The gateway's view. The database must be migrated already."""
    return Pipeline(make_desk(settings), make_blobs(settings.blobs), settings.judge_costs)


def make_till(settings: JudgeSettings) -> Till:
    """Where runs pay for their judging; made after the fork, as a runner is."""
    return Till(Records(settings.records.url.get_secret_value()), settings.judge_costs)


def make_runner(
    settings: ProcessSettings, blobs: BlobSettings, versions: Mapping[str, str], offered: Collection[str] = ()
) -> Runner:
    """A worker's view; made after the fork, since database connections do not survive one."""
    return Runner(make_desk(settings), make_blobs(blobs), versions, offered=offered)
