"""A store is all its nouns in one class, so no two of them may give one name to two things."""

from collections import Counter

import pytest

from storage.mongo.store import MongoStore
from storage.sqlite.store import SqliteStore


@pytest.mark.parametrize("store", [SqliteStore, MongoStore])
def test_no_noun_takes_the_name_of_anothers_step(store: type) -> None:
    names = Counter(name for noun in store.__bases__ for name in vars(noun) if not name.startswith("__"))
    assert [] == [name for name, times in names.items() if times > 1]
