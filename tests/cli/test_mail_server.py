"""The address of the mail server: its port where none is named, and what an address cannot hold as it is."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.no_database
SAY = """from refill import settings as s
print(s.EMAIL_HOST, s.EMAIL_PORT, s.EMAIL_USE_SSL, s.EMAIL_USE_TLS, s.EMAIL_HOST_USER, s.EMAIL_HOST_PASSWORD)"""


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("smtp://ann%40mail.example:a%2Fb%25@post.example", "post.example 587 False True ann@mail.example a/b%"),
        ("smtps://ann:secret@post.example", "post.example 465 True False ann secret"),
        ("smtps://ann:secret@post.example:2465", "post.example 2465 True False ann secret"),
    ],
)
def test_the_address_of_the_mail_server_is_read_as_it_is_meant(url: str, said: str) -> None:
    environment = os.environ | {"REFILL_SMTP_URL": url}
    ran = subprocess.run([sys.executable, "-c", SAY], env=environment, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == said
