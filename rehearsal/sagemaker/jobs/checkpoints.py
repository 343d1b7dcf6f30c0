"""/opt/ml/checkpoints and its S3 prefix, kept equal: down at the start, then up while the job runs."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from rehearsal.sagemaker.s3 import DataError, Files, relative, split

logger = logging.getLogger(__name__)
SYNC_SECONDS = 0.5


class Checkpoints:
    """One job's checkpoints. Hosts share the prefix: equal names overwrite each other, as on AWS."""

    def __init__(self, files: Files, uri: str, folders: list[Path]) -> None:
        self._files = files
        self._uri = uri.rstrip("/")
        self._folders = folders
        self._sent: dict[tuple[Path, str], tuple[int, int]] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._loop, daemon=True, name="checkpoints")

    def restore(self) -> int:
        """Download what the prefix holds to every host; return the number of objects."""
        bucket, prefix = split(self._uri + "/")
        keys = self._files.keys(self._uri + "/")
        for folder in self._folders:
            folder.mkdir(parents=True, exist_ok=True)
            for key in keys:
                target = folder / relative(key, prefix)
                self._files.download(bucket, key, target)
                self._sent[folder, target.relative_to(folder).as_posix()] = _stamp(target)
        return len(keys)

    def start(self) -> None:
        """Begin to sync in the background."""
        self._thread.start()

    def stop(self) -> None:
        """Stop syncing, after one last time."""
        self.abandon()
        self.sync()

    def abandon(self) -> None:
        """Stop syncing as things are."""
        self._stop.set()
        if self._thread.ident:
            self._thread.join()

    def sync(self) -> None:
        """Upload what changed and delete in S3 what was deleted locally."""
        with self._lock:
            for folder in self._folders:
                self._sync_folder(folder)

    def _sync_folder(self, folder: Path) -> None:
        present = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
        for name, path in present.items():
            try:
                stamp = _stamp(path)
                if self._sent.get((folder, name)) != stamp:
                    self._files.upload(path, f"{self._uri}/{name}")
                    self._sent[folder, name] = stamp
            except FileNotFoundError:
                continue  # replaced or deleted by the trainer meanwhile: the next round sees it
        gone = [key for key in self._sent if key[0] == folder and key[1] not in present]
        for key in gone:
            self._files.delete(f"{self._uri}/{key[1]}")
            del self._sent[key]

    def _loop(self) -> None:
        while not self._stop.wait(SYNC_SECONDS):
            try:
                self.sync()
            except DataError as error:
                logger.warning("checkpoint sync of %s: %s", self._uri, error)


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_mtime_ns, status.st_size
