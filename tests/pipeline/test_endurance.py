"""The bars of the service in a short form: hostile uploads, kills under load, memory, an API that is away.

The long form is ``python -m benchmarks.service all``; both send the same things to ``liveliness serve`` as people run it.
"""

import numpy as np
import pytest

from benchmarks.serving import bars, clients, photos
from benchmarks.serving.served import Served


def test_hostile_uploads_break_nothing():
    bar = bars.hostile(150)
    assert bar.met, bar.to_text()
    assert all(f"{status}: " in bar.lines[0] for status in (400, 413, 415, 422)), bar.to_text()


def test_hostile_uploads_are_the_same_for_the_same_seed_and_of_every_kind():
    made = [photos.hostile(np.random.default_rng(seed), b"\xff\xd8\xff" + bytes(50)) for seed in (1, 1, 2)]
    assert made[0] == made[1] != made[2]
    rng = np.random.default_rng(0)
    many = [photos.hostile(rng, b"\xff\xd8\xff" + bytes(50)) for _ in range(200)]
    assert len({kind.split(b";")[0] for kind, _, _ in many}) >= 4
    assert any(length > len(body) for _, body, length in many)
    assert any(length < len(body) for _, body, length in many)


def test_killed_under_load_every_acknowledged_photo_is_there_once():
    bar = bars.kills(2)
    assert bar.met, bar.to_text()


def test_a_lost_or_doubled_photo_would_be_seen(store):
    from liveliness_lib.pipeline.store import NewPhoto

    photo, _ = store.add(NewPhoto(b"\xff\xd8\xff1", "fake", "verified", "fake", idempotency_key="k1"))
    there = {(photo.id, b"\xff\xd8\xff1")}
    assert list(bars.missing(store, {"k1": there})) == []
    assert len(list(bars.missing(store, {"k1": there, "k2": {("0" * 32, b"x")}}))) == 1
    assert len(list(bars.missing(store, {"k1": {(photo.id, b"other")}}))) == 1
    assert len(list(bars.missing(store, {"k1": there | {("0" * 32, b"x")}}))) == 1


def test_memory_stays_flat():
    bar = bars.memory(200)
    assert bar.met, bar.to_text()


@pytest.mark.parametrize("how", ["refuses", "drips"])
def test_an_api_that_is_away_delays_no_verdict_beyond_its_limit(how):
    bar = bars.api_away(2.0, ways=(how,), count=4)
    assert bar.met, bar.to_text()


def test_a_load_is_counted_and_its_processor_time_measured(tmp_path):
    bodies = [photos.form(photo) for photo in photos.portraits(2, (320, 240))]
    with Served(tmp_path) as service:
        before = service.processor_s()
        seen = clients.send(service.port, bodies, clients=3, goes_on=lambda sent: sent < 20)
        assert service.processor_s() > before
        assert service.memory_mib() > 50
        assert set(service.stages_ms()) == {"look", "store"}
        assert service.stop() == 0
    assert len(seen.times_ms) == sum(seen.answers.values()) == seen.statuses()[200] == 20
