"""Judge, batch, health, metrics."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST

from liveliness_lib.pipeline.service.guard import Refused
from liveliness_lib.pipeline.service.intake import read_batch, read_photo
from liveliness_lib.pipeline.service.judging import Judging
from liveliness_lib.pipeline.service.schemas import (
    KEY_PATTERN,
    TEXT_PATTERN,
    BatchIn,
    BatchOut,
    Health,
    PhotoIn,
    Result,
    problems,
)
from liveliness_lib.pipeline.service.telemetry import Metrics
from liveliness_lib.pipeline.settings import Settings

_REFUSALS = problems(400, 401, 403, 408, 409, 413, 415, 422, 429, 503)
IdempotencyKey = Annotated[
    str | None,
    Header(
        pattern=KEY_PATTERN,
        description="Send the same key when you send the same photo again: it is judged and stored once.",
        examples=["4f1c7a52-selfie-1"],
    ),
]


# What can be done next with the id in an answer; clients and testers follow it.
_LINKED: dict[int | str, dict[str, Any]] = {
    200: {
        "links": {
            name: {"operationId": name, "parameters": {"identity": "$response.body#/id"}}
            for name in ("one_result", "review_result", "photo", "crop", "occlusion")
        }
    }
}


def judge_router(judging: Judging, settings: Settings) -> APIRouter:
    """Return the routes that take photos."""
    router = APIRouter(prefix="/v1", tags=["judge"])
    service = settings.service

    @router.post(
        "/judge", response_model=Result, responses={**_LINKED, **_REFUSALS}, openapi_extra=_body(PhotoIn, _PHOTO_FORM)
    )
    async def judge(request: Request, idempotency_key: IdempotencyKey = None) -> Result:
        """Judge one photo and store it unless it is plainly real; the answer is the final label and why."""
        result = await judging.judge(await read_photo(request, service))
        request.scope["liveliness_log"] = {"code": result.code, "photo_id": result.id, "replayed": result.replayed}
        return result

    batch_body = _body(BatchIn, _batch_form(service.max_batch), max_items=service.max_batch)

    @router.post("/judge/batch", response_model=BatchOut, responses=_REFUSALS, openapi_extra=batch_body)
    async def judge_batch(request: Request, idempotency_key: IdempotencyKey = None) -> BatchOut:
        """Judge several photos; one result each, in the order sent."""
        return BatchOut(results=await judging.judge_all(await read_batch(request, service)))

    return router


def health_router(judging: Judging, metrics: Metrics, ready: Any, budget: Any = None) -> APIRouter:
    """Return the routes that machines watch; `ready` says whether photos can be judged, `budget` what is left."""
    router = APIRouter(tags=["health"])

    @router.get("/healthz", response_model=Health)
    async def healthz() -> Health:
        """Say that the process answers."""
        return Health(status="ok")

    @router.get("/readyz", response_model=Health, responses=problems(503))
    async def readyz() -> Health:
        """Say whether model and database are there."""
        if not await judging.in_background(ready):
            raise Refused(503, "not_ready", "the model or the database does not answer")
        return Health(status="ready")

    @router.get(
        "/metrics",
        response_class=Response,
        responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}, **problems(401, 403)},
    )
    async def metrics_text() -> Response:
        """Return the numbers in Prometheus' text format."""
        if budget is not None:
            metrics.budget.set(await judging.in_background(budget.left))
        return Response(metrics.text(), media_type=CONTENT_TYPE_LATEST)

    return router


_TEXTS = {
    "name": {"type": "string", "maxLength": 1000},
    "person": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": TEXT_PATTERN},
}
_FILE = {"type": "string", "format": "binary", "minLength": 1}
_PHOTO_FORM = {
    "type": "object",
    "required": ["photo"],
    "properties": {"photo": _FILE, **_TEXTS},
    "additionalProperties": False,
}


def _batch_form(most: int) -> dict[str, Any]:
    photos = {"type": "array", "items": _FILE, "minItems": 1, "maxItems": most}
    return {
        "type": "object",
        "required": ["photos"],
        "properties": {"photos": photos, "person": _TEXTS["person"]},
        "additionalProperties": False,
    }


def _body(model: Any, form: dict[str, Any], *, max_items: int | None = None) -> dict[str, Any]:
    """Describe a body that may be either form or JSON, which FastAPI cannot derive from a signature."""
    schema = _inlined(model.model_json_schema())
    if max_items is not None:
        schema["properties"]["photos"]["maxItems"] = max_items
    content = {"multipart/form-data": {"schema": form}, "application/json": {"schema": schema}}
    return {"requestBody": {"required": True, "content": content}}


def _inlined(schema: dict[str, Any]) -> dict[str, Any]:
    """Replace references to a model's own definitions by what they refer to."""
    definitions = schema.pop("$defs", {})

    def inline(part: Any) -> Any:
        if isinstance(part, dict) and "$ref" in part:
            return inline(definitions[part["$ref"].rsplit("/", 1)[1]])
        if isinstance(part, dict):
            return {key: inline(value) for key, value in part.items()}
        return [inline(value) for value in part] if isinstance(part, list) else part

    inlined: dict[str, Any] = inline(schema)
    return inlined
