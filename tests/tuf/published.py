"""Downloads every target of a repository in a folder with python-tuf.

    published.py REPOSITORY ROOT

Prints the targets' SHA-256 by path, and what is said about each of them, as JSON. Only what a client
verified is printed; whatever it refuses ends this with an error.
"""

import hashlib
import json
import sys
import tempfile
from pathlib import Path
from urllib.parse import unquote, urlparse

from tuf.api.exceptions import DownloadHTTPError
from tuf.ngclient import Updater
from tuf.ngclient.fetcher import FetcherInterface


class Folder(FetcherInterface):
    """Files, by the paths of URLs."""

    def _fetch(self, url):
        path = Path(unquote(urlparse(url).path))
        if not path.exists():
            raise DownloadHTTPError(f"{path} is not there", 404)
        return iter([path.read_bytes()])


def main(repository, root):
    base = Path(repository).resolve().as_uri()
    with tempfile.TemporaryDirectory() as folder:
        updater = Updater(
            folder,
            f"{base}/metadata/",
            folder,
            f"{base}/targets/",
            fetcher=Folder(),
            bootstrap=Path(root).read_bytes(),
        )
        updater.refresh()
        found = {}
        for path in sorted(updater._trusted_set.targets.targets):
            info = updater.get_targetinfo(path)
            content = Path(updater.download_target(info)).read_bytes()
            digest = hashlib.sha256(content).hexdigest()
            found[path] = {"sha256": digest, "custom": info.custom}
    json.dump(found, sys.stdout)


main(*sys.argv[1:])
