"""Build the site from the notebooks as they are kept and the cards beside them; nothing is run.

python -m docs.build                    into site/; open site/index.html, no server is needed
python -m docs.build --out DIR --quick  elsewhere, and without the reference of the library

SITE_REPOSITORY=https://github.com/OWNER/NAME adds a link to each page's source there.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from docs.stage import ROOT, stage


def main(arguments: list[str] | None = None) -> int:
    """Build; return Sphinx's exit code, 1 as well where it warned."""
    parser = argparse.ArgumentParser(
        prog="python -m docs.build", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=ROOT / "site", help="default: site/")
    parser.add_argument("--quick", action="store_true", help="leave the reference of the library out")
    asked = parser.parse_args(arguments)
    status = build(asked.out, reference=not asked.quick)
    if status == 0:
        print(asked.out / "index.html")
    return status


def build(out: Path, *, reference: bool = True, work: Path = ROOT / "build" / "site") -> int:
    """Stage the sources below `work`, build them, and put the finished site in the place of the old one."""
    from sphinx.cmd.build import main as sphinx

    stage(work / "source", reference=reference)
    shutil.rmtree(work / "html", ignore_errors=True)
    here = str(Path(__file__).parent)
    status = sphinx(["-b", "html", "-c", here, "-d", str(work / "doctrees"), "-q", "-W", "--keep-going", "-E", str(work / "source"), str(work / "html")])  # fmt: skip # noqa: E501
    if status == 0:
        for leftover in (".buildinfo", "objects.inv"):
            (work / "html" / leftover).unlink(missing_ok=True)
        shutil.rmtree(out, ignore_errors=True)
        shutil.move(work / "html", out)
    return int(status)


if __name__ == "__main__":
    sys.exit(main())
