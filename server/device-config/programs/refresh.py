#!/usr/bin/env python3
"""Gets an OAuth 2.0 access token for this device and prints it on standard output. Messages go to standard error.

    python3 refresh.py [--cached] [CONFIG]

    import refresh
    refresh.access_token(config="config.json", cached=True)    # raises refresh.Stop

CONFIG is the file that you name, or config.json in the folder of this program. If there is no config.json, the program reads
the values from the environment (OAUTH2_TOKEN_ENDPOINT, ...). It writes a new refresh token into CONFIG before it prints the
access token, unless refresh_token_usage is "keep". With --cached it prints the last access token again (from CONFIG.access)
while that is valid for another minute. It needs Python 3.8 or later on Linux or macOS, and no packages. If your own authority
signed the provider's certificate, set SSL_CERT_FILE to a file with the authority's certificate.

Exit codes: 0  it printed the access token
            1  a person must fix something: CONFIG, the disk, the client, the account, a certificate
            2  the refresh token is dead: mint a new one
            3  it failed for now (network, provider busy, wrong clock): run it again later
Environment: REFRESH_TIMEOUT  seconds to wait for an answer (120); REFRESH_TRIES  how often to try (5)
"""
# docs/one-time-tokens.md of Offline Token Mint says why it takes a lock, tries to write first, and never repeats a lost request.

import base64
import contextlib
import email.utils
import errno
import fcntl
import functools
import glob
import hashlib
import http.client
import json
import os
import random
import re
import selectors
import signal
import socket
import ssl
import stat
import sys
import threading
import time
import urllib.parse
import urllib.request

BESIDE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "config.json")


def access_token(config=BESIDE, cached=False):
    """Returns an access token for the config in this file. Raises Stop."""
    path = os.path.realpath(config)
    values = read_config(path)
    token = cached and cached_access_token(path, values)
    if token:
        return token
    if values.get("refresh_token_usage") == "keep":
        answer = refresh(values, store=None)
    else:
        with lock(path):  # two runs must not send the same one-time token
            values = read_config(path)  # the run before may have stored a new token
            adopt_new(path, values)  # or a power cut may have left the new token next to the config
            token = cached and cached_access_token(path, values)
            if token:
                return token
            with rehearsal(path, values):  # find out before the request whether a new token can be stored
                answer = refresh(values, store=functools.partial(store, path, values))
    if not is_token(answer.get("access_token")):
        raise Stop(3, "the provider sent no access token; the refresh token is good: run this again later")
    if cached:
        cache_access_token(path, values, answer)
    return answer["access_token"]


def main():
    for number in SIGNALS:
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    options = [word for word in sys.argv[1:] if word.startswith("-")]
    files = [word for word in sys.argv[1:] if not word.startswith("-")]
    try:
        if "--help" in options:
            return print(__doc__)
        if set(options) - {"--cached"}:
            raise Stop(1, "%s is not an option: python3 refresh.py [--cached] [CONFIG]" % options[0])
        if files and not os.path.exists(files[-1]):
            raise Stop(1, "%s is not there: download it from Offline Token Mint" % files[-1])
        print(access_token(files[-1] if files else BESIDE, cached=bool(options)))
    except Stop as end:
        say(end)
        sys.exit(end.exit_code)


class Stop(Exception):
    """Ends the run. The message says what to do, and `exit_code` is 1, 2 or 3."""

    def __init__(self, exit_code, message):
        super().__init__(message)
        self.exit_code = exit_code


class TryAgain(Exception):
    """This try failed, but the next may work."""

    asked = 0  # seconds that the provider asks to wait
    lost = False  # whether the token may be used up


CONNECT_TIMEOUT = 20  # seconds, for all addresses together
LARGEST_ANSWER = 1 << 20
LONGEST_TOKEN = 48 << 10
LONGEST_WAIT = 120  # seconds; if the provider asks for more, leave it to the next run
SIGNALS = {signal.SIGHUP, signal.SIGINT, signal.SIGTERM}


def say(message):
    print("%s: %s" % (os.path.basename(sys.argv[0]), message), file=sys.stderr)


