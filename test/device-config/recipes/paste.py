"""Pastes texts into a shell in a terminal, as a person does: paste.py FOLDER SHELL... Texts come as JSON on standard input.

A terminal wraps what is pasted in marks while the program in it asks for them (bracketed paste); each text waits until the shell or
the command that it started is ready to read.
"""

import json
import os
import pty
import select
import sys
import time

folder, shell = sys.argv[1], sys.argv[2:]
pid, terminal = pty.fork()
if pid == 0:
    os.chdir(folder)
    os.environ.update(PS1="$ ", TERM="xterm", HISTFILE=folder + "/history")
    os.execvp(shell[0], shell)

seen = b""


def read_until_quiet():
    global seen
    quiet = time.monotonic() + 10
    while select.select([terminal], [], [], 0.7)[0] and time.monotonic() < quiet:
        try:
            seen += os.read(terminal, 65536)
        except OSError:
            return


def write(data):
    while data:
        select.select([], [terminal], [])
        data = data[os.write(terminal, data[:512]) :]
        if select.select([terminal], [], [], 0)[0]:
            read_some()


def read_some():
    global seen
    seen += os.read(terminal, 65536)


read_until_quiet()
for text in json.load(sys.stdin):
    data = text.encode().replace(b"\n", b"\r")
    if len(data) > 1 and seen.rfind(b"\x1b[?2004h") > seen.rfind(b"\x1b[?2004l"):
        data = b"\x1b[200~" + data + b"\x1b[201~"
    write(data)
    read_until_quiet()
os.close(terminal)
sys.stdout.buffer.write(seen)
