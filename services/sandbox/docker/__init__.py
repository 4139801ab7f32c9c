"""The sandbox's body for workers that run on a host: one hardened container a job."""

from services.sandbox.docker.body import Docker, end_left, engine_address

__all__ = ["Docker", "end_left", "engine_address"]
