"""Make the README's screenshots: start the product with its demo in a temporary place, sign in and look.

    .venv/bin/python docs/screenshots/make.py [--data DIR --url URL]

With both options the product that runs there already is used. Needs the packages of the tests and a Chromium.
"""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

HERE = Path(__file__).resolve().parent
REFILL = Path(sys.executable).with_name("refill")
MOST_BYTES = 150_000
OWNER, DRY_OWNER = "maya@northwind.example", "priya@harbor.example"
DESKTOP, PHONE = (1200, 900), (390, 844)


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: who looks, at which address, what is pressed there first, and how large and in which scheme."""

    name: str
    email: str
    address: str
    presses: tuple[str, ...] = ()
    size: tuple[int, int] = DESKTOP
    scheme: str = "light"


REVIEW = ".plans .button.go"
SHOTS = (
    Shot("plan-and-billing", OWNER, "/settings/billing"),
    Shot("plan-and-billing-phone", OWNER, "/settings/billing", (), PHONE, "dark"),
    Shot("upgrade", OWNER, "/settings/billing/upgrade"),
    Shot("confirm", OWNER, "/settings/billing/upgrade", (REVIEW,), (1000, 1400)),
    Shot("at-zero", DRY_OWNER, "/settings/billing/upgrade"),
)


@contextmanager
def started() -> Iterator[tuple[str, Path]]:
    """The product with its demo on a data directory of its own, and its address; both are gone afterwards."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data = Path(tempfile.mkdtemp(prefix="refill-screenshots-"))
    data.chmod(0o755)
    command = [str(REFILL), "up", "--demo", "--data", str(data), "--port", str(port)]
    product = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert product.stdout is not None
        for line in product.stdout:
            if line.startswith("Refill is ready"):
                break
        else:
            raise SystemExit("The product did not start.")
        yield f"http://127.0.0.1:{port}", data
    finally:
        product.send_signal(signal.SIGTERM)
        product.communicate()
        shutil.rmtree(data, ignore_errors=True)


def sign_in(page: Page, email: str) -> None:
    page.goto("/user/login/")
    page.click(f".doors form:has(input[value='{email}']) button")
    page.wait_for_url("**/settings/billing")


def shoot(browser: Browser, url: str, shot: Shot) -> int:
    """Write one picture and return its bytes."""
    width, height = shot.size
    context = browser.new_context(
        base_url=url,
        viewport={"width": width, "height": height},
        color_scheme="dark" if shot.scheme == "dark" else "light",
        reduced_motion="reduce",
    )
    page = context.new_page()
    sign_in(page, shot.email)
    page.goto(shot.address)
    for press in shot.presses:
        page.click(press)
        page.wait_for_load_state()
    path = HERE / f"{shot.name}.png"
    page.screenshot(path=path)
    context.close()
    return path.stat().st_size


def make(url: str, data: Path) -> None:
    """Make all pictures. SystemExit where there is no demo, or where a picture is too heavy for a README."""
    if not json.loads((data / "demo-logins.json").read_text(encoding="utf-8"))["logins"]:
        raise SystemExit("There is no demo.")
    with sync_playwright() as playwright:
        program = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        for shot in SHOTS:
            weight = shoot(browser, url, shot)
            print(f"{shot.name}.png  {weight:,} bytes")
            if weight > MOST_BYTES:
                raise SystemExit(f"More than {MOST_BYTES:,} bytes.")
        browser.close()


def main() -> None:
    asked = argparse.ArgumentParser(description="Make the README's screenshots.")
    asked.add_argument("--url")
    asked.add_argument("--data", type=Path)
    given = asked.parse_args()
    if given.url and given.data:
        make(given.url, given.data)
    else:
        with started() as (url, data):
            make(url, data)


main()
