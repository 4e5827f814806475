"""Makes an NVS partition of each CSV with Espressif's generator, and prints the strings that an ESP32 would find in it as JSON."""

import argparse
import contextlib
import io
import json
import struct
import sys

from esp_idf_nvs_partition_gen import nvs_partition_gen

PAGE, ENTRY, ENTRIES = 4096, 32, 126
WRITTEN, STRING = 0b10, 0x21


def make(csv, partition):
    arguments = argparse.Namespace(input=csv, output=partition, outdir="/", size="0x5000", version=2)
    with contextlib.redirect_stdout(io.StringIO()):
        nvs_partition_gen.generate(arguments)


def strings(partition):
    """A page: 32 bytes of header, 32 of states (two bits an entry), then entries of 32 bytes, of which a string takes several."""
    for page in range(0, len(partition), PAGE):
        states = int.from_bytes(partition[page + 32 : page + 64], "little")
        index = 0
        while index < ENTRIES:
            at = page + 64 + index * ENTRY
            if states >> 2 * index & 0b11 != WRITTEN:
                index += 1
                continue
            if partition[at + 1] == STRING:
                key = partition[at + 8 : at + 24].split(b"\0")[0].decode()
                (size,) = struct.unpack("<H", partition[at + 24 : at + 26])
                yield key, partition[at + ENTRY : at + ENTRY + size - 1].decode()
            index += partition[at + 2]


for path in sys.argv[1:]:
    make(path, path + ".bin")
    with open(path + ".bin", "rb") as file:
        print(json.dumps(dict(strings(file.read()))))
