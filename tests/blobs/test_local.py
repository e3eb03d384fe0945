"""Blobs in a folder."""

import hashlib
import os
import time

import pytest

from gongkai.blobs import LocalBlobs
from gongkai.errors import IntegrityFailed, NotFound

TEXT = "血液库存".encode()
NAME = hashlib.sha256(TEXT).hexdigest()


@pytest.fixture
def blobs(tmp_path):
    return LocalBlobs(tmp_path / "blobs")


def test_bytes_are_found_by_their_hash(blobs, tmp_path):
    source = tmp_path / "a.csv"
    source.write_bytes(TEXT)

    blob = blobs.put(source)

    assert (blob.sha256, blob.byte_size) == (NAME, len(TEXT))
    assert blobs.path(NAME).read_bytes() == TEXT


def test_the_same_bytes_are_kept_once_and_read_only(blobs):
    blobs.put_bytes(TEXT)
    path = blobs.path(NAME)
    first = path.stat().st_ino

    blobs.put_bytes(TEXT)

    assert path.stat().st_ino == first
    assert path.stat().st_mode & 0o777 == 0o444
    assert not list((path.parents[1] / "tmp").iterdir())


def test_changed_bytes_are_never_given_out(blobs):
    blobs.put_bytes(TEXT)
    path = blobs.path(NAME)
    path.chmod(0o644)
    damaged = bytearray(TEXT)
    damaged[3] ^= 1
    path.write_bytes(damaged)

    with pytest.raises(IntegrityFailed):
        blobs.path(NAME)
    assert not blobs.verify(NAME)


def test_storing_the_right_bytes_again_mends_a_damaged_blob(blobs):
    blobs.put_bytes(TEXT)
    path = blobs.path(NAME)
    path.chmod(0o644)
    path.write_bytes(b"x")

    blobs.put_bytes(TEXT)

    assert blobs.path(NAME).read_bytes() == TEXT


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 64])
def test_what_is_no_name_of_a_blob_is_not_found(blobs, name):
    with pytest.raises(NotFound):
        blobs.path(name)


def test_sweeping_takes_only_what_a_killed_writer_left_long_ago(blobs, tmp_path):
    folder = tmp_path / "blobs" / "tmp"
    old, fresh = folder / "old", folder / "fresh"
    old.write_bytes(b"x")
    fresh.write_bytes(b"x")
    long_ago = time.time() - 90_000
    os.utime(old, (long_ago, long_ago))

    assert blobs.sweep() == 1
    assert fresh.exists()
    assert not old.exists()
