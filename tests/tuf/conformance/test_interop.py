"""Two independent clients, python-tuf's and ours, agree about the same repositories."""

import hashlib

import pytest
from repository import past
from tuf.ngclient import Updater


def python_tuf(client, path, folder):
    """What python-tuf downloads: the target's bytes, or none if it refuses."""
    metadata, targets = folder / "python-metadata", folder / "python-targets"
    metadata.mkdir(exist_ok=True)
    targets.mkdir(exist_ok=True)
    url = client.server.url
    try:
        updater = Updater(
            str(metadata), f"{url}/metadata/", str(targets), f"{url}/targets/",
            bootstrap=client.repository.trusted_root,
        )
        info = updater.get_targetinfo(path)
        return None if info is None else open(updater.download_target(info), "rb").read()
    except Exception:
        return None


def ours(client, path):
    return client.artifacts()[path] if client.download(path) else None


def plain(repo):
    repo.add("a", b"plain")
    return "a", b"plain"


def custom(repo):
    repo.add("dir/a", b"custom")
    repo.targets.targets["dir/a"].unrecognized_fields["custom"] = {"project": "p", "version": 3, "x": [None, True, "ü"]}
    return "dir/a", b"custom"


def deep(repo):
    repo.delegate("targets", "A", paths=["a/*"], kind="ecdsa")
    repo.delegate("A", "B", paths=["a/*.zip"], kind="rsa-pss", terminating=True)
    repo.add("a/b.zip", b"deep", "B")
    return "a/b.zip", b"deep"


def bins(repo):
    for digit in "0123456789abcdef":
        repo.delegate("targets", f"bin-{digit}", prefixes=[digit])
    digit = hashlib.sha256(b"in a bin").hexdigest()[0]
    repo.add("in a bin", b"bin", f"bin-{digit}")
    return "in a bin", b"bin"


def rotated(repo):
    old = repo.signers["root"][0]
    for role in ["root", "timestamp", "snapshot", "targets"]:
        repo.rotate(role, "ecdsa", count=2)
        repo.root.roles[role].threshold = 2
    repo.signers["root"].append(old)
    repo.publish("root")
    return plain(repo)


def expired(repo):
    path, _ = plain(repo)
    repo.targets.expires = past()
    return path, None


def wrong_key(repo):
    path, _ = plain(repo)
    repo.signers["snapshot"] = repo.signers["targets"]
    return path, None


def undelegated(repo):
    repo.delegate("targets", "A", paths=["a/*"])
    repo.add("b/c", b"c", "A")
    return "b/c", None


@pytest.mark.parametrize("hashes", [False, True])
@pytest.mark.parametrize("consistent", [False, True])
@pytest.mark.parametrize("build", [plain, custom, deep, bins, rotated, expired, wrong_key, undelegated])
def test_both_clients_agree(make, tmp_path, build, consistent, hashes):
    client, repo = make(consistent=consistent, hashes=hashes)
    path, expected = build(repo)
    repo.publish_all()
    assert python_tuf(client, path, tmp_path) == expected
    assert ours(client, path) == expected, client.stderr
    # And again, from what each has kept.
    assert python_tuf(client, path, tmp_path) == expected
    assert ours(client, path) == expected, client.stderr
