"""What can be set: one table, and what each value must be."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias
from urllib.parse import SplitResult, urlsplit

from federation.errors import BadKey
from federation.keys import public_of_did
from federation.locations import is_handle
from storage.addresses import database_in, is_mongo
from storage.errors import StorageError
from storage.ids import Did

Value: TypeAlias = str | int | bool
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network


class ConfigError(Exception):
    """Settings we cannot work with; `problems` holds one sentence for each thing that is wrong."""

    def __init__(self, *problems: str) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


class NoHome(ConfigError):
    """A folder without settings."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One line of the config file. `default` None: it has to be given; `init` writes it."""

    name: str
    type: type[Value]
    default: Value | None
    does: str


SPOKEN: Final = ("en", "ko", "de", "fr", "es")
"""Languages that the pages have words of their own for."""
SETTINGS: Final = (
    Setting("union", str, None, "the union's id (did:key:…), written by init; never change it"),
    Setting("name", str, None, "the union's name, as readers see it"),
    Setting("handle", str, "union", "handle of the union's own actor, written by init; never change it"),
    Setting("url", str, None, "public address of the node; every id begins with it, so it stays for good"),
    Setting("listen", str, "127.0.0.1:8021", "HOST:PORT the web server listens on"),
    Setting(
        "store",
        str,
        "sqlite:///picketline.db",
        "the database: sqlite:///FILE in the home folder, or mongodb://HOST/DATABASE (a replica set)",
    ),
    Setting(
        "language",
        str,
        "en",
        f"language of the pages’ own words ({', '.join(SPOKEN)}; else English) and of updates that name none",
    ),
    Setting("actor_type", str, "Person", "what the union and its campaigns are: Person or Organization"),
    Setting("in_flight", int, 64, "deliveries under way at once, 1 to 1000"),
    Setting("in_flight_per_host", int, 4, "deliveries under way at once to one server, 1 to 100"),
    Setting("authorized_fetch", bool, False, "show ActivityStreams only to servers that sign for it; pages stay open"),
    Setting("operators_listen", str, "off", "HOST:PORT on this machine alone for health and metrics, or off"),
    Setting("trusted_proxies", str, "127.0.0.1, ::1", "addresses or networks of the web servers in front, or none"),
    Setting("log_format", str, "text", "text, or json: one object a line"),
    Setting("log_level", str, "info", "the least that is logged: debug, info, warning or error"),
    Setting("dev", bool, False, "allow http:// and loopback addresses; only for trying out"),
)


def check_value(name: str, values: Mapping[str, Value]) -> None:
    """Raise `ConfigError` with one sentence when the value of this setting is unusable among these values."""
    value = values[name]
    if name == "url":
        check_url_setting(str(value), dev=values["dev"] is True)
    elif name in _TEXT_CHECKS:
        _TEXT_CHECKS[name](str(value))
    elif name in _RANGES and int(value) not in _RANGES[name]:
        least, most = _RANGES[name][0], _RANGES[name][-1]
        raise ConfigError(f"{value} is out of range. Give a number from {least} to {most}.")


def check_url_setting(url: str, *, dev: bool) -> str:
    """The base URL as it is, when ids may begin with it; else `ConfigError` with one sentence."""
    parts = _split_url(url, dev=dev)
    _check_host(str(parts.hostname), dev=dev)
    plain = _plain_url(parts, dev=dev)
    if url != plain:
        wrong = "no path and no slash at the end" if dev else "no port, no path and no slash at the end"
        raise ConfigError(f"The address must be in lower case, with {wrong}. Write {plain}")
    return url


def _split_url(url: str, *, dev: bool) -> SplitResult:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ConfigError(f"“{url}” is not a web address: its host or port cannot be read.") from None
    if _NEVER_IN_URL.search(url) or not parts.hostname or port == 0:
        raise ConfigError(f"“{url}” is not a web address. Give one such as https://union.example")
    if parts.scheme not in ("https", "http"):
        raise ConfigError(f"“{url}” does not begin with https://. Give an address such as https://union.example")
    if parts.scheme == "http" and not dev:
        raise ConfigError(
            f"Other servers refuse http://. Write https://{parts.netloc} (or, to try it out, use `--dev` in `init`)."
        )
    return parts


def _plain_url(parts: SplitResult, *, dev: bool) -> str:
    usual = {"https": 443, "http": 80}[parts.scheme]
    port = "" if not dev or parts.port in (None, usual) else f":{parts.port}"
    host = f"[{parts.hostname}]" if ":" in str(parts.hostname) else parts.hostname
    return f"{parts.scheme}://{host}{port}"


