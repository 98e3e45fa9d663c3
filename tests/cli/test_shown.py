"""The commands and files that the docs show, run as they are shown."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.api.client import open_account
from tests.api.receiving import endpoint
from tests.tidy.tree import ROOT


def blocks(path: str, language: str) -> list[str]:
    text = (ROOT / path).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def refill(line: str, **environment: str) -> subprocess.Popen[str]:
    words = re.sub(r"^(\.venv/bin/)?refill ", f"{sys.executable} -m refill ", line)
    return subprocess.Popen(
        ["bash", "-c", words], cwd=ROOT, env=os.environ | environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip


def test_the_developers_verbs_run_as_they_are_shown(platform_key: str, site_url: str) -> None:
    account = open_account(platform_key)
    account.get("/orders/ord_zzz")
    export, *lines = blocks("docs/api.md", "sh")[2].splitlines()
    assert export == "export REFILL_KEY=rf_test_choose_a_long_one REFILL_ACCOUNT=acc_…"
    named = {
        "REFILL_KEY": platform_key, "REFILL_ACCOUNT": account.account or "", "REFILL_BASE_URL": site_url,
        "PYTHONUNBUFFERED": "1",
    }  # fmt: skip
    assert [line.split()[1] for line in lines] == ["listen", "trigger", "logs", "clock"]
    with endpoint() as server:
        address = server.url.removeprefix("http://")
        listening = refill(lines[0].replace("localhost:3000/hook", f"{address} --count 1"), **named)
        assert listening.stdout is not None
        assert listening.stdout.readline().startswith("whsec_")
        for line in lines[1:]:
            said = refill(line.replace("clk_…", account.clock or ""), **named)
            assert said.communicate(timeout=60)[1] == ""
            assert said.returncode == 0
        assert listening.communicate(timeout=60)[0].startswith("credits.low evt_")
        assert len(server.got) == 1


def test_the_catalogues_files_are_taken_as_they_are_shown(fresh_database: str, tmp_path: Path) -> None:
    first, change = blocks("docs/catalogue.md", "toml")
    named = {"DATABASE_URL": fresh_database, "REFILL_SECRET_KEY": "of the test"}
    file = tmp_path / "catalogue.toml"
    repriced = first.replace("amount = 3500 }", "amount = 4200 }")
    assert repriced != first
    for text in (first, repriced + change.replace("2027-05-01 ", "2099-05-01 ")):
        file.write_text(text, encoding="utf-8")
        show, dry, apply = blocks("docs/catalogue.md", "")[0].splitlines()
        for line in (dry, apply):
            done = refill(line.replace("catalogue.toml", str(file)), **named)
            assert (done.communicate(timeout=60)[1], done.returncode) == ("", 0), text
    shown = refill(show.partition(" > ")[0], **named).communicate(timeout=60)[0]
    assert "amount = 4200" in shown
    assert "amount = 3500 }" not in shown
