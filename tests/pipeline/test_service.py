import base64
import concurrent.futures
import hashlib
import json
import signal
import socket
import threading
import time
from urllib.parse import urlsplit

import httpx
import pytest

from liveliness_lib.pipeline.store import PublishStore

TOKEN = "a-token-for-tests"
LOCKED = {"service": {"token_sha256": [hashlib.sha256(TOKEN.encode()).hexdigest()]}}


def send(url, data, *, key=None, name="a.jpg", **fields):
    headers = {"Idempotency-Key": key} if key else {}
    return httpx.post(f"{url}/v1/judge", files={"photo": (name, data)}, data=fields, headers=headers, timeout=20)


def test_a_photo_gets_its_verdict_and_everything_but_real_is_kept(serve, photo, greys, tmp_path):
    url = serve()
    codes = {"real": "real,model_verified", "not sure": "real,model_not_sure", "fake": "fake,unverified"}
    for band, code in codes.items():
        answer = send(url, photo(greys[band]), person="ann")
        assert answer.status_code == 200
        result = answer.json()
        assert (result["code"], result["band"], result["name"], result["person"]) == (code, band, "a.jpg", "ann")
        assert result["has_image"] == (band != "real")
        assert result["score"] == pytest.approx(greys[band] / 255, abs=0.01)
        assert httpx.get(f"{url}/v1/results/{result['id']}").json() == result
    listed = httpx.get(f"{url}/v1/results", params={"limit": 2}).json()
    assert [one["band"] for one in listed["results"]] == ["fake", "not sure"]
    older = httpx.get(f"{url}/v1/results", params={"limit": 2, "after": listed["next"]}).json()
    assert ([one["band"] for one in older["results"]], older["next"]) == (["real"], None)


def test_base64_json_is_the_same_photo(serve, photo, greys):
    url, data = serve(), photo(greys["fake"])
    for text in (base64.b64encode(data).decode(), "data:image/jpeg;base64," + base64.b64encode(data).decode()):
        answer = httpx.post(f"{url}/v1/judge", json={"image": text, "name": "../x\u0000.jpg"})
        assert (answer.status_code, answer.json()["code"], answer.json()["name"]) == (
            200,
            "fake,unverified",
            "../x.jpg",
        )
        kept = httpx.get(f"{url}/v1/results/{answer.json()['id']}/photo")
        assert (kept.content, kept.headers["content-type"]) == (data, "image/jpeg")


@pytest.mark.parametrize("content, reason", [(b"no picture", "unreadable"), (b"\xff\xd8\xff", "unreadable")])
def test_what_is_no_picture_is_to_be_taken_again(serve, content, reason):
    result = send(serve(), content).json()
    assert (result["code"], result["has_image"], bool(result["detail"])) == (f"retake,{reason}", False, True)


def test_no_face_is_to_be_taken_again(serve, photo):
    import numpy as np

    from liveliness_lib.images import encode_image

    result = send(serve(), encode_image(np.zeros((30, 30, 3), np.uint8))).json()
    assert (result["code"], result["score"], result["has_image"]) == ("retake,no_face", None, True)


def test_the_second_opinion_decides_about_fakes_within_its_budget(serve, api, photo, greys, monkeypatch):
    monkeypatch.setenv("LIVELINESS_SECOND_OPINION_KEY", "k")
    url = serve(settings={"second_opinion": {"url": api.url, "calls_per_day": 3}})
    codes = []
    for confidence in (0.95, 0.7, 0.1, 0.95):
        api.answer["confidence"] = confidence
        result = send(url, photo(greys["fake"])).json()
        codes.append((result["code"], result["confidence"]))
    assert codes == [
        ("real,overruled", 0.95),
        ("real,second_opinion_unsure", 0.7),
        ("fake,verified", 0.1),
        ("fake,unverified", -1),
    ]
    send(url, photo(greys["real"]))
    assert len(api.requests) == 3
    metrics = httpx.get(f"{url}/metrics").text
    assert "liveliness_budget_left 0.0" in metrics
    assert 'liveliness_photos_total{code="real,overruled"} 1.0' in metrics