def _check_host(host: str, *, dev: bool) -> None:
    if not host.isascii():
        raise ConfigError(f"Write the host “{host}” in its ASCII form (xn--…), as browsers copy it.")
    if _is_ip(host):
        if not dev:
            raise ConfigError(f"Give a name instead of {host}: ids keep it for good, and a name can move house.")
    elif len(host) > 253 or not all(_LABEL.fullmatch(label) for label in host.split(".")):
        raise ConfigError(f"“{host}” is not a host name: letters, digits and hyphens, with dots between.")
    elif "." not in host and not dev:
        raise ConfigError(f"Other servers cannot find “{host}”. Give the whole name, such as {host}.example")


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def parse_listen(listen: str) -> tuple[str, int]:
    """Host and port of `HOST:PORT` or `[IPV6]:PORT`; `ConfigError` with one sentence."""
    found = re.fullmatch(r"(?:\[([0-9a-fA-F:.]+)\]|([^\s:\[\]/]+)):([0-9]{1,5})", listen)
    if found is None:
        raise ConfigError(f"“{listen}” is not HOST:PORT. Give one such as 127.0.0.1:8021 or [::]:8021.")
    host, port = found[1] or found[2], int(found[3])
    if not 1 <= port <= 65535:
        raise ConfigError(f"The port {port} is out of range; ports go from 1 to 65535.")
    return host, port


def parse_operators_listen(listen: str) -> tuple[str, int] | None:
    """Host and port of the operators' listener, None when it is off; `ConfigError` for one that others could reach."""
    if listen == "off":
        return None
    host, port = parse_listen(listen)
    if not (host == "localhost" or (_is_ip(host) and ipaddress.ip_address(host).is_loopback)):
        raise ConfigError(
            f"Health and metrics are for this machine alone, and others could reach {host}. "
            f"Write 127.0.0.1:{port}, and fetch them from afar through ssh."
        )
    return host, port


def parse_proxies(proxies: str) -> tuple[Network, ...]:
    """The networks of `ADDRESS or NETWORK, …`, none of `none`; `ConfigError` with one sentence."""
    names = [] if proxies.strip() in ("", "none") else [name.strip() for name in proxies.split(",")]
    return tuple(map(_parse_network, names))


def _parse_network(name: str) -> Network:
    try:
        network = ipaddress.ip_network(name)
    except ValueError:
        raise ConfigError(
            f"“{name}” is neither an address nor a network. Give such as 127.0.0.1 or 10.1.0.0/24, with commas between."
        ) from None
    if network.prefixlen == 0:
        raise ConfigError(f"{name} trusts everybody, so anyone could claim any address. Name the web server in front.")
    return network


def is_language_tag(text: str) -> bool:
    """Whether this looks like a language tag (RFC 5646), such as en, ko or pt-BR."""
    return bool(_LANGUAGE.fullmatch(text))


def is_spoken(language: str) -> bool:
    """Whether the pages have words of their own for this language tag, by its first part."""
    return language.partition("-")[0].lower() in SPOKEN


def _check_union(union: str) -> None:
    try:
        public_of_did(Did(union))
    except BadKey:
        raise ConfigError("This is not a union's id (did:key:z6Mk…). Put back the one that `init` printed.") from None


def _check_handle(handle: str) -> None:
    if not is_handle(handle):
        raise ConfigError(f"“{handle}” cannot be a handle. Put back the one that `init` was given.")


def _check_name(name: str) -> None:
    if not name.strip() or len(name) > 100:
        raise ConfigError("The name must have 1 to 100 characters.")
    if any(unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") for letter in name):
        raise ConfigError("The name must be one line of plain text.")


def _check_store(store: str) -> None:
    """Never repeats the value: it may hold a password."""
    if is_mongo(store):
        _check_database(store)
    elif not store.removeprefix("sqlite:///").strip("/") or not store.startswith("sqlite:///"):
        raise ConfigError("This is no database we know. Give sqlite:///picketline.db or mongodb://HOST/DATABASE")
    if any(unicodedata.category(letter) in ("Cc", "Cs") for letter in store):
        raise ConfigError("The address of the database has characters that cannot be shown.")


def _check_database(store: str) -> None:
    try:
        database_in(store)
    except StorageError as problem:
        raise ConfigError(str(problem)) from None


def _check_language(language: str) -> None:
    if not is_language_tag(language):
        raise ConfigError(f"“{language}” is not a language tag. Give one such as en, ko or pt-BR.")


def _check_log_format(form: str) -> None:
    if form not in ("text", "json"):
        raise ConfigError(f"“{form}” is neither text nor json.")


def _check_log_level(level: str) -> None:
    if level not in ("debug", "info", "warning", "error"):
        raise ConfigError(f"“{level}” is none of debug, info, warning and error.")


def _check_actor_type(kind: str) -> None:
    if kind not in ("Person", "Organization"):
        raise ConfigError(f"“{kind}” is neither Person nor Organization.")


_NEVER_IN_URL: Final = re.compile(r"[\x00-\x20\x7f\\@%]")
_LABEL: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_RANGES: Final = {"in_flight": range(1, 1001), "in_flight_per_host": range(1, 101)}
_TEXT_CHECKS: Final[dict[str, Callable[[str], object]]] = {
    "union": _check_union,
    "handle": _check_handle,
    "name": _check_name,
    "listen": parse_listen,
    "store": _check_store,
    "language": _check_language,
    "actor_type": _check_actor_type,
    "operators_listen": parse_operators_listen,
    "trusted_proxies": parse_proxies,
    "log_format": _check_log_format,
    "log_level": _check_log_level,
}
