"""The inbox as a whole: whatever mal signs, it is answered by a number from a short list and leaves what is peer's alone."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from typing import Final

import pytest
from hypothesis import given

from federation.errors import FederationError
from federation.httpsig.request import SignedRequest
from federation.inbox.receive import LARGEST_BODY, Receiver
from federation.strictjson import JsonObject
from node.middlewares import _status
from tests.adversary.stage import all_rows
