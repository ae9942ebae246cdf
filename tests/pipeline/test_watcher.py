import json
import os
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from liveliness_lib.pipeline.process import Pipeline
from liveliness_lib.pipeline.remote import HttpSource, RemoteError
from liveliness_lib.pipeline.retention import forget_photo
from liveliness_lib.pipeline.store import PublishStore
from liveliness_lib.pipeline.watcher import FolderSource, Watcher


@pytest.fixture
def pipeline(judge):
    return Pipeline(judge)


@pytest.fixture
def incoming(tmp_path, photo, greys):
    folder = tmp_path / "incoming"
    folder.mkdir()
    for i, grey in enumerate(greys.values()):
        (folder / f"{i}.jpg").write_bytes(photo(grey))
    return folder


def watcher(folder, pipeline, store):
    return Watcher(FolderSource(folder, settle_s=0), pipeline, store)


def test_each_file_once(incoming, pipeline, store, photo):
    watch = watcher(incoming, pipeline, store)
    assert [watch.once(), watch.once()] == [3, 0]
    assert sorted(store.count()) == ["fake,unverified", "real,model_not_sure", "real,model_verified"]
    (incoming / "sub").mkdir()
    (incoming / "sub" / "0.jpg").write_bytes(photo(0))  # the same name and content elsewhere is another photo
    (incoming / "0.jpg").write_bytes(photo(0))  # another content under an old name too
    assert watch.once() == 2


def test_each_file_once_across_restarts_and_deletion(incoming, pipeline, tmp_path):
    with PublishStore(tmp_path / "p") as store:
        assert watcher(incoming, pipeline, store).once() == 3
        forget_photo(store, store.page()[0].id)
    with PublishStore(tmp_path / "p") as store:
        os.utime(incoming / "0.jpg", (1, 1))
        assert watcher(incoming, pipeline, store).once() == 0
        assert len(store.page()) == 2


WATCH = """
import runpy, sys
from liveliness_lib.pipeline import watching
from liveliness_lib.pipeline.settings import Settings, with_store
judge = runpy.run_path(sys.argv[1])["make_judge"](0.02)
watching.watch(sys.argv[2], judge, with_store(Settings(), folder=sys.argv[3], keep_days=None), every_s=0.1)
"""


def test_each_photo_once_however_often_the_watch_is_killed(tmp_path, photo, until):
    (tmp_path / "in").mkdir()
    sent = {f"{i:02d}.png": photo(0, mark=i + 1) for i in range(40)}
    for name, data in sent.items():
        (tmp_path / "in" / name).write_bytes(data)
        os.utime(tmp_path / "in" / name, (1, 1))  # written long ago, so nobody waits for the rest of it
    serving = Path(__file__).parent / "serving.py"
    command = [sys.executable, "-c", WATCH, str(serving), str(tmp_path / "in"), str(tmp_path / "p")]
    stored = lambda: len(list((tmp_path / "p").glob("photos/*/*")))  # noqa: E731
    for wanted in (3, 14, 40):
        process = subprocess.Popen(command)
        until(lambda wanted=wanted: stored() >= wanted, 60)
        time.sleep(0.01 * wanted)
        process.kill()
        process.wait()
    with PublishStore(tmp_path / "p") as store:
        assert store.problems() == []
        kept = {one.name: store.image_path(one).read_bytes() for one in store.with_images()}
        assert len(store.page(limit=100)) == 40
    assert kept == sent


def test_two_watchers_at_once(incoming, pipeline, store, photo):
    for i in range(12):
        (incoming / f"more{i}.png").write_bytes(photo(0, mark=i + 1))
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(watcher(incoming, pipeline, store).once())) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(found) == len(store.page()) == 15
    assert store.problems() == []


def test_a_file_that_is_being_written_is_left_alone(incoming, pipeline, store):
    source = FolderSource(incoming, settle_s=60)
    assert Watcher(source, pipeline, store).once() == 0
    for path in incoming.iterdir():
        os.utime(path, (1, 1))
    assert Watcher(source, pipeline, store).once() == 3


def test_a_file_that_is_no_picture_is_noted_once(incoming, pipeline, store):
    (incoming / "bad.jpg").write_bytes(b"no picture")
    (incoming / "empty.jpg").write_bytes(b"")
    (incoming / "pipe.jpg").symlink_to("/dev/zero")
    watch = watcher(incoming, pipeline, store)
    assert [watch.once(), watch.once()] == [4, 0]
    assert store.count()["retake,unreadable"] == 1


