"""Stands in for micropython-lib's `requests` in CPython: the same arguments, and like it, it follows redirects and checks no certificate."""

import socket
import ssl


class Response:
    def __init__(self, status_code, headers, raw):
        self.status_code = status_code
        self.headers = headers
        self.raw = raw

    def close(self):
        self.raw.close()


def post(url, data=None, headers={}, timeout=None, parse_headers=True):
    scheme, _, host, path = url.split("/", 3)
    name, port = host.split(":")
    plain = socket.create_connection((name, int(port)), timeout)
    if scheme == "https:":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        plain = context.wrap_socket(plain, server_hostname=name)
    stream = plain.makefile("rwb")
    head = ["POST /%s HTTP/1.0" % path, "Host: " + host, "Content-Length: %d" % len(data)]
    head += ["%s: %s" % field for field in headers.items()]
    stream.write(("\r\n".join(head) + "\r\n\r\n" + data).encode())
    stream.flush()
    status = int(stream.readline().split()[1])
    got, location = {}, None
    for line in iter(stream.readline, b"\r\n"):
        if not line:
            raise OSError("the connection ended early")
        if line.lower().startswith(b"location:"):
            location = line.split(b":", 1)[1].strip().decode()
        if parse_headers is True:
            field, value = line.decode().split(":", 1)
            got[field] = value.strip()
        else:
            parse_headers(line, got)
    if location:
        return post(location, data, headers)
    return Response(status, got, stream)
