"""Gets an OAuth 2.0 access token on a MicroPython board (1.22 or later). Connect the board to the network first.

    import refresh
    token = refresh.access_token()      # raises refresh.RefreshError; its code is one of those below

Put config.json and ca.pem (the provider's certificate authority) into the same folder as this file. If you run this file as a
program, it prints only the access token. One call sends at most one request, and can take three minutes. Never run two refreshes
at the same time: a one-time token must not be sent twice. On a small board, compile this file first: mpy-cross refresh.py makes
refresh.mpy, which needs less memory.

Codes: 1  a person must fix something: config.json, the client, the certificate
       2  the refresh token is dead: mint a new one
       3  the network, the provider or the clock is not ready: call again later, and wait longer after each failure
"""

import binascii
import gc
import json
import os
import sys
import time

CONNECT_TIMEOUT = 20  # seconds
ANSWER_TIMEOUT = 120  # seconds; wait for a slow answer and don't ask again: it may hold the only good token
ANSWER_SIZES = (16384, 8192, 5120)  # bytes; we use the largest for which there is memory
FOLDER = __file__[: __file__.rfind("/") + 1] if "/" in globals().get("__file__", "") else ""
CONFIG = FOLDER + "config.json"


def access_token():
    """Returns the last access token while it is valid, else refreshes. Raises RefreshError."""
    if time.time() < last["good_until"]:  # not ticks_ms, which starts again at 0 after some days
        return last["access_token"]
    config = read_config()
    if stores(config):
        try_to_write()  # before we use up a one-time token
    status, wait, answer = send(config)
    good = 200 <= status < 300 and status not in (204, 205)
    if good and is_token(answer.get("refresh_token")):
        keep(config, answer["refresh_token"])  # first of all: we can't get it again
    elif answer.get("error") or not good:
        raise refusal(config, status, wait, answer)
    elif not is_token(answer.get("access_token")):
        raise RefreshError(3, "%s did not answer with tokens: is it the network's sign-in page?" % config["token_endpoint"])
    if not is_token(answer.get("access_token")):
        raise RefreshError(3, "no access token came; the refresh token is good: try again later, or check the client's scopes")
    remember(answer)
    return answer["access_token"]


class RefreshError(Exception):
    """There is no access token. The message says what to do. `wait`: seconds that the provider asks to wait, or 0."""

    def __init__(self, code, message, wait=0):
        super().__init__(message)
        self.code = code
        self.wait = wait


last = {"access_token": "", "good_until": 0}


