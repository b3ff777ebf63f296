"""Reading what a command was given, and writing times."""

from __future__ import annotations

from datetime import datetime

from federation.locations import is_serial
from federation.strictjson import JsonObject
from federation.times import rfc3339
from node.errors import MissingPart
from node.refusal import Refusal

Params = JsonObject


def text(params: Params, name: str) -> str:
    """A part that must be there, as text; `MissingPart` when it is not."""
    value = params.get(name)
    if not isinstance(value, str):
        raise MissingPart(name)
    return value


def serial(params: Params) -> str:
    """The number of what is to be said, chosen by the caller so that giving the command again says nothing twice."""
    serial = text(params, "serial")
    if not is_serial(serial):
        raise Refusal("The command carries no usable number. Is it of another release than the running node?")
    return serial


def find_text(params: Params, name: str) -> str | None:
    """A part that may be missing."""
    value = params.get(name)
    return value if isinstance(value, str) else None


def time_or_none(at: datetime | None) -> str | None:
    """A time as documents carry it, if there is one."""
    return None if at is None else rfc3339(at)