def test_a_watch_goes_on_after_a_failure(incoming, pipeline, store, until):
    watch, stop = watcher(incoming, pipeline, store), threading.Event()
    real, calls = watch.source.photos, []

    def photos(opened):
        calls.append(1)
        if len(calls) == 1:
            raise OSError("away")
        return real(opened)

    watch.source.photos = photos
    thread = threading.Thread(target=watch.run, args=(stop,), kwargs={"every_s": 0.02})
    thread.start()
    until(lambda: len(store.page()) == 3)
    stop.set()
    thread.join(5)
    assert not thread.is_alive()


def test_no_folder():
    with pytest.raises(ValueError, match="nowhere"):
        FolderSource("/nowhere")


class Remote:
    """An HTTP API with pages of two images each; cursors are places in the list."""

    def __init__(self, photos):
        self.photos, self.gone, self.broken, self.asked, self.headers, self.answer = photos, set(), set(), [], [], None
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                outer.headers.append(dict(self.headers))
                status, body = outer._reply(urlsplit(self.path))
                self.send_response(status)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/photos"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def _reply(self, url):
        if url.path != "/photos":
            i = int(url.path.rsplit("/", 1)[1])
            self.asked.append(i)
            return (404, b"") if i in self.gone else (500, b"") if i in self.broken else (200, self.photos[i])
        if self.answer is not None:
            return 200, self.answer
        start = int(parse_qs(url.query).get("since", ["0"])[0])
        items = [{"id": i, "url": f"/image/{i}", "name": f"{i}.jpg"} for i in range(len(self.photos))][
            start : start + 2
        ]
        page = {"items": items, "next": str(start + len(items)) if items else None}
        return 200, json.dumps(page).encode()


@pytest.fixture
def remote(photo):
    made = Remote([photo(0, mark=i + 1) for i in range(5)])
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def from_remote(remote, pipeline):
    sources = []

    def make(store, **more):
        sources.append(HttpSource(remote.url, **more))
        return Watcher(sources[-1], pipeline, store)

    yield make
    for source in sources:
        source.close()


def test_all_pages_then_only_what_is_new(remote, from_remote, store, photo):
    assert from_remote(store).once() == 5
    remote.photos.append(photo(0, mark=99))
    assert from_remote(store).once() == 1  # as after a restart
    assert remote.asked == [0, 1, 2, 3, 4, 5]
    assert [one.name for one in store.page()] == [f"{i}.jpg" for i in (5, 4, 3, 2, 1, 0)]


def test_an_image_that_is_gone_is_left_out_and_one_that_fails_is_tried_again(remote, from_remote, store):
    remote.gone, remote.broken = {1}, {3}
    watch = from_remote(store)
    with pytest.raises(RemoteError):
        watch.once()
    assert len(store.page()) == 2
    assert store.cursor(watch.source.name) == "2"
    remote.broken = set()
    assert watch.once() == 2
    assert len(store.page()) == 4


def test_an_image_that_always_fails_does_not_hold_up_the_rest_for_ever(remote, from_remote, store):
    remote.broken = {0}
    watch = from_remote(store)
    for _ in range(4):
        with pytest.raises(RemoteError):
            watch.once()
    assert watch.once() == 4


@pytest.mark.parametrize("answer", [b"", b"[]", b"{}", b'{"items": 3}', b"[" * 9000, b"x" * (5 * 2**20)])
def test_a_list_that_is_none_is_an_error_to_try_again(remote, from_remote, store, answer):
    remote.answer = answer
    with pytest.raises(RemoteError, match="Received"):
        from_remote(store).once()


def test_items_that_point_elsewhere_are_left_out(remote, from_remote, store):
    urls = ["file:///etc/passwd", "http://169.254.169.254/x", "//evil.example/x", "http://[", 3]
    items = [{"id": i, "url": url} for i, url in enumerate(urls)] + ["text", {"url": "/image/0"}]
    remote.answer = json.dumps({"items": items}).encode()
    assert from_remote(store).once() == 0
    assert remote.asked == []


def test_the_token_goes_to_the_api_only(remote, from_remote, store, monkeypatch):
    monkeypatch.setenv("LIVELINESS_WATCH_TOKEN", "t0ken")
    from_remote(store).once()
    assert {headers["Authorization"] for headers in remote.headers} == {"Bearer t0ken"}
    with pytest.raises(ValueError, match="https"):
        HttpSource("http://example.org/photos")
    with pytest.raises(ValueError, match="http"):
        HttpSource("ftp://example.org/photos")


def test_an_image_that_is_too_large_is_left_out(from_remote, store):
    from liveliness_lib.images import ImageLimits

    assert from_remote(store, limits=ImageLimits(max_bytes=50)).once() == 0
