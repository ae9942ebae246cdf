"""``liveliness serve`` in a process of its own."""

from __future__ import annotations

import http.client
import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType

_CODE = "import sys; from liveliness_lib.cli import main; main(sys.argv[1:])"
_START_S = 120.0


class Served:
    """A running service; leaving the block stops it.

    Parameters
    ----------
    folder : Path
        For the store, the settings and the log.
    settings : str
        TOML.
    weights : bool
        Use the detector weights that were fetched on this machine; False: the base install alone.
    environment : dict, optional
        More environment variables.
    port : int, optional
        To come back under the old address after a kill.
    """

    def __init__(
        self,
        folder: Path,
        settings: str = "",
        *,
        weights: bool = False,
        environment: dict[str, str] | None = None,
        port: int | None = None,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.log, self.port = folder / "publish", folder / "log", port or free_port()
        (folder / "settings.toml").write_text(settings)
        where = ["--folder", str(self.folder), "--settings", str(folder / "settings.toml")]
        command = [sys.executable, "-c", _CODE, "serve", "--port", str(self.port), *where]
        variables = {**os.environ, "OMP_NUM_THREADS": "1", **(environment or {})}
        if not weights:
            variables["LIVELINESS_MODELS"] = str(folder / "no-models")
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, stderr=log, env=variables)
        self._wait()

    def __enter__(self) -> Served:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Return the address."""
        return f"http://127.0.0.1:{self.port}"

    def _wait(self) -> None:
        deadline = time.monotonic() + _START_S
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"the service ended at once: {self.log.read_text()[-2000:]}")
            try:
                if self.get("/readyz")[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.05)
        self.kill()
        raise RuntimeError(f"the service was not ready within {_START_S:.0f} s")

    def get(self, path: str) -> tuple[int, str]:
        """Return status and body of one GET."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def processor_s(self) -> float:
        """Return the seconds of processor time used so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_mib(self) -> float:
        """Return the resident memory."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def stages_ms(self) -> dict[str, float]:
        """Return the mean milliseconds that each stage took by the clock."""
        found = re.findall(r'liveliness_stage_seconds_(sum|count)\{stage="(\w+)"\} (\S+)', self.get("/metrics")[1])
        values = {(kind, stage): float(value) for kind, stage, value in found}
        return {stage: 1e3 * values["sum", stage] / values["count", stage] for kind, stage in values if kind == "sum"}

    def unexpected(self) -> int:
        """Return how many lines of the log speak of a bug."""
        text = self.log.read_text(errors="replace")
        return text.count('"event": "unexpected ') + text.count("Traceback (most recent call last)")

    def kill(self) -> None:
        """Kill -9."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """Stop and return the exit code."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            return self.process.wait(40)
        except subprocess.TimeoutExpired:
            self.kill()
            return -9


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
