"""What the bench computes from its samples. What it measures is no test's business."""

import json
from pathlib import Path

import pytest

from bench import load, measure, table, taking
from bench.pgbench import Sample

pytestmark = pytest.mark.no_database


def _taken(*rates: int) -> list[taking.Taken]:
    return [taking.Taken(Sample(rate, rate, [1.0] * 98 + [5.0, 9.0]), cpu_us=rate / 10) for rate in rates]


def test_a_ratio_is_of_medians() -> None:
    row = measure._compare("ledger", _taken(100, 300, 200), _taken(400, 250, 900))
    assert (row.ratio, row.ours, row.limit, row.runs) == (0.5, 200, 400, 3)
    assert (row.p50_ms, row.p99_ms, row.cpu_us) == (1.0, 9.0, 20.0)


def test_every_row_has_a_limit_a_description_and_a_goal() -> None:
    assert set(measure.LIMITS) == set(table.ROWS)


def test_the_json_names_machine_commit_and_rows(tmp_path: Path) -> None:
    rows = [measure._compare("batch", _taken(2_000), _taken(200))]
    table.write(rows, tmp_path / "bench.json")
    written = json.loads((tmp_path / "bench.json").read_text())
    assert set(written) == {"machine", "commit", "rows"}
    assert written["rows"] == [
        {"name": "batch", "ratio": 10.0, "ours": 2000.0, "limit": 200.0, "runs": 1, "p50_ms": 1.0, "p99_ms": 9.0,
         "cpu_us": 200.0}
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "is_whole"),
    [
        (b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}", True),
        (b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{", False),
        (b"HTTP/1.1 201 Created\r\nContent-Le", False),
        (b"HTTP/1.1 201 Created\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n", False),
        (b"HTTP/1.1 201 Created\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", True),
    ],
)
def test_the_load_knows_where_an_answer_ends(answer: bytes, is_whole: bool) -> None:
    assert load._is_whole(answer) is is_whole
