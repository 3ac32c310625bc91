"""A TUF repository in memory, made with python-tuf and served over HTTP on the loopback."""

import hashlib
import json
import threading
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote

from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)

TOP_LEVEL = ["root", "timestamp", "snapshot", "targets"]
FAR = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(days=30)


def past():
    return datetime.now(timezone.utc).replace(microsecond=0) - timedelta(days=1)


def new_key(kind="ed25519"):
    """A key pair of one of the kinds a client must know."""
    match kind:
        case "ed25519":
            return CryptoSigner.generate_ed25519()
        case "ecdsa":
            return CryptoSigner.generate_ecdsa()
        case "rsa-pss":
            return CryptoSigner.generate_rsa(scheme="rsassa-pss-sha256")
        case "rsa-pkcs1v15":
            return CryptoSigner.generate_rsa(scheme="rsa-pkcs1v15-sha256")
    raise ValueError(kind)


class Repository:
    """Metadata that a test changes, the files published of it, and the requests that came in."""

    def __init__(self, kind="ed25519", consistent=True, hashes=False):
        self.consistent, self.hashes = consistent, hashes
        self.files, self.requests, self.artifacts = {}, [], {}
        self.signers = {role: [new_key(kind)] for role in TOP_LEVEL}
        root = Root(expires=FAR, consistent_snapshot=consistent)
        self.md = {
            "root": Metadata(root),
            "timestamp": Metadata(Timestamp(expires=FAR)),
            "snapshot": Metadata(Snapshot(expires=FAR)),
            "targets": Metadata(Targets(expires=FAR)),
        }
        for role, signers in self.signers.items():
            root.add_key(signers[0].public_key, role)
        self.publish("root", "targets", "snapshot", "timestamp", bump=False)
        self.trusted_root = self.files["metadata/1.root.json"]

    def __getattr__(self, role):
        try:
            return self.__dict__["md"][role].signed
        except KeyError:
            raise AttributeError(role) from None

    def sign(self, role):
        """The role's metadata as bytes, signed by the role's signers."""
        metadata = self.md[role]
        metadata.signatures.clear()
        for signer in self.signers[role]:
            metadata.sign(signer, append=True)
        return metadata.to_bytes()

    def publish(self, *roles, bump=True):
        """Signs and publishes these roles, in this order, each a version further."""
        for role in roles:
            signed = self.md[role].signed
            if bump:
                signed.version += 1
            self.put(role, self.sign(role))

    def publish_all(self):
        """Publishes everything that changes with every release."""
        delegated = [role for role in self.md if role not in TOP_LEVEL]
        self.publish("targets", *delegated, "snapshot", "timestamp")

    def put(self, role, data, version=None):
        """Publishes these bytes as the role's metadata, and announces them."""
        version = version or self.md[role].signed.version
        name = quote(role, safe="")
        versioned = role == "root" or (self.consistent and role != "timestamp")
        self.files[f"metadata/{version}.{name}.json" if versioned else f"metadata/{name}.json"] = data
        digest = {"sha256": hashlib.sha256(data).hexdigest()} if self.hashes else None
        file = MetaFile(version, len(data) if self.hashes else None, digest)
        if role == "snapshot":
            self.timestamp.snapshot_meta = file
        elif role not in ["root", "timestamp"]:
            self.snapshot.meta[f"{role}.json"] = file

    def rotate(self, role, kind="ed25519", count=1):
        """Gives a top-level role new keys and no others."""
        for key_id in list(self.root.roles[role].keyids):
            self.root.revoke_key(key_id, role)
        self.signers[role] = [new_key(kind) for _ in range(count)]
        for signer in self.signers[role]:
            self.root.add_key(signer.public_key, role)

    def delegate(self, delegator, name, paths=None, prefixes=None, terminating=False, kind="ed25519"):
        """Adds a delegation, and a role with a key of its own if it is new."""
        if name not in self.md:
            self.md[name] = Metadata(Targets(expires=FAR))
            self.md[name].signed.version = 0
            self.signers[name] = [new_key(kind)]
        parent = self.md[delegator].signed
        if parent.delegations is None:
            parent.delegations = Delegations({}, {})
        paths = ["*"] if paths is None and prefixes is None else paths
        parent.delegations.roles[name] = DelegatedRole(name, [], 1, terminating, paths, prefixes)
        parent.add_key(self.signers[name][0].public_key, name)

    def add(self, path, data, role="targets"):
        """Adds a target to a role's metadata and to the files."""
        target = TargetFile.from_data(path, data, ["sha256"])
        self.md[role].signed.targets[path] = target
        self.place(path, data, target)

    def place(self, path, data, target=None):
        """Puts bytes where the target is fetched from."""
        target = target or self.md["targets"].signed.targets[path]
        folder, slash, base = quote(path).rpartition("/")
        prefix = f"{target.hashes['sha256']}." if self.consistent else ""
        self.files[f"targets/{folder}{slash}{prefix}{base}"] = data


class Server:
    """Serves one repository, and counts what is asked of it."""

    def __init__(self, repository):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                path = self.path.lstrip("/")
                repository.requests.append(path)
                data = repository.files.get(path)
                if data is None:
                    self.send_error(404)
                    return
                self.send_response(200)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}"
        threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True).start()

    def close(self):
        self.http.shutdown()
        self.http.server_close()


def edit(data, change):
    """Changes signed metadata without signing it again."""
    document = json.loads(data)
    change(document)
    return json.dumps(document).encode()
