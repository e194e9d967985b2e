"""The file that the launcher of a Flex Template runs; all of it is in the installed package."""

from framehaul.pipelines.flex_template import main

if __name__ == "__main__":
    main()
