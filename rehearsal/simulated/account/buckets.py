"""S3 in a simulated world. Keys tell the buckets apart, so one dictionary holds the objects of all."""

from __future__ import annotations

import hashlib
import io
from datetime import UTC, datetime
from typing import Any

from rehearsal.simulated.account.errors import Exceptions, refused
from rehearsal.simulated.account.pages import Paginated
from rehearsal.simulated.world import Stored, World


class S3(Paginated):
    """The calls of the functions; names and errors as boto3 has them."""

    exceptions = Exceptions

    def __init__(self, world: World) -> None:
        self._world = world

    def list_objects_v2(self, **request: Any) -> dict[str, Any]:
        """The objects below a prefix, in order of their keys."""
        found = [self._entry(key) for key in self._world.keys(request["Prefix"])]
        found = found[: request.get("MaxKeys", 1000)]
        return {"KeyCount": len(found), **({"Contents": found} if found else {})}

    def head_object(self, **request: Any) -> dict[str, Any]:
        """Size and ETag; 404 where there is none, as a HEAD has no body to say more."""
        stored = self._stored(request["Key"], "404")
        return {"ContentLength": stored.size, "ETag": _etag(request["Key"], stored)}

    def get_object(self, **request: Any) -> dict[str, Any]:
        """The body, or the range of it that was asked for."""
        stored = self._stored(request["Key"], "NoSuchKey")
        body = stored.body
        if "Range" in request:
            first, last = request["Range"].removeprefix("bytes=").split("-")
            body = body[int(first) : int(last) + 1]
        return {"Body": io.BytesIO(body), "ETag": _etag(request["Key"], stored)}

    def put_object(self, **request: Any) -> dict[str, Any]:
        """Store it."""
        self._world.put(request["Key"], request["Body"])
        return {}

    def copy_object(self, **request: Any) -> dict[str, Any]:
        """Copy it; NoSuchKey where the source is gone."""
        source = self._stored(request["CopySource"]["Key"], "NoSuchKey")
        self._world.put(request["Key"], source.body, source.size)
        return {}

    def delete_object(self, **request: Any) -> dict[str, Any]:
        """Delete it; what isn't there is as good as deleted."""
        self._world.objects.pop(request["Key"], None)
        return {}

    def delete_objects(self, **request: Any) -> dict[str, Any]:
        """Delete them all."""
        for one in request["Delete"]["Objects"]:
            self.delete_object(**one)
        return {}

    def put_object_tagging(self, **request: Any) -> dict[str, Any]:
        """Tag it, as lifecycle rules read."""
        self._stored(request["Key"], "NoSuchKey").tags = {
            tag["Key"]: tag["Value"] for tag in request["Tagging"]["TagSet"]
        }
        return {}

    def _entry(self, key: str) -> dict[str, Any]:
        stored = self._world.objects[key]
        modified = datetime.fromtimestamp(stored.modified_at, UTC)
        return {"Key": key, "Size": stored.size, "LastModified": modified, "ETag": _etag(key, stored)}

    def _stored(self, key: str, code: str) -> Stored:
        if key not in self._world.objects:
            raise refused(code, f"The specified key does not exist: {key}")
        return self._world.objects[key]


def _etag(key: str, stored: Stored) -> str:
    source = f"{key} {stored.modified_at} {stored.size}".encode()
    return f'"{hashlib.md5(source, usedforsecurity=False).hexdigest()}"'
