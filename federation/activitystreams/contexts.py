"""The JSON-LD contexts we emit. We never expand any: an unknown term has no power here (refusals, rule 4)."""

from __future__ import annotations

from typing import Final

from federation.strictjson import JsonValue

ACTIVITYSTREAMS: Final = "https://www.w3.org/ns/activitystreams"
SECURITY: Final = "https://w3id.org/security/v1"
DATA_INTEGRITY: Final = "https://w3id.org/security/data-integrity/v2"

ACTIVITY: Final[list[JsonValue]] = [
    ACTIVITYSTREAMS,
    DATA_INTEGRITY,
    {"Hashtag": "as:Hashtag", "sensitive": "as:sensitive"},
]
"""For activities and notes; `Hashtag` and `sensitive` are Mastodon's, under the ActivityStreams namespace."""

WITH_PICTURES: Final[list[JsonValue]] = [
    *ACTIVITY,
    {
        "toot": "http://joinmastodon.org/ns#",
        "blurhash": "toot:blurhash",
        "size": "https://joinpeertube.org/ns#size",
    },
]
"""For notes with pictures (FEP-1311); `digestMultibase` is Data Integrity's own."""

ACTOR: Final[list[JsonValue]] = [
    ACTIVITYSTREAMS,
    SECURITY,
    DATA_INTEGRITY,
    {
        "toot": "http://joinmastodon.org/ns#",
        "manuallyApprovesFollowers": "as:manuallyApprovesFollowers",
        "discoverable": "toot:discoverable",
        "indexable": "toot:indexable",
        "featured": {"@id": "toot:featured", "@type": "@id"},
        "webfinger": {"@id": "https://purl.archive.org/socialweb/webfinger#webfinger"},
        "Multikey": "https://w3id.org/security#Multikey",
        "assertionMethod": {
            "@id": "https://w3id.org/security#assertionMethod",
            "@type": "@id",
            "@container": "@set",
        },
        "publicKeyMultibase": {
            "@id": "https://w3id.org/security#publicKeyMultibase",
            "@type": "https://w3id.org/security#multibase",
        },
        "controller": {"@id": "https://w3id.org/security#controller", "@type": "@id"},
        "did": {"@id": "urn:picketline:ns#did", "@type": "@id"},
        "log": {"@id": "urn:picketline:ns#log", "@type": "@id"},
    },
]
"""For actors: FEP-521a keys, Mastodon's fields, FEP-2c59 `webfinger`, and our own `did` and `log`."""

ACTOR_WITH_FIELDS: Final[list[JsonValue]] = [
    *ACTOR,
    {"schema": "http://schema.org#", "PropertyValue": "schema:PropertyValue", "value": "schema:value"},
]
"""For actors with fields in their profiles, as Mastodon reads them."""
