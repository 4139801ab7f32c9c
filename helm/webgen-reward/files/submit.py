"""`helm test`: what a trainer meets. The gateway is ready, refuses who has no key, and answers a rollout."""

import json
import os
import urllib.error
import urllib.request
from typing import Any

GATEWAY = os.environ["GATEWAY"]
ROLLOUT = {"instruction": "A page that says hello", "completion": "I would rather not."}


def call(path: str, body: dict[str, Any] | None = None, key: str = "") -> tuple[int, dict[str, Any]]:
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(GATEWAY + path, data, headers)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=300) as answer:  # noqa: S310
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def expect(what: str, is_so: bool, seen: object) -> None:
    print(("ok   " if is_so else "FAIL ") + what, "" if is_so else seen)
    if not is_so:
        raise SystemExit(1)


def main() -> None:
    status, said = call("/readyz")
    expect("the gateway is ready", status == 200, said)
    status, said = call("/v1/score", {"run": "helm-test", "rollouts": [ROLLOUT]})
    expect("it refuses who has no key", status == 401, said)
    key = os.environ.get("API_KEY", "")
    if not key:
        print("no key in tests.apiKey: no rollout was submitted")
        return
    status, said = call("/v1/score", {"run": "helm-test", "rollouts": [ROLLOUT]}, key)
    expect("a rollout without a site has the lowest reward", said.get("rewards") == [-1.0], said)


if __name__ == "__main__":
    main()
