"""Gets a fresh OAuth 2.0 access token on a MicroPython board.

    import refresh
    token = refresh.access_token()      # raises refresh.RefreshError: its code is one of those below

Reads config.json beside it, sends its refresh token, and writes the refresh token that comes back into config.json before it
returns the access token, unless refresh_token_usage is "keep". Run as a program it prints the access token alone on standard
output. Needs the package "requests" (mpremote mip install requests) and a network that is up. One refresh at a time: a
one-time token must not be sent twice.

The package "requests" checks no certificate. Put the authority's certificate beside this file, as ca.der or ca.pem, and it
is checked (the board's clock is set by NTP first); without it, whoever is on the way can take the tokens.

Codes: 1  something must be put right first: config.json, the client, the provider's address or certificate
       2  the refresh token is dead (invalid_grant): mint a new one
       3  no luck this time (network, provider busy): try again later

A try whose answer was lost is made again with the same refresh token. If the provider had already replaced it, the next
answer is invalid_grant: the replacement was in the lost answer, and nobody else has it.
"""

import binascii
import gc
import json
import os
import random
import sys
import time

TIMEOUT = 20  # seconds that the network may stand still
TRIES = 5
LARGEST_ANSWER = 16384
LONGEST_WAIT = 120  # seconds; asked to wait longer, it leaves that to the next run
AUTH_METHODS = ("client_secret_basic", "client_secret_basic_raw", "client_secret_post", "none")
FOLDER = __file__[: __file__.rfind("/") + 1] if "/" in globals().get("__file__", "") else ""
CONFIG = FOLDER + "config.json"


class RefreshError(Exception):
    """There is no access token; the message says what to do."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


class TryAgain(Exception):
    def __init__(self, message, asked=0, lost=False):
        super().__init__(message)
        self.asked = asked
        self.lost = lost


def say(message):
    print("refresh.py:", message, file=sys.stderr)


# --- the config ---


def read_config():
    again = "download it again from Offline Token Mint"
    try:
        finish_interrupted_save()
        with open(CONFIG) as file:
            config = json.load(file)
    except OSError:
        raise RefreshError(1, "%s is not there: copy it to the board (mpremote cp config.json :)" % CONFIG)
    except ValueError:
        raise RefreshError(1, "%s is not JSON: %s" % (CONFIG, again))
    if not isinstance(config, dict):
        raise RefreshError(1, "%s is not a JSON object: %s" % (CONFIG, again))
    method = auth_method(config)
    if method not in AUTH_METHODS:
        raise RefreshError(1, "token_endpoint_auth_method in %s must be one of %s" % (CONFIG, ", ".join(AUTH_METHODS)))
    for name in ("token_endpoint", "client_id", "refresh_token") + (() if method == "none" else ("client_secret",)):
        if not isinstance(config.get(name), str) or not config[name]:
            raise RefreshError(1, "%s lacks %s: %s" % (CONFIG, name, again))
    if config.get("client_secret") == "<CLIENT_SECRET>":
        raise RefreshError(1, "client_secret in %s still is <CLIENT_SECRET>: write the client's secret there" % CONFIG)
    if config["token_endpoint"].split("://")[0] not in ("https", "http"):
        raise RefreshError(1, "token_endpoint in %s must begin with https://" % CONFIG)
    return config


def auth_method(config):
    default = "client_secret_basic" if config.get("client_secret") else "none"
    return config.get("token_endpoint_auth_method") or default


# --- keeping the refresh token that comes back ---


def save(config):
    """Old or new, never half of one: littlefs replaces a file in one step, FAT removes the old one first (see below)."""
    write_new(config)
    os.rename(CONFIG + ".new", CONFIG)
    sync()


def write_new(config):
    with open(CONFIG + ".new", "w") as file:
        json.dump(config, file)
        file.flush()
    sync()


def sync():
    if hasattr(os, "sync"):
        os.sync()


def finish_interrupted_save():
    """Power was cut on a FAT file system between removing the old config and renaming the new one."""
    names = os.listdir(FOLDER or ".")
    if "config.json" not in names and "config.json.new" in names:
        os.rename(CONFIG + ".new", CONFIG)


def can_write(config):
    """Whether it can be written must be known before the token is used up; once is enough, flash wears."""
    global written
    if written:
        return
    try:
        write_new(config)
        os.remove(CONFIG + ".new")
        written = True
    except OSError as error:
        raise RefreshError(1, "can't write beside %s (%s), where the refresh token must be kept" % (CONFIG, error))


written = False


# --- one request ---


def quote(text):
    """application/x-www-form-urlencoded, of one value."""
    return "".join(chr(b) if chr(b) in SAFE else "+" if b == 32 else "%%%02X" % b for b in text.encode())


SAFE = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789*-._"


def request(config):
    """Headers and body of the refresh request (RFC 6749 section 6)."""
    headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
    body = "grant_type=refresh_token&refresh_token=" + quote(config["refresh_token"])
    method, client_id, secret = auth_method(config), config["client_id"], config.get("client_secret")
    if method == "client_secret_basic":  # section 2.3.1: form-encoded before base64
        headers["Authorization"] = basic(quote(client_id), quote(secret))
    elif method == "client_secret_basic_raw":
        headers["Authorization"] = basic(client_id, secret)
    else:
        body += "&client_id=" + quote(client_id)
        if method == "client_secret_post":
            body += "&client_secret=" + quote(secret)
    return headers, body


def basic(user, password):
    return "Basic " + binascii.b2a_base64(("%s:%s" % (user, password)).encode()).decode().strip()


def post(url, headers, body):
    """(status, headers by lower-case name, body). Raises OSError or ValueError when there was no whole answer."""
    gc.collect()
    authority = read_authority()
    if authority and url.startswith("https:"):
        return post_verified(url, headers, body, authority)
    if url.startswith("https:"):
        say("WARNING: the provider's certificate is NOT checked; put the authority's certificate here as %sca.der" % FOLDER)
    elif url[7:].split("/")[0].split(":")[0] not in ("localhost", "127.0.0.1"):
        say("WARNING: %s is plain http: anybody on the way can read the tokens" % url)
    return post_with_requests(url, headers, body)


def read_authority():
    """The certificate in ca.der or ca.pem, as DER; None where there is none."""
    names = os.listdir(FOLDER or ".")
    if "ca.der" in names:
        with open(FOLDER + "ca.der", "rb") as file:
            return file.read()
    if "ca.pem" in names:
        with open(FOLDER + "ca.pem") as file:
            base64 = file.read().split("-----BEGIN CERTIFICATE-----")[1].split("-----END")[0]
        return binascii.a2b_base64(base64.replace("\r", "").replace("\n", ""))
    return None


class Redirected(Exception):
    pass


def keep_header(line, headers):
    """`requests` would follow a redirect, and send the tokens along."""
    name, _, value = line.decode().partition(":")
    if name.lower() == "location":
        raise Redirected()
    headers[name.lower()] = value.strip()


def post_with_requests(url, headers, body):
    try:
        import requests
    except ImportError:
        try:
            import urequests as requests
        except ImportError:
            raise RefreshError(1, 'the package "requests" is not on the board: mpremote mip install requests')
    got = {}

    def parse_headers(line, taken):
        keep_header(line, taken)
        keep_header(line, got)

    try:
        response = call(requests, url, headers, body, parse_headers)
    except (Redirected, NotImplementedError):
        return 302, {}, b""
    try:
        return response.status_code, got or getattr(response, "headers", {}), read_body(response, got)
    finally:
        response.close()


def call(requests, url, headers, body, parse_headers):
    """Older releases know fewer arguments; they refuse those they don't know before anything is sent."""
    for further in ({"timeout": TIMEOUT, "parse_headers": parse_headers}, {"timeout": TIMEOUT}):
        try:
            return requests.post(url, data=body, headers=headers, **further)
        except TypeError:
            pass
    return requests.post(url, data=body, headers=headers)


