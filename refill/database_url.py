"""Reading and writing `postgres://` addresses, socket directories included."""

from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit


@dataclass(frozen=True)
class DatabaseAddress:
    """One PostgreSQL database. `host` is a name, an address, or the directory of a socket."""

    name: str
    user: str = ""
    password: str = ""
    host: str = ""
    port: str = ""
    parameters: dict[str, str] = field(default_factory=dict)

    def url(self, name: str | None = None) -> str:
        """The address as a URL, for the database `name` where one is given."""
        credentials = quote(self.user, safe="") + (f":{quote(self.password, safe='')}" if self.password else "")
        parameters = dict(self.parameters)
        place = self.host
        if self.host.startswith("/"):
            parameters, place = (
                {"host": self.host, **({"port": self.port} if self.port else {}), **parameters},
                "",
            )
        elif ":" in self.host:
            place = f"[{self.host}]"
        if self.port and not self.host.startswith("/"):
            place += f":{self.port}"
        query = f"?{urlencode(parameters, safe='/')}" if parameters else ""
        at = f"{credentials}@" if credentials else ""
        return f"postgresql://{at}{place}/{quote(name or self.name, safe='')}{query}"


def parse_database_url(url: str) -> DatabaseAddress:
    """Read a libpq URL. ValueError where it is none or names no database."""
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql"):
        raise ValueError("DATABASE_URL must begin with postgresql:// or postgres://")
    name = unquote(parts.path.lstrip("/"))
    if not name:
        raise ValueError("DATABASE_URL names no database: postgresql://user@host/NAME")
    parameters = dict(parse_qsl(parts.query))
    host = unquote(parts.netloc.rpartition("@")[2]) if "%2F" in parts.netloc.upper() else parts.hostname or ""
    return DatabaseAddress(
        name=name,
        user=unquote(parts.username or parameters.pop("user", "")),
        password=unquote(parts.password or parameters.pop("password", "")),
        host=parameters.pop("host", "") or host,
        port=parameters.pop("port", "") or ("" if "%2F" in parts.netloc.upper() else str(parts.port or "")),
        parameters=parameters,
    )
