"""What the developers' verbs have in common: they call the API of a running Refill with a key, like any software."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Annotated, Any

import httpx
import typer

from refill.cli.places import StartRefused

Key = Annotated[str, typer.Option(help="An API key; by default REFILL_KEY, else REFILL_TEST_PLATFORM_KEY.")]
Account = Annotated[str, typer.Option(help="acc_…, for a platform key; by default REFILL_ACCOUNT.")]
Url = Annotated[str, typer.Option(help="Where Refill is; by default REFILL_BASE_URL.")]
AGAIN_SECONDS = 1.0


class Away(StartRefused):
    """Refill does not answer, or is busy: what goes on for long waits for it."""


class Api:
    """One Refill, one key. A refusal is said in one sentence."""

    def __init__(self, key: str, account: str, url: str) -> None:
        secret = key or os.environ.get("REFILL_KEY") or os.environ.get("REFILL_TEST_PLATFORM_KEY", "")
        if not secret:
            raise StartRefused("Give an API key: --key, or REFILL_KEY in the environment.")
        base = (url or os.environ.get("REFILL_BASE_URL", "http://127.0.0.1:8000")).rstrip("/")
        named = account or os.environ.get("REFILL_ACCOUNT", "")
        self.secret = secret
        headers = {"Authorization": f"Bearer {secret}"} | ({"Refill-Account": named} if named else {})
        self._http = httpx.Client(base_url=f"{base}/v1", headers=headers, timeout=60)

    def ask(self, method: str, path: str, body: Any = None, **params: Any) -> Any:
        """The answer's JSON. Raises StartRefused with what the problem says."""
        given = {name: value for name, value in params.items() if value}
        try:
            answer = self._http.request(method, path, json=body, params=given)
            found = answer.json()
        except (httpx.HTTPError, ValueError) as fault:
            raise Away(f"{self._http.base_url} does not answer: {fault}.") from fault
        if answer.is_error:
            said = f"{found.get('detail', answer.status_code)} ({found.get('code')})"
            if found.get("param") == "Refill-Account":
                said += " Name it with --account, or REFILL_ACCOUNT in the environment."
            raise (Away if answer.status_code == 429 or answer.is_server_error else StartRefused)(said)
        return found

    def wait_for(self, read: Callable[[], Any], tell: Callable[[str], None]) -> Any:
        """What `read` gives, as soon as Refill is there for it; `tell` says once that it is not."""
        told = False
        while True:
            try:
                return read()
            except Away as away:
                if not told:
                    tell(f"{away} Waiting for it.")
                told = True
                time.sleep(AGAIN_SECONDS)
