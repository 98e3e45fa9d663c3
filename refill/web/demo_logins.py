"""Who a visitor of the demo may sign in as: read from a file that the demo's loader leaves in the data directory.

`demo-logins.json`: {"password": "…", "logins": [{"name", "role", "email", "where", "moment"}, …]}; `moment` says why an
account is worth a look, and may be left out.
"""

from __future__ import annotations

import json
from itertools import groupby
from pathlib import Path
from typing import Any

FILE = "demo-logins.json"


def demo_logins(data_dir: Path) -> dict[str, Any]:
    """Return the password, and the logins account by account, for the sign-in page; nothing where there is no demo."""
    path = data_dir / FILE
    if not path.is_file():
        return {}
    found = json.loads(path.read_text(encoding="utf-8"))
    teams = [
        {"where": where, "moment": (people := list(rows))[0].get("moment", ""), "people": people}
        for where, rows in groupby(found["logins"], key=lambda login: login["where"])
    ]
    return {"demo_password": found["password"], "demo_logins": teams}