def setting(name, default):
    value = os.environ.get(name) or str(default)
    if not re.fullmatch("[1-9][0-9]*", value):
        raise Stop(1, "%s must be a whole number, e.g. %d" % (name, default))
    return int(value)


def timeout():
    return setting("REFRESH_TIMEOUT", 120)


# --- the config ---

AUTH_METHODS = ("client_secret_basic", "client_secret_basic_raw", "client_secret_post", "none")


def read_config(path):
    """Reads the file, or the environment. Raises Stop, which says what to do, if a value is missing or wrong."""
    there = os.path.exists(path)
    values, where = (read_json(path), path) if there else (read_environment(path), "the environment")
    method = auth_method(values)
    if method not in AUTH_METHODS:
        raise Stop(1, "token_endpoint_auth_method in %s must be one of %s" % (where, ", ".join(AUTH_METHODS)))
    for name in ("token_endpoint", "client_id", "refresh_token") + (() if method == "none" else ("client_secret",)):
        if not isinstance(values.get(name), str) or not values[name]:
            raise Stop(1, "%s lacks %s: download it again from Offline Token Mint" % (where, name))
    if values.get("client_secret") == "<CLIENT_SECRET>":
        raise Stop(1, "client_secret in %s still is <CLIENT_SECRET>: write the client's secret in its place" % where)
    if not re.match(r"https?://[^/]", values["token_endpoint"]):
        raise Stop(1, "token_endpoint in %s must begin with https://" % where)
    if there and os.stat(path).st_mode & stat.S_IROTH:
        say("warning: every user of this machine can read %s: chmod 600 %s" % (path, path))
    if values["token_endpoint"].startswith("http:") and not is_loopback(values["token_endpoint"]):
        say("warning: %s is plain http: anyone on the network can read the tokens" % values["token_endpoint"])
    return values


def read_json(path):
    try:
        return parse_json(read_text(path))
    except OSError as error:
        raise Stop(1, "%s can't be read (%s): run as its owner, or chown it" % (path, error.strerror))
    except ValueError:  # don't show its text, which may quote the file
        raise Stop(1, "%s is not a JSON object: download it again from Offline Token Mint" % path)


def parse_json(text):
    values = json.loads(text.lstrip("\ufeff"))
    if not isinstance(values, dict):
        raise ValueError
    return values


def read_text(path):
    with open(path, encoding="utf-8", newline="") as file:
        return file.read()


def read_environment(path):
    values = {name[7:].lower(): value for name, value in os.environ.items() if name.startswith("OAUTH2_")}
    if not values.get("token_endpoint"):
        cure = "download config.json from Offline Token Mint and put it beside this program"
        raise Stop(1, "%s is not there, nor is OAUTH2_TOKEN_ENDPOINT in the environment: %s" % (path, cure))
    if values.get("refresh_token_usage") != "keep":
        why = "may work only once, and this program cannot store the next one there"
        cure = "put the values into %s instead (OAUTH2_REFRESH_TOKEN_USAGE is not keep)" % path
        raise Stop(1, "the refresh token in the environment %s: %s" % (why, cure))
    return values


def auth_method(values):
    default = "client_secret_basic" if values.get("client_secret") else "none"
    return values.get("token_endpoint_auth_method") or default


def is_loopback(url):
    return re.match(r"https?://(localhost|127\.[0-9.]+|\[::1\])([:/]|$)", url) is not None


# --- one run at a time ---


@contextlib.contextmanager
def lock(path):
    """Locks path.lock. If this process ends, the kernel unlocks it."""
    name = path + ".lock"
    there = os.path.exists(name)
    try:
        file = os.open(name, os.O_RDONLY | os.O_CREAT, 0o600)
    except OSError as error:
        if there:
            raise Stop(1, "can't open %s (%s): another user made it; remove it" % (name, error.strerror))
        raise cannot_store(path, error)
    try:
        if not there:
            own(name, path)
        for _ in range(int(timeout() * 2.5)):
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(1)
        else:
            raise Stop(3, "another run is still busy with %s: try again later" % path)
        yield
    finally:
        os.close(file)


def own(name, path):
    """If root made this file, gives it to the owner of the config."""
    before = os.stat(path)
    with contextlib.suppress(PermissionError):
        os.chown(name, before.st_uid, before.st_gid)


