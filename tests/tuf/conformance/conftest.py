"""The client under test, driven by the conformance suite's command-line protocol."""

import json
import os
import subprocess
from urllib.parse import unquote

import pytest
from repository import Repository, Server


class Client:
    """Runs the command with a metadata and a target folder of its own."""

    def __init__(self, repository, folder):
        self.repository, self.server = repository, Server(repository)
        self.command = os.environ["ZEN_EDGE"].split() + ["tuf"]
        self.metadata, self.targets = folder / "metadata", folder / "targets"
        self.root = folder / "root.json"
        # How far the client's clock is ahead.
        self.days = 0

    def run(self, *arguments):
        self.repository.requests.clear()
        clock = ["faketime", "-f", f"+{self.days}d"] if self.days else []
        command = [*clock, *self.command, "--metadata-dir", str(self.metadata), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        self.stderr = done.stderr
        assert done.returncode in (0, 1), done
        return done.returncode == 0

    def init(self, root=None):
        self.root.write_bytes(root or self.repository.trusted_root)
        return self.run("init", str(self.root))

    def refresh(self):
        return self.run("--metadata-url", f"{self.server.url}/metadata/", "refresh")

    def download(self, *paths):
        names = [option for path in paths for option in ("--target-name", path)]
        where = ["--target-dir", str(self.targets), "--target-base-url", f"{self.server.url}/targets/"]
        return self.run("--metadata-url", f"{self.server.url}/metadata/", *names, *where, "download")

    def bytes(self, role):
        path = self.metadata / f"{role}.json"
        return path.read_bytes() if path.exists() else None

    def version(self, role):
        data = self.bytes(role)
        return data and json.loads(data)["signed"]["version"]

    def trusted(self):
        """Names and versions of all metadata that is kept."""
        return {
            unquote(path.name.removesuffix(".json")): json.loads(path.read_bytes())["signed"]["version"]
            for path in self.metadata.iterdir()
        }

    def artifacts(self):
        return {unquote(path.name): path.read_bytes() for path in self.targets.iterdir()}

    def asked(self, folder="metadata"):
        """The files asked for in the last run."""
        prefix = f"{folder}/"
        return [path.removeprefix(prefix) for path in self.repository.requests if path.startswith(prefix)]


@pytest.fixture
def make(tmp_path):
    """Makes a repository and a client that trusts its first root."""
    clients = []

    def make(**options):
        folder = tmp_path / str(len(clients))
        folder.mkdir()
        client = Client(Repository(**options), folder)
        clients.append(client)
        assert client.init(), client.stderr
        return client, client.repository

    yield make
    for client in clients:
        client.server.close()
