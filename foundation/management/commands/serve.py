"""`manage.py serve`: the whole of Beacon in one process, for one office on one machine."""

import signal
import socket
from argparse import ArgumentParser
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.core.servers.basehttp import get_internal_wsgi_application
from waitress.server import create_server

from foundation.embedded import Worker


class Command(BaseCommand):
    help = "Serve the pages and carry out the jobs, in this process. For production see docs/operator.md."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=settings.SERVE_PORT, help="0 takes a free one (PORT)")
        parser.add_argument("--address", default=settings.SERVE_ADDRESS, help="SERVE_ADDRESS")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            server = create_server(
                get_internal_wsgi_application(),
                host=options["address"],
                port=options["port"],
                threads=settings.SERVE_THREADS,
                ident="",
                clear_untrusted_proxy_headers=False,  # foundation.proxies decides what to believe
            )
        except OSError as error:
            raise CommandError(
                f"Port {options['port']} cannot be used ({error.strerror}); name another with PORT=8001."
            ) from error
        signal.signal(signal.SIGTERM, _leave)
        worker = Worker()
        if settings.JOBS_EMBEDDED:
            worker.start()
        host = f"[{options['address']}]" if _is_ipv6(options["address"]) else options["address"]
        self.stdout.write(f"Beacon is ready: http://{host}:{server.effective_port}/  (Ctrl+C ends it)")
        self.stdout.flush()
        try:
            server.run()  # returns at Ctrl+C and at SIGTERM
        finally:
            server.close()
            worker.stop()
            self.stdout.write("Beacon ends; a job under way is taken up again at the next start.")


def _leave(number: int, frame: FrameType | None) -> None:
    raise SystemExit(0)


def _is_ipv6(address: str) -> bool:
    try:
        socket.inet_pton(socket.AF_INET6, address)
    except OSError:
        return False
    return True
