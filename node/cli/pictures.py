"""`--media` and `--alt`: pictures are cleaned and put in place here, before the node is asked to name them."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from federation.strictjson import JsonValue
from node.config import Config
from node.pictures.carried import carried
from node.pictures.clean import CleanPicture, clean
from node.pictures.keeping import FOLDER, keep, refuse_little_disk
from node.refusal import Refusal
from storage.backends import open_blobs
from storage.records import Picture

PICTURE_OPTIONS: Final = (
    click.option(
        "--media",
        multiple=True,
        type=click.Path(path_type=Path),
        help="A picture to show (JPEG, PNG, WebP or GIF); up to four times.",
    ),
    click.option(
        "--alt", multiple=True, help="What the picture shows, for those who do not see it; one for each --media."
    ),
    click.option("--no-alt", is_flag=True, help="Pictures without a description are decoration."),
)


def take_pictures(config: Config, media: Sequence[Path], alts: Sequence[str], *, no_alt: bool) -> JsonValue:
    """Pictures as a command carries them, their files in place; None when none were given.

    `Refusal` for what is no picture, for a missing description, and while the disk is nearly full.
    """
    if not media:
        if alts or no_alt:
            raise click.UsageError("--alt and --no-alt are about a picture: give it with --media.")
        return None
    if len(alts) > len(media):
        raise click.UsageError("There are more --alt than --media: give each picture one description.")
    described = [_describe(path, alts[place : place + 1], no_alt=no_alt) for place, path in enumerate(media)]
    refuse_little_disk(config.home)
    cleaned = [clean(path) for path in media]
    kept = asyncio.run(_keep_all(config, list(zip(cleaned, described, strict=True))))
    return [carried(picture) for picture in kept]


async def _keep_all(config: Config, described: Sequence[tuple[CleanPicture, str]]) -> list[Picture]:
    async with open_blobs(config.store, config.home / FOLDER) as blobs:
        return [await keep(picture, alt, blobs) for picture, alt in described]


def _describe(path: Path, given: Sequence[str], *, no_alt: bool) -> str:
    alt = given[0].strip() if given else ""
    if any("\ud800" <= letter <= "\udfff" for letter in alt):
        raise Refusal("The description holds bytes that are not UTF-8 text. Type it again.")
    if alt or no_alt:
        return alt
    if not given and sys.stdin.isatty():
        return str(click.prompt(f"What does {path.name} show? (for those who do not see it)", err=True)).strip()
    raise Refusal(
        f"{path.name} has no description, so people who do not see it would not know what it shows. "
        'Add --alt "what it shows", or --no-alt if it is decoration only. Nothing was published.'
    )
