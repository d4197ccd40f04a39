"""The worker's process."""

import logging
import os

import django

from pipeline.runners.tensorflow_environment import before_tensorflow
from pipeline.web.parent import end_with_parent


def main() -> None:
    """Works until it is stopped."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pipeline.web.settings")
    before_tensorflow()
    end_with_parent()
    logging.basicConfig(level=logging.WARNING)
    django.setup()
    from pipeline.web.jobs.worker import work

    work()


if __name__ == "__main__":
    main()
