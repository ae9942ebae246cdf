"""A round is browsed, corrected and decided about; every decision is on disk at once."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from liveliness_lib.dataset.manifest import ManifestError
from liveliness_lib.failcases import causes, conditions, rounds
from liveliness_lib.failcases.gallery import Cases, show_gallery
from liveliness_lib.images import read_image, write_image


def crop_of(image, row):
    return None if row["kind"] == "not acquired" else image[:8, :8]


@pytest.fixture
def folder(tmp_path):
    rows = []
    for number, (kind, label, attack, distance) in enumerate(
        [
            ("false accept", "fake", "screen", 0.3),
            ("false reject", "real", "none", 0.1),
            ("near miss", "fake", "print", -0.02),
            ("not acquired", "real", "none", np.inf),
        ]
    ):
        path = tmp_path / f"{number}.png"
        write_image(path, np.full((16, 16, 3), 40 * number, np.uint8))
        score = float("nan") if kind == "not acquired" else 0.5
        rows.append(
            (str(path), label, attack, f"p{number}", "dev", kind, distance, score, "dark" if number else "soft")
        )
    names = ["path", "label", "attack_type", "subject", "split", "kind", "distance", "score", "cause"]
    rounds.keep_round(pd.DataFrame(rows, columns=names), tmp_path / "round", model="m", crop=crop_of)
    return tmp_path / "round"


def test_everything_about_a_case_is_kept(folder):
    table = Cases(folder).table
    assert set(table["found_in"]) == {"dev"}
    assert set(table["split"]) == {"train"}
    assert set(table["add"]) == {"yes"}
    assert read_image(folder / table["crop"].iloc[0]).shape == (8, 8, 3)
    assert table.set_index("kind").loc["not acquired", "crop"] == ""
    assert read_image(table["original"].iloc[1]).mean() == 40


def test_filter_and_sort(folder):
    cases = Cases(folder)
    assert cases.select()["kind"].tolist() == ["not acquired", "false accept", "false reject", "near miss"]
    assert cases.select(sort="distance", descending=False)["kind"].iloc[0] == "near miss"
    assert cases.select(kind="false reject")["attack_type"].tolist() == ["none"]
    assert len(cases.select(cause="dark", attack_type="none")) == 2
    assert cases.values("cause") == ["dark", "soft"]
    with pytest.raises(ValueError, match="Received"):
        cases.select(colour="red")


def test_a_decision_survives_and_training_follows_it(folder):
    cases = Cases(folder)
    first = cases.table["case"].iloc[0]
    cases.add(first[:6], False)
    cases.relabel(cases.table["case"].iloc[1], "fake", "print")
    again = Cases(folder).table
    assert again["add"].tolist() == ["no", "yes", "yes", "yes"]
    assert again.loc[1, ["label", "attack_type", "given_label"]].tolist() == ["fake", "print", "real none"]
    base = pd.DataFrame({"path": ["x"], "label": "real", "attack_type": "none", "subject": "z", "split": "test"})
    base = base.assign(source_photo="", session="", device="", seed=-1, generator_version="")
    joined = rounds.add_round(base, folder)
    assert len(joined) == 4
    assert (joined["split"] == "train").sum() == 3
    assert "kind" not in joined  # what describes a mistake is no business of the training data


@pytest.mark.parametrize(
    "act", [lambda c: c.relabel("", "real"), lambda c: c.add("zzz"), lambda c: c.relabel("0", "live")]
)
def test_no_such_case_or_label(folder, act):
    with pytest.raises(ValueError, match="Received"):
        act(Cases(folder))


def test_a_round_of_which_nothing_is_added(folder):
    cases = Cases(folder)
    for case in cases.table["case"]:
        cases.add(case, False)
    with pytest.raises(ValueError, match="marked to be added"):
        rounds.add_round(cases.table, folder)


def test_no_round(tmp_path):
    with pytest.raises(ManifestError, match="no manifest"):
        Cases(tmp_path)


def test_headless_it_is_a_contact_sheet(folder):
    texts = [text.get_text() for text in show_gallery(folder, live=False).axes[0].texts]
    assert len(texts) == 4
    assert texts[0].startswith("real: not acquired no face")


def test_the_widgets_decide_as_the_methods_do(folder):
    pytest.importorskip("ipywidgets")
    menus, controls, grid = show_gallery(folder).children
    assert len(grid.children) == 4
    next(menu for menu in menus.children if menu.description == "kind").value = "false accept"
    assert len(grid.children) == 1
    _, _, label, add = grid.children[0].children
    add.value = False
    label.value = "real"
    row = Cases(folder).table.iloc[0]
    assert (row["add"], row["label"], row["attack_type"], row["given_label"]) == ("no", "real", "none", "fake screen")
    assert controls.children[-1].value.startswith("3 to be added")


def test_a_cause_that_is_common_everywhere_is_no_cause():
    rng = np.random.default_rng(0)
    usual = pd.DataFrame(rng.normal(0, 1, (100, 7)), columns=list(conditions.CONDITIONS))
    wrong = pd.DataFrame(rng.normal(0, 0.1, (10, 7)), columns=list(conditions.CONDITIONS))
    wrong.loc[:7, "brightness"] = -6
    found = causes.cause_table(wrong, usual).set_index("cause")
    assert found.loc["dark", "cases"] == 8
    assert found.loc["dark", "p_value"] < 1e-4
    assert found.loc[causes.ORDINARY, "p_value"] > 0.5
    assert found["share"].sum() == pytest.approx(1)
