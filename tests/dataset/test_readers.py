"""Each public set in miniature: its own folders, names and protocol files, made here; and each with a part missing."""

import hashlib
import http.server
import json
import shutil
import tarfile
import threading
from functools import partial

import numpy as np
import pytest

from liveliness_lib.dataset.manifest import read_manifest
from liveliness_lib.dataset.readers import READERS, PublicSetError, read_public_set
from liveliness_lib.dataset.readers.lfw import fetch_lfw
from liveliness_lib.dataset.slideshow import find_photos
from liveliness_lib.images import encode_image


def touch(root, *paths):
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(b"")


def replay_attack(root):
    for folder, client in (("train", "001"), ("devel", "003"), ("test", "009")):
        touch(root, f"{folder}/real/client{client}_session01_webcam_authenticate_adverse_1.mov")
        for kind, medium in (("print", "photo"), ("mobile", "photo"), ("highdef", "video")):
            name = (
                f"attack_{kind}_client{client}_session01_{'highdef' if kind == 'print' else kind}_{medium}_controlled"
            )
            touch(root, f"{folder}/attack/fixed/{name}.mov", f"{folder}/attack/hand/{name}.mov")


def replay_mobile(root):
    for folder, client in (("train", "001"), ("devel", "005"), ("test", "009")):
        touch(
            root,
            f"{folder}/real/client{client}_session01_authenticate_mobile_adverse.mov",
            f"{folder}/attack/fixed/attack_print_client{client}_session01_fixed_tablet_photo_lighton.mov",
            f"{folder}/attack/attack_mattescreen_client{client}_session01_mobile_video_lightoff.mov",
            f"enroll/{folder}/client{client}_session01_enroll_mobile_controlled.mov",
        )


def casia_fasd(root):
    clips = [*map(str, range(1, 9)), *(f"HR_{k}" for k in range(1, 5))]
    touch(
        root,
        *(f"{part}/{person}/{c}.avi" for part in ("train_release", "test_release") for person in "12" for c in clips),
    )


def msu_mfsd(root):
    for client in ("001", "002"):
        touch(
            root,
            f"scene01/real/real_client{client}_android_SD_scene01.mp4",
            f"scene01/real/real_client{client}_laptop_SD_scene01.mov",
            f"scene01/attack/attack_client{client}_android_SD_ipad_video_scene01.mp4",
            f"scene01/attack/attack_client{client}_laptop_SD_printed_photo_scene01.mov",
        )
    (root / "train_sub_list.txt").write_text("02\n")
    (root / "test_sub_list.txt").write_text("01\n")


def nuaa(root):
    for kind, short in (("ClientRaw", "client"), ("ImposterRaw", "imposter")):
        for part, session in (("train", "01"), ("test", "03")):
            names = [f"0001_00_00_{session}_{k}.jpg" for k in range(2)]
            touch(root, *(f"{kind}/0001/{name}" for name in names))
            (root / f"{short}_{part}_raw.txt").write_text("".join(f"0001\\{name}\r\n" for name in names))


def oulu_npu(root):
    for part, user in (("Train", "01"), ("Dev", "21"), ("Test", "36")):
        clips = [f"{phone}_{session}_{user}_{file}" for phone in (1, 6) for session in (1, 3) for file in range(1, 6)]
        touch(root, *(f"{part}_files/{clip}.avi" for clip in clips), *(f"{part}_files/{clip}.txt" for clip in clips))
        wanted = [c for c in clips if c[2] == ("3" if part == "Test" else "1")]
        for name, some in (
            (f"Protocol_1/{part}", wanted),
            (f"Protocol_3/{part}_6", [c for c in clips if (c[0] == "6") == (part == "Test")]),
        ):
            file = root / "Protocols" / f"{name}.txt"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("".join(f"{'+1' if c.endswith('_1') else '-1'},{c}\n" for c in some))


def siw(root):
    for part, subject in (("Train", "003"), ("Test", "005")):
        touch(root, f"{part}/live/{subject}/{subject}-1-1-1-1.mov")
        touch(root, *(f"{part}/spoof/{subject}/{subject}-2-2-{m}-1.mov" for m in (1, 2)))
        touch(root, *(f"{part}/spoof/{subject}/{subject}-2-3-{m}-1.mov" for m in (1, 2, 3, 4)))


def celeba_spoof(root):
    for meta in ("intra_test", "protocol2/test_on_high_quality_device"):
        for part, person in (("train", "1"), ("test", "4930")):
            labels = {}
            for name, kind in (("live/000001.jpg", 0), ("spoof/000003.png", 9)):
                path = f"Data/{part}/{person}/{name}"
                touch(root, path, f"{path[:-4]}_BB.txt")
                labels[path] = [0] * 40 + [kind, 1 if kind else 0, 0, int(kind > 0)]
            (root / "metas" / meta).mkdir(parents=True, exist_ok=True)
            (root / "metas" / meta / f"{part}_label.json").write_text(json.dumps(labels))


