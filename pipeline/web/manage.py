"""Django's own commands, for developers: ``python -m pipeline.web.manage COMMAND``."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pipeline.web.settings")
    execute_from_command_line(sys.argv)
