"""The publish store: image files and a database row each, written so that no crash parts them.

tables.py    the schema
database.py  SQLite in WAL mode or PostgreSQL, write transactions that do not deadlock
group.py     threads that write at the same moment share one transaction
files.py     image files: written beside, then put in place; in-flight ones belong to a living process
names.py     names that strangers give, never used as paths
records.py   what goes in and what comes out
store.py     `PublishStore`: add, find, list, review, delete, recover
"""

from liveliness_lib.paths import require

require("sqlalchemy", extra="serve")

from liveliness_lib.pipeline.store.database import open_database  # noqa: E402 - after the check above
from liveliness_lib.pipeline.store.names import clean_name, safe_file_name  # noqa: E402
from liveliness_lib.pipeline.store.records import ConflictError, NewPhoto, StoredPhoto  # noqa: E402
from liveliness_lib.pipeline.store.store import PublishStore, open_store  # noqa: E402

__all__ = [
    "ConflictError",
    "NewPhoto",
    "PublishStore",
    "StoredPhoto",
    "clean_name",
    "open_database",
    "open_store",
    "safe_file_name",
]
