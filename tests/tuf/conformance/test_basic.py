"""Init, refresh, and the order of requests."""

import pytest
from repository import edit

FIRST = {"root": 1, "timestamp": 1, "snapshot": 1, "targets": 1}


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa-pss", "rsa-pkcs1v15"])
def test_every_key_type_is_known(make, kind):
    client, repo = make(kind=kind)
    repo.delegate("targets", "role", kind=kind)
    repo.publish_all()
    assert client.refresh(), client.stderr
    assert not client.download("missing")
    assert client.trusted() == {"root": 1, "timestamp": 2, "snapshot": 2, "targets": 2, "role": 1}


@pytest.mark.parametrize("hashes", [False, True])
def test_requests_come_in_the_workflow_s_order(make, hashes):
    client, repo = make(hashes=hashes)
    assert repo.requests == []
    assert client.refresh()
    assert client.asked() == ["2.root.json", "timestamp.json", "1.snapshot.json", "1.targets.json"]
    assert client.trusted() == FIRST
    assert client.refresh()
    assert client.asked() == ["2.root.json", "timestamp.json"]


@pytest.mark.parametrize("hashes", [False, True])
def test_without_consistent_snapshots_names_have_no_version(make, hashes):
    client, repo = make(consistent=False, hashes=hashes)
    repo.add("dir/a", b"content")
    repo.delegate("targets", "role")
    repo.publish_all()
    assert client.download("dir/a")
    assert client.asked() == ["2.root.json", "timestamp.json", "snapshot.json", "targets.json"]
    assert client.asked("targets") == ["dir/a"]
    assert not client.download("b")
    assert client.asked()[-1] == "role.json"


def test_metadata_is_kept_byte_for_byte(make):
    client, repo = make()
    for role in ["targets", "snapshot", "timestamp"]:
        repo.md[role].signed.version += 1
        repo.put(role, edit(repo.sign(role), lambda _: None).replace(b"{", b"{ \n"))
    assert client.refresh(), client.stderr
    assert client.bytes("timestamp") == repo.files["metadata/timestamp.json"]
    assert client.bytes("snapshot") == repo.files["metadata/2.snapshot.json"]
    assert client.bytes("targets") == repo.files["metadata/2.targets.json"]


def test_unknown_fields_are_signed_and_mean_nothing(make):
    client, repo = make()
    for role in repo.md:
        repo.md[role].signed.unrecognized_fields["x-custom"] = {"a": [1, None, True, "é"]}
    root = repo.root
    root.keys[root.roles["root"].keyids[0]].unrecognized_fields["keyid_hash_algorithms"] = ["md5"]
    root.roles["root"].unrecognized_fields["another"] = "value"
    repo.publish("root")
    repo.publish_all()
    assert client.refresh(), client.stderr
    assert client.version("root") == 2


def test_a_refresh_is_part_of_a_download(make):
    client, _ = make()
    assert not client.download("missing")
    assert client.trusted() == FIRST


@pytest.mark.parametrize(
    "change",
    [
        lambda root: root["signed"].pop("version"),
        lambda root: root["signatures"].clear(),
        lambda root: root["signatures"][0].update(sig="00" * 64),
        lambda root: root["signed"].update(version=2),
        lambda root: root["signed"].update(_type="targets"),
    ],
)
def test_nothing_is_asked_with_a_bad_root(make, change):
    client, repo = make()
    client.metadata.joinpath("root.json").unlink()
    client.init(edit(repo.trusted_root, change))
    assert not client.refresh()
    assert repo.requests == []
    # The same if the root goes bad where it is kept.
    client.metadata.joinpath("root.json").write_bytes(edit(repo.trusted_root, change))
    assert not client.refresh()
    assert repo.requests == []


@pytest.mark.parametrize("role", ["timestamp", "snapshot", "targets"])
def test_bad_stored_metadata_is_fetched_again(make, role):
    client, repo = make()
    assert client.refresh()
    for bad in [b"", b"{}", b"\xff", client.bytes(role)[:-9], edit(client.bytes(role), lambda md: md["signatures"].clear())]:
        client.metadata.joinpath(f"{role}.json").write_bytes(bad)
        assert client.refresh(), client.stderr
        assert client.trusted() == FIRST


@pytest.mark.parametrize("role", ["timestamp", "snapshot", "targets"])
def test_missing_metadata_leaves_what_is_trusted(make, role):
    client, repo = make()
    assert client.refresh()
    repo.publish_all()
    name = "timestamp.json" if role == "timestamp" else f"2.{role}.json"
    del repo.files[f"metadata/{name}"]
    assert not client.refresh()
    assert client.version(role) == 1
    assert client.asked()[-1] == name


@pytest.mark.parametrize("name", ["?", "#", "/role", "../role", "a b", "é", "%2F"])
def test_role_names_choose_no_folder(make, name):
    client, repo = make()
    repo.delegate("targets", name)
    repo.publish_all()
    assert not client.download("missing")
    assert client.trusted() == {"root": 1, "timestamp": 2, "snapshot": 2, "targets": 2, name: 1}


def test_endless_metadata_is_cut_off(make):
    client, repo = make()
    repo.publish_all()
    repo.files["metadata/timestamp.json"] += b" " * 20_000
    assert not client.refresh()
    repo.publish("timestamp")
    repo.files["metadata/2.snapshot.json"] += b" " * 3_000_000
    assert not client.refresh()
    assert client.trusted() == {"root": 1, "timestamp": 3}
