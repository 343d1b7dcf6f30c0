"""Properties survive the way between protobuf and plain Python."""

import pytest
from google.protobuf import struct_pb2

from rehearsal.program import values
from rehearsal.program.values import SIGNATURE, Archive, Asset, merged, plain, secret_keys, struct

SECRET = {SIGNATURE: "1b47061264138c4ac30d75fd1eb44270"}


def test_whole_numbers_come_back_as_integers() -> None:
    assert plain(struct({"port": 443, "share": 0.5, "on": True, "none": None, "list": [1, None]})) == {
        "port": 443,
        "share": 0.5,
        "on": True,
        "list": [1, None],
    }


def test_a_secret_is_opened_and_its_property_remembered() -> None:
    properties = struct(
        {"open": "a", "deep": {"token": SECRET | {"value": "s"}}, "list": [SECRET | {"value": 1}]}
    )
    assert plain(properties) == {"open": "a", "deep": {"token": "s"}, "list": [1]}
    assert secret_keys(properties) == {"deep", "list"}


def test_a_secret_input_stays_secret_in_the_state() -> None:
    inputs = struct({"password": SECRET | {"value": "s"}})
    state = merged(inputs, {"password": "s", "arn": "x"})
    assert secret_keys(state) == {"password"}
    assert plain(state) == {"password": "s", "arn": "x"}


def test_archives_and_assets_come_back_as_what_they_are() -> None:
    text = {SIGNATURE: "c44067f5952c0a294b673a41bacd8c17", "text": "hello"}
    archive = {SIGNATURE: "0def7320c3a5731c473e5ecbe6d01bc7", "assets": {"a.txt": text}}
    assert plain(struct({"code": archive}))["code"] == Archive(assets={"a.txt": Asset(text="hello")})


def test_an_asset_from_the_internet_is_refused() -> None:
    remote = struct({"code": {SIGNATURE: "c44067f5952c0a294b673a41bacd8c17", "uri": "https://example.com/a"}})
    with pytest.raises(ValueError, match="remote asset"):
        plain(remote)


def test_what_a_preview_cannot_know_keeps_its_mark() -> None:
    assert plain(struct({"arn": values.UNKNOWN})) == {"arn": values.UNKNOWN}
    assert isinstance(struct({}), struct_pb2.Struct)
