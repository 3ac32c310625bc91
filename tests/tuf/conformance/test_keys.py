"""Thresholds and rotation."""

from dataclasses import dataclass

import pytest
from repository import new_key


@dataclass
class Step:
    keys: str
    threshold: int
    signers: str
    accepted: bool = True


ROOTS = {
    "one key for another": [Step("1", 1, "1"), Step("2", 1, "21"), Step("2", 1, "2")],
    "signatures of strangers": [Step("1", 1, "314"), Step("2", 1, "3214"), Step("2", 1, "324")],
    "any three of five": [Step("01234", 3, "024"), Step("01234", 3, "041"), Step("01234", 3, "013")],
    "one of five": [Step("01234", 3, "024"), Step("01345", 3, "041")],
    "one of five, in two steps": [Step("01234", 3, "024"), Step("01345", 3, "0245"), Step("01345", 3, "045")],
    "all of five": [Step("01234", 3, "024"), Step("56789", 3, "024567"), Step("56789", 3, "567")],
    "a higher threshold": [Step("123", 1, "1"), Step("123", 2, "12")],
    "a lower threshold": [Step("123", 2, "12"), Step("123", 1, "12"), Step("123", 1, "1")],
    "a key more": [Step("1", 1, "1"), Step("12", 2, "12")],
    "not by the old key": [Step("1", 1, "1"), Step("2", 1, "234", False)],
    "not by the new key": [Step("1", 1, "1"), Step("2", 1, "134", False)],
    "not by three old": [Step("01234", 3, "024"), Step("01345", 3, "045", False)],
    "not by three new": [Step("01234", 3, "024"), Step("01345", 3, "024", False)],
    "the new threshold missed": [Step("123", 1, "1"), Step("123", 2, "2", False)],
    "the old threshold missed": [Step("123", 2, "12"), Step("123", 1, "1", False)],
}

OTHERS = {
    "one key": Step("2", 1, "2"),
    "signatures of strangers": Step("1", 1, "314"),
    "three of five": Step("01234", 3, "024"),
    "other three of five": Step("01234", 3, "234"),
    "not by the key": Step("2", 1, "134", False),
    "a stranger among three": Step("01345", 3, "024", False),
    "two of three": Step("01345", 3, "04", False),
}


def assign(repo, role, step, keys):
    """Gives a role these keys and signers."""
    for key_id in list(repo.root.roles[role].keyids):
        repo.root.revoke_key(key_id, role)
    for index in step.keys:
        repo.root.add_key(keys[int(index)].public_key, role)
    repo.root.roles[role].threshold = step.threshold
    repo.signers[role] = [keys[int(index)] for index in step.signers]


@pytest.mark.parametrize("steps", ROOTS.values(), ids=ROOTS)
def test_root_rotation(make, steps):
    client, repo = make()
    keys = [new_key() for _ in range(10)]
    repo.root.version = 0
    for step in steps:
        assign(repo, "root", step, keys)
        repo.publish("root")
    assert client.init(repo.files["metadata/1.root.json"])
    accepted = len(steps) if steps[-1].accepted else len(steps) - 1
    assert client.refresh() == steps[-1].accepted, client.stderr
    assert client.bytes("root") == repo.files[f"metadata/{accepted}.root.json"]


@pytest.mark.parametrize("role", ["timestamp", "snapshot", "targets"])
@pytest.mark.parametrize("step", OTHERS.values(), ids=OTHERS)
@pytest.mark.parametrize("known", [False, True], ids=["fresh", "updated"])
def test_rotation_of_other_roles(make, role, step, known):
    client, repo = make()
    if known:
        assert client.refresh()
    assign(repo, role, step, [new_key() for _ in range(6)])
    repo.publish("root")
    repo.publish_all()
    assert client.refresh() == step.accepted, client.stderr
    if step.accepted:
        assert client.version(role) == 2
    else:
        assert client.version(role) in (None, 1)


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa-pss"])
def test_rotation_across_key_types(make, kind):
    client, repo = make()
    assert client.refresh()
    old = repo.signers["root"][0]
    for role in ["root", "timestamp", "snapshot", "targets"]:
        repo.rotate(role, kind)
    repo.signers["root"].append(old)
    repo.publish("root")
    repo.publish_all()
    assert client.refresh(), client.stderr


def test_one_key_under_many_ids_signs_once(make):
    client, repo = make()
    assert client.refresh()
    signer = repo.signers["snapshot"][0]
    original = signer.public_key
    for index in range(4):
        key = original.from_dict(f"alias-{index}", original.to_dict())
        repo.root.add_key(key, "snapshot")
    repo.root.roles["snapshot"].threshold = 3
    repo.publish("root")
    repo.snapshot.version += 1
    data = repo.sign("snapshot")
    from repository import edit

    def alias(document):
        signature = document["signatures"][0]["sig"]
        document["signatures"] += [{"keyid": f"alias-{index}", "sig": signature} for index in range(4)]

    repo.put("snapshot", edit(data, alias))
    repo.publish("timestamp")
    assert not client.refresh()
    assert "1 of the 3 keys" in client.stderr
    assert client.version("snapshot") == 1


def test_a_signature_listed_twice_is_refused(make):
    client, repo = make()
    assert client.refresh()
    repo.snapshot.version += 1
    data = repo.sign("snapshot")
    from repository import edit

    repo.put("snapshot", edit(data, lambda document: document["signatures"].append(document["signatures"][0])))
    repo.publish("timestamp")
    assert not client.refresh()
    assert "two signatures by key" in client.stderr
    assert client.version("snapshot") == 1


def test_a_threshold_nobody_can_reach_can_be_repaired(make):
    client, repo = make()
    repo.root.roles["snapshot"].threshold = 2
    repo.publish("root")
    repo.publish_all()
    assert not client.refresh()
    repo.rotate("snapshot", count=3)
    repo.publish("root")
    repo.publish_all()
    assert client.refresh(), client.stderr
    assert client.version("root") == 3


def test_many_roots_in_one_update(make):
    client, repo = make()
    for _ in range(40):
        repo.publish("root")
    assert client.refresh()
    assert client.version("root") == 41


def test_a_delegated_role_has_keys_of_its_own(make):
    client, repo = make()
    repo.delegate("targets", "team")
    repo.add("a", b"a", "team")
    repo.publish_all()
    assert client.download("a"), client.stderr
    repo.signers["team"] = repo.signers["targets"]
    repo.publish_all()
    assert not client.download("a")
    assert client.version("team") == 1
    repo.signers["team"] = [new_key("ecdsa")]
    repo.delegate("targets", "team")
    repo.publish_all()
    assert client.download("a"), client.stderr
    assert client.version("team") == 3
