"""JupyterLab in headless Chromium: it opens at the start notebook, and widgets answer when they are moved."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[2]
FRAMES = """from liveliness_lib.dataset.film_writer import write_film
from liveliness_lib.dataset.frames import view_film
import numpy as np
with write_film("ramp.mp4", (96, 128), 10, quality=5) as add:
    for level in range(0, 200, 10):
        add(np.full((96, 128, 3), level, np.uint8))
view_film("ramp.mp4")"""
GALLERY = """from liveliness_lib.dataset.manifest import load_table
from liveliness_lib.failcases.gallery import show_gallery
from liveliness_lib.failcases.rounds import keep_round
from liveliness_lib.paths import samples_dir
table = load_table(samples_dir()).query("split == 'train'").head(12)
table = table.assign(kind=["false accept", "near miss"] * 6, score=0.5, distance=0.1, cause="soft")
keep_round(table, "round", model="m")
show_gallery("round", live=True)"""
SLIDERS = """from disparity.sliders import show_tuner
import numpy as np
rng = np.random.default_rng(0)
left = rng.integers(60, 190, (120, 220, 3), np.uint8)
noise = rng.integers(0, 60, left.shape, np.uint8)  # so that every setting matters
show_tuner(left, np.roll(left, -6, axis=1) + noise, (0, 16), live=True)"""
PANEL = """from liveliness_lib.paths import samples_dir
from liveliness_lib.pipeline.first_look import show_panel
from liveliness_lib.pipeline.judge import load_judge
show_panel(load_judge("livenessnet"), samples_dir() / "real" / "none" / "p0007-0-0.png")"""
CODE = {"frames": FRAMES, "gallery": GALLERY, "sliders": SLIDERS, "panel": PANEL}
pytestmark = [pytest.mark.full, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("lab")
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    for name, code in CODE.items():
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)], metadata={"kernelspec": kernel})
        nbformat.write(notebook, made / f"{name}.ipynb")
    shutil.copy(ROOT / "notebooks" / "00_start_here.ipynb", made)
    return made


@pytest.fixture(scope="module")
def lab(folder, tmp_path_factory):
    """The command of `make lab`, on another folder and port, without a browser of its own."""
    said = subprocess.run(["make", "-n", "lab"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    arguments = (
        re.search(r"bin/jupyter (lab .*)$", said, re.MULTILINE)[1].replace("--notebook-dir notebooks", "").split()
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    home = tmp_path_factory.mktemp("jupyter")
    command = [str(Path(sys.executable).with_name("jupyter")), *arguments, "--no-browser", f"--port={port}"]
    command += [
        "--IdentityProvider.token=",
        "--allow-root",
        "--LabApp.expose_app_in_browser=True",
        "--notebook-dir",
        str(folder),
    ]
    environment = os.environ | {"JUPYTER_CONFIG_DIR": str(home), "JUPYTER_DATA_DIR": str(home / "data")}
    log = (home / "log").open("w")
    server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    for _ in range(600):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        assert server.poll() is None, (home / "log").read_text()
        time.sleep(0.2)
    yield f"http://127.0.0.1:{port}"
    server.terminate()
    server.wait(30)


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    chromium, driver = shutil.which("chromium") or shutil.which("google-chrome"), shutil.which("chromedriver")
    if not chromium or not driver:
        pytest.skip("Chromium is not installed: apt-get install chromium chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    flags = (
        "headless no-sandbox disable-gpu disable-quic no-first-run disable-background-networking window-size=1400,1200"
    )
    fake = "use-fake-device-for-media-stream use-fake-ui-for-media-stream disable-dev-shm-usage"
    for flag in (*flags.split(), *fake.split()):
        options.add_argument(f"--{flag}")
    options.add_argument(f"--user-data-dir={tmp_path_factory.mktemp('chromium')}")
    opened = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    opened.set_script_timeout(120)
    yield opened
    opened.quit()


def until(condition, seconds=300):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.3)
    pytest.fail("waited in vain")


def run_all(browser, lab, name):
    """Open a notebook and run it; return when its widget is there."""
    browser.get(f"{lab}/lab/tree/{name}.ipynb?reset")
    ready = "return Boolean(window.jupyterapp && document.querySelector('.jp-NotebookPanel .jp-CodeCell'))"
    until(lambda: browser.execute_script(ready))
    kernel = "window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel"
    connected = f"{kernel}?.connectionStatus === 'connected' && {kernel}.status === 'idle'"
    until(lambda: browser.execute_script(f"return {connected}"))  # before it is, cells that are run stay silent
    browser.execute_script("window.jupyterapp.commands.execute('notebook:run-all-cells')")
    until(lambda: browser.find_elements("css selector", ".jp-OutputArea .jupyter-widgets"))


def picture(browser, index=0):
    images = browser.find_elements("css selector", ".jp-OutputArea img.widget-image, .jp-OutputArea .widget-image")
    return images[index].get_attribute("src") if len(images) > index else None


def test_make_lab_opens_at_the_start_notebook(browser, lab):
    browser.get(lab)
    until(lambda: "/lab/tree/00_start_here.ipynb" in browser.current_url)
    title = "return document.querySelector('.jp-NotebookPanel .jp-MarkdownCell h1')?.textContent || ''"
    until(lambda: "00 · Is everything here" in browser.execute_script(title))


@pytest.mark.parametrize(("name", "slider"), [("frames", 0), ("sliders", 1)])
def test_moving_a_slider_draws_anew(browser, lab, name, slider):
    run_all(browser, lab, name)
    before = until(lambda: picture(browser))
    handles = until(lambda: browser.find_elements("css selector", ".jp-OutputArea .widget-slider .noUi-handle"))
    handles[slider].send_keys("\ue014" * 3)  # arrow right, three times
    until(lambda: picture(browser) not in (None, before))


def test_the_gallery_filters_and_writes_a_decision_down(browser, lab, folder):
    run_all(browser, lab, "gallery")
    cards = ".jp-OutputArea .widget-image"
    until(lambda: len(browser.find_elements("css selector", cards)) == 12)
    menu = browser.find_element("css selector", ".jp-OutputArea .widget-dropdown select")
    menu.find_element("xpath", ".//option[contains(., 'miss')]").click()
    until(lambda: len(browser.find_elements("css selector", cards)) == 6)
    boxes = browser.find_elements("css selector", ".jp-OutputArea .widget-checkbox input")
    boxes[-1].click()
    until(lambda: ",no" in (folder / "round" / "manifest.csv").read_text())


def test_a_photo_is_dropped_in_and_the_webcam_takes_one(browser, lab):
    run_all(browser, lab, "panel")
    words = "return document.querySelector('.jp-OutputArea .widget-html-content ul')?.textContent || ''"
    first = until(lambda: browser.execute_script(words))
    # the button opens a file dialog from an input that is not on the page; there, a driver can fill it in
    browser.execute_script("HTMLInputElement.prototype.click = function () { document.body.append(this); }")
    browser.find_element("css selector", ".jp-OutputArea .widget-upload").click()
    upload = until(lambda: browser.find_elements("css selector", "body > input[type=file]"))[0]
    browser.execute_script("arguments[0].style.display = 'block'", upload)
    upload.send_keys(str(ROOT / "data_samples" / "fake" / "screen" / "p0007-0-0.png"))
    second = until(lambda: (said := browser.execute_script(words)) not in ("", first) and said)
    camera = "const b = document.querySelector('.webcam-button'); b && b.click(); return b?.textContent || ''"
    until(lambda: browser.execute_script(camera))
    label = "return document.querySelector('.webcam-button').textContent"
    until(lambda: browser.execute_script(label) == "take a picture")
    browser.execute_script(camera)  # the browser's fake camera shows a test pattern
    until(lambda: browser.execute_script(words) not in ("", second))
