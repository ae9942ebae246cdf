"""Take the newest versions within pyproject's ranges, pin them, write them into environment.yml, and run every test.

python requirements/update.py                     in a virtual environment of its own, .venv-update
python requirements/update.py --hold torch keras  these stay at their pins
python requirements/update.py --sync              only write the pins of constraints.txt into environment.yml

Where anything fails or is interrupted (no package index, a package that does not install, a test), both files are put
back as they were, and .venv-update stays for a look.
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
    parser.add_argument("--hold", nargs="+", default=[], metavar="PACKAGE", help="packages that stay at their pins")
    parser.add_argument(
        "--tests", nargs="+", default=["test"], metavar="TARGET", help="what has to pass; default: test"
    )
    asked = parser.parse_args(arguments)
    if asked.sync:
        write_conda()
        return 0
    before = {path: path.read_text(encoding="utf-8") for path in (PINS, CONDA)}
    said = "stopped"
    try:
        install(asked.index, held_pins(before[PINS], asked.hold))
        write_conda()
        (VENV / ".all").touch()  # newer than the pins: make installs nothing
        subprocess.run(["make", *asked.tests, f"VENV={VENV.name}"], cwd=ROOT, check=True)
        said = ""
    except subprocess.CalledProcessError as error:
        said = f"`{' '.join(map(str, error.cmd[:4]))} …` failed; look at it with {VENV.name}/bin/python"
    finally:  # an interrupt too
        if said:
            for path, text in before.items():
                path.write_text(text, encoding="utf-8")
    print(f"the pins are as they were: {said}" if said else differences(before[PINS]))
    return int(bool(said))


def install(index: str, held: str) -> None:
    """Make the environment with no pins but those `held`, then pin what it has."""
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], check=True)
    python = str(VENV / "bin" / "python")
    (VENV / "held.txt").write_text(held, encoding="utf-8")
    pip = [python, "-m", "pip", "install", "--disable-pip-version-check", "-q", "-c", str(VENV / "held.txt")]
    subprocess.run([*pip, *(["--extra-index-url", index] if index else []), "-e", ".[all]"], cwd=ROOT, check=True)
    subprocess.run([*pip, "--no-deps", "-r", str(HERE / "no-deps.txt")], check=True)
    subprocess.run([python, str(HERE / "write_pins.py")], check=True)


def held_pins(text: str, names: list[str]) -> str:
    """Return the lines of the pins for `names`.

    Raises
    ------
    ValueError
        One of them is not pinned.

    Examples
    --------
    >>> held_pins("keras==3.15.1\\nnumpy==2.4.6\\n", ["numpy"])
    'numpy==2.4.6\\n'
    """
    pins = read_pins(text)
    if missing := sorted(set(names) - set(pins)):
        raise ValueError(f"expected names of pinned packages, as in {PINS.name}. Received: {missing}")
    return "".join(f"{name}=={pins[name]}\n" for name in names)


def write_conda() -> None:
    """Write the pins of constraints.txt into environment.yml."""
    pins = read_pins(PINS.read_text(encoding="utf-8"))
    CONDA.write_text(synced(CONDA.read_text(encoding="utf-8"), pins), encoding="utf-8")


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
