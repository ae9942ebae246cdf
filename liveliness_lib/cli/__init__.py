"""``liveliness …``: argument parsing only; every command is one call into the rooms.

Exit codes: 0 done, 1 a photo could not be judged, 2 wrong use, 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys

import typer

MODULES = (
    "demo",
    "samples",
    "faces",
    "dataset",
    "train",
    "sweep",
    "evaluate",
    "protocol",
    "detect",
    "models",
    "depth",
    "failcases",
    "service",
)

OVERVIEW = """Tell a living face from a photograph of one.

Start with [bold]liveliness detect PHOTO[/bold], or watch the whole job with [bold]liveliness demo[/bold]."""


def build_app() -> typer.Typer:
    """Collect the commands of all modules in this folder."""
    app = typer.Typer(
        help=OVERVIEW,
        no_args_is_help=True,
        rich_markup_mode="rich",
        pretty_exceptions_enable=False,
        add_completion=False,
    )

    @app.callback()
    def _root(
        version: bool = typer.Option(False, "--version", is_eager=True, callback=_version, help="Print the version."),
    ) -> None: ...

    for name in MODULES:
        if importlib.util.find_spec(f"liveliness_lib.cli.{name}"):
            importlib.import_module(f"liveliness_lib.cli.{name}").register(app)
    return app


def _version(asked: bool) -> None:
    if asked:
        from liveliness_lib import __version__

        print(__version__)
        raise typer.Exit


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; known errors become one line on stderr."""
    # TensorFlow greets every user with lines about its build; a person who asked for a photo should not read them
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        build_app()(args=arguments)
    except KeyboardInterrupt:
        _complain("stopped; what was finished is kept")
        sys.exit(130)
    except (ValueError, OSError, ImportError) as error:
        _complain(str(error) or type(error).__name__)
        sys.exit(2)


def _complain(message: str) -> None:
    from rich.console import Console

    Console(stderr=True, highlight=False, soft_wrap=True).print(f"[red]error:[/red] {_escaped(message)}")


def _escaped(message: str) -> str:
    from rich.markup import escape

    return escape(message)
