"""`python -m bbva_core`."""

import sys

try:
    from bbva_core.cli import main

    code = main()
except KeyboardInterrupt:  # while the libraries are being loaded
    sys.stderr.write("\nbbva: stopped; nothing was started.\n")
    code = 130
except ModuleNotFoundError as missing:
    if missing.name is None or missing.name.partition(".")[0] == "bbva_core":
        raise
    sys.stderr.write(
        f"bbva: the package {missing.name} is not installed for {sys.executable}. Nothing was started.\n"
        "bbva: `make run` installs everything into .venv; then type .venv/bin/python -m bbva_core ...\n"
    )
    code = 1
sys.exit(code)
