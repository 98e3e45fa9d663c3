"""The document says what the API does, and the API does what the document says."""

import os
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import jsonschema_rs
import pytest
from django.test import Client
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode

from refill.api.access import TABLE
from refill.api.openapi import document
from refill.api.problems import all_refusals, status_of
from tests.api.fuzzing import LEFT_OUT, WHO, Who, asking, described, load
from tests.api.routes import operations, routes
from tests.conftest import Session

CASES, CASES_SEED = int(os.environ.get("REFILL_API_CASES", "9")), 1


def test_every_call_has_a_line_of_access_and_the_other_way_round() -> None:
    assert set(operations()) == set(TABLE)


def test_every_address_is_in_the_document_and_the_other_way_round() -> None:
    assert routes() == set(document()["paths"])


def test_the_document_is_served_and_names_its_version() -> None:
    answer = Client().get("/v1/openapi.json")
    assert (answer.status_code, answer.json()["openapi"]) == (200, "3.1.0")
    assert answer.json() == document()
    again = Client().get("/v1/openapi.json", headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", answer["ETag"])
    assert [one["Cache-Control"] for one in (answer, again)] == ["no-cache"] * 2


def test_every_schema_is_a_valid_schema_and_every_example_fits_it() -> None:
    made = document()
    for _, _, operation in operations().values():
        bodies = [operation.get("requestBody", {"content": {}})["content"]]
        bodies += [answer["content"] for answer in operation["responses"].values()]
        for content in bodies:
            for media in content.values():
                schema = {**media["schema"], "components": made["components"]}
                validator = jsonschema_rs.Draft202012Validator(schema)
                if "example" in media:
                    assert validator.is_valid(media["example"]), (operation["operationId"], media["example"])


def test_every_call_says_what_it_refuses_and_every_body_and_answer_has_an_example() -> None:
    for name, (method, _, operation) in operations().items():
        assert {"401", "403", "422"} <= set(operation["responses"]), name
        assert operation["summary"], name
        if method in ("post", "put", "patch"):
            assert "example" in operation["requestBody"]["content"]["application/json"], name
        for status, answer in operation["responses"].items():
            media = answer["content"].get("application/json")
            assert status[0] != "2" or media is None or "example" in media, name


@pytest.mark.parametrize("code", sorted(all_refusals()))
def test_every_problem_has_its_page(code: str) -> None:
    answer = Client().get(f"/problems/{code}")
    assert answer.status_code == 200
    assert f"<b>{status_of(all_refusals()[code])}</b>" in answer.content.decode()


def test_a_problem_that_is_none_is_404() -> None:
    assert Client().get("/problems/%3Cscript%3E").status_code == 404


class Links(HTMLParser):
    """What a page loads or leads to."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses += [value or "" for name, value in attributes if name in ("href", "src", "action")]
        assert not {name for name, _ in attributes} & {"style", "onclick"}


def test_the_docs_load_nothing_from_elsewhere_and_run_no_script() -> None:
    answer = Client().get("/v1/docs")
    assert answer["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'")
    links = Links()
    links.feed(answer.content.decode())
    assert "script" not in links.tags
    assert all(address.startswith(("/v1/", "/problems/", "#")) for address in links.addresses)
    assert Client().get("/v1/docs.css")["Content-Type"] == "text/css; charset=utf-8"


def test_the_docs_name_every_call() -> None:
    page = Client().get("/v1/docs").content.decode()
    for name in TABLE:
        assert f'id="{name}"' in page


@pytest.fixture(scope="module")
def asked(database_session: Session, database: str) -> Iterator[tuple[Any, dict[str, Who]]]:
    """The schema, and the headers of everybody who asks."""
    with described(database_session, "document"):
        yield load(), asking()


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("name", sorted(TABLE))
def test_the_api_keeps_to_its_document(name: str, mode: GenerationMode, asked: tuple[Any, dict[str, Who]]) -> None:
    schema, headers = asked
    operation = schema.find_operation_by_id(name)

    @seed(CASES_SEED)
    @settings(max_examples=CASES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode), who=st.sampled_from(WHO))
    def try_cases(case: Any, who: str) -> None:
        case.call_and_validate(headers=headers[who], excluded_checks=LEFT_OUT)

    try:
        try_cases()
    except Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE, "a call without input cannot be called wrongly"
