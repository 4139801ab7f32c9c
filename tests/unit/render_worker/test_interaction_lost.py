"""What a trial of controls means that a browser did not outlive."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from render_worker.interaction.record import Ended, Interaction
from render_worker.render import Run, conclude
from render_worker.site import Site
from render_worker.tour import Tour
from render_worker.traffic import Traffic
from render_worker.visit import PageVisit
from services.errors import BrowserError
from services.pipeline.work import StageJob, StageResult
from services.rewards.profile import Profile, built_in, built_in_text, parse
from services.settings import RenderSettings
from services.stages import Stage
from services.stores.blobs import MemoryBlobs

TOUCHED = built_in_text("cascade").replace("appearance = 1.0,", "appearance = 1.0, interaction = 0.5,")


def concluded(ended: Ended, profile: Profile, *, alone: bool) -> StageResult:
    settings, site, white = RenderSettings(), Site({}), BytesIO()
    Image.new("RGB", (settings.width, settings.height), "white").save(white, "PNG")
    home = PageVisit("/", "home.png", Traffic(site), png=white.getvalue())
    tour = Tour(settings, site, "full", home=home, interaction=Interaction(ended=ended))
    job = StageJob("e", Stage.RENDER, "", "", False, profile, {}, alone, MemoryBlobs())
    return conclude(job, settings, Run(tour))


@pytest.mark.parametrize("profile", [built_in()["cascade"], parse(TOUCHED)], ids=["not weighed", "weighed"])
def test_a_trial_that_was_lost_decides_nothing_yet(profile: Profile) -> None:
    assert concluded("lost", profile, alone=False).contended
    assert not concluded("done", profile, alone=False).contended
    assert not concluded("hung", profile, alone=True).contended


def test_a_trial_that_is_lost_alone_is_our_fault_where_it_is_weighed() -> None:
    assert concluded("lost", built_in()["cascade"], alone=True).contended
    with pytest.raises(BrowserError):
        concluded("lost", parse(TOUCHED), alone=True)
