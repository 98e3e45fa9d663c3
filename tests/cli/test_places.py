"""Where the data lies, and who may have it."""

from pathlib import Path

import pytest

from refill.cli import places

pytestmark = pytest.mark.no_database


def test_the_secret_key_is_made_once_for_its_owner_alone_and_kept(data_dir: Path) -> None:
    first = places.read_or_make_secret_key(data_dir)
    assert len(first) >= 64
    assert (data_dir / "secret_key").stat().st_mode & 0o777 == 0o600
    assert places.read_or_make_secret_key(data_dir) == first


def test_an_empty_key_file_left_by_a_crash_is_not_taken_for_a_key(data_dir: Path) -> None:
    (data_dir / "secret_key").touch()
    assert len(places.read_or_make_secret_key(data_dir)) >= 64


def test_only_one_has_the_data_directory_and_the_refusal_names_it(data_dir: Path) -> None:
    first, second = places.DataLock(data_dir), places.DataLock(data_dir)
    first.take()
    with pytest.raises(places.StartRefused, match=rf"already runs on {data_dir} \(process \d+\)"):
        second.take()
    first.let_go()
    second.take()
    second.let_go()


def test_the_cluster_lies_in_the_data_directory_where_everybody_can_enter_that(data_dir: Path) -> None:
    assert places.place_cluster(data_dir) == data_dir.resolve() / "postgres"


def test_roots_cluster_moves_out_of_a_directory_that_only_root_enters_and_stays_where_it_went(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed, system = data_dir / "closed", data_dir / "system"
    closed.mkdir(mode=0o700)
    system.mkdir()
    monkeypatch.setattr(places, "is_root", lambda: True)
    monkeypatch.setattr(places, "SYSTEM_DIR", system)
    cluster = places.place_cluster(closed)
    assert cluster.parent.parent == system
    assert (closed / "postgres").is_symlink()
    assert places.place_cluster(closed) == cluster.resolve()


def test_a_data_directory_made_anew_never_meets_the_cluster_of_the_old_one(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = data_dir / "closed"
    closed.mkdir(mode=0o700)
    monkeypatch.setattr(places, "is_root", lambda: True)
    monkeypatch.setattr(places, "SYSTEM_DIR", data_dir)
    first = places.place_cluster(closed)
    (closed / "postgres").unlink()
    assert places.place_cluster(closed) != first
