"""Where blobs are is said by settings."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from services.errors import BlobError
from services.settings import BlobSettings, BuildSettings, GatewaySettings
from services.stores.blob_choice import make_blobs
from tests.support.s3_server import S3Server
from tests.support.workshop import FINISHED, Workshop, rollout


def test_a_bucket_is_named_by_variables(s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    bucket = s3.bucket()
    for name, value in (("BUCKET", bucket.bucket), ("ENDPOINT", bucket.endpoint or ""), ("PREFIX", "blobs")):
        monkeypatch.setenv(f"WEBGEN_BLOBS__S3__{name}", value)
    monkeypatch.setenv("WEBGEN_BLOBS__S3__ACCESS_KEY", "key")
    monkeypatch.setenv("WEBGEN_BLOBS__S3__SECRET_KEY", "hidden")
    written = make_blobs(GatewaySettings().blobs).put(b"content")
    assert make_blobs(BuildSettings().blobs).get(written) == b"content"
    assert "hidden" not in repr(GatewaySettings())


def test_without_a_bucket_blobs_are_files(tmp_path: Path) -> None:
    name = make_blobs(BlobSettings(root=tmp_path)).put(b"content")
    assert (tmp_path / name[:2] / name).read_bytes() == b"content"


def test_a_bucket_needs_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEBGEN_BLOBS__S3__PREFIX", "blobs")
    with pytest.raises(ValidationError, match="bucket"):
        GatewaySettings()


def test_an_evaluation_runs_over_a_bucket(s3: S3Server, tmp_path: Path) -> None:
    shop = Workshop(f"sqlite:///{tmp_path}/records.db", tmp_path / "room", make_blobs(BlobSettings(s3=s3.bucket())))
    (evaluation,) = shop.submit(rollout())
    shop.drain()
    found = shop.get(evaluation)
    assert found.reward == FINISHED
    assert shop.pipeline.artifact(evaluation.id, "home.png")[1].startswith(b"shot of")
    assert shop.pipeline.rollout(evaluation.id).completion == "a site"
    for kept in list(shop.blobs.listed()):
        shop.blobs.remove(kept)
    with pytest.raises(BlobError, match="missing"):
        shop.pipeline.artifact(evaluation.id, "home.png")
    shop.records.close()
