"""What the front page takes from a notebook, by hand."""

import nbformat
import pytest

from docs.pages import plain, read_page
from docs.stage import PAPERS, copy_paper, dress, readable_table

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
TITLE = "# 03 · Does it work?\n\nWhat is done. What was found.\n\n**Reads** a **Writes** b **Takes** c"


def picture(**metadata):
    output = nbformat.v4.new_output("display_data", {"image/png": PIXEL, "text/plain": "<Figure>"})
    return nbformat.v4.new_code_cell("from disparity.depth import x\nplot()", metadata=metadata, outputs=[output])


def kept(tmp_path, *cells, title=TITLE):
    made = [nbformat.v4.new_markdown_cell(c) if isinstance(c, str) else c for c in (title, *cells)]
    path = tmp_path / "03_it.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=made), path)
    return path


@pytest.mark.parametrize(
    ("closing", "answer", "doubt"),
    [
        (
            "**Answer.** No. **The strongest doubt:** it is rendered. **Next:** 04.",
            "No.",
            "The strongest doubt: it is rendered.",
        ),
        (
            "**The answer.** Use it.\n\n**The strongest doubt.** One run.\n\n**Next.** 04.",
            "Use it.",
            "The strongest doubt. One run.",
        ),
        (
            "## Result\n\nYes: all of it. The strongest doubt is the hand: it shakes. The next notebook, 02.",
            "Yes: all of it.",
            "The strongest doubt is the hand: it shakes.",
        ),
        (
            "## Result\n\nNot yet.\n\nIts maps are better.\n\n**Which to trust**: none.",
            "Not yet. Its maps are better.",
            "",
        ),
    ],
)
def test_answer_and_doubt_are_found_as_notebooks_write_them(tmp_path, closing, answer, doubt):
    page = read_page(kept(tmp_path, closing))
    assert (page.number, page.question, page.summary) == ("03", "Does it work?", "What is done. What was found.")
    assert (page.answer, page.doubt) == (answer, doubt)


def test_a_title_that_is_no_question_is_refused_with_the_file(tmp_path):
    with pytest.raises(ValueError, match=r"03_it\.ipynb.*Received: '# 03 Training"):
        read_page(kept(tmp_path, "x", title="# 03 Training"))


def test_words_of_a_figure_come_from_its_metadata_its_caption_or_the_text_before(tmp_path):
    cells = [
        "## Noise\n\nIt grows with *gain*. More follows.",
        picture(),
        "Text.",
        picture(),
        "*Above the photographs,\nbelow their cuts.* And on.",
        picture(alt="Two `curves`", tags=["key-figure"]),
        "**Bold** is no caption.",
        picture(),
        "The end.",
    ]
    page = read_page(kept(tmp_path, *cells))
    said = [figure.alt for figure in page.figures]
    assert said[0] == "Figure: Noise. It grows with gain."
    assert said[1:3] == ["Above the photographs, below their cuts.", "Two curves"]
    assert said[3] == "Figure: Noise. Bold is no caption."
    assert page.key_figure.alt == "Two curves"
    assert page.modules == ("disparity.depth",)
    dressed = dress(tmp_path / "03_it.ipynb", page).cells
    assert dressed[4].metadata["mystnb"]["figure"]["caption"] == "Above the photographs, below their cuts."
    assert dressed[5].source == "And on."
    assert dressed[7].source == "**Bold** is no caption."


def test_a_caption_that_was_computed_stands_in_the_output_and_becomes_the_figures(tmp_path):
    cell = picture()
    cell.outputs.append(nbformat.v4.new_output("display_data", {"text/markdown": "*3 of 4 [1, 4] are right.*"}))
    path = kept(tmp_path, cell, "*Not this.*", "The end.")
    page = read_page(path)
    assert (page.figures[0].caption, page.figures[0].alt) == ("3 of 4 [1, 4] are right.",) * 2
    dressed = dress(path, page).cells
    assert dressed[1].metadata["mystnb"]["figure"]["caption"] == "3 of 4 [1, 4] are right."
    assert ["image/png" in output.data for output in dressed[1].outputs] == [True]
    assert dressed[2].source == "*Not this.*"


def test_without_a_tag_the_last_figure_stands_on_the_front_page(tmp_path):
    page = read_page(kept(tmp_path, picture(alt="the first of two"), picture(alt="the second of two"), "The end."))
    assert page.key_figure.alt == "the second of two"
    assert read_page(kept(tmp_path, "No figure at all.")).key_figure is None


def test_tables_scroll_in_a_box_that_a_keyboard_reaches():
    html = '<style scoped>x</style><table border="1"><thead><tr><th></th><th>a</th></tr></thead></table>'
    box = readable_table(html)
    assert box.startswith('<div class="wide" role="region" tabindex="0"')
    assert '<td></td><th scope="col">a</th>' in box
    assert "scoped" not in box


def test_links_to_files_that_are_no_pages_become_words(tmp_path):
    (tmp_path / "benchmarks" / "results").mkdir(parents=True)
    (tmp_path / "benchmarks" / "results" / "a.md").write_text("# A\n")
    text = "[table](benchmarks/results/a.md) [code](tests/x.py) [web](https://x.org) ![p](p.png)"
    (tmp_path / PAPERS[0]).write_text(text)
    copy_paper(tmp_path / PAPERS[0], tmp_path, tmp_path / "out")
    assert (tmp_path / "out" / PAPERS[0]).read_text() == text.replace("[code](tests/x.py)", "code")


def test_plain_words():
    assert plain("## A *b* **c** `d` [e](f) ![g](h)") == "A b c d e g"
