"""Runs the program on MicroPython, its clock as many times faster as BOARD_SPEED says."""

import os

import refresh

speed = float(os.getenv("BOARD_SPEED") or 1)
refresh.CONNECT_TIMEOUT = refresh.CONNECT_TIMEOUT / speed
refresh.ANSWER_TIMEOUT = int(refresh.ANSWER_TIMEOUT / speed)
refresh.main()
