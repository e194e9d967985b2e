"""``framehaul link``: signed URLs for the objects of an export."""

from datetime import UTC, datetime, timedelta

import msgspec

from framehaul.pipelines.exports.export_objects import objects_of
from framehaul.pipelines.terminal import say, say_json
from framehaul.transforms.exports.export_reader import open_export
from framehaul.transforms.exports.manifest import MANIFEST_NAME, Manifest
from framehaul.transforms.storage.object_store import ObjectStore
from framehaul.transforms.storage.signed_links import (
    ends_with_its_credentials,
    refuse_unsignable,
    signed_link,
)


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """A signed URL of one object.

    Attributes:
        path: in the folder of the export.
        size_bytes: ``bytes`` in JSON; ``None`` for the manifest.
        sha256: in hex; ``None`` where the manifest does not tell.
    """

    path: str
    size_bytes: int | None = msgspec.field(name="bytes")
    sha256: str | None
    url: str


class SignedLinks(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Links to all objects of an export, the manifest last.

    Attributes:
        expires_at: ISO-8601 UTC, to the second.
        ends_sooner: they were signed with credentials that end by themselves, maybe before that.
    """

    export_id: str
    expires_at: str
    ends_sooner: bool
    links: list[Link]


def sign_links(store: ObjectStore, valid: timedelta) -> SignedLinks:
    """Sign a link to every object of an export.

    Raises:
        ConfigError: this store has no signed links, or none that live for so long.
        StorageError: there is no whole export, or the credentials cannot sign.
    """
    refuse_unsignable(store, valid)
    manifest = open_export(store).manifest
    objects = objects_of(store, manifest)
    expires_at = _expiry(valid)
    links = [
        *(
            Link(
                path=wanted.path,
                size_bytes=wanted.size,
                sha256=wanted.sha256,
                url=signed_link(store, wanted.path, valid),
            )
            for wanted in objects
        ),
        Link(path=MANIFEST_NAME, size_bytes=None, sha256=None, url=signed_link(store, MANIFEST_NAME, valid)),
    ]
    return SignedLinks(
        export_id=manifest.export_id,
        expires_at=expires_at,
        ends_sooner=any(ends_with_its_credentials(link.url) for link in links),
        links=links,
    )


def sign_main_link(store: ObjectStore, manifest: Manifest, valid: timedelta) -> tuple[Link, str]:
    """One link for a person, and when it ends: to the data if they are one object, else to the manifest.

    Raises:
        ConfigError, StorageError: as ``sign_links``.
    """
    refuse_unsignable(store, valid)
    objects = objects_of(store, manifest)
    zipped = [wanted for wanted in objects if wanted.path.endswith(".zip") and "/" not in wanted.path]
    described = [wanted for wanted in objects if wanted.sha256 is not None]
    single = zipped[:1] or (described if len(described) == 1 else [])
    path = single[0].path if single else MANIFEST_NAME
    link = Link(
        path=path,
        size_bytes=single[0].size if single else None,
        sha256=single[0].sha256 if single else None,
        url=signed_link(store, path, valid),
    )
    return link, _expiry(valid)


def print_links(store: ObjectStore, valid: timedelta, *, as_json: bool) -> None:
    """Print one URL a line, for ``wget`` or ``curl``; what a person should know goes to standard error.

    Raises:
        ConfigError, StorageError: as ``sign_links``.
    """
    signed = sign_links(store, valid)
    if as_json:
        say_json(msgspec.to_builtins(signed))
    else:
        say("\n".join(link.url for link in signed.links))
    say(
        f"{len(signed.links):,} links, valid until {signed.expires_at}; whoever has one can read the object",
        err=True,
    )
    if signed.ends_sooner:
        say("they were signed with temporary credentials, and end with these if that is sooner", err=True)


def _expiry(valid: timedelta) -> str:
    return f"{(datetime.now(UTC) + valid).replace(tzinfo=None).isoformat(timespec='seconds')}Z"