def test_with_the_api_down_every_photo_is_answered_within_its_time(serve, api, photo, greys, monkeypatch):
    monkeypatch.setenv("LIVELINESS_SECOND_OPINION_KEY", "k")
    api.delay = 30
    limits = {"timeout_s": 0.3, "total_s": 0.6, "failures_to_open": 3, "calls_per_day": 1000}
    url = serve(settings={"second_opinion": {"url": api.url, **limits}, "service": {"time_limit_s": 2.0}})
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda i: send(url, photo(greys["fake"], mark=i + 1)), range(40)))
    assert {answer.json()["code"] for answer in answers} == {"fake,unverified"}
    assert max(answer.elapsed.total_seconds() for answer in answers) < 2.0


def test_the_same_key_is_judged_once(serve, photo, greys):
    url, data = serve(), photo(greys["fake"])
    first, second = (send(url, data, key="k1") for _ in range(2))
    assert second.json() == {**first.json(), "replayed": True}
    assert send(url, photo(greys["real"]), key="k1").status_code == 409
    assert len(httpx.get(f"{url}/v1/results").json()["results"]) == 1
    assert send(url, data, key="\x7f").status_code == 422


def test_a_batch_keeps_its_order_and_one_bad_photo_spoils_nothing(serve, photo, greys):
    url = serve()
    contents = [photo(greys["fake"]), b"no picture", photo(greys["real"])]
    files = [("photos", (f"{i}.jpg", content)) for i, content in enumerate(contents)]
    expected = ["fake,unverified", "retake,unreadable", "real,model_verified"]
    for _ in range(2):
        answer = httpx.post(f"{url}/v1/judge/batch", files=files, headers={"Idempotency-Key": "b"})
        assert [one["code"] for one in answer.json()["results"]] == expected
    photos = [{"image": base64.b64encode(content).decode()} for content in contents]
    answer = httpx.post(f"{url}/v1/judge/batch", json={"photos": photos}, headers={"Idempotency-Key": "b"})
    assert all(one["replayed"] for one in answer.json()["results"])
    assert httpx.post(f"{url}/v1/judge/batch", json={"photos": []}).status_code == 422
    assert httpx.post(f"{url}/v1/judge/batch", json={"photos": photos * 6}).status_code == 422


REFUSALS = [
    ({"content": b"x", "headers": {"Content-Type": "text/plain"}}, 415),
    ({"content": b"x"}, 415),
    ({"content": b"{", "headers": {"Content-Type": "application/json"}}, 422),
    ({"json": {"image": "not base64!"}}, 422),
    ({"json": {"image": "AAA"}}, 422),
    ({"json": {"image": "/9j/", "more": 1}}, 422),
    ({"json": {"image": 3}}, 422),
    ({"json": ["/9j/"]}, 422),
    ({"files": {"picture": b"x"}}, 422),
    ({"files": [("photo", b"x"), ("photo", b"x")]}, 400),
    ({"files": {"photo": b""}}, 422),
    ({"files": {"photo": b"x"}, "data": {"person": "a\x00b"}}, 422),
    ({"content": b"--b", "headers": {"Content-Type": "multipart/form-data"}}, 400),
    ({"content": b"--b\r\n\x00", "headers": {"Content-Type": "multipart/form-data; boundary=b"}}, 400),
    ({"files": {"photo": bytes(20_001)}}, 413),
    ({"files": {"photo": bytes(200_000)}}, 413),
    ({"json": {"image": "A" * 200_000}}, 413),
    ({"content": (bytes(1000) for _ in range(300)), "headers": {"Content-Type": "application/json"}}, 413),
]


@pytest.fixture
def small(serve):
    return serve(settings={"service": {"max_bytes": 20_000, "max_pixels": 1_000_000, "upload_s": 0.5}})


def test_what_is_wrong_with_a_request_is_said(small):
    for request, status in REFUSALS:
        answer = httpx.post(f"{small}/v1/judge", **request)
        assert answer.status_code == status, (request, answer.text)
        assert set(answer.json()) == {"code", "message"}


def test_a_bomb_is_refused_before_it_is_decoded(small):
    import numpy as np

    from liveliness_lib.images import encode_image

    bomb = encode_image(np.zeros((1001, 1000, 3), np.uint8), "png")
    assert len(bomb) < 20_000
    assert send(small, bomb).json()["code"] == "retake,unreadable"
    assert httpx.get(f"{small}/healthz").status_code == 200


