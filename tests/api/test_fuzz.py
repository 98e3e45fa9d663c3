"""The long form of the fuzz: every phase of schemathesis, with a key of each mode, role and scope."""

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connections
from pytest_django.live_server_helper import LiveServer
from schemathesis.engine import Status, events, from_schema

from refill.api.access import TABLE
from tests.api.fuzzing import LEFT_OUT, WHO, asking, described, load
from tests.conftest import Session

# The first two make as many cases as the document asks for, the other two as many as are left of all.
PHASES = ("examples", "coverage", "fuzzing", "stateful")
CASES = int(os.environ.get("REFILL_FUZZ_CASES", "50000"))
SEED = int(os.environ.get("REFILL_FUZZ_SEED", "1"))


@contextmanager
def served() -> Iterator[str]:
    """The product on a port of its own; the engine asks over sockets."""
    server = LiveServer("127.0.0.1")
    try:
        yield server.url
    finally:
        server.stop()
        connections.close_all()


@pytest.mark.soak
@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("who", WHO)
def test_no_case_of_any_phase_breaks_the_document(who: str, phase: str, database_session: Session, database: str):
    with described(database_session, "fuzz"), served() as url:
        schema, statuses, broken = load(url), Counter[int](), []
        schema.config._parent.update(seed=SEED, max_failures=None)
        schema.config.update(headers=asking()[who], continue_on_failure=True, request_timeout=60)
        schema.config.generation.update(max_examples=max(1, CASES // len(WHO) // len(TABLE)))
        schema.config.phases.update(phases=[phase])
        schema.config.checks.update(excluded_check_names=[check.__name__ for check in LEFT_OUT])
        for event in from_schema(schema).execute():
            if isinstance(event, events.ScenarioFinished):
                statuses.update(i.response.status_code for i in event.recorder.interactions.values() if i.response)
                broken += broken_in(event)
            elif isinstance(event, events.NonFatalError):
                broken.append((event.label, "error", str(event.value), ""))
            elif isinstance(event, events.FatalError):
                raise event.exception
    # Said at once: the whole takes half an hour.
    print(f"cases {who} {phase} {statuses.total()} {dict(statuses)}", *broken[:5], sep="\n", flush=True)
    assert broken == []


def broken_in(event: events.ScenarioFinished) -> list[tuple[Any, ...]]:
    """What broke the document, each with the call that shows it."""
    return [
        (event.label, check.name, check.failure_info.failure.message, check.failure_info.code_sample)
        for checks in event.recorder.checks.values()
        for check in checks
        if check.status is Status.FAILURE and check.failure_info is not None
    ]
