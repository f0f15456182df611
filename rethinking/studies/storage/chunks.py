"""The files of a store: chunks with checksums, as zarr reads them, and metadata under one seal.

zarr makes the arrays. A chunk is written and read here, byte for byte as zarr would: through zarr a study of 10,000
replicates takes eight seconds to open, and one bad chunk hides all the others.
"""

import json
import os
from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path
from typing import Any
from uuid import uuid4

import google_crc32c
import numpy as np
import zarr
from numcodecs import VLenUTF8
from zarr.codecs import Crc32cCodec

__all__ = ["make", "metadata", "read", "read_words", "replace", "seal", "sealed", "write", "write_words"]

METADATA, CHECKSUM = "zarr.json", 4  # bytes
BY_REPLICATE = ("failure", "result")  # the arrays that grow


def make(path: Path, labels: dict[str, list[str]], attributes: dict[str, Any]) -> None:
    """Make the empty arrays of a study and seal them.

    Parameters
    ----------
    path : path
        A folder that does not exist.
    labels : dict of str to list of str
        Of estimators, estimands and statistics.
    attributes : dict
        Of the group.
    """
    group = zarr.open_group(path, mode="w-", zarr_format=3, attributes=attributes)
    flat = {"name": "default", "separator": "."}  # one file a chunk, without folders around it
    shape = (1, *map(len, labels.values()))
    arrays = {
        "result": {"shape": shape, "dtype": "float64", "fill_value": np.nan},
        "failure": {"shape": shape[:2], "dtype": "str", "fill_value": ""},
    }
    for name, options in arrays.items():
        dims, one = ("replicate", *labels)[: len(options["shape"])], (1, *options["shape"][1:])
        options |= {"chunks": one, "dimension_names": dims, "chunk_key_encoding": flat}
        group.create_array(name, compressors=[Crc32cCodec()], **options)
    for name, values in labels.items():
        options = {"shape": (len(values),), "dtype": "str", "dimension_names": (name,)}
        array = group.create_array(name, compressors=[Crc32cCodec()], **options)
        array[:] = np.array(values, dtype=object)
    seal(path, metadata(path))


def metadata(path: Path) -> dict[str, Any]:
    """Return the metadata of a group or array."""
    return json.loads((path / METADATA).read_bytes())


def seal(path: Path, group: dict[str, Any]) -> None:
    """Write the metadata of a group, with a digest of all that is not a replicate."""
    group["attributes"]["seal"] = _digest(path, group)
    replace(path / METADATA, json.dumps(group).encode())


def sealed(path: Path) -> str | None:
    """Return the digest that :func:`seal` would write now, or None if files are missing or not JSON."""
    try:
        return _digest(path, metadata(path))
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return None


def _digest(path, group):
    """Return a digest of the group, the arrays and their labels; how far arrays have grown is left out."""
    attributes = {name: value for name, value in group["attributes"].items() if name != "seal"}
    described: list[Any] = [group | {"attributes": attributes}]
    for name in sorted(entry.name for entry in path.iterdir() if entry.is_dir()):
        array = metadata(path / name)
        if name in BY_REPLICATE:
            if array["shape"][0] > attributes["replicates"]:
                return None
            array["shape"][0] = None
        else:
            described += [chunk.read_bytes().hex() for chunk in sorted((path / name / "c").iterdir())]
        described.append([name, array])
    return blake2b(json.dumps(described, sort_keys=True).encode(), digest_size=16).hexdigest()


def replace(file: Path, content: bytes) -> None:
    """Write a file that is there as a whole or, if this process is killed, as it was before."""
    new = file.with_name(f"{file.name}.{uuid4().hex}.partial")
    try:
        new.write_bytes(content)
        os.replace(new, file)
    except OSError:
        new.unlink(missing_ok=True)
        raise


def write(file: Path, values: np.ndarray) -> None:
    """Write a chunk of float64 with its checksum."""
    _write(file, values.astype("<f8").tobytes())


def read(file: Path, shape: tuple[int, ...]) -> np.ndarray | None:
    """Return a chunk of float64, or None if it is not what was written."""
    content = _read(file)
    if content is None or len(content) != 8 * np.prod(shape):
        return None
    return np.frombuffer(content, dtype="<f8").reshape(shape)


def write_words(file: Path, words: Iterable[str]) -> None:
    """Write a chunk of texts with its checksum."""
    _write(file, bytes(VLenUTF8().encode(np.array(list(words), dtype=object))))


def read_words(file: Path, n: int) -> list[str] | None:
    """Return a chunk of `n` texts, or None if it is not what was written."""
    content = _read(file)
    if content is None:
        return None
    words = VLenUTF8().decode(content)
    return list(words) if len(words) == n else None


def _write(file, content):
    replace(file, content + google_crc32c.value(content).to_bytes(CHECKSUM, "little"))


def _read(file):
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        return None
    content, checksum = content[:-CHECKSUM], content[-CHECKSUM:]
    return content if google_crc32c.value(content).to_bytes(CHECKSUM, "little") == checksum else None
