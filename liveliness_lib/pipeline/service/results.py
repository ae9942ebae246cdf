"""Results: list, look at, mark, delete."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Response

from liveliness_lib.pipeline.retention import forget
from liveliness_lib.pipeline.service import pictures
from liveliness_lib.pipeline.service.guard import Refused
from liveliness_lib.pipeline.service.judging import Judging
from liveliness_lib.pipeline.service.schemas import (
    ID_PATTERN,
    TEXT_PATTERN,
    Deleted,
    Page,
    Result,
    ReviewIn,
    problems,
)
from liveliness_lib.pipeline.store import PublishStore, StoredPhoto

Identity = Annotated[str, Path(pattern=ID_PATTERN, examples=["5f2b8c0d9e7a4c63b1f0a2d4c6e8f012"])]
Person = Annotated[str, Path(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f/]+$")]
_PICTURE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/*": {"schema": {"type": "string", "format": "binary"}}}, "description": "A picture"}
}
_REFUSALS = problems(401, 403, 404, 422, 503)
_TYPES = {".jpg": "image/jpeg", ".png": "image/png", ".webp": "image/webp", ".bmp": "image/bmp", ".tif": "image/tiff"}


def results_router(judging: Judging, store: PublishStore) -> APIRouter:
    """Return the routes over what is stored."""
    router = APIRouter(prefix="/v1", tags=["results"])

    @router.get("/results", response_model=Page, responses=problems(401, 403, 422, 503))
    async def list_results(
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        after: Annotated[int | None, Query(ge=1, le=2**53, description="`next` of the page before.")] = None,
        label: Annotated[Literal["real", "fake", "retake"] | None, Query()] = None,
        review: Annotated[Literal["real", "fake", "none"] | None, Query(description="none: not looked at")] = None,
        person: Annotated[str | None, Query(min_length=1, max_length=200, pattern=TEXT_PATTERN)] = None,
        with_image: Annotated[bool, Query(description="Only photos whose picture is kept.")] = False,
    ) -> Page:
        """List results, newest first."""
        equal: dict[str, str | None] = {k: v for k, v in (("label", label), ("person", person)) if v is not None}
        if review is not None:
            equal["review"] = None if review == "none" else review
        found = await judging.in_background(
            lambda: store.page(after=after, limit=limit, with_image=with_image, **equal)
        )
        return Page(
            results=[Result.of(photo) for photo in found], next=found[-1].number if len(found) == limit else None
        )

    @router.get("/results/{identity}", response_model=Result, responses=_REFUSALS)
    async def one_result(identity: Identity) -> Result:
        """Return one result."""
        return Result.of(await judging.in_background(_get, store, identity))

    @router.post(
        "/results/{identity}/review", response_model=Result, responses=problems(401, 403, 404, 408, 413, 422, 429, 503)
    )
    async def review_result(identity: Identity, review: ReviewIn) -> Result:
        """Mark a photo as what a person saw; marks feed the next round of fail cases."""
        await judging.in_background(_get, store, identity)
        return Result.of(await judging.in_background(store.review, identity, review.label))

    @router.delete("/persons/{person}", response_model=Deleted, responses=problems(401, 403, 404, 422, 503))
    async def forget_person(person: Person) -> Deleted:
        """Delete all photos of one person, rows and pictures; an audit line without the reference remains."""
        return Deleted(deleted=await judging.in_background(lambda: forget(store, person, why="HTTP request")))

    return router


def pictures_router(judging: Judging, store: PublishStore, classifier: Any = None) -> APIRouter:
    """Return the routes of the pictures; without a classifier there are no maps."""
    router = APIRouter(prefix="/v1/results/{identity}", tags=["pictures"])

    @router.get("/photo", response_class=Response, responses={**_PICTURE, **_REFUSALS})
    async def photo(identity: Identity) -> Response:
        """Return the photo as it came."""
        stored = await judging.in_background(_get, store, identity)
        data = await judging.in_background(lambda: _picture(store, stored).read_bytes())
        suffix = "." + (stored.file or "").rpartition(".")[2]
        return Response(data, media_type=_TYPES.get(suffix, "application/octet-stream"))

    @router.get("/crop", response_class=Response, responses={**_PICTURE, **_REFUSALS})
    async def crop(identity: Identity) -> Response:
        """Return the face."""
        return await _drawn(identity, pictures.face_crop)

    @router.get("/map", response_class=Response, responses={**_PICTURE, **_REFUSALS})
    async def occlusion(identity: Identity) -> Response:
        """Return the face with what spoke for fake in red and for real in blue."""
        if classifier is None:
            raise Refused(404, "no_map", "the model offers no map")
        return await _drawn(identity, lambda path, box: pictures.occlusion_picture(path, box, classifier))

    async def _drawn(identity: str, draw: Callable[..., bytes]) -> Response:
        stored = await judging.in_background(_get, store, identity)
        box = stored.judgement.get("box")
        if box is None:
            raise Refused(404, "no_face", "no face was found in this photo")
        return Response(
            await judging.in_background(lambda: draw(_picture(store, stored), box)), media_type="image/jpeg"
        )

    return router


def _get(store: PublishStore, identity: str) -> StoredPhoto:
    try:
        return store.get(identity)
    except KeyError:
        raise Refused(404, "not_found", "there is no such photo") from None


def _picture(store: PublishStore, photo: StoredPhoto) -> Any:
    path = store.image_path(photo)
    if path is None:
        raise Refused(404, "no_picture", "no picture is kept of this photo")
    return path