def lcc_fasd(root):
    for part in ("training", "development", "evaluation"):
        touch(root, *(f"LCC_FASD_{part}/real/FT720P_G780_REDMI4X_id0_s0_{k}.png" for k in (15, 30)))
        touch(root, f"LCC_FASD_{part}/spoof/FT720P_G780_REDMI4X_id0_s0_45.png", f"LCC_FASD_{part}/spoof/spoof_17.png")


def rose_youtu(root):
    for person in (2, 23):
        for label in ("G", "Ps", "Pq", "Vl", "Vm", "Mc", "Mf", "Mu"):
            touch(root, f"{person}/{label}_NT_5s_wg_E_{person}_1.mp4")


def lfw(root):
    touch(
        root,
        "Ada_Lovelace/Ada_Lovelace_0001.jpg",
        "Ada_Lovelace/Ada_Lovelace_0002.jpg",
        "Alan_Turing/Alan_Turing_0001.jpg",
    )


def recordings(root):
    touch(root, "real/anna/1.mp4", "real/ben/1.mov", "fake/phone/anna/2.mp4", "notes/3.mp4", "fake/print/7.avi")


MINIATURES = {
    "replay-attack": (replay_attack, 3 + 18, {"train", "dev", "test"}),
    "replay-mobile": (replay_mobile, 9, {"train", "dev", "test"}),
    "casia-fasd": (casia_fasd, 48, {"train", "test"}),
    "msu-mfsd": (msu_mfsd, 8, {"train", "test"}),
    "nuaa": (nuaa, 8, {"train", "test"}),
    "oulu-npu": (oulu_npu, 30, {"train", "dev", "test"}),
    "siw": (siw, 14, {"train", "test"}),
    "celeba-spoof": (celeba_spoof, 4, {"train", "test"}),
    "lcc-fasd": (lcc_fasd, 12, {"train", "dev", "test"}),
    "rose-youtu": (rose_youtu, 16, {"train", "test"}),
    "lfw": (lfw, 3, {""}),
    "recordings": (recordings, 4, {""}),
}


@pytest.fixture(params=MINIATURES)
def miniature(request, tmp_path):
    build, rows, splits = MINIATURES[request.param]
    build(tmp_path)
    return request.param, tmp_path, rows, splits


def test_every_reader_has_a_miniature():
    assert set(MINIATURES) == set(READERS) - {"folder"}


def test_it_reads_to_one_manifest(miniature):
    name, root, rows, splits = miniature
    table = read_public_set(name, root)
    assert len(table) == rows
    assert set(table["split"]) == splits
    assert set(table["dataset"]) == {name}
    assert (table["subject"] != "").all()
    assert (table["session"] != "").all()
    if name != "lfw":
        assert set(table["label"]) == {"real", "fake"}


def test_training_and_testing_people_differ(miniature):
    name, root, _, splits = miniature
    if name == "nuaa" or splits == {""}:
        pytest.skip("this set's parts share people, or it has none")
    table = read_public_set(name, root)
    for split in splits - {"train"}:
        assert not set(table.loc[table["split"] == split, "subject"]) & set(
            table.loc[table["split"] == "train", "subject"]
        )


def test_a_partial_tree_says_what_is_missing_and_where_to_ask(miniature):
    import shutil

    name, root, _, _ = miniature
    first = sorted(root.iterdir())[0]
    for part in sorted(root.iterdir()):
        if part != first:
            shutil.rmtree(part) if part.is_dir() else part.unlink()
    if name in ("lfw", "recordings"):
        shutil.rmtree(first)
    with pytest.raises(PublicSetError) as caught:
        read_public_set(name, root)
    said = str(caught.value)
    assert READERS[name].ask in said
    assert "Expected " in said
    assert str(root) in said


@pytest.mark.parametrize("name", MINIATURES)
def test_an_absent_or_empty_folder(name, tmp_path):
    with pytest.raises(PublicSetError, match="no such folder"):
        read_public_set(name, tmp_path / "nowhere")
    with pytest.raises(PublicSetError, match="is given out at"):
        read_public_set(name, tmp_path)


def test_unknown_sets_and_protocols(tmp_path):
    with pytest.raises(PublicSetError, match="expected a set among"):
        read_public_set("imagenet", tmp_path)
    with pytest.raises(PublicSetError, match=r"expected a protocol among .*'1'"):
        read_public_set("oulu-npu", tmp_path, protocol="9")


