"""Rollback, freeze, mix-and-match, fast-forward."""

from datetime import datetime, timedelta, timezone

import pytest
from repository import FAR, past


def soon():
    return datetime.now(timezone.utc).replace(microsecond=0) + timedelta(days=1)


def test_an_older_timestamp_is_refused(make):
    client, repo = make()
    old = repo.files["metadata/timestamp.json"]
    repo.publish("timestamp")
    assert client.refresh()
    repo.files["metadata/timestamp.json"] = old
    assert not client.refresh()
    assert client.version("timestamp") == 2
    assert client.asked()[-1] == "timestamp.json"


def test_a_changed_timestamp_of_the_same_version_is_not_taken(make):
    client, repo = make()
    assert client.refresh()
    kept = client.bytes("timestamp")
    repo.publish("snapshot", bump=True)
    repo.publish("timestamp", bump=False)
    assert client.refresh()
    assert client.bytes("timestamp") == kept
    assert client.version("snapshot") == 1


@pytest.mark.parametrize("hashes", [False, True])
def test_an_older_snapshot_is_refused(make, hashes):
    client, repo = make(hashes=hashes)
    repo.publish("snapshot", "timestamp")
    assert client.refresh()
    repo.snapshot.version = 1
    repo.publish("snapshot", bump=False)
    repo.publish("timestamp")
    assert not client.refresh()
    assert client.asked()[-1] == "timestamp.json"
    assert (client.version("timestamp"), client.version("snapshot")) == (2, 2)


@pytest.mark.parametrize("hashes", [False, True])
@pytest.mark.parametrize("role", ["targets", "team"])
def test_older_targets_are_refused(make, hashes, role):
    client, repo = make(hashes=hashes)
    repo.delegate("targets", "team")
    repo.publish_all()
    repo.publish_all()
    assert not client.download("missing")
    repo.md[role].signed.version = 1
    repo.publish(role, bump=False)
    repo.publish("snapshot", "timestamp")
    assert not client.refresh()
    assert client.version("snapshot") == 3


def test_targets_metadata_does_not_disappear(make):
    client, repo = make()
    repo.delegate("targets", "team")
    repo.publish_all()
    assert client.refresh()
    del repo.snapshot.meta["team.json"]
    repo.publish("snapshot", "timestamp")
    assert not client.refresh()
    assert client.version("snapshot") == 2


@pytest.mark.parametrize("role", ["snapshot", "targets"])
def test_another_version_than_announced_is_refused(make, role):
    client, repo = make()
    assert client.refresh()
    repo.publish_all()
    repo.md[role].signed.version += 1
    repo.files[f"metadata/2.{role}.json"] = repo.sign(role)
    assert not client.refresh()
    assert client.version(role) == 1


@pytest.mark.parametrize("role", ["snapshot", "targets"])
def test_other_bytes_than_announced_are_refused(make, role):
    client, repo = make(hashes=True)
    assert client.refresh()
    repo.publish_all()
    repo.md[role].signed.unrecognized_fields["x"] = "y"
    repo.files[f"metadata/2.{role}.json"] = repo.sign(role)
    assert not client.refresh()
    assert client.version(role) == 1


def test_an_expired_root_is_kept_and_nothing_else_taken(make):
    client, repo = make()
    assert client.refresh()
    repo.root.expires = past()
    repo.publish("root")
    repo.publish_all()
    assert not client.refresh()
    assert client.trusted() == {"root": 2, "timestamp": 1, "snapshot": 1, "targets": 1}
    assert client.asked() == ["2.root.json", "3.root.json"]
    repo.root.expires = FAR
    repo.publish("root")
    assert client.refresh()
    assert client.trusted() == {"root": 3, "timestamp": 2, "snapshot": 2, "targets": 2}


@pytest.mark.parametrize("role", ["timestamp", "snapshot", "targets"])
@pytest.mark.parametrize("known", [False, True], ids=["fresh", "updated"])
def test_expired_metadata_is_not_taken(make, role, known):
    client, repo = make()
    if known:
        assert client.refresh()
    repo.md[role].signed.expires = past()
    repo.publish_all()
    assert not client.refresh()
    assert client.version(role) == (1 if known else None)


@pytest.mark.parametrize("role", ["timestamp", "snapshot", "targets"])
def test_what_has_expired_since_is_refused_or_renewed(make, role):
    client, repo = make()
    repo.md[role].signed.expires = soon()
    repo.publish_all()
    assert client.refresh(), client.stderr
    client.days = 2
    assert not client.refresh()
    repo.md[role].signed.expires = FAR
    repo.publish_all()
    assert client.refresh(), client.stderr
    assert client.version(role) == 3


def test_an_expired_delegated_role_is_not_used(make):
    client, repo = make()
    repo.delegate("targets", "team")
    repo.add("a", b"a", "team")
    repo.add("b", b"b", "team")
    repo.team.expires = past()
    repo.publish_all()
    assert client.refresh()
    assert not client.download("a")
    assert "team" not in client.trusted()
    repo.team.expires = soon()
    repo.publish_all()
    assert client.download("a"), client.stderr
    client.days = 2
    assert not client.download("b")
    repo.team.expires = FAR
    repo.publish_all()
    assert client.download("b"), client.stderr
    assert client.artifacts() == {"a": b"a", "b": b"b"}


@pytest.mark.parametrize("role", ["timestamp", "snapshot", "targets"])
def test_fast_forward_is_undone_by_rotation(make, role):
    client, repo = make()
    repo.md[role].signed.version = 99_999
    repo.publish_all()
    assert client.refresh()
    assert client.version(role) == 100_000
    repo.rotate("timestamp")
    repo.rotate("snapshot")
    repo.publish("root")
    repo.md[role].signed.version = 1
    repo.publish_all()
    assert client.refresh(), client.stderr
    assert client.version(role) == 2


def test_old_content_under_a_new_version_is_taken(make):
    client, repo = make()
    repo.add("a", b"old")
    repo.publish_all()
    assert client.download("a")
    repo.add("a", b"new")
    repo.publish_all()
    assert client.download("a")
    repo.add("a", b"old")
    repo.publish_all()
    assert client.download("a")
    assert client.artifacts() == {"a": b"old"}
