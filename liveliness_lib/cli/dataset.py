"""``liveliness dataset``: from a folder of photographs to tagged, verified recaptures, and every public set."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer

JOBS = Annotated[int, typer.Option(help="Processes; -1: one on each core.")]
SCHEDULER = Annotated[str | None, typer.Option(help="Address of a Dask scheduler, tcp://HOST:8786.")]
SOURCE = Annotated[Path, typer.Argument(help="A manifest, a folder with one, or a tree of real/ and fake/ folders.")]
TO = Annotated[Path, typer.Option("--out", help="Folder to fill.")]


class Engine(str, Enum):
    """What runs the tasks."""

    joblib = "joblib"
    dask = "dask"


class Keep(str, Enum):
    """What of a filmed slide is kept."""

    crop = "crop"
    photo = "photo"
    frame = "frame"


class By(str, Enum):
    """How slides are told."""

    auto = "auto"
    codes = "codes"
    content = "content"


class Picture(str, Enum):
    """Formats of pictures."""

    png = "png"
    jpg = "jpg"
    webp = "webp"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Slideshows, recordings, public sets, splits, formats.", no_args_is_help=True)
    for command in (slideshow, film, cut, capture, read, fetch, frames, generate, split, duplicates, convert, formats):
        group.command()(command)
    app.add_typer(group, name="dataset")


def slideshow(
    photos: Annotated[list[Path], typer.Argument(help="Photographs, folders of them, or manifests.")],
    out: TO,
    fps: Annotated[float, typer.Option(help="Slides a second.", min=0.05)] = 1.0,
    size: Annotated[str, typer.Option(help="WIDTHxHEIGHT of a slide; empty: full HD, the way most photos are.")] = "",
    codes: Annotated[bool, typer.Option(help="Codes by which a filmed slide names itself.")] = True,
    lead_in: Annotated[float, typer.Option(help="Seconds of the calibration pattern before the slides.", min=0)] = 3.0,
    skip_unreadable: Annotated[bool, typer.Option(help="Leave out photos that cannot be read.")] = False,
) -> None:
    """Make a film of photographs to be played on a screen and filmed: slideshow.mp4, order.txt, order.json.

    [bold]liveliness dataset slideshow my_photos --out show[/bold]
    """
    from liveliness_lib.dataset.slideshow import find_photos, make_slideshow

    canvas = _size(size) if size else None
    show = make_slideshow(
        find_photos(photos),
        out,
        slides_per_second=fps,
        canvas=canvas,
        codes=codes,
        lead_in_s=lead_in,
        skip_unreadable=skip_unreadable,
    )
    for path, reason in show.left_out:
        print(f"left out: {path} {reason}")
    print(f"{len(show.order.slides)} slides in {show.film}; names in {show.order_text}, {show.order_json}")


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.lower().partition("x")
    if not (width.isdigit() and height.isdigit()):
        raise ValueError(f"expected a size such as 1080x1920. Received: {text!r}")
    return int(height), int(width)


def film(
    order: Annotated[Path, typer.Argument(help="order.json, or its folder.")],
    out: Annotated[Path, typer.Option(help="The film to write, .mp4.")],
    seed: Annotated[int, typer.Option(help="Another hand, angle and light for each.")] = 0,
    screen: Annotated[str, typer.Option(help="Simulated screen, such as phone_oled_pentile; with --camera.")] = "",
    camera: Annotated[str, typer.Option(help="Simulated camera.")] = "",
) -> None:
    """Film a slideshow without a camera: shaking hands, drifting clocks, lost frames, with the truth beside it.

    [bold]liveliness dataset film show --out show/filmed.mp4[/bold]
    """
    from liveliness_lib.dataset.filming import draw_filming, film_slideshow
    from liveliness_lib.dataset.order import read_order
    from liveliness_lib.paths import atomic_path

    if bool(screen) != bool(camera):
        raise ValueError(f"expected both --screen and --camera, or neither. Received: {screen!r}, {camera!r}")
    how = draw_filming(seed, screen=screen, camera=camera)
    truth = film_slideshow(read_order(order), out, how, seed=seed, progress=True)
    with atomic_path(out.with_suffix(".truth.csv")) as temporary:
        truth.to_csv(temporary, index=False)
    print(f"{len(truth)} frames in {out}; what each shows: {out.with_suffix('.truth.csv')}")


def cut(
    films: Annotated[list[Path], typer.Argument(help="Films of the slideshow.")],
    order: Annotated[Path, typer.Option(help="order.json or order.txt, or their folder.")],
    out: TO,
    photos: Annotated[Path | None, typer.Option(help="Folder of the photographs, if they have moved.")] = None,
    device: Annotated[str, typer.Option(help="camera+screen, such as pixel7+ipad.")] = "",
    light: Annotated[str, typer.Option(help="daylight, lamp, dark, …")] = "",
    keep: Annotated[
        Keep, typer.Option(help="crop: as filmed, inside the photo; photo: rectified; frame: all.")
    ] = Keep.crop,
    format: Annotated[Picture, typer.Option(help="Of the pictures.")] = Picture.png,
    by: Annotated[By, typer.Option(help="How slides are told; content: old films without codes.")] = By.auto,
    jobs: JOBS = -1,
    engine: Annotated[Engine, typer.Option(help="What runs several films.")] = Engine.joblib,
    scheduler: SCHEDULER = None,
) -> None:
    """Cut films of a slideshow into pictures that carry their source's name, each verified against its photograph.

    [bold]liveliness dataset cut filmed.mp4 --order show --out fakes --device pixel7+ipad --light lamp[/bold]
    """
    from liveliness_lib.dataset.cut_many import cut_films
    from liveliness_lib.dataset.order import read_order
    from liveliness_lib.dataset.recording import Session

    table, reports = cut_films(
        films,
        read_order(order, photos=photos),
        out,
        session=Session(device, light),
        jobs=jobs,
        engine=engine.value,
        scheduler=scheduler,
        keep=keep.value,
        format=format.value,
        by=by.value,
    )
    for name, report in reports.items():
        if isinstance(report, str):
            print(f"{name}: {report}")
            continue
        drift = report.clock_drift  # not a number with fewer than three slides
        said = f"clock drift {100 * drift:+.1f} %" if drift == drift else "too few to tell the clock's drift"
        print(f"{name}: {len(report.table)} pictures, {said}")
        if report.breaks_off:
            print("  the film breaks off at {:.1f} s of {:.1f} s; its end is missing".format(*report.breaks_off))
        for slide, reason in report.unplaced.items():
            print(f"  no picture of {slide}: {reason}")
    print(f"{len(table)} pictures in {out}")


def capture(
    source: Annotated[str, typer.Argument(help="Number of a camera, or a film.")] = "0",
    out: TO = Path("captured"),
    subject: Annotated[str, typer.Option(prompt="Who is it", help="Who is in the picture.")] = "",
    light: Annotated[str, typer.Option(prompt="Which light (daylight, lamp, dark)", help="The light.")] = "",
    device: Annotated[str, typer.Option(prompt="Which camera", help="What takes the pictures.")] = "",
    every: Annotated[float, typer.Option(help="Seconds for each picture; its sharpest frame is kept.")] = 1.0,
    most: Annotated[int, typer.Option(help="How many pictures.", min=1)] = 10,
) -> None:
    """Record a real session from a camera or a clip; asks who, which light and which camera.

    [bold]liveliness dataset capture 0 --out captured[/bold]

    [bold]liveliness dataset capture clip.mp4 --subject anna --light lamp --device pixel7[/bold]
    """
    from liveliness_lib.dataset.capture import camera_frames, capture_session, film_frames

    pictures = camera_frames(int(source)) if source.isdigit() else film_frames(source)
    session = "" if source.isdigit() else f"{subject}-{Path(source).stem}"
    about = {"subject": subject, "light": light, "device": device, "session": session}
    table = capture_session(pictures, out, **about, every_s=every, most=most)
    print(f"{(table['session'] == table['session'].iloc[-1]).sum()} pictures added to {out / 'manifest.csv'}")


def read(
    name: Annotated[str, typer.Argument(help="replay-attack, oulu-npu, …; 'list' says which there are.")],
    root: Annotated[Path | None, typer.Argument(help="The set as it was unpacked.")] = None,
    out: Annotated[Path, typer.Option(help="The manifest to write.")] = Path("manifest.csv"),
    protocol: Annotated[str | None, typer.Option(help="One of the set's official protocols.")] = None,
) -> None:
    """Read a public set from its own folders into a manifest with its official splits.

    [bold]liveliness dataset read list[/bold]

    [bold]liveliness dataset read oulu-npu /data/OULU --protocol 3_1 --out oulu_3_1.csv[/bold]
    """
    from liveliness_lib.dataset.manifest import write_manifest
    from liveliness_lib.dataset.readers import READERS, read_public_set

    if name == "list":
        for one in READERS.values():
            print(f"{one.name:14} {one.title}; protocols {', '.join(one.protocols)}")
            print(f"{'':14} {one.layout}\n{'':14} {one.ask}")
        return
    if root is None:
        raise ValueError("expected the folder of the set behind its name. Received: none")
    table = read_public_set(name, root, protocol=protocol)
    write_manifest(table, out)
    print(table.groupby(["split", "attack_type"]).size().unstack(fill_value=0).to_string())
    print(f"{len(table)} rows of {table['subject'].nunique()} people in {out}")


def fetch(
    name: Annotated[str, typer.Argument(help="lfw: Labeled Faces in the Wild, 200 MB.")],
    out: Annotated[Path | None, typer.Option(help="Folder; the cache where none is given.")] = None,
) -> None:
    """Download real photographs to attack (the only command here that uses the network).

    [bold]liveliness dataset fetch lfw[/bold]
    """
    from liveliness_lib.dataset.readers.lfw import fetch_lfw

    if name != "lfw":
        raise ValueError(f"expected lfw; the other sets are given out by their owners. Received: {name!r}")
    table = fetch_lfw(out)
    print(
        f"{len(table)} photographs of {table['subject'].nunique()} people in {Path(table['path'].iloc[0]).parents[1]}"
    )


def frames(
    source: Annotated[Path, typer.Argument(help="A manifest whose rows are films.")],
    out: TO,
    per_film: Annotated[int, typer.Option(help="Frames of each film.", min=1)] = 5,
    jobs: JOBS = -1,
    engine: Annotated[Engine, typer.Option()] = Engine.joblib,
    scheduler: SCHEDULER = None,
) -> None:
    """Take pictures out of the films of a manifest.

    [bold]liveliness dataset frames oulu_3_1.csv --out oulu_frames --per-film 5[/bold]
    """
    from liveliness_lib.dataset.frames import extract_frames
    from liveliness_lib.dataset.manifest import load_table

    how: dict[str, Any] = {"jobs": jobs, "engine": engine.value, "scheduler": scheduler}
    table = extract_frames(load_table(source), out, per_film=per_film, **how)
    for reason in table.attrs["left_out"]:
        print(f"left out: {reason}")
    print(f"{len(table)} pictures in {out}")


def generate(
    out: TO,
    people: Annotated[int, typer.Option(help="How many people.", min=1)] = 100,
    photos: Annotated[int, typer.Option(help="Photographs of each.", min=1)] = 1,
    recaptures: Annotated[int, typer.Option(help="How often each is taken again, each way.", min=1)] = 1,
    attacks: Annotated[str, typer.Option(help="Attack types, separated by commas.")] = "screen,print",
    size: Annotated[str, typer.Option(help="WIDTHxHEIGHT of a picture.")] = "240x320",
    seed: Annotated[int, typer.Option(help="The same seed makes the same files.")] = 0,
    jobs: JOBS = -1,
    engine: Annotated[Engine, typer.Option(help="What runs the tasks.")] = Engine.joblib,
    scheduler: SCHEDULER = None,
) -> None:
    """Render people, photograph them, and put the photographs on screens and paper; with splits.

    [bold]liveliness dataset generate --out simulated --people 500[/bold]

    [bold]liveliness dataset generate --out /shared/simulated --engine dask --scheduler tcp://10.0.0.5:8786[/bold]
    """
    from liveliness_lib.dataset.generate import Plan
    from liveliness_lib.dataset.generate import generate as make
    from liveliness_lib.dataset.manifest import write_manifest
    from liveliness_lib.dataset.splits import ensure_splits

    kinds = tuple(kind.strip() for kind in attacks.split(",") if kind.strip())
    plan = Plan(people, photos, recaptures, attacks=kinds, image_size=_size(size), seed=seed)
    table = make(plan, out, jobs=jobs, engine=engine.value, scheduler=scheduler)
    if people >= 3:
        table = ensure_splits(table, seed=seed)
        write_manifest(table, out / "manifest.csv")
    print(f"{len(table)} pictures of {people} people in {out}")


def split(
    source: SOURCE,
    out: Annotated[Path, typer.Option(help="The manifest to write.")],
    seed: Annotated[int, typer.Option(help="Deals the people.")] = 0,
    check: Annotated[bool, typer.Option(help="Also refuse near duplicates across splits.")] = True,
) -> None:
    """Deal a set into train, dev and test by person, source photo and session; refuse what leaks.

    [bold]liveliness dataset split my_photos --out my_photos/manifest.csv[/bold]
    """
    from liveliness_lib.dataset.manifest import load_table, write_manifest
    from liveliness_lib.dataset.near_duplicates import check_near_duplicates
    from liveliness_lib.dataset.splits import ensure_splits

    table = ensure_splits(load_table(source), seed=seed)
    if check:
        check_near_duplicates(table)
    write_manifest(table, out)
    print(table.groupby(["split", "label"]).size().unstack(fill_value=0).to_string())


def duplicates(
    source: SOURCE,
    near: Annotated[int, typer.Option(help="Bits of 64 that may differ.", min=0, max=32)] = 6,
    everywhere: Annotated[bool, typer.Option(help="Also pairs inside one split.")] = False,
    out: Annotated[Path | None, typer.Option(help="Write the pairs as CSV.")] = None,
) -> None:
    """Find pictures that are nearly the same by perceptual hash, above all across splits.

    [bold]liveliness dataset duplicates data_samples[/bold]
    """
    from liveliness_lib.dataset.manifest import load_table
    from liveliness_lib.dataset.near_duplicates import find_near_duplicates
    from liveliness_lib.paths import atomic_path

    pairs = find_near_duplicates(load_table(source), near=near, across_splits=not everywhere)
    for row in pairs.head(50).itertuples():
        print(f"{row.distance:2d} bits  {row.path_a} ({row.split_a})  {row.path_b} ({row.split_b})")
    if out:
        with atomic_path(out) as temporary:
            pairs.to_csv(temporary, index=False)
    print(f"{len(pairs)} pairs")


def convert(
    source: SOURCE,
    out: TO,
    format: Annotated[
        str, typer.Option(help="png, jpeg95, jpeg85, jpeg70, jpeg50, webp80, or any quality.")
    ] = "jpeg85",
    jobs: JOBS = -1,
) -> None:
    """Write the same pictures in another format; the manifest stays but for the paths.

    [bold]liveliness dataset convert data_samples --out samples_jpeg70 --format jpeg70[/bold]
    """
    from liveliness_lib.dataset.formats import convert as write
    from liveliness_lib.dataset.manifest import load_table

    table = write(load_table(source), out, format, jobs=jobs)
    print(f"{len(table)} pictures, {table['bytes'].sum() / 1e6:.1f} MB in {out}")


def formats(
    source: SOURCE,
    out: TO,
    seeds: Annotated[int, typer.Option(help="Networks of each format.", min=1)] = 3,
    only: Annotated[list[str] | None, typer.Option("--format", help="Formats to compare; all six by default.")] = None,
    faces: Annotated[bool, typer.Option(help="The pictures are cut faces.")] = False,
    epochs: Annotated[int, typer.Option(help="Of each training.", min=1)] = 60,
) -> None:
    """Does the format matter? Train on each, test on each, with several seeds; size on disk beside the error.

    [bold]liveliness dataset formats data_samples --out runs/formats --seeds 3[/bold]
    """
    from liveliness_lib.dataset.formats import FORMATS
    from liveliness_lib.dataset.manifest import load_table
    from liveliness_lib.dataset.splits import ensure_splits
    from liveliness_lib.pipeline.format_grid import compare_formats, summarise_grid
    from liveliness_lib.training import TrainConfig

    config = TrainConfig(source="faces" if faces else "photos", epochs=epochs)
    chosen = tuple(only or FORMATS)
    cells = compare_formats(
        ensure_splits(load_table(source), seed=0), out, formats=chosen, seeds=range(seeds), config=config
    )
    print(summarise_grid(cells).round(4).to_string(index=False))
