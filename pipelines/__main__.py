"""``python -m pipelines`` is ``framehaul``."""

from framehaul.pipelines.cli import main

if __name__ == "__main__":
    main()
