"""Random lives against the product: REFILL_MODEL_STEPS steps (20,000); REFILL_MODEL_SEED replays one life."""

import json
import os
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from tests.model.driver import Catalogue, live

LIFE_STEPS = 250
LIVES = max(1, int(os.environ.get("REFILL_MODEL_STEPS", "20000")) // LIFE_STEPS)
ONE_SEED = os.environ.get("REFILL_MODEL_SEED")
CHUNKS = 8  # so that the lives can be spread over test processes
SEEDS = [int(ONE_SEED)] if ONE_SEED else list(range(LIVES))


CLIENT = Client()  # one, because each new one reads all static files


def request(method: str, path: str, body: Any, headers: dict[str, str]) -> tuple[int, Any]:
    data = "" if body is None else json.dumps(body)
    answer = CLIENT.generic(method, path, data, content_type="application/json", headers=headers)
    return answer.status_code, json.loads(answer.content) if answer.content else {}


@pytest.mark.parametrize("chunk", range(min(CHUNKS, len(SEEDS))))
def test_random_lives_on_the_product_agree_with_the_model(chunk: int, platform_key: str) -> None:
    run = uuid4().hex[:12]
    catalogue = Catalogue(request, platform_key, f"model {run}").make()
    seeds = SEEDS[chunk::CHUNKS]
    steps = sum(live(catalogue, seed, LIFE_STEPS, f"life-{run}-{seed}") for seed in seeds)
    assert steps >= len(seeds) * LIFE_STEPS
