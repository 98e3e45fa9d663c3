"""What the demo alone shows: its mailbox, and who to sign in as."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.filebased import EmailBackend
from django.test import Client

LINK = "http://127.0.0.1/user/confirm-email/abc/"


@pytest.fixture
def demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(settings, "DEMO", True)
    monkeypatch.setattr(settings, "DATA_DIR", tmp_path)
    monkeypatch.setattr(settings, "EMAIL_FILE_PATH", tmp_path / "mail")
    return tmp_path


def test_the_mailbox_shows_each_mail_with_its_links(demo: Path) -> None:
    backend = EmailBackend(file_path=str(demo / "mail"))
    for subject in ("First", "Second"):
        letter = EmailMessage(subject, f"Open {LINK}", "refill@demo.example", ["ann@demo.example"])
        backend.send_messages([letter])
    listed = Client().get("/mailbox").content.decode()
    assert "First" in listed
    assert "Second" in listed
    address = "/mailbox/" + listed.split("/mailbox/")[1].split('"')[0]
    assert f'href="{LINK}"' in Client().get(address).content.decode()


def test_the_mailbox_is_empty_before_the_first_mail(demo: Path) -> None:
    assert "No mail yet" in Client().get("/mailbox").content.decode()


def test_outside_the_demo_there_is_no_mailbox(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "DEMO", False)
    assert Client().get("/mailbox").status_code == 404


def test_the_sign_in_page_names_the_logins_of_the_demo(demo: Path) -> None:
    logins = [{"name": "Ann Okafor", "role": "Owner", "email": "ann@demo.example", "where": "Northwind Dental"}]
    (demo / "demo-logins.json").write_text(json.dumps({"password": "let me look around", "logins": logins}))
    text = Client().get("/user/login/").content.decode()
    assert "ann@demo.example" in text
    assert "let me look around" in text
