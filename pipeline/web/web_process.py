"""The web process: uvicorn with the application."""

import logging
import os

import uvicorn

from pipeline.web.parent import end_with_parent
from pipeline.web.place import from_environment


def main() -> None:
    """Serves until it is stopped."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pipeline.web.settings")
    end_with_parent()
    logging.basicConfig(level=logging.WARNING)
    place = from_environment()
    uvicorn.run(
        "pipeline.web.asgi:application",
        host=place.host,
        port=place.port,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,  # pipeline.web.proxy believes the proxy that was named, and no other
        lifespan="off",
        timeout_graceful_shutdown=5,
    )


if __name__ == "__main__":
    main()
