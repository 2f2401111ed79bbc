"""See tests/postgres.py."""

from tests.postgres import Server as Server
from tests.postgres import a_server as a_server