def read_body(response, headers):
    raw = getattr(response, "raw", None)
    body = read_parts(raw) if hasattr(raw, "read") else response.content
    check_length(body, headers)
    return body


def read_parts(stream):
    """Little more than LARGEST_ANSWER, in parts: a board's read() reserves at once the memory for all that it is asked for."""
    body = b""
    while len(body) <= LARGEST_ANSWER:
        part = stream.read(1024)
        if not part:
            break
        body += part
    return body


def check_length(body, headers):
    expected = headers.get("content-length")
    if expected and len(body) < int(expected) and len(body) <= LARGEST_ANSWER:
        raise OSError("half an answer")


def post_verified(url, headers, body, authority):
    """HTTP/1.0 over TLS with the certificate checked, which `requests` does not."""
    import socket
    import ssl

    set_clock()
    host, _, path = url[8:].partition("/")
    name, _, port = host.partition(":")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=authority)
    address = socket.getaddrinfo(name, int(port or 443), 0, socket.SOCK_STREAM)[0]
    plain = socket.socket(address[0], socket.SOCK_STREAM)
    try:
        plain.settimeout(TIMEOUT)
        plain.connect(address[-1])
        stream = secure(context, plain, name, url)
        lines = ["POST /%s HTTP/1.0" % path, "Host: " + host, "Content-Length: %d" % len(body), "Connection: close"]
        lines += ["%s: %s" % (field, headers[field]) for field in headers]
        stream.write(("\r\n".join(lines) + "\r\n\r\n" + body).encode())
        if hasattr(stream, "flush"):
            stream.flush()
        status = int(stream.readline().split(None, 2)[1])
        got = read_headers(stream)
        answer = read_parts(stream)
        check_length(answer, got)
        return status, got, answer
    except (IndexError, Redirected) as error:
        if isinstance(error, Redirected):
            return 302, {}, b""
        raise OSError("the connection ended early")
    finally:
        plain.close()


def secure(context, plain, name, url):
    try:
        stream = context.wrap_socket(plain, server_hostname=name)
    except (OSError, ValueError) as error:
        text = str(error).lower()
        if "cert" not in text and "x509" not in text:
            raise
        cure = "check the board's clock, and that ca.der or ca.pem is the provider's authority"
        raise RefreshError(1, "the certificate of %s is not trusted (%s): %s" % (url, error, cure))
    return stream if hasattr(stream, "readline") else stream.makefile("rwb")  # CPython


