"""python -m tongban: the same as the command `tongban`."""

from tongban.cli import main

main()
