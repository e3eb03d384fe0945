"""Content-addressed files: written once, read by SHA-256, verified before they are used."""

from gongkai.blobs.local import LocalBlobs
from gongkai.blobs.store import Blob, BlobStore

__all__ = ["Blob", "BlobStore", "LocalBlobs"]
