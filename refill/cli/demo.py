"""The demo for whoever starts it: loaded once, its password and platform key made on the first start and kept."""

import base64
import json
import os
import secrets
from pathlib import Path

from django.conf import settings

from refill.services import demo
from refill.services.developers import keys

PASSWORD_FILE, KEY_FILE, SECRET_FILE = "demo_password", "demo_platform_key", "demo_authenticator"
# The sign-in page of the demo reads it.
LOGINS_FILE = "demo-logins.json"
OFFICE = "The operator’s office"
OFFICE_MOMENT = "Whoever runs the service; the code that is asked for stands on the page"


def load(data_dir: Path | None = None) -> None:
    """Load what is not loaded yet. Raises Conflict while somebody else loads it."""
    place = data_dir or settings.DATA_DIR
    password = _kept(place / PASSWORD_FILE)
    platform_key = _kept(place / KEY_FILE) or f"rf_test_{secrets.token_urlsafe(32)}"
    # Kept after it is known, so that what was kept always works; a new data directory makes and sets a new one.
    new_password = f"refill-{secrets.token_hex(4)}"
    demo.load(password=password or new_password, renew_logins=not password)
    keys.register_test_platform_key(platform_key)
    secret = _kept(place / SECRET_FILE)
    if not password or not secret:
        secret = secret or base64.b32encode(secrets.token_bytes(20)).decode()
        demo.hire(password=password or new_password, secret=secret)
    _keep(place / SECRET_FILE, secret)
    _keep(place / PASSWORD_FILE, password or new_password)
    _keep(place / KEY_FILE, platform_key)
    _keep(place / LOGINS_FILE, _logins(password or new_password, secret))


def lines(data_dir: Path | None = None) -> list[str]:
    """Where to sign in and as whom, and the platform key of test mode; after `load`."""
    place = data_dir or settings.DATA_DIR
    password = _kept(place / PASSWORD_FILE)
    said = [f"Sign in at {settings.BASE_URL} with the password {password} as"]
    for customer in demo.CAST:
        said.append(f"  {customer.name}: {customer.moment}")
        said += [f"    {person.role.label:<9}{person.email}" for person in customer.people]
    said.append(f"  {OFFICE}: {OFFICE_MOMENT}")
    said += [f"    Operator {operator.email}" for operator in demo.OPERATORS]
    said.append(f"Platform key of test mode: {_kept(place / KEY_FILE)}")
    return said


def _logins(password: str, secret: str) -> str:
    rows = [
        {
            "name": person.name,
            "role": person.role.label,
            "email": person.email,
            "where": customer.name,
            "moment": customer.moment,
        }
        for customer in demo.CAST
        for person in customer.people
    ]
    rows += [
        {"name": each.name, "role": "Operator", "email": each.email, "where": OFFICE, "moment": OFFICE_MOMENT}
        for each in demo.OPERATORS
    ]
    return json.dumps({"password": password, "authenticator": secret, "logins": rows}, indent=1, ensure_ascii=False)


def _kept(path: Path) -> str:
    return path.read_text(encoding="utf-8").strip() if path.exists() else ""


def _keep(path: Path, words: str) -> None:
    """For its owner alone, and whole even where the process dies."""
    if _kept(path) == words:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(f"{words}\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
