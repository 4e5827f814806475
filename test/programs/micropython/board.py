"""Runs the MicroPython program in CPython, with the settings that the tests give."""

import os

import refresh

refresh.TIMEOUT = float(os.environ.get("REFRESH_TIMEOUT", 20))
refresh.TRIES = int(os.environ.get("REFRESH_TRIES", 5))
refresh.main()
