"""What people give, as the extension takes it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from typing import Any, Optional, Union

Path = Union[str, "os.PathLike[str]"]


def as_json(value: Any) -> Optional[str]:
    """A value as JSON; nothing for None."""
    return None if value is None else json.dumps(value)


def as_dict(tags: Optional[Mapping[str, str]]) -> Optional[dict[str, str]]:
    """Tags of any kind of mapping."""
    return None if tags is None else dict(tags)


def as_list(words: Union[str, Iterable[str], None]) -> list[str]:
    """One word, several, or none."""
    if words is None:
        return []
    return [words] if isinstance(words, str) else [*words]
