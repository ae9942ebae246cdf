"""``liveliness failcases``: keep what went wrong, look at it, decide, learn from it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

ROUND = Annotated[Path, typer.Argument(help="Folder of a round.")]
MODEL = Annotated[str, typer.Option(help="auto, a packaged model, an ONNX file, or the folder of a run.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(
        help="Mistakes and near misses: collect, show, explain, decide; then `liveliness train --add-failcases`.",
        no_args_is_help=True,
        rich_markup_mode="rich",
    )
    group.command()(collect)
    group.command()(show)
    group.command()(explain)
    group.command()(mark)
    group.command()(rounds)
    app.add_typer(group, name="failcases")


def collect(
    source: Annotated[
        Path, typer.Argument(help="A manifest, a folder with one, or a tree of real/ and fake/ folders.")
    ],
    out: Annotated[Path, typer.Option(help="Folder of the round.")],
    model: MODEL = "auto",
    detector: Annotated[str | None, typer.Option(help="Face detector; the model's own by default.")] = None,
    split: Annotated[str | None, typer.Option(help="Only the rows of this split.")] = None,
    training: Annotated[
        Path | None, typer.Option(help="The training data: cases of its dev and test people are not to be added.")
    ] = None,
    margin: Annotated[float, typer.Option(help="So close to the threshold, a right answer is a near miss.")] = 0.05,
) -> None:
    """Judge labelled pictures and keep every mistake and near miss: picture, face, score, condition, likely cause.

    [bold]liveliness failcases collect tuesday/ --model runs/mine --out failcases/tuesday[/bold]

    Take pictures of people who are in neither dev nor test of your training data (name it with --training): others are
    refused when they are added.
    """
    from liveliness_lib.dataset.manifest import load_table
    from liveliness_lib.dataset.splits import ensure_splits
    from liveliness_lib.failcases.gallery import Cases
    from liveliness_lib.pipeline.fail_round import keep_failures, leave_out_known
    from liveliness_lib.pipeline.judge import load_judge

    table = load_table(source)
    if split is not None:
        table = table[table["split"] == split].reset_index(drop=True)
        if table.empty:
            raise ValueError(f"expected a split with rows. Received: --split {split}")
    name = str(Path(model).resolve()) if Path(model).is_dir() else model
    found = keep_failures(load_judge(model, detector, gate=False), table, out, margin=margin, name=name)
    print(found.to_text())
    if training is not None:
        known = leave_out_known(Cases(out), ensure_splits(load_table(training), seed=0))
        print(f"\n{known} cases are of people, photos or sessions in dev or test of {training}: marked not to be added")
    print(f"\nround: {out}   sheet: {out / 'sheet.png'}   report: {out / 'report.md'}")


def show(
    folder: ROUND,
    kind: Annotated[str, typer.Option(help="false accept, false reject, near miss, not acquired.")] = "all",
    cause: Annotated[str, typer.Option(help="One likely cause.")] = "all",
    sort: Annotated[str, typer.Option(help="distance, score, cause, kind, subject.")] = "distance",
    sheet: Annotated[Path | None, typer.Option(help="Draw them into this picture file.")] = None,
) -> None:
    """List the cases of a round, worst first, one a line: name, kind, truth, score, likely cause, added or not.

    [bold]liveliness failcases show failcases/tuesday --kind "false accept" --sheet accepted.png[/bold]
    """
    from liveliness_lib.failcases.gallery import Cases

    cases = Cases(folder)
    chosen = cases.select(sort=sort, kind=kind, cause=cause)
    for row in chosen.to_dict("records"):
        what = "real" if row["label"] == "real" else row["attack_type"]
        score = row.get("score")
        said = "  -- " if score in (None, "") or score != score else f"{float(score):.3f}"
        print(
            f"{row['case'][:8]}  {row.get('kind', ''):<13} {what:<8} {said}  {row.get('cause') or '-':<16} add: {row['add']}"
        )
    if sheet is not None:
        from liveliness_lib.failcases.sheet import draw_cases
        from liveliness_lib.figures import save_figure

        save_figure(draw_cases(chosen, folder, most=len(chosen)), sheet)
    print(f"{len(chosen)} of {len(cases.table)} cases")


def explain(
    folder: ROUND,
    model: MODEL = "auto",
    most: Annotated[int, typer.Option(help="So many of the worst.", min=1)] = 12,
    out: Annotated[Path | None, typer.Option(help="Folder of the figures; explained/ in the round by default.")] = None,
) -> None:
    """Draw for the worst cases what the answer hangs on: covered parts, Grad-CAM, the model's own map, the spectrum.

    [bold]liveliness failcases explain failcases/tuesday --model runs/mine[/bold]

    Grad-CAM needs TensorFlow and a run folder with its model.keras.
    """
    from liveliness_lib.pipeline.fail_explain import explain_round

    for path in explain_round(folder, model, most=most, out=out):
        print(path)


def mark(
    folder: ROUND,
    case: Annotated[str, typer.Argument(help="Its name, or the beginning of it.")],
    label: Annotated[str | None, typer.Option(help="What it truly is: real or fake.")] = None,
    attack: Annotated[str, typer.Option(help="The attack type of a fake.")] = "unknown",
    add: Annotated[
        bool | None, typer.Option("--add/--leave-out", help="Whether the next round learns from it.")
    ] = None,
) -> None:
    """Correct the label of a case, or decide whether the next round learns from it.

    [bold]liveliness failcases mark failcases/tuesday 3fa9 --leave-out[/bold]
    """
    from liveliness_lib.failcases.gallery import Cases

    if label is None and add is None:
        raise ValueError("expected --label, --add or --leave-out. Received: none")
    cases = Cases(folder)
    if label is not None:
        cases.relabel(case, label, attack)
    if add is not None:
        cases.add(case, add)
    print(f"{(cases.table['add'] == 'yes').sum()} of {len(cases.table)} cases will be added")


def rounds(
    runs: Annotated[list[Path], typer.Argument(help="Run folders, oldest first.")],
    out: Annotated[Path | None, typer.Option(help="Write the table to this CSV as well.")] = None,
) -> None:
    """Compare the runs of successive rounds on their fixed test set: what was added, what it cured, what it broke.

    [bold]liveliness failcases rounds runs/mine runs/mine-2 runs/mine-3[/bold]
    """
    from liveliness_lib.paths import atomic_path
    from liveliness_lib.training.rounds import rounds_markdown, rounds_table

    table = rounds_table(runs)
    print(rounds_markdown(table))
    if out is not None:
        with atomic_path(out) as temporary:
            table.to_csv(temporary, index=False, lineterminator="\n")