# --- storing the refresh token that comes back ---


def new_file(path, values):
    """Names the file for the next token, after the token that it replaces: someone may put another config in its place."""
    return "%s.new-%s" % (path, fingerprint(values["refresh_token"]))


@contextlib.contextmanager
def rehearsal(path, values):
    """Tries to write the new file in the same way as later with the next token, and removes it afterwards."""
    new = new_file(path, values)
    try:
        for left in glob.glob(glob.escape(path) + ".new-*"):  # left by a power cut
            os.unlink(left)
        write_new(new, path, "another-" + values["refresh_token"])
        copy_mode(path, new)
    except OSError as error:
        with contextlib.suppress(OSError):
            os.unlink(new)
        raise cannot_store(path, error)
    try:
        yield
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(new)


def copy_mode(path, new):
    """Gives the new file the owner, the mode and the ACL of path."""
    own(new, path)
    os.chmod(new, stat.S_IMODE(os.stat(path).st_mode))
    for name in os.listxattr(path) if hasattr(os, "listxattr") else ():
        with contextlib.suppress(OSError):
            os.setxattr(new, name, os.getxattr(path, name))


def cannot_store(path, error):
    full = "that disk is full: free some space"
    read_only = "that disk is read-only: move %s to a disk that can be written" % path
    cure = {errno.EROFS: read_only, errno.ENOSPC: full, errno.EDQUOT: full}.get(error.errno, "make the folder writable for this user")
    return Stop(1, "can't write beside %s, where the next refresh token must be stored (%s): %s" % (path, error.strerror, cure))


def write_new(new, path, token):
    """Writes the config's text with another refresh token. Changes nothing else, if possible."""
    text = read_text(path)
    wanted, literal = dict(parse_json(text), refresh_token=token), json.dumps(token)
    changed = re.sub(r'("refresh_token"\s*:\s*)"(?:[^"\\]|\\.)*"', lambda match: match.group(1) + literal, text)
    write(new, changed if parse_json(changed) == wanted else json.dumps(wanted, indent=2, ensure_ascii=False) + "\n")


def write(path, text):
    """Writes a file, and returns when it is on the disk."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def store(path, values, token):
    new = new_file(path, values)
    try:
        write_new(new, path, token)
    except OSError as error:
        raise Stop(1, "couldn't write %s (%s); the old refresh token may be used up: mint a new one" % (new, error.strerror))
    put_in_place(new, path)


def put_in_place(new, path):
    """Replaces the config by the new file: a reader finds the old one or the new one, never half of one."""
    try:
        os.replace(new, path)
        return to_disk(os.path.dirname(path))
    except OSError:
        cure = "a power cut while it is written would lose the token: mount its folder instead"
        say("warning: %s can't be replaced in one step; %s" % (path, cure))
    try:
        write(path, read_text(new))
    except OSError as error:
        os.replace(new, path + ".rescued")
        cure = "the newest token is in %s.rescued: put it in its place" % path
        raise Stop(1, "couldn't write %s (%s); %s" % (path, error.strerror, cure))


def to_disk(path):
    file = os.open(path, os.O_RDONLY)
    os.fsync(file)
    os.close(file)


def adopt_new(path, values):
    """If a power cut left a complete file with the next token, puts it in the place of the config whose token it replaces."""
    new = new_file(path, values)
    with contextlib.suppress(OSError, ValueError):
        left = parse_json(read_text(new))
        token = usable(left.get("refresh_token"))
        if token and token != "another-" + values["refresh_token"] and left == dict(values, refresh_token=token):
            to_disk(new)
            put_in_place(new, path)
            values["refresh_token"] = token


# --- CONFIG.access, for --cached ---


def cached_access_token(path, values):
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        kept = json.loads(read_text(path + ".access"))
        good = kept["received_at"] <= time.time() < kept["expires_at"] - 60
        if good and kept["fingerprint"] == fingerprint(values["refresh_token"]) and is_token(kept["access_token"]):
            return kept["access_token"]
    return None


def cache_access_token(path, values, answer):
    lifetime = str(answer.get("expires_in"))
    if not os.path.exists(path) or not re.fullmatch(r"[0-9]{1,9}(\.[0-9]+)?", lifetime):
        return
    now, name = int(time.time()), "%s.access.%d" % (path, os.getpid())
    kept = {"received_at": now, "expires_at": now + int(float(lifetime)), "fingerprint": fingerprint(values["refresh_token"])}
    try:
        write(name, json.dumps(dict(kept, access_token=answer["access_token"])))
        own(name, path)
        os.replace(name, path + ".access")
    except OSError as error:
        with contextlib.suppress(OSError):
            os.unlink(name)
        say("warning: can't write %s.access (%s): the next run will refresh again" % (path, error.strerror))


def fingerprint(token):
    """Returns a short hash that identifies a refresh token without showing it."""
    return hashlib.sha256(token.encode()).hexdigest()[:8]


# --- one request ---


def request(values):
    """Returns the refresh request (RFC 6749 section 6). It sends the client's credentials in the way that the config says."""
    fields = {"grant_type": "refresh_token", "refresh_token": values["refresh_token"]}
    headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
    method, client_id, secret = auth_method(values), values["client_id"], values.get("client_secret")
    if method in ("client_secret_basic", "client_secret_basic_raw"):
        if method == "client_secret_basic":  # RFC 6749 section 2.3.1: form-encoded before base64
            client_id, secret = urllib.parse.quote_plus(client_id), urllib.parse.quote_plus(secret)
        headers["Authorization"] = "Basic " + base64.b64encode(("%s:%s" % (client_id, secret)).encode()).decode()
    else:
        fields["client_id"] = client_id
        if method == "client_secret_post":
            fields["client_secret"] = secret
    return urllib.request.Request(values["token_endpoint"], urllib.parse.urlencode(fields).encode(), headers)


