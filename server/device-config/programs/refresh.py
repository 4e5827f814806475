#!/usr/bin/env python3
"""Gets a fresh OAuth 2.0 access token for this device and prints it on standard output; all else goes to standard error.

    python3 refresh.py [config.json]

Reads config.json beside it (or the file named), sends its refresh token, and writes the refresh token that comes back into
config.json before the access token is printed, unless refresh_token_usage is "keep". Needs Python 3.8 on Linux or macOS,
no packages. Certificates are checked; SSL_CERT_FILE names further authorities.

Exit codes: 0  the access token is printed
            1  something must be put right first: config.json, the client, the provider's address or certificate
            2  the refresh token is dead (invalid_grant): mint a new one
            3  no luck this time (network, provider busy): run it again later
Environment: REFRESH_TIMEOUT  seconds for one try (20)
             REFRESH_TRIES    how often to try (5)

A try whose answer was lost is made again with the same refresh token. If the provider had already replaced it, the next
answer is invalid_grant: the replacement was in the lost answer, and nobody else has it.
"""

import base64
import contextlib
import email.utils
import fcntl
import http.client
import json
import os
import queue
import random
import re
import signal
import ssl
import stat
import sys
import threading
import time
import urllib.parse
import urllib.request

LARGEST_ANSWER = 65536
LONGEST_WAIT = 120  # seconds; asked to wait longer, it leaves that to the next run
SIGNALS = {signal.SIGHUP, signal.SIGINT, signal.SIGTERM}
AUTH_METHODS = ("client_secret_basic", "client_secret_basic_raw", "client_secret_post", "none")


class Stop(Exception):
    """Ends the run; the message says what to do."""

    def __init__(self, exit_code, message):
        super().__init__(message)
        self.exit_code = exit_code


class TryAgain(Exception):
    """This try brought nothing, the next may. `asked`: seconds to wait, as the provider said; `lost`: nobody knows what it did."""

    def __init__(self, message, asked=0.0, lost=False):
        super().__init__(message)
        self.asked, self.lost = asked, lost


def say(message):
    print("%s: %s" % (os.path.basename(sys.argv[0]), message), file=sys.stderr)


def setting(name, default):
    try:
        return float(os.environ.get(name) or default)
    except ValueError:
        raise Stop(1, "%s must be a number, e.g. %s" % (name, default))


# --- the config ---


def read_config(path):
    """The config as it is in the file. Raises Stop, naming the cure, when something in it can't be used."""
    again = "download it again from Offline Token Mint"
    try:
        with open(path, encoding="utf-8-sig") as file:
            config = json.load(file)
    except FileNotFoundError:
        raise Stop(1, "%s is not there: download it from Offline Token Mint and put it beside this program" % path)
    except OSError as error:
        raise Stop(1, "%s can't be read (%s): run as its owner, or chown it" % (path, error.strerror))
    except ValueError:  # its text may quote the file
        raise Stop(1, "%s is not JSON: %s" % (path, again))
    if not isinstance(config, dict):
        raise Stop(1, "%s is not a JSON object: %s" % (path, again))

    method = auth_method(config)
    if method not in AUTH_METHODS:
        raise Stop(1, "token_endpoint_auth_method in %s must be one of %s" % (path, ", ".join(AUTH_METHODS)))
    for name in ("token_endpoint", "client_id", "refresh_token") + (() if method == "none" else ("client_secret",)):
        if not isinstance(config.get(name), str) or not config[name]:
            raise Stop(1, "%s lacks %s: %s" % (path, name, again))
    if config.get("client_secret") == "<CLIENT_SECRET>":
        raise Stop(1, "client_secret in %s still is <CLIENT_SECRET>: write the client's secret in its place" % path)
    if not re.match(r"https?://[^/]", config["token_endpoint"]):
        raise Stop(1, "token_endpoint in %s must begin with https://" % path)
    return config


def auth_method(config):
    default = "client_secret_basic" if config.get("client_secret") else "none"
    return config.get("token_endpoint_auth_method") or default


def warn(path, config):
    if os.stat(path).st_mode & stat.S_IROTH:
        say("warning: everybody on this machine can read %s: chmod 600 %s" % (path, path))
    if re.match(r"http://(?!localhost[:/]|127\.|\[::1\])", config["token_endpoint"]):
        say("warning: %s is plain http: anybody on the way can read the tokens" % config["token_endpoint"])


# --- one run at a time ---


