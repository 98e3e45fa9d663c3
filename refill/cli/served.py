"""What a granian worker of the web loads."""

from refill.api import request_log
from refill.cli.ending import end_with_server
from refill.wsgi import application

__all__ = ["application"]

end_with_server()
request_log.start()
