"""One file per command of the otklik program."""
