"""Files from the network: into one cache, within a total time and size, and only if they are what was expected."""

from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Any

from rethinking._progress import shows_progress

__all__ = ["MOST_BYTES", "cache", "downloaded"]

MOST_BYTES = 50_000_000  # the largest table has a twentieth of that
MOST_SECONDS = 120  # of a download as a whole
_ONE_DOWNLOAD = Lock()


def cache() -> Path:
    """Return the folder of this user that holds what was downloaded."""
    # pooch is imported here because a bundled table should not pay for it.
    import pooch

    return Path(pooch.os_cache("rethinking"))


def downloaded(url: str, sha256: str, name: str) -> Path:
    """Return the path of a file in the cache, downloaded if need be, and said in one line where someone looks.

    Raises
    ------
    OSError
        If nothing came from the address, or not in time.
    ValueError
        If what came is larger than `MOST_BYTES` or has another sha256; nothing of it is kept.
    """
    import pooch

    logger = pooch.get_logger()
    with _ONE_DOWNLOAD:  # pooch's logger belongs to the process: two threads would put back each other's state
        was_disabled, logger.disabled = logger.disabled, logger.disabled or not shows_progress()
        try:
            return Path(pooch.retrieve(url, f"sha256:{sha256}", name, cache(), downloader=_fetch))
        finally:
            logger.disabled = was_disabled


def _fetch(fname: str, action: Any, pooch: object, *, check_only: bool | None = None) -> None:
    """Download an address into a file within a total time and size; pooch's own downloader limits neither."""
    import requests
    from urllib3.exceptions import HTTPError

    end, size = monotonic() + MOST_SECONDS, 0
    with requests.get(fname, stream=True, timeout=10) as answer, open(action, "wb") as file:
        answer.raise_for_status()
        try:
            # One packet at a time: reading a block waits for all of it, however slowly it comes.
            while block := answer.raw.read1(2**16, decode_content=True):
                size += file.write(block)
                if monotonic() > end:
                    msg = f"more than {MOST_SECONDS} seconds"
                    raise TimeoutError(msg)
                if size > MOST_BYTES:
                    msg = f"it has more than {MOST_BYTES:,} bytes."
                    raise ValueError(msg)
        except HTTPError as error:  # requests translates them only where it reads itself
            raise ConnectionError(*error.args) from None