def lock(path):
    """Holds path.lock until this process ends: two runs must not send the same one-time token."""
    try:
        file = os.open(path + ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        if os.path.exists(path + ".lock"):
            raise Stop(1, "can't write %s.lock: remove it, another user made it" % path)
        raise not_writable(path, error)
    for _ in range(int(setting("REFRESH_TIMEOUT", 20) * setting("REFRESH_TRIES", 5))):
        try:
            return fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(1)
    raise Stop(3, "another run is still busy with %s: try again later" % path)


def not_writable(path, error):
    cure = "where the refresh token that comes back must be kept: make the folder writable for this user"
    return Stop(1, "can't write beside %s (%s), %s" % (path, error.strerror, cure))


# --- keeping the refresh token that comes back ---


def write_new(path, config):
    """Writes the config to path.new, with the mode and owner of path; it is on the disk when this returns."""
    remove(path + ".new")
    before = os.stat(path)
    file = os.open(path + ".new", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with contextlib.suppress(PermissionError):
        os.fchown(file, before.st_uid, before.st_gid)
    os.fchmod(file, stat.S_IMODE(before.st_mode))
    write(file, config)


def write(file, config):
    with open(file, "w", encoding="utf-8") as stream:
        json.dump(config, stream, indent=2, ensure_ascii=False)
        stream.write("\n")
        stream.flush()
        os.fsync(stream.fileno())


def save(path, config):
    """Puts the config in place of the old one: whoever looks finds the old or the new, never half of one."""
    try:
        write_new(path, config)
    except OSError as error:
        cure = "the old refresh token may be used up: mint a new one"
        raise Stop(1, "couldn't write %s.new (%s); %s" % (path, error.strerror, cure))
    try:
        os.replace(path + ".new", path)
    except OSError:
        return overwrite(path, config)
    folder = os.open(os.path.dirname(path), os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


def overwrite(path, config):
    """A file that is mounted by itself can't be replaced, only written."""
    try:
        write(path, config)
    except OSError as error:
        os.replace(path + ".new", path + ".rescued")
        cure = "the newest token is in %s.rescued: put it in its place" % path
        raise Stop(1, "couldn't write %s (%s); %s" % (path, error.strerror, cure))
    cure = "a power cut while it is written would lose the token: mount its folder instead"
    say("warning: %s can't be replaced in one step; %s" % (path, cure))


def remove(path):
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)


# --- one request ---


def request(config):
    """The refresh request (RFC 6749 section 6), with the client's credentials sent in the way that was proven."""
    fields = {"grant_type": "refresh_token", "refresh_token": config["refresh_token"]}
    headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
    method, client_id, secret = auth_method(config), config["client_id"], config.get("client_secret")
    if method in ("client_secret_basic", "client_secret_basic_raw"):
        if method == "client_secret_basic":  # RFC 6749 section 2.3.1: form-encoded before base64
            client_id, secret = urllib.parse.quote_plus(client_id), urllib.parse.quote_plus(secret)
        headers["Authorization"] = "Basic " + base64.b64encode(("%s:%s" % (client_id, secret)).encode()).decode()
    else:
        fields["client_id"] = client_id
        if method == "client_secret_post":
            fields["client_secret"] = secret
    return urllib.request.Request(config["token_endpoint"], urllib.parse.urlencode(fields).encode(), headers)


def send(to_send, timeout, answers):
    """Puts (status, headers, body) into the queue, or what was raised instead. Follows no redirect."""
    try:
        opener = urllib.request.OpenerDirector()
        https = urllib.request.HTTPSHandler(context=ssl.create_default_context())
        for handler in (urllib.request.ProxyHandler(), urllib.request.HTTPHandler(), https):
            opener.add_handler(handler)
        with opener.open(to_send, timeout=timeout) as response:
            body = response.read(LARGEST_ANSWER + 1)
            if response.length and len(body) <= LARGEST_ANSWER:
                raise http.client.IncompleteRead(body, response.length)
            answers.put((response.status, response.headers, body))
    except Exception as error:
        answers.put(error)


def ask(config, timeout):
    """Sends the request and waits for the whole answer, however slowly it drips."""
    url = config["token_endpoint"]
    answers = queue.Queue()
    threading.Thread(target=send, args=(request(config), timeout, answers), daemon=True).start()
    try:
        answer = answers.get(timeout=timeout)
    except queue.Empty:
        raise TryAgain("no whole answer from %s within %g s" % (url, timeout), lost=True)
    if not isinstance(answer, Exception):
        return answer
    reason = getattr(answer, "reason", answer)  # urllib wraps it
    if isinstance(reason, ssl.SSLCertVerificationError):
        cure = "check this machine's clock, its ca-certificates, or name the authority's file in SSL_CERT_FILE"
        raise Stop(1, "the certificate of %s is not trusted (%s): %s" % (url, reason.verify_message, cure))
    if isinstance(reason, (http.client.InvalidURL, ValueError)) and not isinstance(reason, ssl.SSLError):
        raise Stop(1, "token_endpoint %s is not a URL that can be asked" % url)
    raise TryAgain("no whole answer from %s (%s)" % (url, reason), lost=True)


def refresh(config, path, timeout):
    """One try: the answer's members. Raises TryAgain or Stop."""
    url = config["token_endpoint"]
    status, headers, body = ask(config, timeout)
    if status == 429 or status >= 500:
        raise TryAgain("%s answered %d" % (url, status), asked=seconds_asked(headers.get("Retry-After", "")))
    if len(body) > LARGEST_ANSWER:
        raise Stop(1, "the answer of %s is larger than %d bytes: is it a token endpoint?" % (url, LARGEST_ANSWER))
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        answer = {}
    if answer.get("error"):  # GitHub sends errors with status 200
        raise refused(status, answer, path)
    if 300 <= status < 400:
        cure = "which is not followed: check token_endpoint in %s" % path
        raise Stop(1, "%s answered with a redirect (%d), %s" % (url, status, cure))
    if status != 200:
        raise Stop(1, "%s answered %d: check token_endpoint in %s" % (url, status, path))
    if not is_token(answer.get("access_token")) or not is_token(answer.get("refresh_token") or config["refresh_token"]):
        cure = "check token_endpoint in %s (a sign-in page of the network?)" % path
        raise Stop(1, "%s answered something else than tokens: %s" % (url, cure))
    return answer


def refused(status, answer, path):
    error = answer["error"]
    said = re.sub(r"[^\x20-\x7e]+", " ", "%s: %s" % (error, answer.get("error_description") or "no description"))[:300]
    if error in ("invalid_grant", "bad_refresh_token"):
        cure = "Mint a new one with Offline Token Mint and put its config.json in place of %s." % path
        return Stop(2, "the refresh token does not work any more (%s). %s" % (said, cure))
    if error in ("invalid_client", "unauthorized_client"):
        cure = "Check client_id, client_secret and token_endpoint_auth_method in %s." % path
        return Stop(1, "the provider refused the client's credentials (%s). %s" % (said, cure))
    cure = "Check %s against the client's registration at the provider." % path
    return Stop(1, "the provider refused, with status %d (%s). %s" % (status, said, cure))


def is_token(value):
    """RFC 6749 appendix A.12 and A.17: printable ASCII, nothing else."""
    return isinstance(value, str) and re.fullmatch(r"[\x20-\x7e]+", value) is not None


def seconds_asked(retry_after):
    """Retry-After (RFC 9110 section 10.2.3): seconds or a date; 0 when it is neither."""
    if re.fullmatch("[0-9]+", retry_after):
        return int(retry_after)
    try:
        return email.utils.parsedate_to_datetime(retry_after).timestamp() - time.time()
    except (TypeError, ValueError):
        return 0


# --- trying ---


@contextlib.contextmanager
def signals_wait():
    """A signal waits until the end of the block: between the answer and the saved config it would lose a one-time token."""
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)


def refresh_and_store(config, path, timeout):
    """One try; the refresh token that came back is in the config before this returns."""
    with signals_wait():
        answer = refresh(config, path, timeout)
        newest = answer.get("refresh_token") or config["refresh_token"]
        if newest != config["refresh_token"]:
            save(path, dict(config, refresh_token=newest))
    return answer


def keep_trying(attempt, config, path):
    timeout, tries = setting("REFRESH_TIMEOUT", 20), int(setting("REFRESH_TRIES", 5))
    lost = ""
    number = 1
    while True:
        try:
            return attempt(config, path, timeout)["access_token"]
        except TryAgain as failure:
            if number >= tries:
                raise Stop(3, "%s; gave up after %d tries" % (failure, tries))
            if failure.asked > LONGEST_WAIT:
                raise Stop(3, "%s and asks to wait %d seconds: run this again then" % (failure, failure.asked))
            if failure.lost:
                lost = " The answer to an earlier try was lost; it may have replaced this token."
            # 1 to 2 seconds, then 2 to 4, 4 to 8: not all devices at the same moment
            seconds = max(failure.asked, 2 ** (number - 1) * (1 + random.random()))
            say("%s; trying again in %.1f s" % (failure, seconds))
        except Stop as end:
            raise Stop(end.exit_code, str(end) + (lost if end.exit_code == 2 else ""))
        time.sleep(seconds)
        number += 1


def access_token(path):
    """A fresh access token for the config at path. Raises Stop."""
    config = read_config(path)
    warn(path, config)
    if config.get("refresh_token_usage") == "keep":
        return keep_trying(refresh, config, path)
    lock(path)
    config = read_config(path)  # whoever held the lock may have stored another token
    try:
        write_new(path, config)  # whether it can be written must be known before the token is used up
    except OSError as error:
        raise not_writable(path, error)
    try:
        return keep_trying(refresh_and_store, config, path)
    finally:
        remove(path + ".new")


def main():
    for number in SIGNALS:
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    beside = os.path.join(os.path.dirname(os.path.abspath(__file__)), "config.json")
    try:
        print(access_token(os.path.realpath(sys.argv[1] if len(sys.argv) > 1 else beside)))
    except Stop as end:
        say(end)
        sys.exit(end.exit_code)


if __name__ == "__main__":
    main()
