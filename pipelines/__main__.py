"""``python -m pipelines`` is ``framehaul``."""

from pipelines.cli import main

if __name__ == "__main__":
    main()
