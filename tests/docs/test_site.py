"""The site as its readers open it: in headless Chromium, light and dark, wide and on a phone."""

import json
import re
from pathlib import Path
from urllib.parse import unquote, urljoin, urlparse

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = ["index.html", *(f"notebooks/{p.stem}.html" for p in sorted((ROOT / "notebooks").glob("[0-9]*.ipynb")))]
pytestmark = [pytest.mark.notebooks, pytest.mark.timeout(600), pytest.mark.xdist_group("site")]


def look(browser, url, *, dark=False, width=1280, height=900):
    scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.get(url)


def test_every_link_leads_somewhere_and_no_picture_is_missing(site):
    wrong = []
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        anchors = {page: set(re.findall(r'\sid="([^"]+)"', text))}
        for link in re.findall(r'(?:href|src)="([^"]+)"', text):
            parts = urlparse(link)
            if parts.scheme in ("http", "https", "data", "mailto"):
                continue
            target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            if not target.is_file():
                wrong.append((page.name, link))
            elif parts.fragment and target.suffix == ".html":
                if target not in anchors:
                    anchors[target] = set(re.findall(r'\sid="([^"]+)"', target.read_text(encoding="utf-8")))
                if unquote(parts.fragment) not in anchors[target]:
                    wrong.append((page.name, link))
    assert not wrong


def test_every_figure_has_a_text_of_its_own(site):
    for name in PAGES:
        text = (site / name).read_text(encoding="utf-8")
        for image in re.findall(r"<img[^>]+>", text):
            alt = re.search(r'alt="([^"]*)"', image)
            assert alt, image
            assert len(alt[1]) > 15, f"{name}: {image}"
            assert not re.search(r"\.(png|jpg|jpeg)$", alt[1]), image


def test_the_front_page_leads_through_all_questions_in_order(site):
    text = (site / "index.html").read_text(encoding="utf-8")
    body = text[text.index('id="the-questions"') :]
    links = re.findall(r'<h3><a[^>]+href="(notebooks/[^"#]+)', body)
    assert links == PAGES[1:]
    for before, after in zip(PAGES[1:], PAGES[2:], strict=False):
        page = (site / before).read_text(encoding="utf-8")
        assert re.search(rf'class="next-page" href="{Path(after).name}"', page), f"{before} has no next page"


def ways_to_read():
    """Every page in light on a desk and in the dark on a phone: one of both for each, the other in the full tier."""
    for number, name in enumerate(PAGES):
        for dark in (False, True):
            marks = [pytest.mark.full] if number and dark == bool(number % 2) else []
            yield pytest.param(name, dark, marks=marks, id=f"{name}, {'dark, phone' if dark else 'light'}")


@pytest.mark.parametrize(("name", "dark"), list(ways_to_read()))
def test_a_page_is_readable_and_asks_nobody_else(browser, address, name, dark):
    from axe_core_python.selenium import Axe

    browser.get_log("performance")
    look(browser, f"{address}/{name}", dark=dark, width=390 if dark else 1280)
    assert browser.execute_script("return document.documentElement.scrollWidth <= innerWidth"), (
        "the page scrolls sideways"
    )
    missing = (
        "return [...document.images].filter(i => (i.loading = 'eager', i.complete && !i.naturalWidth)).map(i => i.src)"
    )
    assert browser.execute_script(missing) == []
    found = Axe().run(browser, options={"runOnly": ["wcag2a", "wcag2aa"]})
    told = [(v["id"], v["help"], n["target"], n["any"][:1]) for v in found["violations"] for n in v["nodes"][:3]]
    assert told == []
    log = browser.get_log("browser")
    assert [
        entry["message"]
        for entry in log
        if entry["level"] in ("SEVERE", "WARNING") and "favicon" not in entry["message"]
    ] == []
    asked = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    urls = [one["params"]["request"]["url"] for one in asked if one["method"] == "Network.requestWillBeSent"]
    # the browser's own first tab may still be loading its parts
    assert [url for url in urls if not url.startswith((address, "data:", "chrome:"))] == []


def test_the_theme_can_be_chosen(browser, address):
    look(browser, f"{address}/index.html")
    colour = "return getComputedStyle(document.body).backgroundColor"
    light = browser.execute_script(colour)
    for _ in range(2):  # the button goes from the reader's own setting to light to dark
        browser.execute_script("document.querySelector('.theme-toggle-content .theme-toggle').click()")
        if browser.execute_script(colour) != light:
            break
    else:
        pytest.fail("two presses of the theme button changed nothing")
    browser.execute_script("localStorage.clear()")


def test_search_finds_a_notebook(browser, address, site):
    from selenium.webdriver.support.ui import WebDriverWait

    look(browser, f"{address}/index.html")
    box = browser.find_element("css selector", ".sidebar-search")
    box.send_keys("motorcycle\n")
    waiting = WebDriverWait(browser, 20)
    links = waiting.until(lambda b: b.find_elements("css selector", "#search-results ul.search li a"))
    hrefs = [urljoin(browser.current_url, link.get_attribute("href")) for link in links]
    assert any("06_stereo_disparity" in href for href in hrefs)