def read_headers(stream):
    headers = {}
    for _ in range(100):
        line = stream.readline()
        if not line.strip():
            break
        keep_header(line, headers)
    return headers


def set_clock():
    """A certificate that is not yet valid is refused, and a board starts in the year 2000."""
    if time.gmtime()[0] >= 2025:
        return
    try:
        import ntptime

        ntptime.settime()
    except (ImportError, OSError) as error:
        say("warning: the clock could not be set (%s)" % error)


# --- the answer ---


def refresh(config):
    """One try: the answer's members. Raises TryAgain or RefreshError."""
    url = config["token_endpoint"]
    headers, body = request(config)
    try:
        status, got, text = post(url, headers, body)
    except (OSError, ValueError) as error:
        if "chunked" in str(error):
            raise RefreshError(1, '"requests" on the board is too old for this provider: mpremote mip install requests')
        raise TryAgain("no whole answer from %s (%s)" % (url, error), lost=True)
    except MemoryError:
        raise RefreshError(1, "the answer of %s is too large for this board" % url)
    if status == 429 or status >= 500:
        asked = got.get("retry-after") or "0"
        raise TryAgain("%s answered %d" % (url, status), asked=int(asked) if asked.isdigit() else 0)
    if len(text) > LARGEST_ANSWER:
        raise RefreshError(1, "the answer of %s is larger than %d bytes: is it a token endpoint?" % (url, LARGEST_ANSWER))
    answer = parse(text)
    if answer.get("error"):  # GitHub sends errors with status 200
        raise refused(status, answer)
    if 300 <= status < 400:
        raise RefreshError(1, "%s answered with a redirect, which is not followed: check token_endpoint in %s" % (url, CONFIG))
    if status != 200:
        raise RefreshError(1, "%s answered %d: check token_endpoint in %s" % (url, status, CONFIG))
    if not is_token(answer.get("access_token")) or not is_token(answer.get("refresh_token") or config["refresh_token"]):
        raise RefreshError(1, "%s answered something else than tokens: check token_endpoint in %s" % (url, CONFIG))
    return answer


def parse(text):
    try:
        answer = json.loads(text)
        return answer if isinstance(answer, dict) else {}
    except (ValueError, RuntimeError):
        return {}


def refused(status, answer):
    error = answer["error"]
    said = "%s: %s" % (error, answer.get("error_description") or "no description")
    said = "".join(c if " " <= c <= "~" else " " for c in said[:300])
    if error in ("invalid_grant", "bad_refresh_token"):
        cure = "Mint a new one with Offline Token Mint and copy its config.json to the board."
        return RefreshError(2, "the refresh token does not work any more (%s). %s" % (said, cure))
    if error in ("invalid_client", "unauthorized_client"):
        cure = "Check client_id, client_secret and token_endpoint_auth_method in %s." % CONFIG
        return RefreshError(1, "the provider refused the client's credentials (%s). %s" % (said, cure))
    cure = "Check %s against the client's registration at the provider." % CONFIG
    return RefreshError(1, "the provider refused, with status %d (%s). %s" % (status, said, cure))


def is_token(value):
    """RFC 6749 appendix A.12 and A.17: printable ASCII, nothing else."""
    return isinstance(value, str) and value != "" and all(" " <= c <= "~" for c in value)


# --- trying ---


def access_token():
    """A fresh access token. Raises RefreshError."""
    config = read_config()
    storing = config.get("refresh_token_usage") != "keep"
    if storing:
        can_write(config)
    lost = ""
    number = 1
    while True:
        try:
            answer = refresh(config)
            break
        except TryAgain as failure:
            if number >= TRIES:
                raise RefreshError(3, "%s; gave up after %d tries" % (failure, TRIES))
            if failure.asked > LONGEST_WAIT:
                raise RefreshError(3, "%s and asks to wait %d seconds: run this again then" % (failure, failure.asked))
            if failure.lost:
                lost = " The answer to an earlier try was lost; it may have replaced this token."
            # 1 to 2 seconds, then 2 to 4, 4 to 8: not all boards at the same moment
            seconds = max(failure.asked, 2 ** (number - 1) * (1 + random.getrandbits(10) / 1024))
            say("%s; trying again in %.1f s" % (failure, seconds))
        except RefreshError as end:
            raise RefreshError(end.code, str(end) + (lost if end.code == 2 else ""))
        time.sleep(seconds)
        number += 1
    newest = answer.get("refresh_token") or config["refresh_token"]
    if storing and newest != config["refresh_token"]:
        config["refresh_token"] = newest
        try:
            save(config)
        except OSError as error:
            cure = "the old refresh token may be used up: mint a new one"
            raise RefreshError(1, "couldn't write %s (%s); %s" % (CONFIG, error, cure))
    return answer["access_token"]


def main():
    try:
        print(access_token())
    except RefreshError as end:
        say(end)
        sys.exit(end.code)


if __name__ == "__main__":
    main()
