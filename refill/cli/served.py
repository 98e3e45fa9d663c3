"""What a granian worker loads: the WSGI application, in a process that ends when its server does."""

import signal

from refill.cli.postgres import die_with_parent

die_with_parent(signal.SIGKILL)()

from refill.wsgi import application  # noqa: E402

__all__ = ["application"]
