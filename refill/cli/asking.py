"""What the developers' verbs have in common: they call the API of a running Refill with a key, like any software."""

from __future__ import annotations

import os
from typing import Annotated, Any

import httpx
import typer

from refill.cli.places import StartRefused

Key = Annotated[str, typer.Option(help="An API key; by default REFILL_KEY, else REFILL_TEST_PLATFORM_KEY.")]
Account = Annotated[str, typer.Option(help="acc_…, for a platform key.")]
Url = Annotated[str, typer.Option(help="Where Refill is; by default REFILL_BASE_URL.")]


class Api:
    """One Refill, one key. A refusal is said in one sentence."""

    def __init__(self, key: str, account: str, url: str) -> None:
        secret = key or os.environ.get("REFILL_KEY") or os.environ.get("REFILL_TEST_PLATFORM_KEY", "")
        if not secret:
            raise StartRefused("Give an API key: --key, or REFILL_KEY in the environment.")
        base = (url or os.environ.get("REFILL_BASE_URL", "http://127.0.0.1:8000")).rstrip("/")
        headers = {"Authorization": f"Bearer {secret}"} | ({"Refill-Account": account} if account else {})
        self._http = httpx.Client(base_url=f"{base}/v1", headers=headers, timeout=60)

    def ask(self, method: str, path: str, body: Any = None, **params: Any) -> Any:
        """The answer's JSON. Raises StartRefused with what the problem says."""
        given = {name: value for name, value in params.items() if value}
        try:
            answer = self._http.request(method, path, json=body, params=given)
            found = answer.json()
        except (httpx.HTTPError, ValueError) as fault:
            raise StartRefused(f"{self._http.base_url} does not answer: {fault}.") from fault
        if answer.is_error:
            raise StartRefused(f"{found.get('detail', answer.status_code)} ({found.get('code')})")
        return found