class Exchange(threading.Thread):
    """One request and its result. It runs in a thread, so that we can give up when the answer is too slow."""

    sent = False  # whether the provider can have received it
    status, headers, body, error = 0, {}, b"", None

    def __init__(self, values):
        super().__init__(daemon=True)
        self.request = request(values)
        self.start()
        self.join(min(CONNECT_TIMEOUT, timeout()) + timeout())
        if self.is_alive():
            self.error = TimeoutError("%d seconds are over" % timeout())

    def run(self):
        try:
            opener = urllib.request.OpenerDirector()  # follows no redirect
            opener.add_handler(urllib.request.ProxyHandler({} if is_loopback(self.request.full_url) else None))
            opener.add_handler(Handler(self))
            with opener.open(self.request, timeout=timeout()) as response:
                self.status, self.headers = response.status, response.headers
                while len(self.body) <= LARGEST_ANSWER:
                    part = response.read1(65536)
                    if not part:
                        break
                    self.body += part
                if response.length:
                    raise http.client.IncompleteRead(b"", response.length)
        except Exception as error:
            self.error = error


class Handler(urllib.request.HTTPSHandler, urllib.request.HTTPHandler):
    """A urllib handler whose connections try all addresses, and record that they begin to send."""

    def __init__(self, exchange):
        context = ssl.create_default_context()
        context.verify_flags &= ~getattr(ssl, "VERIFY_X509_STRICT", 0)  # with it, Python 3.13 refuses many private authorities
        super().__init__(context=context)
        self.exchange = exchange

    def http_open(self, req):
        return self.do_open(self.noting(http.client.HTTPConnection), req)

    def https_open(self, req):
        return self.do_open(self.noting(http.client.HTTPSConnection), req, context=self._context)

    def noting(self, kind):
        class Connection(kind):
            def connect(connection):
                connection._create_connection = connect_to_any
                super().connect()
                connection.sock.settimeout(timeout())
                self.exchange.sent = True

        return Connection