def test_a_body_that_never_comes_is_given_up(small):
    def slow():
        yield b"{"
        time.sleep(1.2)
        yield b"}"

    answer = httpx.post(f"{small}/v1/judge", content=slow(), headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (408, "upload_too_slow")


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=b"])
def test_a_client_that_leaves_in_the_middle_is_no_error_of_ours(small, kind, until, caplog):
    target = urlsplit(small)
    with socket.create_connection((target.hostname, target.port)) as connection:
        head = (
            f"POST /v1/judge HTTP/1.1\r\nHost: {target.netloc}\r\nContent-Type: {kind}\r\nContent-Length: 900\r\n\r\n"
        )
        connection.sendall(head.encode() + b'{"image": "')
    until(lambda: 'status="400"' in httpx.get(f"{small}/metrics").text)
    assert 'status="500"' not in httpx.get(f"{small}/metrics").text
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def test_too_much_at_once_is_refused_and_what_is_inside_is_answered(serve, make_judge, photo):
    url = serve(judge=make_judge(seconds=0.4), settings={"service": {"max_waiting": 3, "workers": 2}})
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: send(url, photo()), range(12)))
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses.count(200) >= 3
    assert set(statuses) == {200, 429}
    assert all(a.headers["retry-after"] == "1" for a in answers if a.status_code == 429)
    assert send(url, photo()).status_code == 200


def test_too_late_is_said_and_the_same_key_gets_the_answer_later(serve, make_judge, photo, until):
    url = serve(judge=make_judge(seconds=0.5), settings={"service": {"time_limit_s": 0.2}})
    answer = send(url, photo(), key="k")
    assert (answer.status_code, answer.json()["code"]) == (503, "too_late")
    until(lambda: httpx.get(f"{url}/v1/results").json()["results"])
    assert send(url, photo(), key="k").json()["replayed"]


def test_a_token_is_asked_for_and_only_its_hash_is_known(serve, photo):
    url = serve(settings=LOCKED)
    good = {"Authorization": f"Bearer {TOKEN}"}
    for path in ("/v1/results", "/metrics", "/v1/nothing"):
        for wrong in (
            {},
            {"Authorization": "Bearer wrong"},
            {"Authorization": f"Basic {TOKEN}"},
            {"Authorization": "é"},
        ):
            raw = {name: value.encode("latin-1") for name, value in wrong.items()}
            answer = httpx.get(url + path, headers=raw)
            assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert send(url, photo()).status_code == 401
    assert httpx.get(f"{url}/v1/results", headers=good).status_code == 200
    assert httpx.get(f"{url}/metrics", headers=good).status_code == 200
    assert [httpx.get(url + path).status_code for path in ("/healthz", "/readyz", "/review/")] == [200, 200, 200]


def test_nobody_listens_to_the_world_without_a_token(judge):
    from liveliness_lib.pipeline.service.server import check_listening
    from liveliness_lib.pipeline.settings import Settings, parse_settings

    for host in ("0.0.0.0", "::", "192.168.0.3", "example.org", ""):
        with pytest.raises(ValueError, match="token"):
            check_listening(host, Settings())
        check_listening(host, parse_settings(LOCKED))
    for host in ("127.0.0.1", "::1", "localhost", "127.8.8.8"):
        check_listening(host, Settings())


def test_web_pages_from_elsewhere_do_not_reach_an_open_service(serve):
    url = serve()
    assert httpx.get(f"{url}/v1/results", headers={"Host": "evil.example"}).status_code == 403
    assert httpx.post(f"{url}/v1/judge", headers={"Origin": "https://evil.example"}).status_code == 403
    assert httpx.get(f"{url}/v1/results", headers={"Origin": url}).status_code == 200


def test_a_person_is_forgotten(serve, photo, greys, tmp_path):
    url = serve()
    gone = send(url, photo(greys["fake"]), person="ann").json()["id"]
    send(url, photo(greys["fake"]), person="bob")
    assert httpx.delete(f"{url}/v1/persons/ann").json() == {"deleted": 1}
    assert httpx.get(f"{url}/v1/results/{gone}").status_code == 404
    assert httpx.get(f"{url}/v1/results/{gone}/photo").status_code == 404
    assert [one["person"] for one in httpx.get(f"{url}/v1/results").json()["results"]] == ["bob"]


def test_pictures_for_the_review(serve, photo, greys):
    from liveliness_lib.images import read_image

    url = serve()
    fake = send(url, photo(greys["fake"])).json()["id"]
    for kind in ("crop", "map"):
        answer = httpx.get(f"{url}/v1/results/{fake}/{kind}")
        assert (answer.status_code, read_image(answer.content).shape) == (200, (256, 256, 3))
    real = send(url, photo(greys["real"])).json()["id"]
    assert httpx.get(f"{url}/v1/results/{real}/crop").status_code == 404
    assert httpx.get(f"{url}/v1/results/{'0' * 32}/crop").status_code == 404
    assert httpx.get(f"{url}/v1/results/nothing/crop").status_code == 422