def attacks(name, root, protocol, split=None):
    table = read_public_set(name, root, protocol=protocol)
    fakes = table[table["label"] == "fake"]
    return set(fakes["attack_type"] if split is None else fakes.loc[fakes["split"] == split, "attack_type"])


@pytest.mark.parametrize(
    ("protocol", "expected"),
    [
        ("print", {"print"}),
        ("mobile", {"mobile_photo"}),
        ("video", {"highdef_video"}),
        ("digitalphoto", {"mobile_photo"}),
        ("photo", {"print", "mobile_photo"}),
        ("grandtest", {"print", "mobile_photo", "highdef_video"}),
    ],
)
def test_protocols_of_replay_attack(tmp_path, protocol, expected):
    replay_attack(tmp_path)
    assert attacks("replay-attack", tmp_path, protocol) == expected


def test_protocols_of_casia(tmp_path):
    casia_fasd(tmp_path)
    low = read_public_set("casia-fasd", tmp_path, protocol="low")
    assert set(low["device"]) == {"low"}
    assert len(low) == 16
    cut = read_public_set("casia-fasd", tmp_path, protocol="cut_photo")
    assert set(cut["attack_type"]) == {"none", "cut_photo"}
    assert len(cut) == 24


def test_protocols_of_oulu(tmp_path):
    oulu_npu(tmp_path)
    left_out = read_public_set("oulu-npu", tmp_path, protocol="3_6")
    phones = {split: {d.split("+")[0] for d in rows["device"]} for split, rows in left_out.groupby("split")}
    assert phones == {"train": {"phone1"}, "dev": {"phone1"}, "test": {"phone6"}}
    first = read_public_set("oulu-npu", tmp_path, protocol="1")
    assert set(first.loc[first["split"] == "test", "light"]) == {"session3"}
    kinds = dict(zip([p.rsplit("_", 1)[1] for p in first["path"]], first["attack_type"], strict=True))
    assert kinds == {
        "1.avi": "none",
        "2.avi": "print_1",
        "3.avi": "print_2",
        "4.avi": "display_1",
        "5.avi": "display_2",
    }


def test_oulu_with_a_listed_clip_missing(tmp_path):
    oulu_npu(tmp_path)
    (tmp_path / "Dev_files" / "1_1_21_3.avi").unlink()
    with pytest.raises(PublicSetError, match=r"1 clips of Protocols/Protocol_1/Dev.txt are missing.*1_1_21_3\.avi"):
        read_public_set("oulu-npu", tmp_path)


def test_oulu_whose_list_contradicts_the_names(tmp_path):
    oulu_npu(tmp_path)
    file = tmp_path / "Protocols/Protocol_1/Train.txt"
    file.write_text(file.read_text().replace("+1,", "-1,", 1))
    with pytest.raises(PublicSetError, match="not named as in the set"):
        read_public_set("oulu-npu", tmp_path)


def test_protocols_of_siw(tmp_path):
    siw(tmp_path)
    one = read_public_set("siw", tmp_path, protocol="1")
    assert {split: set(rows["first_frames"]) for split, rows in one.groupby("split")} == {"train": {60}, "test": {-1}}
    assert attacks("siw", tmp_path, "2_4", "test") == {"replay_samsung"}
    assert attacks("siw", tmp_path, "2_4", "train") == {"replay_ipad", "replay_iphone", "replay_asus"}
    assert attacks("siw", tmp_path, "3_print", "train") == {"print_high", "print_low"}
    assert all(kind.startswith("replay") for kind in attacks("siw", tmp_path, "3_print", "test"))


def test_celeba_spoof_says_the_instrument(tmp_path):
    celeba_spoof(tmp_path)
    assert attacks("celeba-spoof", tmp_path, "intra") == attacks("celeba-spoof", tmp_path, "2_high") == {"phone"}
    (tmp_path / "metas/intra_test/train_label.json").write_text("[1]")
    with pytest.raises(PublicSetError, match="44 annotations"):
        read_public_set("celeba-spoof", tmp_path)


def test_msu_client_on_no_list(tmp_path):
    msu_mfsd(tmp_path)
    (tmp_path / "test_sub_list.txt").write_text("03\n")
    with pytest.raises(PublicSetError, match="client 001 stands neither"):
        read_public_set("msu-mfsd", tmp_path)


def test_foreign_names_are_told(tmp_path):
    replay_attack(tmp_path)
    touch(tmp_path, "train/real/holiday.mov")
    with pytest.raises(PublicSetError, match=r"1 files are not named as in the set.*holiday\.mov"):
        read_public_set("replay-attack", tmp_path)