def connect_to_any(address, *_):
    """Tries a name's addresses, a new one every half second, and uses the first that answers (RFC 8305 section 5)."""
    until = time.monotonic() + min(CONNECT_TIMEOUT, timeout())
    addresses = socket.getaddrinfo(*address, type=socket.SOCK_STREAM)
    failure = TimeoutError("no connection within %d seconds" % min(CONNECT_TIMEOUT, timeout()))
    with selectors.DefaultSelector() as trying, contextlib.ExitStack() as losers:
        while (addresses or trying.get_map()) and time.monotonic() < until:
            if addresses:
                family, kind, protocol, _, place = addresses.pop(0)
                sock = losers.enter_context(socket.socket(family, kind, protocol))
                sock.setblocking(False)
                sock.connect_ex(place)
                trying.register(sock, selectors.EVENT_WRITE)
            for key, _ in trying.select(0.5 if addresses else until - time.monotonic()):
                sock, number = key.fileobj, key.fileobj.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                trying.unregister(sock)
                if number == 0:
                    winner = sock.dup()
                    winner.settimeout(max(until - time.monotonic(), 1))  # for the TLS handshake
                    return winner
                failure = OSError(number, os.strerror(number))
    raise failure


# --- what an answer means ---

POLICY = "Sign in again as the policy requires, or ask an administrator to exempt this account"
REFUSED = {  # refused for now: after a person has fixed it, the same token works again
    "User disabled": "Let an administrator enable the account, then run this again",
    "offline access not granted anymore": "Give the user the role and the client the scope offline_access, then run this again",
    "Invalid token issuer": "It was minted at another address of the provider: set OAUTH2_ISSUER to the address that this device uses, and mint again",
    "Token client and authorized client don't match": "It was minted for another client: set client_id in the config to that one",
    "AADSTS50076": POLICY,
    "AADSTS50079": POLICY,
    "AADSTS53003": POLICY,
}
DEAD = ("invalid_grant", "bad_refresh_token", "token_inactive", "invalid_code")
DEAD_WORDS = (
    "RefreshToken refresh_token invalid",  # Strava
    "is invalid or has already been claimed by another client",  # Dex
    "Refresh token expired",  # Dex
)
CLIENT = ("invalid_client", "unauthorized_client", "incorrect_client_credentials")
BUSY = ("temporarily_unavailable", "server_error", "slow_down")


def judge(exchange, url):
    """Returns the members of a good answer. Otherwise raises an error that says what the answer means."""
    status, answer = exchange.status, {}
    with contextlib.suppress(ValueError, RecursionError):
        answer = parse_json(exchange.body.decode("utf-8", "replace")) if len(exchange.body) <= LARGEST_ANSWER else {}
    good = 200 <= status < 300 and status not in (204, 205)
    if good and (usable(answer.get("refresh_token")) or is_token(answer.get("access_token"))):
        if answer.get("refresh_token") and not usable(answer["refresh_token"]):
            say("warning: %s sent a refresh token with characters that no token may have; the old one stays" % url)
        return answer
    if exchange.error:
        raise no_answer(exchange, url)
    code, description = said(answer)
    quoted = re.sub(r"[^\x20-\x7e]+", " ", ": ".join(filter(None, (code, description))))[:300]
    for words, cure in REFUSED.items():
        if re.search(re.escape(words) + "(?![0-9])", quoted):  # AADSTS500760 is another code
            raise Stop(1, "the provider refuses the refresh token for now (%s). %s" % (quoted, cure))
    if code in DEAD or any(words in quoted for words in DEAD_WORDS):
        raise Stop(2, "the refresh token does not work any more (%s). Mint a new one with Offline Token Mint" % quoted)
    if code in CLIENT or status == 401:
        cure = "Check client_id, client_secret and token_endpoint_auth_method"
        raise Stop(1, "the provider refused the client's credentials (%s). %s" % (quoted or "status 401", cure))
    if status in (408, 425, 429) or status >= 500 or code in BUSY or "too many requests" in quoted.lower():
        failure = TryAgain("%s answered %d%s" % (url, status, quoted and " (%s)" % quoted))
        failure.asked, failure.lost = seconds_asked(exchange.headers), status == 504  # a gateway lost the answer
        raise failure
    if code and not (300 <= status < 400 or status in (403, 404)):
        cure = "Check the config against the client's registration at the provider"
        raise Stop(1, "the provider refused, with status %d (%s). %s" % (status, quoted, cure))
    what = "status %d%s" % (status, quoted and ", " + quoted)
    cure = "is it a sign-in page of the network, or maintenance? Run this again later; if that does not help, check token_endpoint"
    raise Stop(3, "%s did not answer with tokens (%s): %s" % (url, what, cure))


