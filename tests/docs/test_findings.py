"""The numbers of README.md are those of the measured files."""

import json
import re
from pathlib import Path

import pytest

from docs.findings import (
    BEGIN,
    END,
    ROOT,
    alternative,
    block,
    find_all,
    of_notebooks,
    on_photographs,
    percent,
    plot,
    put,
)

pytestmark = pytest.mark.lint
PAGE = """# On real photographs

## Every face found

| detector | threshold | AUC | ACER | ACER over sources |
|---|---|---:|---:|---:|
| ours | 0.5 (a \\| b) | 90.0 % [80.1, 95.2] | 12.0 % | 8.1 % [1.0, 20.5] |
| theirs | 0.5 | 80.0 % | 30.0 % [20, 40] | 25.0 % |

## Behind the quality gate

| detector | threshold | AUC | ACER | ACER over sources |
|---|---|---:|---:|---:|
| ours | 0.5 | 1 % | 1 % | 1 % |
"""


def test_readme_says_what_was_measured():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert put(readme, block(find_all())) == readme, "make findings"


def test_the_figure_shows_the_same_numbers():
    said = (ROOT / "docs" / "findings.svg").read_text(encoding="utf-8")
    for one in find_all():
        if one.group:
            assert f">{one.rate:.1f} %<" in said, "make findings"
            assert one.what in said


def test_a_page_gives_a_finding_a_model_from_its_first_section(tmp_path):
    path = tmp_path / "real_photographs.md"
    path.write_text(PAGE)
    ours, theirs = on_photographs(path)
    assert (ours.what, ours.rate, ours.low, ours.high) == ("ours", 8.1, 1.0, 20.5)
    assert ours.result == "ACER 8.1 % [1.0, 20.5], AUC 90.0 % [80.1, 95.2]"
    assert (theirs.rate, theirs.low, theirs.high) == (25.0, 25.0, 25.0)
    path.write_text("# Something else\n")
    with pytest.raises(ValueError, match="ACER over sources"):
        list(on_photographs(path))


def test_notebooks_speak_only_where_a_full_run_was_accepted(tmp_path):
    folder = tmp_path / "tests" / "notebooks"
    folder.mkdir(parents=True)
    stereo = {"metrics": {"acer_flat": 0.01, "acer_bent": 0.125}}
    held = json.dumps({"full": {"06_stereo_disparity": stereo, "05_monocular_depth": {"metrics": {}}}})
    (folder / "accepted.json").write_text(held)
    (only,) = of_notebooks(tmp_path)
    assert only.result == "ACER 1.0 % flat, 12.5 % bent"


def test_a_figure_is_the_same_bytes_twice_and_has_its_numbers_as_text(tmp_path):
    found = [one for one in find_all() if one.group]
    plot(found, tmp_path / "a.svg")
    plot(found, tmp_path / "b.svg")
    text = (tmp_path / "a.svg").read_text()
    assert text == (tmp_path / "b.svg").read_text()
    assert all(f"{one.rate:.1f} %" in text for one in found)
    assert all(f"{one.rate:.1f} %" in alternative(found) for one in found)


def test_percentages():
    assert percent("9.8 % [0.0, 29.5]") == (9.8, 0.0, 29.5)
    assert percent("0 %") == (0.0, 0.0, 0.0)
    with pytest.raises(ValueError, match="Received: 'none'"):
        percent("none")


def test_a_readme_without_its_marks_is_refused():
    with pytest.raises(ValueError, match="once each"):
        put(f"{BEGIN} {BEGIN} {END}", "x")


def test_readme_links_lead_somewhere():
    for page in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"):
        text = Path(ROOT / page).read_text(encoding="utf-8")
        for aim in re.findall(r"\]\((?!https?:|#)([^)#]+)\)", text):
            assert (ROOT / aim).exists(), f"{page}: {aim}"
