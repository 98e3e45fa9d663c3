"""Who a visitor of the demo may sign in as: read from a file that the demo's loader leaves in the data directory.

`demo-logins.json`: {"password": "…", "logins": [{"name", "role", "email", "where"}, …]}.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FILE = "demo-logins.json"


def demo_logins(data_dir: Path) -> dict[str, Any]:
    """Return the password and the logins for the sign-in page; nothing where no demo is loaded."""
    path = data_dir / FILE
    if not path.is_file():
        return {}
    found = json.loads(path.read_text(encoding="utf-8"))
    return {"demo_password": found["password"], "demo_logins": found["logins"]}
