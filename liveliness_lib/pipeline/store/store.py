"""Keep judged photos: a row each, and the image where the policy keeps it."""

from __future__ import annotations

import json
import logging
import os
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from liveliness_lib.pipeline.settings import StoreSettings
from liveliness_lib.pipeline.store.database import Database, open_database
from liveliness_lib.pipeline.store.files import FileArea
from liveliness_lib.pipeline.store.group import Group
from liveliness_lib.pipeline.store.records import ConflictError, NewPhoto, StoredPhoto, digest, hash_ref
from liveliness_lib.pipeline.store.tables import AUDIT, CURSORS, DOOMED, PHOTOS, SEEN

log = logging.getLogger(__name__)

_PAGE = 500
_Row = tuple[dict[str, Any], str | None]  # the values of its row, and what a watched source calls it


class PublishStore:
    """Photos, their rows, and the order in which both are written.

    Parameters
    ----------
    folder : path
        Of the images.
    url : str
        Of the database; empty for SQLite in the folder.
    clock : callable
        UTC seconds.

    Raises
    ------
    ValueError
        The database cannot be opened.
    """

    def __init__(
        self, folder: str | os.PathLike[str], url: str = "", *, clock: Callable[[], float] = time.time
    ) -> None:
        self.database: Database = open_database(url, folder)
        self.files = FileArea(folder)
        self.clock = clock
        self._insert_photo = self.database.insert(PHOTOS).on_conflict_do_nothing().returning(PHOTOS)
        self._insert_seen = self.database.insert(SEEN).on_conflict_do_nothing().returning(SEEN.c.ref)
        self._insert = Group(self._insert_all)
        self.recover()

    def __enter__(self) -> PublishStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Leave the store to others."""
        self.files.close()
        self.database.close()

    def recover(self) -> None:
        """Finish what a killed process left half done; runs at every start."""
        self._finish_deletions()
        settled, removed = self.files.recover(self._has_row)
        if settled or removed:
            log.warning("a process died: finished %d of its photos, removed %d never accepted", settled, removed)

    def _has_row(self, file: str) -> bool:
        with self.database.read() as connection:
            return connection.execute(sa.select(PHOTOS.c.id).where(PHOTOS.c.file == file)).first() is not None

    def add(self, photo: NewPhoto) -> tuple[StoredPhoto | None, bool]:
        """Store a photo; when this returns it survives a kill and a power cut.

        Returns
        -------
        stored : StoredPhoto or None
            None when a watched source delivers again what was deleted here.
        fresh : bool
            False when the key or the ref was there already: `stored` is then the earlier photo.

        Raises
        ------
        ConflictError
            The key belongs to another photo.
        """
        values = photo.row(uuid.uuid4().hex, self.clock())
        file = values["file"]
        if file:
            self.files.write_incoming(file, photo.data)
        try:
            stored = self._insert((values, photo.ref))
            if isinstance(stored, Exception):
                raise stored
        except BaseException:
            self._clear_up(file)
            raise
        if file:
            (self.files.discard if stored is None else self.files.settle)(file)
        if stored is not None:
            return stored, True
        return self.earlier(photo.idempotency_key, photo.data), False

    def _clear_up(self, file: str | None) -> None:
        """Remove a file that got no row. The commit may have happened although its answer was lost, so look first."""
        with suppress(sa.exc.SQLAlchemyError, OSError):  # else it waits for the next start
            if file and not self._has_row(file):
                self.files.discard(file)

    def _insert_all(self, rows: Sequence[_Row]) -> list[StoredPhoto | Exception | None]:
        """Insert rows in one transaction; None for one whose ref or idempotency key was there already."""
        committing = False
        try:
            with self.database.write() as connection:
                stored: list[StoredPhoto | Exception | None] = [self._insert_one(connection, *row) for row in rows]
                committing = True
            return stored
        except sa.exc.DBAPIError as error:
            # Once it commits nobody knows whether it did, so there is no second try.
            if committing:
                raise
            if len(rows) == 1:
                return [error]
        return [self._insert_all([row])[0] for row in rows]  # nobody suffers for another's row

    def _insert_one(self, connection: sa.Connection, values: dict[str, Any], ref: str | None) -> StoredPhoto | None:
        if ref is not None:
            seen = {"source": values["source"], "ref": hash_ref(ref), "at": self.clock()}
            if connection.execute(self._insert_seen, seen).first() is None:
                return None
        row = connection.execute(self._insert_photo, values).mappings().first()
        return None if row is None else StoredPhoto.from_row(row)

    def earlier(self, key: str | None, data: bytes) -> StoredPhoto | None:
        """Return the photo that was stored under an idempotency key.

        Raises
        ------
        ConflictError
            It was another photo.
        """
        stored = self._one(PHOTOS.c.idempotency_key == key) if key else None
        if stored is not None and stored.sha256 != digest(data):
            raise ConflictError("expected a new idempotency key for a new photo. Received: one that is taken")
        return stored

    def get(self, identity: str) -> StoredPhoto:
        """Return one photo's row.

        Raises
        ------
        KeyError
            There is none.
        """
        found = self._one(PHOTOS.c.id == identity)
        if found is None:
            raise KeyError(identity)
        return found

    def has_seen(self, source: str, ref: str) -> bool:
        """Tell whether a watched source's photo has been stored, now or before it was deleted."""
        with self.database.read() as connection:
            match = (SEEN.c.source == source) & (SEEN.c.ref == hash_ref(ref))
            return connection.execute(sa.select(SEEN.c.at).where(match)).first() is not None

    def _one(self, condition: sa.ColumnElement[bool]) -> StoredPhoto | None:
        with self.database.read() as connection:
            row = connection.execute(sa.select(PHOTOS).where(condition)).mappings().first()
        return None if row is None else StoredPhoto.from_row(row)

    def page(
        self, *, after: int | None = None, limit: int = 50, with_image: bool = False, **equal: str | None
    ) -> list[StoredPhoto]:
        """Return photos, newest first.

        Parameters
        ----------
        after : int, optional
            Only photos with a smaller number: the last number of the page before.
        limit : int
        with_image : bool
            Only photos whose picture is kept.
        **equal
            Columns and the values they must have; ``review=None`` finds those nobody has looked at.
        """
        wanted = sa.select(PHOTOS).order_by(PHOTOS.c.number.desc()).limit(limit)
        if after is not None:
            wanted = wanted.where(PHOTOS.c.number < after)
        if with_image:
            wanted = wanted.where(PHOTOS.c.file.is_not(None))
        for name, value in equal.items():
            wanted = wanted.where(PHOTOS.c[name] == value)
        with self.database.read() as connection:
            return [StoredPhoto.from_row(row) for row in connection.execute(wanted).mappings()]

    def with_images(self) -> Iterator[StoredPhoto]:
        """Yield every photo whose image is kept, newest first, a page at a time."""
        after: int | None = None
        while page := self.page(after=after, limit=_PAGE, with_image=True):
            yield from page
            after = page[-1].number

    def any(self, condition: sa.ColumnElement[bool]) -> bool:
        """Tell whether there is a photo that meets a condition."""
        return self._one(condition) is not None

    def count(self) -> dict[str, int]:
        """Return how many photos there are of each code, for example ``{"real,overruled": 3}``."""
        columns = (PHOTOS.c.label, PHOTOS.c.reason)
        with self.database.read() as connection:
            rows = connection.execute(sa.select(*columns, sa.func.count()).group_by(*columns))
            return {f"{label},{reason}": number for label, reason, number in rows}

    def image_path(self, photo: StoredPhoto) -> Path | None:
        """Return where a photo's image is; None where none is kept."""
        return self.files.find(photo.file) if photo.file else None

    def review(self, identity: str, label: str) -> StoredPhoto:
        """Record what a person saw: real or fake."""
        if label not in ("real", "fake"):
            raise ValueError(f"expected a review as real or fake. Received: {label!r}")
        with self.database.write() as connection:
            changed = sa.update(PHOTOS).where(PHOTOS.c.id == identity)
            connection.execute(changed.values(review=label, reviewed_at=self.clock()))
        return self.get(identity)

    def delete(self, condition: sa.ColumnElement[bool], *, action: str, detail: dict[str, Any]) -> int:
        """Delete rows and images, and leave an audit line; a crash in between is finished at the next start.

        Returns
        -------
        int
            Photos deleted.
        """
        with self.database.write() as connection:
            gone = connection.execute(sa.delete(PHOTOS).where(condition).returning(PHOTOS.c.file)).scalars().all()
            files = [{"file": file} for file in gone if file]
            if files:
                connection.execute(sa.insert(DOOMED), files)
            line = json.dumps(detail | {"photos": len(gone), "images": len(files)}, sort_keys=True)
            connection.execute(sa.insert(AUDIT).values(at=self.clock(), action=action, detail=line))
        self._finish_deletions()
        return len(gone)

    def _finish_deletions(self) -> None:
        some = sa.select(DOOMED.c.file).limit(_PAGE)
        while True:
            with self.database.read() as connection:
                files = connection.execute(some).scalars().all()
            if not files:
                return
            for file in files:
                self.files.remove(file)
            with self.database.write() as connection:
                connection.execute(sa.delete(DOOMED).where(DOOMED.c.file.in_(files)))

    def audit(self) -> list[dict[str, Any]]:
        """Return the audit lines, oldest first."""
        with self.database.read() as connection:
            rows = connection.execute(sa.select(AUDIT).order_by(AUDIT.c.number)).mappings()
            return [{"at": r["at"], "action": r["action"], **json.loads(r["detail"])} for r in rows]

    def cursor(self, source: str) -> str | None:
        """Return how far a watched source has been read."""
        with self.database.read() as connection:
            return connection.execute(sa.select(CURSORS.c.value).where(CURSORS.c.source == source)).scalar()

    def set_cursor(self, source: str, value: str) -> None:
        """Keep how far a watched source has been read."""
        statement = self.database.insert(CURSORS).values(source=source, value=value)
        with self.database.write() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=["source"], set_={"value": value}))

    def problems(self) -> list[str]:
        """Compare rows with files; an empty list means that both agree."""
        rows = {photo.file for photo in self.with_images()}
        found = [f"row without its file: {file}" for file in sorted(filter(None, rows)) if not self.files.find(file)]
        return found + [f"file without a row: {file}" for file in sorted(set(self.files.all_files()) - rows)]


def open_store(settings: StoreSettings) -> PublishStore:
    """Open the store that the settings name."""
    return PublishStore(settings.folder, settings.url)
