"""Listens at [::1] and a port, and answers nothing: its queue is full, so the kernel drops what else arrives."""

import socket
import sys

listening = socket.socket(socket.AF_INET6)
listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listening.bind(("::1", int(sys.argv[1])))
listening.listen(0)
waiting = []
for _ in range(4):
    client = socket.socket(socket.AF_INET6)
    client.setblocking(False)
    client.connect_ex(listening.getsockname())
    waiting.append(client)
print("ready", flush=True)
sys.stdin.read()
