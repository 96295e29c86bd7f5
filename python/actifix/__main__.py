"""``python -m actifix``: the command that came with the package."""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig


def command() -> str:
    """Where the command is: beside this interpreter's scripts, else on the path."""
    name = "actifix" + (sysconfig.get_config_var("EXE") or "")
    schemes = [None, sysconfig.get_preferred_scheme("user")] if sys.version_info >= (3, 10) else [None]
    for scheme in schemes:
        folder = sysconfig.get_path("scripts", scheme) if scheme else sysconfig.get_path("scripts")
        path = os.path.join(folder, name)
        if os.access(path, os.X_OK):
            return path
    found = shutil.which(name)
    if found is None:
        sys.exit("actifix: the command is not installed; a wheel of actifix brings it")
    return found


def main() -> None:
    """Becomes the command."""
    path = command()
    os.execv(path, [path, *sys.argv[1:]])


if __name__ == "__main__":
    main()
