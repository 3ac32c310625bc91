"""Delegations and downloads."""

import hashlib

import pytest

# delegations as (delegator, role, options), and the roles visited when nothing lists the target
GRAPHS = {
    "one": ([("targets", "A")], "A"),
    "siblings": ([("targets", "A"), ("targets", "B")], "AB"),
    "two levels": ([("targets", "A"), ("targets", "B"), ("B", "C")], "ABC"),
    "depth first": ([("targets", "A"), ("targets", "B"), ("A", "C"), ("A", "D")], "ACDB"),
    "three levels": ([("targets", "A"), ("targets", "B"), ("A", "C"), ("C", "D")], "ACDB"),
    "terminating": ([("targets", "A"), ("targets", "B"), ("A", "C", {"terminating": True}), ("A", "D")], "AC"),
    "below terminating": ([("targets", "A"), ("targets", "B"), ("A", "C", {"terminating": True}), ("C", "D")], "ACD"),
    "terminating elsewhere": ([("targets", "A", {"terminating": True, "paths": ["x"]}), ("targets", "B")], "B"),
    "other paths": ([("targets", "A", {"paths": ["*.py"]}), ("targets", "B"), ("A", "C")], "B"),
    "other paths below": ([("targets", "A"), ("targets", "B"), ("A", "C", {"paths": ["*.py"]}), ("C", "D")], "AB"),
    "a cycle": ([("targets", "A"), ("targets", "B"), ("B", "C"), ("C", "D"), ("D", "B")], "ABCD"),
    "two to a third": ([("targets", "A"), ("targets", "B"), ("B", "C"), ("A", "C")], "ACB"),
    "two to a third by path": ([("targets", "A"), ("targets", "B"), ("B", "C"), ("A", "C", {"paths": ["*.py"]})], "ABC"),
    "a role to itself": ([("targets", "A"), ("A", "A")], "A"),
}


@pytest.mark.parametrize("graph", GRAPHS.values(), ids=GRAPHS)
def test_roles_are_visited_in_order(make, graph):
    client, repo = make()
    delegations, visited = graph
    for delegator, role, *options in delegations:
        repo.delegate(delegator, role, **(options[0] if options else {}))
    repo.publish_all()
    assert not client.download("missing")
    assert client.asked()[4:] == [f"1.{role}.json" for role in visited]


TREE = {
    "file": (True, ""),
    "README.md": (True, "A"),
    "releases/x/x_v1": (True, "BC"),
    "releases/y/y_v1.zip": (True, "BD"),
    "releases/z/z_v1.zip": (False, "B"),
    "releases/x/deep/x": (False, ""),
}


@pytest.mark.parametrize("path", TREE)
def test_a_target_needs_every_role_of_the_chain(make, path):
    client, repo = make()
    repo.delegate("targets", "A", paths=["*.doc", "*.md"])
    repo.delegate("targets", "B", paths=["releases/*/*"])
    repo.delegate("B", "C", paths=["releases/x/*"])
    repo.delegate("B", "D", paths=["releases/y/*.zip"])
    for name, role in zip(TREE, ["targets", "A", "C", "D", "D", "C"]):
        repo.add(name, name.encode(), role)
    repo.publish_all()
    found, visited = TREE[path]
    assert client.download(path) == found, client.stderr
    assert client.asked()[4:] == [f"1.{role}.json" for role in visited]
    assert client.artifacts() == ({path: path.encode()} if found else {})


def test_hash_bins(make):
    client, repo = make()
    bins = {}
    for bin in range(16):
        repo.delegate("targets", f"bin-{bin:x}", prefixes=[f"{bin:x}0", f"{bin:x}1", *(f"{bin:x}{low:x}" for low in range(2, 16))])
    for path in ["a", "b/c", "é"]:
        bins[path] = f"bin-{hashlib.sha256(path.encode()).hexdigest()[0]}"
        repo.add(path, path.encode(), bins[path])
    repo.publish_all()
    for path, role in bins.items():
        assert client.download(path), client.stderr
    assert client.artifacts() == {path: path.encode() for path in bins}
    assert set(client.trusted()) - {"root", "timestamp", "snapshot", "targets"} == set(bins.values())


def test_the_search_is_bounded(make):
    client, repo = make()
    for index in range(40):
        repo.delegate("targets", f"role-{index}")
    repo.publish_all()
    assert not client.download("missing")
    assert len(client.asked()[4:]) < 40


def test_downloads_come_in_order_and_stop_at_the_first_failure(make):
    client, repo = make()
    for path in ["c", "path/to/b", "a"]:
        repo.add(path, path.encode())
    repo.publish_all()
    assert client.download("c", "path/to/b", "a")
    digest = hashlib.sha256(b"path/to/b").hexdigest()
    assert [name.split(".")[-1] for name in client.asked("targets")] == ["c", "b", "a"]
    assert client.asked("targets")[1] == f"path/to/{digest}.b"
    repo.add("d", b"d")
    repo.add("e", b"e")
    repo.publish_all()
    assert not client.download("d", "missing", "e")
    assert set(client.artifacts()) == {"a", "path/to/b", "c", "d"}


def test_what_is_there_is_not_fetched_again(make):
    client, repo = make()
    repo.add("a", b"1")
    repo.publish_all()
    assert client.download("a")
    assert client.download("a")
    assert client.asked("targets") == []
    client.targets.joinpath("a").write_bytes(b"x")
    assert client.download("a")
    assert client.artifacts() == {"a": b"1"}
    repo.add("a", b"2")
    repo.publish_all()
    assert client.download("a")
    assert client.artifacts() == {"a": b"2"}


@pytest.mark.parametrize("other", [b"0", b"123", b"", b"1" * 100_000])
def test_other_bytes_are_not_taken(make, other):
    client, repo = make()
    repo.add("a", b"1")
    repo.publish_all()
    repo.place("a", other)
    assert not client.download("a")
    assert client.artifacts() == {}
    repo.place("a", b"1")
    assert client.download("a")
    repo.place("a", other)
    client.download("a")
    assert client.artifacts() == {"a": b"1"}


def test_many_changes_of_a_target(make):
    client, repo = make()
    for index in range(11):
        repo.add("a", f"{index}".encode())
        repo.add(f"new-{index}", b"new")
        repo.publish_all()
        if index % 5 == 0:
            assert client.download("a", f"new-{index}"), client.stderr
            assert client.artifacts()["a"] == f"{index}".encode()
            repo.place("a", b"bad")
            client.download("a")
            assert client.artifacts()["a"] == f"{index}".encode()


@pytest.mark.parametrize("path", ["../a", "/a", "a/../b"])
def test_targets_choose_no_folder(make, path):
    client, repo = make()
    repo.add(path, b"1")
    repo.publish_all()
    assert not client.download(path)
    assert client.artifacts() == {}


def test_unusual_names_are_quoted(make):
    client, repo = make()
    repo.add("a b?#%é.zip", b"1")
    repo.publish_all()
    assert client.download("a b?#%é.zip"), client.stderr
    assert client.artifacts() == {"a b?#%é.zip": b"1"}
