"""The settings of one home folder: `picketline.toml`, overridden by `PICKETLINE_<SETTING>` variables.

Everything that is wrong is told at once, each problem as one sentence.
"""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from node.settings import (
    SETTINGS,
    ConfigError,
    NoHome,
    Setting,
    Value,
    check_url_setting,
    check_value,
    parse_listen,
)
from storage.addresses import is_mongo
from storage.ids import Did

__all__ = [
    "CONFIG_NAME",
    "SETTINGS",
    "Config",
    "ConfigError",
    "check_url_setting",
    "load_config",
    "parse_listen",
    "render_config",
    "resolve_store",
]

CONFIG_NAME: Final = "picketline.toml"
_NAMES: Final = {setting.name: setting for setting in SETTINGS}
_OTHER_VARIABLES: Final = frozenset({"PICKETLINE_HOME", "PICKETLINE_MONGO_DRIVER", "PICKETLINE_TEST_MONGO_URI"})
_KINDS: Final[dict[type[Value], str]] = {str: "text in quotes", int: "a whole number", bool: "true or false"}
_SWITCHES: Final = {
    "true": True,
    "yes": True,
    "on": True,
    "1": True,
    "false": False,
    "no": False,
    "off": False,
    "0": False,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Settings that were checked. `url` has no trailing slash; `store` names an absolute file or a server."""

    home: Path
    union: Did
    name: str
    handle: str
    """Of the union's own actor."""
    url: str
    listen: str
    store: str = field(repr=False)
    """May hold a password, so it is shown nowhere."""
    language: str
    actor_type: str
    in_flight: int
    in_flight_per_host: int
    authorized_fetch: bool
    operators_listen: str
    trusted_proxies: str
    log_format: str
    log_level: str
    dev: bool

    @property
    def is_shared(self) -> bool:
        """Whether several processes can have the store at once."""
        return is_mongo(self.store)


@dataclass(frozen=True, slots=True)
class _Given:
    """A value and where it stands, for the sentence that may be needed."""

    value: Value
    where: str


def load_config(home: Path, environ: Mapping[str, str]) -> Config:
    """Read and check the settings of a home folder; `ConfigError` names everything wrong at once."""
    problems: list[str] = []
    text = _read_text_of(home / CONFIG_NAME)
    written = _read_toml(home / CONFIG_NAME, text)
    given = _from_file(written, problems, text) | _from_environ(environ, problems)
    problems += _find_problems(given, mentioned=written)
    if problems:
        raise ConfigError(*problems)
    return _build(home, _with_defaults(given))


def render_config(values: Mapping[str, Value]) -> str:
    """A commented config file with these values; the others stand in it as comments with their defaults."""
    problems: list[str] = []
    given = _from_file(values, problems, text="")
    problems += _find_problems(given, mentioned=values)
    if problems:
        raise ConfigError(*problems)
    head = "# Settings of this Picketline node. PICKETLINE_<SETTING> in the environment overrides a line.\n"
    return "\n".join([head, *(_render_setting(setting, values.get(setting.name)) for setting in SETTINGS)])


def _render_setting(setting: Setting, value: Value | None) -> str:
    shown = setting.default if value is None else value
    mark = "# " if value is None else ""
    return f"# {setting.name}: {setting.does}\n{mark}{setting.name} = {_render_value(shown)}\n"


def _render_value(value: Value | None) -> str:
    """As TOML; JSON's strings, numbers and booleans are TOML's once DEL is escaped."""
    return json.dumps("" if value is None else value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _read_text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise NoHome(
            f"{path.parent} is no home folder: it has no {CONFIG_NAME}. Make one with `picketline init`."
        ) from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read ({error.strerror}). Check who owns it.") from error
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is not UTF-8 text. Save it as UTF-8.") from None


def _read_toml(path: Path, text: str) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        why = str(error).replace("Cannot overwrite a value", "a setting is given a second time")
        raise ConfigError(f"{path} is not valid TOML: {why}. Mend that line; text stands in quotes.") from None


def _where(name: str, text: str) -> str:
    """In which line of the file a setting stands, as far as it can be seen."""
    line = re.search(rf"""^[ \t]*["']?{re.escape(name)}\b""", text, re.MULTILINE)
    return f"in {CONFIG_NAME}, line {text.count(chr(10), 0, line.start()) + 1}" if line else f"in {CONFIG_NAME}"


def _from_file(settings: Mapping[str, object], problems: list[str], text: str) -> dict[str, _Given]:
    """The known settings of the right type; the others become problems."""
    found: dict[str, _Given] = {}
    for name, value in settings.items():
        setting = _NAMES.get(name)
        if setting is None:
            problems.append(f"`{name}` {_where(name, text)} is no setting.{_nearest(name)}")
        elif isinstance(value, str | int | bool) and type(value) is setting.type:
            found[name] = _Given(value, _where(name, text))
        else:
            quoted = ", without quotes" if isinstance(value, str) else ""
            problems.append(f"`{name}` {_where(name, text)} must be {_KINDS[setting.type]}{quoted}.")
    return found


def _from_environ(environ: Mapping[str, str], problems: list[str]) -> dict[str, _Given]:
    """The settings given as variables; an empty variable counts as not given.

    Unknown variables are passed over unless they look like a slip: container runtimes invent PICKETLINE_PORT.
    """
    found: dict[str, _Given] = {}
    for variable, text in sorted(environ.items()):
        name = variable.removeprefix("PICKETLINE_").lower()
        if not variable.startswith("PICKETLINE_") or not text or variable in _OTHER_VARIABLES:
            continue
        if name in _NAMES:
            _take_variable(variable, text, _NAMES[name], found, problems)
        elif hint := _nearest(name, close=0.8):
            problems.append(f"The variable {variable} is no setting.{hint}")
    return found


def _take_variable(variable: str, text: str, setting: Setting, found: dict[str, _Given], problems: list[str]) -> None:
    value = _read_text(text, setting.type)
    if value is None:
        problems.append(f"`{setting.name}` in the variable {variable} must be {_KINDS[setting.type]}.")
    else:
        found[setting.name] = _Given(value, f"in the variable {variable}")


def _read_text(text: str, kind: type[Value]) -> Value | None:
    if kind is bool:
        return _SWITCHES.get(text.strip().lower())
    if kind is int:
        return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else None
    return text


def _nearest(name: str, close: float = 0.6) -> str:
    near = difflib.get_close_matches(name, _NAMES, n=1, cutoff=close)
    return f" Did you mean `{near[0]}`?" if near else ""


def _with_defaults(given: Mapping[str, _Given]) -> dict[str, Value]:
    defaults = {setting.name: setting.default for setting in SETTINGS if setting.default is not None}
    return defaults | {name: each.value for name, each in given.items()}


def _find_problems(given: Mapping[str, _Given], *, mentioned: Container[str]) -> list[str]:
    """Every missing or unusable value in the order of `SETTINGS`; what the file mentions is not missing."""
    values = _with_defaults(given)
    problems: list[str] = []
    for setting in SETTINGS:
        if setting.name in given:
            problem = _find_value_problem(setting.name, values)
            problems += [f"`{setting.name}` {given[setting.name].where}: {problem}"] if problem else []
        elif setting.default is None and setting.name not in mentioned:
            problems.append(f"`{setting.name}` is missing: {setting.does}. Add it to {CONFIG_NAME}.")
    return problems


def _find_value_problem(name: str, values: Mapping[str, Value]) -> str | None:
    try:
        check_value(name, values)
    except ConfigError as error:
        return error.problems[0]
    return None


def _build(home: Path, values: Mapping[str, Value]) -> Config:
    return Config(
        home=home.absolute(),
        union=Did(str(values["union"])),
        name=str(values["name"]).strip(),
        handle=str(values["handle"]),
        url=str(values["url"]),
        listen=str(values["listen"]),
        store=resolve_store(home.absolute(), str(values["store"])),
        language=str(values["language"]),
        actor_type=str(values["actor_type"]),
        in_flight=int(values["in_flight"]),
        in_flight_per_host=int(values["in_flight_per_host"]),
        authorized_fetch=values["authorized_fetch"] is True,
        operators_listen=str(values["operators_listen"]),
        trusted_proxies=str(values["trusted_proxies"]),
        log_format=str(values["log_format"]),
        log_level=str(values["log_level"]),
        dev=values["dev"] is True,
    )


def resolve_store(home: Path, store: str) -> str:
    """An SQLite file relative to the home folder becomes absolute (`sqlite:////…`)."""
    if not store.startswith("sqlite:///"):
        return store
    return f"sqlite:///{home / store.removeprefix('sqlite:///')}"