def remember(answer):
    """Keeps the access token until one minute before it expires, or for half of its lifetime if that is short."""
    seconds = answer.get("expires_in")
    seconds = seconds if isinstance(seconds, int) and seconds > 0 else 0
    last["access_token"] = answer["access_token"]
    last["good_until"] = time.time() + min(seconds - min(60, seconds // 2), 86400)


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
    config["refresh_token"] = unsaved.get(config["refresh_token"], config["refresh_token"])
    return config


AUTH_METHODS = ("client_secret_basic", "client_secret_basic_raw", "client_secret_post", "none")


def auth_method(config):
    default = "client_secret_basic" if config.get("client_secret") else "none"
    return config.get("token_endpoint_auth_method") or default


def stores(config):
    return config.get("refresh_token_usage") != "keep"


# --- storing the new refresh token ---

unsaved = {}  # maps the token in config.json to the new token that could not be written


def keep(config, newest):
    old = config["refresh_token"]
    if newest == old or not stores(config):
        return
    try:
        with open(CONFIG) as file:
            text = file.read()
        flashed = json.loads(text)["refresh_token"]
        unsaved[flashed] = newest
        write_new(with_token(text, flashed, newest))
        os.rename(CONFIG + ".new", CONFIG)  # littlefs replaces a file in one step; FAT removes the old one first
        sync()
        del unsaved[flashed]
    except OSError as error:
        say("WARNING: couldn't write %s (%s). If the power fails, the new refresh token is lost: free some space" % (CONFIG, error))


def with_token(text, old, newest):
    """Returns the config's text with another token. Changes nothing else."""
    at = text.find('"refresh_token"')
    changed = text[:at] + text[at:].replace(json.dumps(old), json.dumps(newest), 1)
    config = json.loads(changed)
    if config["refresh_token"] != newest:  # the file spells the token in another way
        config["refresh_token"] = newest
        return json.dumps(config)
    return changed


def write_new(text):
    with open(CONFIG + ".new", "w") as file:
        file.write(text)
        file.flush()
    sync()


def sync():
    if hasattr(os, "sync"):
        os.sync()


def finish_interrupted_save():
    """Repairs a FAT file system if the power failed after it removed the old config and before it renamed the new one."""
    names = os.listdir(FOLDER or ".")
    if "config.json" not in names and "config.json.new" in names:
        os.rename(CONFIG + ".new", CONFIG)


def try_to_write():
    """Tries once whether the folder is writable. Not each time, because writing wears out the flash."""
    if last.get("written"):
        return
    try:
        with open(CONFIG) as file:
            write_new(file.read())
        os.remove(CONFIG + ".new")
        last["written"] = True
    except OSError as error:
        raise RefreshError(1, "can't write beside %s (%s), where the refresh token must be stored: free some space" % (CONFIG, error))


# --- one request ---


def send(config):
    """Sends one refresh request (RFC 6749 section 6). Returns the status, the seconds to wait, and the answer's members."""
    url = config["token_endpoint"]
    scheme, rest = url.split("://", 1)
    authority, _, path = rest.partition("/")
    plain, stream = connect(config, scheme, authority)
    try:
        buffer = reserve_memory()
        plain.settimeout(ANSWER_TIMEOUT)
        write_request(stream, authority, path, config)
        try:
            status, wait, size = read_answer(stream, buffer)
        except MemoryError:
            raise RefreshError(1, "the answer of %s is larger than memory allows (%d bytes)" % (url, len(buffer)))
        return status, wait, parse(memoryview(buffer)[:size])
    except (OSError, ValueError, IndexError) as error:
        # If we sent the token again now, the provider could think that it is stolen.
        raise RefreshError(3, "no whole answer from %s (%s); the provider may have replaced the refresh token" % (url, error))
    finally:
        stream.close()


def write_request(stream, authority, path, config):
    body = "grant_type=refresh_token&refresh_token=" + quote(config["refresh_token"])
    method, client_id, secret = auth_method(config), config["client_id"], config.get("client_secret")
    head = "POST /%s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nAccept: application/json\r\n" % (path, authority)
    if method == "client_secret_basic":  # section 2.3.1: form-encoded before base64
        head += basic(quote(client_id), quote(secret))
    elif method == "client_secret_basic_raw":
        head += basic(client_id, secret)
    else:
        body += "&client_id=" + quote(client_id)
        if method == "client_secret_post":
            body += "&client_secret=" + quote(secret)
    head += "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n" % len(body)
    stream.write(head.encode())
    stream.write(body.encode())


def basic(user, password):
    return "Authorization: Basic %s\r\n" % binascii.b2a_base64(("%s:%s" % (user, password)).encode()).decode().strip()


def quote(text):
    """Encodes one value as application/x-www-form-urlencoded."""
    return "".join(chr(b) if chr(b) in SAFE else "+" if b == 32 else "%%%02X" % b for b in text.encode())


SAFE = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789*-._"


def reserve_memory():
    """Reserves memory for the answer and its parts, before we use up a one-time token."""
    for size in ANSWER_SIZES:
        gc.collect()
        try:
            bytearray(2 * size)
            return bytearray(size)
        except MemoryError:
            pass
    cure = "call this before other code, or use refresh.mpy"
    raise RefreshError(1, "not enough memory for an answer (%d bytes are free): %s" % (gc.mem_free(), cure))


# --- connecting ---


def connect(config, scheme, authority):
    """Returns the socket and the stream over it. If this fails, the token is not used up."""
    import socket

    colon = authority.rfind(":")
    named = colon > authority.rfind("]")
    name = (authority[:colon] if named else authority).strip("[]")
    port = int(authority[colon + 1 :]) if named else 443 if scheme == "https" else 80
    context = tls_context(config) if scheme == "https" else None
    if not context and name not in ("localhost", "127.0.0.1", "::1"):
        say("WARNING: %s is plain http: anyone on the network can read the tokens" % config["token_endpoint"])
    problem = "no address"
    try:
        addresses = socket.getaddrinfo(name, port, 0, socket.SOCK_STREAM)
    except OSError as error:
        addresses, problem = [], error
    for address in addresses:  # each gets a part of the time, so that a dead one can't use up all of it
        plain = socket.socket(address[0], socket.SOCK_STREAM)
        try:
            plain.settimeout(CONNECT_TIMEOUT / len(addresses))
            plain.connect(address[-1])
            return plain, secure(context, plain, name) if context else plain
        except OSError as error:
            problem = error
        except BaseException:
            plain.close()
            raise
        plain.close()
    raise RefreshError(3, "can't connect to %s (%s)" % (authority, problem))


def secure(context, plain, name):
    try:
        return context.wrap_socket(plain, server_hostname=name)
    except (OSError, ValueError) as error:
        text = str(error).strip()
        if "cert" not in text.lower() and "x509" not in text.lower():
            raise OSError(error)
        cure = "check the board's clock, and that ca.pem is the provider's authority"
        raise RefreshError(1, "the certificate of %s is not trusted (%s): %s" % (name, text, cure))


def tls_context(config):
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if config.get("tls_insecure") is True:
        context.verify_mode = ssl.CERT_NONE
        return context
    cure = 'copy it to the board, or accept that anyone on the network can read the tokens: write "tls_insecure": true into ' + CONFIG
    authorities = read_authorities()
    if not authorities:
        raise RefreshError(1, "%sca.pem with the provider's certificate authority is not there: %s" % (FOLDER, cure))
    set_clock()
    context.verify_mode = ssl.CERT_REQUIRED
    try:
        for der in authorities:
            context.load_verify_locations(cadata=der)
    except (OSError, ValueError) as error:
        raise RefreshError(1, "ca.pem contains no certificate (%s)" % error)
    return context


def read_authorities():
    """Returns the certificates in ca.pem as DER, which every board can read."""
    try:
        with open(FOLDER + "ca.pem") as file:
            parts = file.read().split("-----BEGIN CERTIFICATE-----")[1:]
    except OSError:
        return []
    return [binascii.a2b_base64(part.split("-----END")[0].replace("\r", "").replace("\n", "")) for part in parts]


def set_clock():
    """Sets the clock. A board starts in 1970 or 2000, when no certificate is valid yet."""
    if time.gmtime()[0] >= 2025:
        return
    try:
        import ntptime

        ntptime.settime()
    except (ImportError, OSError) as error:
        raise RefreshError(3, "the clock is not set, and certificates need it: NTP failed (%s)" % error)


# --- the answer ---


def read_answer(stream, buffer):
    """Reads the body into the buffer. Returns the status, the seconds to wait, and the length of the body."""
    end = time.ticks_add(time.ticks_ms(), ANSWER_TIMEOUT * 1000)
    status, headers = int(stream.readline().split(None, 2)[1]), {}
    while True:
        line = stream.readline()
        if not line:
            raise OSError("half an answer")
        if not line.strip():
            break
        name, _, value = line.partition(b":")
        headers[name.lower()] = value.strip()
    wait = headers.get(b"retry-after", b"")
    wait = int(wait) if wait.isdigit() else 0
    if b"chunked" not in headers.get(b"transfer-encoding", b"").lower():
        length = int(headers.get(b"content-length", -1))
        size = fill(stream, buffer, 0, length if length >= 0 else len(buffer) + 1, end)
        if size < length:
            raise OSError("half an answer")
        return status, wait, size
    size = 0
    while True:
        length = int(stream.readline().split(b";")[0], 16)
        if length == 0:
            return status, wait, size
        size += fill(stream, buffer, size, length, end)
        stream.readline()


def fill(stream, buffer, start, length, end):
    """Reads `length` bytes, or up to the end of the stream. Reads small parts, and checks the time after each."""
    view, got = memoryview(buffer), 0
    while got < length:
        room = min(64, length - got, len(buffer) - start - got)
        if room == 0:
            if stream.read(1):
                raise MemoryError()
            break
        count = stream.readinto(view[start + got : start + got + room])
        if not count:
            break
        got += count
        if time.ticks_diff(end, time.ticks_ms()) < 0:
            raise OSError("too slow")
    return got


def parse(text):
    gc.collect()
    if bytes(text[:3]) == b"\xef\xbb\xbf":
        text = text[3:]
    try:
        answer = json.loads(text)
        return answer if isinstance(answer, dict) else {}
    except (ValueError, RuntimeError):
        return {}


def is_token(value):
    """RFC 6749 appendix A.12 and A.17: printable ASCII, nothing else."""
    return isinstance(value, str) and value != "" and all(" " <= c <= "~" for c in value)


DEAD = ("invalid_grant", "bad_refresh_token", "token_inactive", "invalid_code")
DEAD_WORDS = (
    "RefreshToken refresh_token invalid",  # Strava
    "is invalid or has already been claimed by another client",  # Dex
    "Refresh token expired",  # Dex
)
REFUSED = (  # refused for now: after a person has fixed it, the same token works again (Keycloak, Entra)
    "User disabled",
    "offline access not granted anymore",
    "Invalid token issuer",
    "Token client and authorized client don't match",
    "AADSTS50076",
    "AADSTS50079",
    "AADSTS53003",
)
CLIENT = ("invalid_client", "unauthorized_client", "incorrect_client_credentials")
BUSY = ("temporarily_unavailable", "server_error", "slow_down")


def refusal(config, status, wait, answer):
    """Returns the error for an answer without tokens. The first rule that matches decides."""
    error, said = words(config, answer)
    if any(holds(said, part) for part in REFUSED):
        cure = "It is not dead: fix that at the provider"
        return RefreshError(1, "the provider refuses the refresh token for now (%s). %s" % (said, cure))
    if error in DEAD or any(holds(said, part) for part in DEAD_WORDS):
        cure = "Mint a new one with Offline Token Mint and copy its config.json to the board."
        return RefreshError(2, "the refresh token does not work any more (%s). %s" % (said, cure))
    if error in CLIENT:
        cure = "Check client_id, client_secret and token_endpoint_auth_method in %s." % CONFIG
        return RefreshError(1, "the provider refused the client's credentials (%s). %s" % (said, cure))
    if error and error not in BUSY and status in (200, 400, 401):
        cure = "Check %s against the client's registration at the provider." % CONFIG
        return RefreshError(1, "the provider refused, with status %d (%s). %s" % (status, said, cure))
    where = "%s answered %d%s" % (config["token_endpoint"], status, " (%s)" % said if said else "")
    if 300 <= status < 400:
        where += ", a redirect, which this program does not follow: is it the network's sign-in page?"
    asks = " It asks to wait %d seconds." % wait if wait else ""
    return RefreshError(3, "%s. Try again later; if that does not help, check token_endpoint in %s.%s" % (where, CONFIG, asks), wait)


def holds(said, part):
    return part in said and not said[said.find(part) + len(part) :][:1].isdigit()  # AADSTS500760 is another code


def words(config, answer):
    """Returns the error's code, and its words without secrets."""
    error = answer.get("error") or ""
    inner = error if isinstance(error, dict) else answer
    error = str(inner.get("code") or inner.get("status") or "") if inner is error else str(error)
    said = "%s: %s" % (error, inner.get("error_description") or inner.get("message") or "no description") if error else ""
    for name in ("refresh_token", "client_secret"):
        if config.get(name):
            said = said.replace(config[name], "...")
    return error, "".join(c if " " <= c <= "~" else " " for c in said[:300])


def main():
    try:
        print(access_token())
        sys.exit(1 if unsaved else 0)
    except RefreshError as end:
        say(end)
        sys.exit(end.code)


if __name__ == "__main__":
    main()
