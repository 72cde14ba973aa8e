"""What tells the sound of one voice from that of another, whatever they are called."""

from __future__ import annotations

import hashlib
import json

from huisheng.voice.manifest import Manifest


def package_digest(manifest: Manifest) -> str:
    """SHA-256 of a manifest, and so of every file in its package: it holds their digests."""
    told = json.dumps(manifest.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
    return join_digests("package", told)


def join_digests(*parts: str) -> str:
    """SHA-256 of several values in their order; empty where one is, since then something is not known."""
    if not all(parts):
        return ""
    return hashlib.sha256(json.dumps(parts).encode("ascii")).hexdigest()
