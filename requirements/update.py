"""Take the newest versions within pyproject's ranges, pin them, write them into environment.yml, and run every test.

python requirements/update.py             in a virtual environment of its own, .venv-update
python requirements/update.py --sync      only write the pins of constraints.txt into environment.yml

Where a test fails, both files are put back as they were, and .venv-update stays for a look. Needs a package index.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
PINS, CONDA = HERE / "constraints.txt", ROOT / "environment.yml"
VENV = ROOT / ".venv-update"


def main(arguments: list[str] | None = None) -> int:
    """Update or only sync; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sync", action="store_true")
    parser.add_argument("--index", default="", help="one more package index, as TORCH_INDEX of the Makefile")
    asked = parser.parse_args(arguments)
    before = {path: path.read_text(encoding="utf-8") for path in (PINS, CONDA)}
    if not asked.sync:
        install(asked.index)
    CONDA.write_text(synced(before[CONDA], read_pins(PINS.read_text(encoding="utf-8"))), encoding="utf-8")
    if asked.sync:
        return 0
    (VENV / ".all").touch()  # newer than the pins: make installs nothing
    status = subprocess.run(["make", "test", f"VENV={VENV.name}"], cwd=ROOT).returncode
    for path, text in before.items():
        if status:
            path.write_text(text, encoding="utf-8")
    print("the pins are as they were: a test failed with the new ones" if status else differences(before[PINS]))
    return status


def install(index: str) -> None:
    """Make the environment without the pins, then pin what it has."""
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], check=True)
    python = str(VENV / "bin" / "python")
    pip = [python, "-m", "pip", "install", "--disable-pip-version-check", "-q"]
    subprocess.run([*pip, *(["--extra-index-url", index] if index else []), "-e", ".[all]"], cwd=ROOT, check=True)
    subprocess.run([*pip, "--no-deps", "-r", str(HERE / "no-deps.txt")], check=True)
    subprocess.run([python, str(HERE / "write_pins.py")], check=True)


def read_pins(text: str) -> dict[str, str]:
    """Return package -> version.

    Examples
    --------
    >>> read_pins("# a comment\\nnumpy==2.4.6\\n")
    {'numpy': '2.4.6'}
    """
    return dict(line.split("==") for line in text.splitlines() if "==" in line and not line.startswith("#"))


def synced(conda: str, pins: dict[str, str]) -> str:
    """Return environment.yml with the versions of `pins`, comments where they stood.

    Examples
    --------
    >>> synced("      - numpy==2.4.6   # arrays\\n", {"numpy": "2.10.0"})
    '      - numpy==2.10.0  # arrays\\n'
    """

    def newer(match: re.Match[str]) -> str:
        name = re.sub(r"[-_.]+", "-", match["name"].split("[")[0]).lower()
        pin = f"{match['name']}=={pins.get(name, match['version'])}"
        return f"      - {pin:<{len(match[0]) - 8}}" if match[0].endswith(" ") else f"      - {pin}"

    return re.sub(r"^      - (?P<name>[\w\-\[\].]+)==(?P<version>\S+) *", newer, conda, flags=re.MULTILINE)


def differences(before: str) -> str:
    """Return a line for each pin that changed."""
    old, new = read_pins(before), read_pins(PINS.read_text(encoding="utf-8"))
    names = sorted(name for name in old | new if old.get(name) != new.get(name))
    return "\n".join(f"{name}: {old.get(name, '-')} -> {new.get(name, '-')}" for name in names) or "nothing is newer"


if __name__ == "__main__":
    sys.exit(main())