def said(answer):
    """Returns the provider's error code and words. Providers put them in different places."""
    error, errors = answer.get("error"), answer.get("errors")
    inner = error if isinstance(error, dict) else {}
    listed = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    strava = " ".join(str(listed.get(name) or "") for name in ("resource", "field", "code")) if listed.get("code") else ""
    others = [answer.get(name) for name in ("errmsg", "detail", "title")]
    code = first(error, inner.get("code"), inner.get("type"), listed.get("errorType"), strava)
    return code, first(answer.get("error_description"), inner.get("message"), answer.get("message"), listed.get("message"), *others)


def first(*values):
    return next((str(value) for value in values if isinstance(value, (str, int)) and value), "")


def no_answer(exchange, url):
    """Returns an error that says why there is no complete answer, and what to do."""
    reason = getattr(exchange.error, "reason", exchange.error)  # urllib wraps it
    if isinstance(reason, ssl.SSLCertVerificationError):
        year = time.gmtime().tm_year
        if year < 2025:
            cure = "set the clock (NTP), then run this again"
            return Stop(3, "this machine's clock says %d, so no certificate can be checked: %s" % (year, cure))
        cure = "check its name and date, this machine's clock and ca-certificates, or name the authority's file in SSL_CERT_FILE"
        return Stop(1, "the certificate of %s is not trusted (%s): %s" % (url, reason.verify_message, cure))
    if isinstance(reason, (http.client.InvalidURL, UnicodeError)):
        return Stop(1, "token_endpoint %s is not a URL that can be asked" % url)
    failure = TryAgain("%s %s (%s)" % ("no whole answer from" if exchange.sent else "can't reach", url, reason))
    failure.lost = exchange.sent
    return failure


def is_token(value):
    """RFC 6749 appendix A.12 and A.17: printable ASCII, nothing else."""
    return isinstance(value, str) and re.fullmatch(r"[\x20-\x7e]+", value) is not None


def usable(token):
    return token if is_token(token) and len(token) <= LONGEST_TOKEN else None


def seconds_asked(headers):
    """Reads Retry-After (RFC 9110 section 10.2.3): seconds, or a date, which we compare with the answer's Date header."""
    value = headers.get("Retry-After", "").strip()
    if re.fullmatch("[0-9]+", value):
        return int(value)
    try:
        now = email.utils.parsedate_to_datetime(headers.get("Date") or email.utils.formatdate(usegmt=True))
        return (email.utils.parsedate_to_datetime(value) - now).total_seconds()
    except (TypeError, ValueError):
        return 0


# --- trying ---


def refresh(values, store):
    """Returns the answer's members, after store has stored a new refresh token. store is None if the token stays the same."""
    began, tries, number = time.monotonic(), setting("REFRESH_TRIES", 5), 1
    while True:
        try:
            with signals_wait(store is not None):
                answer = judge(Exchange(values), values["token_endpoint"])
                new = usable(answer.get("refresh_token"))
                if store and new and new != values["refresh_token"]:
                    store(new)
                    values["refresh_token"] = new
                return answer
        except TryAgain as failure:
            if failure.lost and store:
                why = "if the provider has replaced the token, using the old one again could end the new one"
                raise Stop(3, "%s. This run does not send it again: %s. Run this again later" % (failure, why))
            if failure.asked > LONGEST_WAIT:
                raise Stop(3, "%s and asks to wait %d seconds: run this again then" % (failure, failure.asked))
            # 1 to 2 seconds, then 2 to 4, 4 to 8; random, so that not all devices retry at the same moment
            seconds = max(failure.asked, 2 ** (number - 1) * (1 + random.random()))
            if number >= tries or time.monotonic() - began + seconds > timeout() * 2.5:
                raise Stop(3, "%s; gave up after %d tries: run this again later" % (failure, number))
            say("%s; trying again in %.1f s" % (failure, seconds))
        time.sleep(seconds)
        number += 1


@contextlib.contextmanager
def signals_wait(wanted):
    """Delays signals to the end of the block. A signal between the answer and storing the token would lose the token."""
    if wanted:
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        if wanted:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)


if __name__ == "__main__":
    main()
