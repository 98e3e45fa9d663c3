"""Who a visitor of the demo may sign in as: read from a file that the demo's loader leaves in the data directory.

`demo-logins.json`: {"password", "authenticator", "logins": [{"name", "role", "email", "where", "moment"}, …]};
`moment` says why an account is worth a look, and may be left out; `authenticator` is the secret of the operators' app.
"""

from __future__ import annotations

import json
from itertools import groupby
from pathlib import Path
from typing import Any

from allauth.mfa import app_settings
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

from refill.gateways import clock

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


def demo_code(data_dir: Path) -> str:
    """Return what the authenticator app of the demo's operators shows now; nothing where there is none."""
    path = data_dir / FILE
    secret = json.loads(path.read_text(encoding="utf-8")).get("authenticator", "") if path.is_file() else ""
    if not secret:
        return ""
    return format_hotp_value(hotp_value(secret, int(clock.now().timestamp()) // app_settings.TOTP_PERIOD))
