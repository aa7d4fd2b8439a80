"""Running the server: web processes that share one port, and a job worker, all ending with the process that started them."""

from __future__ import annotations

import ctypes
import gc
import os
import signal
import socket
import subprocess
import sys
import threading

import uvicorn
from starlette.applications import Starlette

from csdi.errors import SettingsInvalid
from csdi.settings import Settings, read_settings
from ogc_api.app import create_app

_PR_SET_PDEATHSIG = 1
_SILENT_S = 60
"""A web process that says nothing for so long is ended and begun anew. On a busy machine it needs many seconds to begin."""
_RESTART_S = (0.5, 1.0, 2.0, 5.0, 10.0)


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT. Web processes and worker end with this one, however it ends.

    Raises:
        SettingsInvalid: the port is taken or the address is not ours.
    """
    _check_port(settings.host, settings.port)
    export(settings)
    stop = threading.Event()
    keeper = threading.Thread(target=_keep_worker, args=(stop,), daemon=True, name="keep-worker")
    keeper.start()
    try:
        uvicorn.run("ogc_api.serve:application", factory=True, host=settings.host, port=settings.port, workers=web_processes(settings),
                    log_level="warning", access_log=False, server_header=False, timeout_graceful_shutdown=5,
                    timeout_worker_healthcheck=_SILENT_S)
    finally:
        stop.set()
        keeper.join(15)


def application() -> Starlette:
    """The application of one web process, from the environment."""
    if threading.current_thread() is threading.main_thread() and os.environ.get("CSDI_PARENT") not in (None, str(os.getpid())):
        end_with_parent()
    app = create_app(read_settings())
    gc.collect()
    gc.freeze()  # what is imported stays; not looking at it again saves a sixth of the time of a first tile
    return app


def web_processes(settings: Settings) -> int:
    """How many web processes the settings ask for; a store that lives in memory cannot be shared."""
    if settings.store_url.startswith("memory"):
        return 1
    return settings.workers or max(1, min(4, os.cpu_count() or 1))


def export(settings: Settings) -> None:
    """Put the settings into the environment, so that child processes have the same."""
    for name, field in Settings.model_fields.items():
        value = getattr(settings, name)
        if value != field.default:
            os.environ[f"CSDI_{name.upper()}"] = str(value)
    os.environ["CSDI_PARENT"] = str(os.getpid())


def end_with_parent() -> None:
    """Ask the kernel to end this process when its parent dies, however it dies (Linux; elsewhere nothing happens).

    At once, without a last word: jobs are durable, and one that waits for something would keep the process alive.
    """
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() == 1:
        os.kill(os.getpid(), signal.SIGKILL)


def _check_port(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise SettingsInvalid(f"cannot listen on {host}:{port}: {error.strerror}", field="CSDI_PORT", value=port,
                                  remedy="stop what listens there, or choose another with CSDI_PORT") from None


def _keep_worker(stop: threading.Event) -> None:
    """Keep one job worker alive; restart it ever more slowly when it keeps dying."""
    deaths = 0
    while not stop.is_set():
        worker = subprocess.Popen([sys.executable, "-m", "ogc_api", "worker", "--with-parent"], stdin=subprocess.DEVNULL)
        while worker.poll() is None and not stop.wait(0.2):
            pass
        if stop.is_set():
            _end(worker)
            return
        stop.wait(_RESTART_S[min(deaths, len(_RESTART_S) - 1)])
        deaths += 1


def _end(worker: subprocess.Popen[bytes]) -> None:
    worker.terminate()
    try:
        worker.wait(10)
    except subprocess.TimeoutExpired:
        worker.kill()
        worker.wait()
