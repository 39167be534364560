"""What all tables share. Times are UTC without an offset."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from sqlalchemy import JSON, DateTime
from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    type_annotation_map: ClassVar = {
        dt.datetime: DateTime(timezone=False),
        dict[str, Any]: JSON,
        list[str]: JSON,
        list[Any]: JSON,
    }
