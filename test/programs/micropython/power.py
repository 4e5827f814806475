"""Cuts the power at each write of a real file system (littlefs or FAT) while a new refresh token is saved, and prints what is read after."""

import os
import sys

import refresh

BLOCK = 512


class Flash:
    """Memory whose power goes at the n-th write: half of that block is written, and nothing after it."""

    def __init__(self, blocks):
        self.data = bytearray(blocks * BLOCK)
        self.writes_left = -1

    def readblocks(self, block, buffer, offset=0):
        start = block * BLOCK + offset
        buffer[:] = self.data[start : start + len(buffer)]

    def writeblocks(self, block, buffer, offset=0):
        size = len(buffer)
        if self.writes_left == 0:
            raise OSError(5)
        if self.writes_left > 0:
            self.writes_left -= 1
            if self.writes_left == 0:
                size //= 2
        start = block * BLOCK + offset
        self.data[start : start + size] = buffer[:size]

    def ioctl(self, operation, _):
        return {4: len(self.data) // BLOCK, 5: BLOCK}.get(operation, 0)


def saved_after(kind, cut):
    """The token that is read after the power went at this write; whether there were as many writes at all."""
    flash = Flash(128)
    kind.mkfs(flash)
    os.mount(kind(flash), "/flash")
    refresh.FOLDER, refresh.CONFIG = "/flash/", "/flash/config.json"
    with open("config.json") as source, open(refresh.CONFIG, "w") as file:
        file.write(source.read())
    refresh.unsaved.clear()
    config = refresh.read_config()
    flash.writes_left = cut
    refresh.keep(config, "second")
    reached = flash.writes_left == 0
    flash.writes_left = -1
    refresh.unsaved.clear()
    os.umount("/flash")
    os.mount(kind(flash), "/flash")
    try:
        return refresh.read_config()["refresh_token"], reached
    except refresh.RefreshError as error:
        return "LOST: %s" % error, reached
    finally:
        os.umount("/flash")


kind = getattr(os, sys.argv[1])
cut = 0
while True:
    cut += 1
    token, reached = saved_after(kind, cut)
    print(cut, token)
    if not reached:
        break
