"""One config file, every problem at once, each in a sentence that says what to do."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from node.config import (
    CONFIG_NAME,
    SETTINGS,
    Config,
    ConfigError,
    load_config,
    render_config,
)
from storage.ids import Did

UNION = "did:key:z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
GIVEN: dict[str, str | int | bool] = {"union": UNION, "name": "Koreno", "url": "https://koreno.example"}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / CONFIG_NAME).write_text(render_config(GIVEN), encoding="utf-8")
    return tmp_path


def write(home: Path, text: str) -> Path:
    (home / CONFIG_NAME).write_text(text, encoding="utf-8")
    return home


def problems_of(home: Path, environ: dict[str, str] | None = None) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as refused:
        load_config(home, environ or {})
    assert str(refused.value) == "\n".join(refused.value.problems)
    return refused.value.problems


def problem_with(name: str, value: Any) -> str:
    """The one sentence that this value gets, tried as init would write it."""
    with pytest.raises(ConfigError) as refused:
        render_config(GIVEN | {name: value})
    (problem,) = refused.value.problems
    return problem


def test_what_is_not_given_has_its_default(home: Path) -> None:
    assert load_config(home, {}) == Config(
        home=home,
        union=Did(UNION),
        name="Koreno",
        handle="union",
        url="https://koreno.example",
        listen="127.0.0.1:8021",
        store=f"sqlite:///{home}/picketline.db",
        language="en",
        actor_type="Person",
        in_flight=64,
        in_flight_per_host=4,
        authorized_fetch=False,
        operators_listen="off",
        trusted_proxies="127.0.0.1, ::1",
        log_format="text",
        log_level="info",
        dev=False,
    )


def test_everything_can_be_written_and_is_read_back(tmp_path: Path) -> None:
    values: dict[str, str | int | bool] = {
        "union": UNION,
        "name": 'Koreno "노동조합" \\ #1',
        "handle": "koreno",
        "url": "http://127.0.0.1:9000",
        "listen": "[::1]:9000",
        "store": "sqlite:////var/lib/koreno.db",
        "language": "pt-BR",
        "actor_type": "Organization",
        "in_flight": 8,
        "in_flight_per_host": 2,
        "authorized_fetch": True,
        "operators_listen": "[::1]:8029",
        "trusted_proxies": "10.1.0.0/24, 2001:db8::1",
        "log_format": "json",
        "log_level": "warning",
        "dev": True,
    }
    config = load_config(write(tmp_path, render_config(values)), {})
    assert values == {setting.name: getattr(config, setting.name) for setting in SETTINGS}


def test_the_config_has_a_field_for_every_setting_and_no_other() -> None:
    assert {setting.name for setting in SETTINGS} | {"home"} == set(Config.__slots__)


def test_the_written_file_explains_every_setting_and_shows_the_defaults(home: Path) -> None:
    text = (home / CONFIG_NAME).read_text(encoding="utf-8")
    assert all(f"# {setting.name}: {setting.does}\n" in text for setting in SETTINGS)
    assert tomllib.loads(text) == GIVEN
    uncommented = text.replace("# listen =", "listen =").replace("# in_flight =", "in_flight =")
    assert tomllib.loads(uncommented) == GIVEN | {"listen": "127.0.0.1:8021", "in_flight": 64}


def test_the_environment_goes_before_the_file(home: Path) -> None:
    environ = {"PICKETLINE_NAME": "Other", "PICKETLINE_IN_FLIGHT": "7", "PICKETLINE_DEV": "yes", "PATH": "/bin"}
    config = load_config(home, environ)
    assert (config.name, config.in_flight, config.dev) == ("Other", 7, True)


def test_an_empty_variable_is_not_given(home: Path) -> None:
    assert load_config(home, {"PICKETLINE_URL": "", "PICKETLINE_IN_FLIGHT": ""}).in_flight == 64


def test_a_setting_missing_in_the_file_may_stand_in_the_environment(tmp_path: Path) -> None:
    home = write(tmp_path, f'union = "{UNION}"\nname = "Koreno"\n')
    assert load_config(home, {"PICKETLINE_URL": "https://koreno.example"}).url == "https://koreno.example"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("true", True), ("TRUE", True), ("1", True), ("on", True), ("0", False), ("no", False), ("false", False)],
)
def test_a_switch_in_the_environment_has_the_usual_spellings(home: Path, text: str, *, expected: bool) -> None:
    assert load_config(home, {"PICKETLINE_DEV": text}).dev is expected


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    home = write(tmp_path, 'name = 5\nurl = "ftp://x"\nlistn = "a"\nin_flight = 0\ndev = "yes"\n')
    environ = {"PICKETLINE_IN_FLIGHT_PER_HOST": "many", "PICKETLINE_LISTEN": "nowhere"}
    problems = "\n".join(problems_of(home, environ))
    assert len(problems.splitlines()) == 8
    for sign in (
        "`name` in picketline.toml, line 1 must be text in quotes",
        "`url` in picketline.toml, line 2: “ftp://x”",
        "`listn` in picketline.toml, line 3 is no setting. Did you mean `listen`?",
        "`in_flight` in picketline.toml, line 4: 0 is out of range",
        "`dev` in picketline.toml, line 5 must be true or false, without quotes.",
        "`in_flight_per_host` in the variable PICKETLINE_IN_FLIGHT_PER_HOST must be a whole number",
        "`listen` in the variable PICKETLINE_LISTEN: “nowhere”",
        "`union` is missing",
    ):
        assert sign in problems


def test_an_empty_file_lacks_the_three_settings_that_have_no_default(tmp_path: Path) -> None:
    problems = problems_of(write(tmp_path, ""))
    assert [problem.split(" ")[0] for problem in problems] == ["`union`", "`name`", "`url`"]


def test_a_slip_in_a_variable_is_told_but_foreign_ones_are_passed_over(home: Path) -> None:
    foreign = {
        "PICKETLINE_PORT": "tcp://10.0.0.1:80",
        "PICKETLINE_SERVICE_HOST": "10.0.0.1",
        "PICKETLINE_HOME": "/srv",
        "PICKETLINE_MONGO_DRIVER": "pymongo",
    }
    assert load_config(home, foreign).name == "Koreno"
    (problem,) = problems_of(home, foreign | {"PICKETLINE_LISTN": "x"})
    assert problem == "The variable PICKETLINE_LISTN is no setting. Did you mean `listen`?"


def test_a_setting_like_no_other_gets_no_suggestion(home: Path) -> None:
    (problem,) = problems_of(write(home, render_config(GIVEN) + "\nzzz = 1\n"))
    assert re.fullmatch("`zzz` in picketline.toml, line [0-9]+ is no setting.", problem)


def test_a_folder_without_config_is_no_home(tmp_path: Path) -> None:
    (problem,) = problems_of(tmp_path)
    assert problem == f"{tmp_path} is no home folder: it has no picketline.toml. Make one with `picketline init`."


def test_a_file_that_is_no_toml_names_the_line(home: Path) -> None:
    (problem,) = problems_of(write(home, 'name = "Koreno"\nurl = https://koreno.example\n'))
    assert "line 2" in problem


def test_a_file_that_is_no_utf_8_is_refused(tmp_path: Path) -> None:
    (tmp_path / CONFIG_NAME).write_bytes('name = "Ångström"'.encode("latin-1"))
    assert "not UTF-8" in problems_of(tmp_path)[0]


def test_a_config_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / CONFIG_NAME).mkdir()
    assert "cannot be read" in problems_of(tmp_path)[0]


@pytest.mark.parametrize("line", ["in_flight = true", "in_flight = 6.5", 'in_flight = "64"', "in_flight = [64]"])
def test_a_number_is_a_whole_number(tmp_path: Path, line: str) -> None:
    text = f'union = "{UNION}"\nname = "K"\nurl = "https://koreno.example"\n{line}\n'
    quoted = ", without quotes" if '"' in line else ""
    says = f"`in_flight` in picketline.toml, line 4 must be a whole number{quoted}."
    assert problems_of(write(tmp_path, text)) == (says,)


@pytest.mark.parametrize(
    ("written", "resolved"),
    [
        ("sqlite:///picketline.db", "sqlite:///{home}/picketline.db"),
        ("sqlite:///deep/er.db", "sqlite:///{home}/deep/er.db"),
        ("sqlite:////var/lib/koreno.db", "sqlite:////var/lib/koreno.db"),
        ("mongodb://a,b:27018,c/koreno?replicaSet=rs0", "mongodb://a,b:27018,c/koreno?replicaSet=rs0"),
        ("mongodb+srv://u:a%40b%2Fc%3A@db.example/koreno", "mongodb+srv://u:a%40b%2Fc%3A@db.example/koreno"),
        ("mongodb://[::1]:27017/koreno_2-b", "mongodb://[::1]:27017/koreno_2-b"),
    ],
)
def test_a_relative_store_lies_in_the_home_folder(tmp_path: Path, written: str, resolved: str) -> None:
    home = write(tmp_path, render_config(GIVEN | {"store": written}))
    assert load_config(home, {}).store == resolved.format(home=home)


def test_a_relative_home_becomes_absolute(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(home.parent)
    assert load_config(Path(home.name), {}) == load_config(home, {})


@pytest.mark.parametrize(
    ("store", "says"),
    [
        ("mongo://user:hunter2@db.example", "no database we know"),
        ("mongodb://u:hunter2@db.example", "names no database"),
        ("mongodb://u:hunter2@db.example/?replicaSet=rs0", "names no database"),
        ("mongodb://u:hunter2@db.example/my.union", "with letters that not every MongoDB takes"),
        ("mongodb://u:hunter2@db.example/노조", "with letters that not every MongoDB takes"),
        ("mongodb://u:hun/ter2@db.example/x", "percent-encoded"),
        ("mongodb://u:hun#ter2@db.example/x", "percent-encoded"),
        ("mongodb://u:hun[ter2@db.example/x", "percent-encoded"),
        ("mongodb://u:hun@ter2@db.example/x", "percent-encoded"),
        ("mongodb://u:hun%zzter2@db.example/x", "percent-encoded"),
        ("mongodb://u:hunter2@db.example/admin", "keeps the database admin for itself"),
        ("mongodb://u:hunter2@db.example/local?replicaSet=rs0", "keeps the database local for itself"),
    ],
)
def test_a_wrong_store_is_never_repeated_for_it_may_hold_a_password(store: str, says: str) -> None:
    problem = problem_with("store", store)
    assert says in problem
    assert "hunter2" not in problem
    assert "ter2@" not in problem


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("union", "did:web:koreno.example", "not a union's id"),
        ("union", UNION[:-1], "not a union's id"),
        ("union", "did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme", "not a union's id"),
        ("name", "  ", "1 to 100 characters"),
        ("name", "x" * 101, "1 to 100 characters"),
        ("name", "two\nlines", "one line"),
        ("name", "half a pair \ud83d", "one line"),
        ("handle", "The Union", "cannot be a handle"),
        ("handle", "wire", "cannot be a handle"),
        ("listen", "8021", "not HOST:PORT"),
        ("listen", ":8021", "not HOST:PORT"),
        ("listen", "::1:8021", "not HOST:PORT"),
        ("listen", "127.0.0.1:http", "not HOST:PORT"),
        ("listen", "127.0.0.1:0", "out of range"),
        ("listen", "127.0.0.1:65536", "out of range"),
        ("store", "picketline.db", "no database we know"),
        ("store", "sqlite:///", "no database we know"),
        ("store", "sqlite://picketline.db", "no database we know"),
        ("store", "sqlite:///a\0b", "cannot be shown"),
        ("language", "English please", "not a language tag"),
        ("actor_type", "Group", "neither Person nor Organization"),
        ("in_flight", 0, "from 1 to 1000"),
        ("in_flight", 1001, "from 1 to 1000"),
        ("in_flight_per_host", -1, "from 1 to 100"),
        ("operators_listen", "0.0.0.0:8029", "others could reach 0.0.0.0. Write 127.0.0.1:8029"),
        ("operators_listen", "[::]:8029", "others could reach ::"),
        ("operators_listen", "union.example:8029", "others could reach union.example"),
        ("operators_listen", "on", "not HOST:PORT"),
        ("trusted_proxies", "127.0.0.1 10.0.0.1", "neither an address nor a network"),
        ("trusted_proxies", "10.0.0.1/24", "neither an address nor a network"),
        ("trusted_proxies", "proxy.example", "neither an address nor a network"),
        ("trusted_proxies", "0.0.0.0/0", "trusts everybody"),
        ("trusted_proxies", "::/0", "trusts everybody"),
        ("log_format", "xml", "neither text nor json"),
        ("log_level", "INFO", "none of debug, info, warning and error"),
        ("colour", "red", "is no setting"),
        ("dev", 1, "must be true or false."),
    ],
)
def test_a_value_that_cannot_be_used_gets_a_sentence_and_is_never_written(name: str, value: Any, says: str) -> None:
    problem = problem_with(name, value)
    assert problem.startswith(f"`{name}` in picketline.toml")
    assert says in problem