def test_pages_are_a_table_and_no_paths(serve):
    url = serve()
    assert httpx.get(url, follow_redirects=True).status_code == 200
    for path in ("page.js", "page.css"):
        assert "script-src 'self'" in httpx.get(f"{url}/review/{path}").headers["content-security-policy"]
    for path in ("../app.py", "..%2fapp.py", "%2e%2e/app.py", "nothing", "/etc/passwd"):
        assert httpx.get(f"{url}/review/{path}").status_code == 404


def test_logs_say_what_happened_and_nothing_about_whom(serve_process, tmp_path, photo, greys):
    process, url = serve_process(tmp_path / "p")
    send(url, photo(greys["fake"]), person="ann-4711", name="secret-name.jpg")
    httpx.get(f"{url}/v1/results?person=ann-4711")
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    log = process.log.read_text()
    lines = [json.loads(line) for line in log.splitlines()]
    (judged,) = [line for line in lines if line.get("route") == "/v1/judge"]
    assert (judged["status"], judged["code"], judged["method"]) == (200, "fake,unverified", "POST")
    assert not any(word in log for word in ("ann-4711", "secret-name", "/9j/"))


def test_a_stop_finishes_what_was_accepted(serve_process, tmp_path, photo, greys, until):
    process, url = serve_process(tmp_path / "p", seconds=0.6)
    answers = []
    one = lambda key: answers.append(send(url, photo(greys["fake"]), key=key))  # noqa: E731
    threads = [threading.Thread(target=one, args=(f"k{i}",)) for i in range(4)]
    for thread in threads:
        thread.start()
    until(lambda: "liveliness_requests_inside 4.0" in httpx.get(f"{url}/metrics").text)
    process.send_signal(signal.SIGTERM)
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [200] * 4
    assert process.wait(10) == 0
    with PublishStore(tmp_path / "p") as store:
        assert len(store.page()) == 4
        assert store.problems() == []


def test_not_ready_when_the_database_is_gone(serve, monkeypatch):
    import sqlalchemy as sa

    from liveliness_lib.pipeline.store.database import Database

    url = serve()
    assert httpx.get(f"{url}/readyz").json() == {"status": "ready"}

    def gone(self):
        raise sa.exc.OperationalError("SELECT", {}, Exception("gone"))

    monkeypatch.setattr(Database, "read", gone)
    assert httpx.get(f"{url}/readyz").status_code == 503
    failed = httpx.get(f"{url}/v1/results")
    assert (failed.status_code, failed.json()["code"], "gone" in failed.text) == (503, "store_unavailable", False)
    assert httpx.get(f"{url}/healthz").status_code == 200


def test_a_full_disk_acknowledges_nothing_and_the_same_key_works_later(serve, monkeypatch, photo, greys):
    from liveliness_lib.pipeline.store.files import FileArea

    url, real = serve(), FileArea.write_incoming

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(FileArea, "write_incoming", full)
    assert (send(url, photo(greys["fake"]), key="k").status_code) == 503
    monkeypatch.setattr(FileArea, "write_incoming", real)
    answer = send(url, photo(greys["fake"]), key="k")
    assert (answer.status_code, answer.json()["replayed"]) == (200, False)


def test_a_bug_is_a_500_without_details(serve, judge, photo):
    class Broken:
        def judge(self, image):
            if image.shape == (64, 64, 3):  # what the service warms up with
                return judge.judge(image)
            raise RuntimeError("secret detail")

    answer = send(serve(judge=Broken()), photo())
    assert (answer.status_code, answer.json()["code"], "secret" in answer.text) == (500, "internal", False)


def test_many_photos_at_once_on_postgresql(serve, postgres, photo, greys, tmp_path):
    database = postgres()
    url = serve(settings={"store": {"folder": str(tmp_path / "p"), "url": database}})
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda i: send(url, photo(greys["fake"], mark=i + 1), key=f"k{i % 20}"), range(20)))
    assert {answer.status_code for answer in answers} == {200}
    with PublishStore(tmp_path / "p", database) as store:
        assert len(store.page()) == 20
        assert store.problems() == []