def test_a_folder_of_your_own(photos, tmp_path):
    touch(tmp_path, "anna/real/1.jpg", "anna/fake/print/2.png")
    table = read_public_set("folder", tmp_path)
    assert table[["label", "attack_type", "subject"]].to_numpy().tolist() == [
        ["fake", "print", "anna"],
        ["real", "none", "anna"],
    ]
    with pytest.raises(PublicSetError, match="no picture below"):
        read_public_set("folder", photos)


def test_recordings_say_person_and_attack(tmp_path):
    recordings(tmp_path)
    table = read_public_set("recordings", tmp_path).set_index("path")
    rows = {
        path.removeprefix(str(tmp_path)): tuple(row)
        for path, row in zip(table.index, table[["attack_type", "subject"]].to_numpy(), strict=True)
    }
    assert rows["/fake/phone/anna/2.mp4"] == ("phone", "anna")
    assert rows["/real/ben/1.mov"] == ("none", "ben")


@pytest.fixture
def unpacked_lfw(tmp_path):
    """The set as scikit-learn's fetcher leaves it, with 100 photographs of one person (fewer it does not load)."""
    home = tmp_path / "lfw_home"
    lfw(home / "lfw_funneled")
    touch(home, "pairsDevTrain.txt", "pairsDevTest.txt", "pairs.txt")
    photo = encode_image(np.full((250, 250, 3), 120, np.uint8), "jpg")
    for path in (home / "lfw_funneled").rglob("*.jpg"):
        path.write_bytes(photo)
    for number in range(1, 101):
        (home / f"lfw_funneled/Ada_Lovelace/Ada_Lovelace_{number:04d}.jpg").write_bytes(photo)
    return tmp_path


def test_lfw_is_fetched_by_scikit_learn_and_gets_a_manifest(unpacked_lfw):
    """The real fetcher: it finds the set in place and so needs no network."""
    table = fetch_lfw(unpacked_lfw)
    assert table["subject"].value_counts().to_dict() == {"Ada_Lovelace": 100, "Alan_Turing": 1}
    assert set(table["label"]) == {"real"}
    assert len(read_manifest(unpacked_lfw / "lfw_home/lfw_funneled/manifest.csv")) == 101
    assert len(find_photos([unpacked_lfw / "lfw_home/lfw_funneled"])) == 101  # ready to be shown and attacked


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def lfw_server(unpacked_lfw, monkeypatch):
    """The owners' server, on loopback: the archive and lists that scikit-learn downloads, checks and unpacks."""
    lfw_module = pytest.importorskip("sklearn.datasets._lfw")
    home = unpacked_lfw / "lfw_home"
    with tarfile.open(home / "lfw-funneled.tgz", "w:gz") as archive:
        archive.add(home / "lfw_funneled", "lfw_funneled")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=home))
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def here(remote):
        digest = hashlib.sha256((home / remote.filename).read_bytes()).hexdigest()
        return remote._replace(url=f"http://127.0.0.1:{server.server_port}/{remote.filename}", checksum=digest)

    monkeypatch.setattr(lfw_module, "FUNNELED_ARCHIVE", here(lfw_module.FUNNELED_ARCHIVE))
    monkeypatch.setattr(lfw_module, "TARGETS", tuple(map(here, lfw_module.TARGETS)))
    yield home
    server.shutdown()
    server.server_close()


def test_lfw_is_downloaded_and_unpacked(lfw_server, tmp_path):
    table = fetch_lfw(tmp_path / "elsewhere")
    assert len(table) == 101
    assert not (tmp_path / "elsewhere/lfw_home/lfw-funneled.tgz").exists()
    assert len(read_manifest(tmp_path / "elsewhere/lfw_home/lfw_funneled/manifest.csv")) == 101


def test_an_archive_that_arrives_damaged_is_refused(lfw_server, tmp_path):
    shutil.copy(lfw_server / "pairs.txt", lfw_server / "lfw-funneled.tgz")  # an empty file under its name
    with pytest.raises(OSError, match=r"lfw_funneled.*could not be fetched.*SHA256"):
        fetch_lfw(tmp_path / "elsewhere")


def test_without_network_it_says_what_to_do(tmp_path, monkeypatch):
    def no_network(*_, **__):
        raise OSError("no network in tests")

    monkeypatch.setattr("socket.create_connection", no_network)
    monkeypatch.setattr("time.sleep", lambda _: None)  # scikit-learn tries three times
    with (
        pytest.warns(UserWarning, match="Retry"),
        pytest.raises(OSError, match=r"lfw_funneled.*no network in tests.*dataset read lfw"),
    ):
        fetch_lfw(tmp_path)
