"""Ends Python as a power cut does, at the change of the disk that POWER_CUT counts to. Found by PYTHONPATH."""

import os
import signal
import sys

left = int(os.environ["POWER_CUT"])


def cut(event, args):
    global left
    writes = event == "open" and isinstance(args[2], int) and args[2] & (os.O_WRONLY | os.O_RDWR)
    if writes or event in ("os.rename", "os.remove", "os.chmod", "os.chown"):
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1


sys.addaudithook(cut)
