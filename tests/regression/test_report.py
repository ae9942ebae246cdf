"""One table in three forms."""

from xml.etree import ElementTree

from regression.compare import Row, failed
from regression.report import summary_of, to_html, to_junit, to_markdown

ROWS = [
    Row("01_a", "rate", {"max": 0.5}, 0.25, 0.25, "same"),
    Row("01_a", "a|b", {"min": 1}, None, 0, "outside"),
    *failed("02_b", "cell 3: RuntimeError: <no> such\nscreen"),
]
SECONDS = {"01_a": 12.3, "02_b": 4.0}


def test_the_summary_counts():
    assert summary_of(ROWS) == "FAILED: 3 metrics of 2 notebooks, 1 same, 1 outside, 1 failed"


def test_markdown_has_a_row_a_metric_and_bold_where_it_fails():
    text = to_markdown(ROWS, SECONDS, title="T")
    assert "| 01_a | rate | ≤ 0.5 | 0.25 | 0.25 | same |" in text
    assert "| 01_a | a\\|b | ≥ 1 | – | 0 | **outside** |" in text
    assert "**failed: cell 3: RuntimeError: <no> such screen**" in text


def test_junit_is_what_servers_read():
    root = ElementTree.fromstring(to_junit(ROWS, SECONDS))
    assert root.attrib == {"tests": "3", "failures": "2", "errors": "0", "name": "notebooks"}
    first, second = root
    assert first.attrib == {"tests": "2", "failures": "1", "errors": "0", "name": "01_a", "time": "12.3"}
    assert [case.get("name") for case in first] == ["rate", "a|b"]
    assert first[0].find("failure") is None
    assert first[1].find("failure").attrib == {"type": "outside", "message": "a|b: 0, bound ≥ 1, last –"}
    assert "no> such" in second[0].find("failure").get("message")


def test_html_escapes_and_marks_what_fails():
    text = to_html(ROWS, SECONDS, title="T & more")
    assert "&lt;no&gt; such" in text
    assert text.count('<tr class="red">') == 2
    assert "<title>T &amp; more</title>" in text
