#!/bin/sh
# Gets a fresh OAuth 2.0 access token for this device and prints it on standard output; all else goes to standard error.
#
#   sh refresh.sh [device.sh]
#
# Reads device.sh beside it (or the file named), sends its refresh token, and writes the refresh token that comes back into
# device.sh before the access token is printed, unless OAUTH2_REFRESH_TOKEN_USAGE is "keep". Runs in any POSIX shell (dash,
# bash, busybox, ksh) and needs curl. Certificates are checked by curl; CURL_CA_BUNDLE names further authorities.
#
# Exit codes: 0  the access token is printed
#             1  something must be put right first: device.sh, the client, the provider's address or certificate
#             2  the refresh token is dead (invalid_grant): mint a new one
#             3  no luck this time (network, provider busy): run it again later
# Environment: REFRESH_TIMEOUT  seconds for one try (20)
#              REFRESH_TRIES    how often to try (5)
#
# A try whose answer was lost is made again with the same refresh token. If the provider had already replaced it, the next
# answer is invalid_grant: the replacement was in the lost answer, and nobody else has it.
set -u
umask 077
LC_ALL=C # bytes, not characters
export LC_ALL

newline='
'
program=${0##*/}
timeout=${REFRESH_TIMEOUT:-20}
tries=${REFRESH_TRIES:-5}
largest_answer=65536
longest_wait=120 # seconds; asked to wait longer, it leaves that to the next run

say() { printf '%s: %s\n' "$program" "$*" >&2; }

stop() { # exit code, message
  code=$1
  shift
  say "$@"
  exit "$code"
}

# --- the config -------------------------------------------------------------------------------------------------------

# The seven values of a config, one a line. In a subshell, so that "export" does not hand them to every child.
values() { # file
  (
    unset OAUTH2_TOKEN_ENDPOINT OAUTH2_CLIENT_ID OAUTH2_CLIENT_SECRET OAUTH2_REFRESH_TOKEN OAUTH2_SCOPE \
      OAUTH2_TOKEN_ENDPOINT_AUTH_METHOD OAUTH2_REFRESH_TOKEN_USAGE
    # shellcheck source=/dev/null
    . "$1" >/dev/null 2>&1 || exit 1
    printf '%s\n' "${OAUTH2_TOKEN_ENDPOINT-}" "${OAUTH2_CLIENT_ID-}" "${OAUTH2_CLIENT_SECRET-}" \
      "${OAUTH2_REFRESH_TOKEN-}" "${OAUTH2_SCOPE-}" "${OAUTH2_TOKEN_ENDPOINT_AUTH_METHOD-}" \
      "${OAUTH2_REFRESH_TOKEN_USAGE-}"
  )
}

line() { printf '%s\n' "$read" | sed -n "$1p"; }

read_config() {
  [ -e "$config" ] || stop 1 "$config is not there: download it from Offline Token Mint and put it beside this program"
  [ -r "$config" ] || stop 1 "$config can't be read by this user ($(id -un)): run as its owner, or chown it"
  read=$(values "$config") ||
    stop 1 "$config is not a shell file that can be read (a missing quote?): download it again from Offline Token Mint"
  token_endpoint=$(line 1)
  client_id=$(line 2)
  client_secret=$(line 3)
  refresh_token=$(line 4)
  auth_method=$(line 6)
  usage=$(line 7)

  case $token_endpoint$client_id$client_secret$refresh_token$auth_method$usage in
    *[[:cntrl:]]*) stop 1 "$config has an invisible character in a value; if it was edited on Windows: sed -i 's/\\r\$//' $config" ;;
  esac
  [ -n "$token_endpoint" ] || lacks OAUTH2_TOKEN_ENDPOINT
  [ -n "$client_id" ] || lacks OAUTH2_CLIENT_ID
  [ -n "$refresh_token" ] || lacks OAUTH2_REFRESH_TOKEN
  case $token_endpoint in
    https://?*) ;;
    http://localhost[:/]* | http://127.* | http://\[::1\]*) ;;
    http://?*) say "warning: $token_endpoint is plain http: anybody on the way can read the tokens" ;;
    *) stop 1 "OAUTH2_TOKEN_ENDPOINT in $config must begin with https://" ;;
  esac
  if [ "$client_secret" = '<CLIENT_SECRET>' ]; then
    stop 1 "OAUTH2_CLIENT_SECRET in $config still is <CLIENT_SECRET>: write the client's secret in its place"
  fi
  if [ -z "$auth_method" ]; then
    auth_method=none
    [ -z "$client_secret" ] || auth_method=client_secret_basic
  fi
  case $auth_method in
    none) ;;
    client_secret_basic | client_secret_basic_raw | client_secret_post)
      [ -n "$client_secret" ] || lacks OAUTH2_CLIENT_SECRET
      ;;
    *) stop 1 "OAUTH2_TOKEN_ENDPOINT_AUTH_METHOD in $config must be client_secret_basic, client_secret_basic_raw, client_secret_post or none" ;;
  esac
}

lacks() { stop 1 "$config lacks $1: download it again from Offline Token Mint"; }

warn_if_others_can_read() {
  [ -z "$(find "$config" -prune -perm -004 2>/dev/null)" ] || say "warning: everybody on this machine can read $config: chmod 600 $config"
}

# --- one run at a time ------------------------------------------------------------------------------------------------

# Two runs must not send the same one-time token. flock goes with the process that holds it; where there is none, a
# directory, which the next run takes away when its owner is gone.
lock() {
  waited=0
  [ -w "$folder" ] || not_writable
  if command -v flock >/dev/null 2>&1; then
    (: >>"$config.lock") 2>/dev/null || stop 1 "can't write $config.lock: remove it, another user made it"
    exec 9>>"$config.lock"
    until flock -n 0 <&9; do wait_for_lock; done # ksh hands on no descriptor above 2
  else
    until mkdir "$config.lock.d" 2>/dev/null; do break_lock || wait_for_lock; done
    locked=$config.lock.d
    echo $$ >"$locked/pid"
  fi
}

wait_for_lock() {
  waited=$((waited + 1))
  [ "$waited" -le $((timeout * tries)) ] || stop 3 "another run is still busy with $config: try again later"
  pause 1
}

# Only one run gets to make "broken" inside a lock, and looks again whose lock that is before it takes it away.
break_lock() {
  owner=$(lock_owner)
  abandoned && mkdir "$config.lock.d/broken" 2>/dev/null || return 1
  if [ "$(lock_owner)" = "$owner" ]; then
    mv "$config.lock.d" "$config.lock.$$" && rm -rf "$config.lock.$$"
  else
    rmdir "$config.lock.d/broken"
    return 1
  fi
}

lock_owner() { cat "$config.lock.d/pid" 2>/dev/null; }

abandoned() {
  { [ -n "$owner" ] && kill -0 "$owner" 2>&1 | grep -q 'No such process'; } ||
    [ -n "$(find "$config.lock.d" -prune -mmin +$((tries * (timeout + longest_wait) / 60 + 1)) 2>/dev/null)" ]
}

not_writable() {
  stop 1 "can't write beside $config, where the refresh token that comes back must be kept: make the folder writable for $(id -un)"
}

# --- keeping the refresh token that comes back --------------------------------------------------------------------------

quote() { printf "'%s'" "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")"; }

sets_refresh_token() { # line
  assignment=${1#"${1%%[![:blank:]]*}"}
  assignment=${assignment#export[[:blank:]]}
  assignment=${assignment#"${assignment%%[![:blank:]]*}"}
  case $assignment in OAUTH2_REFRESH_TOKEN=*) ;; *) false ;; esac
}

# Writes $new: the config with another refresh token. 1: it can't be written; 2: it does not read back as it should.
write_new() { # refresh token
  rm -f "$new" && cp -p "$config" "$new" || return 1
  quoted=$(quote "$1")
  while IFS= read -r text || [ -n "$text" ]; do
    ! sets_refresh_token "$text" || text="export OAUTH2_REFRESH_TOKEN=$quoted"
    printf '%s\n' "$text" || return 1
  done <"$config" >"$new" || return 1
  to_disk "$new"
  written=$(values "$new") && [ "$(printf '%s\n' "$written" | sed -n 4p)" = "$1" ] &&
    [ "$(printf '%s\n' "$written" | sed 4d)" = "$(printf '%s\n' "$read" | sed 4d)" ] || return 2
}

to_disk() { sync "$1" 2>/dev/null || sync; }

# Whether another token can be written must be known before this one is used up.
rehearse() {
  write_new "another-$refresh_token"
  case $? in
    0) ;;
    2) stop 1 "$config sets OAUTH2_REFRESH_TOKEN in a way that can't be changed here: give it a line of its own" ;;
    *) not_writable ;;
  esac
}

save() { # refresh token
  write_new "$1" || stop 1 "couldn't write $new (disk full?); the old refresh token may be used up: mint a new one"
  if mv -f "$new" "$config" 2>/dev/null; then
    to_disk "$folder"
  elif cat "$new" >"$config"; then # a file that is mounted by itself can't be replaced, only written
    to_disk "$config"
    say "warning: $config can't be replaced in one step; a power cut while it is written would lose the token: mount its folder instead"
  else
    mv -f "$new" "$config.rescued"
    stop 1 "couldn't write $config; the newest token is in $config.rescued: put it in its place"
  fi
}

# --- one request ------------------------------------------------------------------------------------------------------

# application/x-www-form-urlencoded, of one value
form() {
  printf '%s\n' "$1" | awk '
    BEGIN { for (i = 1; i < 256; i++) code[sprintf("%c", i)] = sprintf("%%%02X", i) }
    {
      for (i = 1; i <= length($0); i++) {
        c = substr($0, i, 1)
        if (c == " ") c = "+"
        else if (c !~ /[A-Za-z0-9*._-]/) c = code[c]
        printf "%s", c
      }
    }'
}

# Between the double quotes of a curl config
escape() { printf '%s' "$1" | sed 's/[\\"]/\\&/g'; }

# What curl is to do, for its standard input: arguments can be seen by everybody on the machine.
request() {
  printf 'url = "%s"\n' "$(escape "$token_endpoint")"
  body="grant_type=refresh_token&refresh_token=$(form "$refresh_token")"
  case $auth_method in
    client_secret_basic) printf 'user = "%s:%s"\n' "$(form "$client_id")" "$(form "$client_secret")" ;; # RFC 6749 section 2.3.1
    client_secret_basic_raw) printf 'user = "%s:%s"\n' "$(escape "$client_id")" "$(escape "$client_secret")" ;;
    client_secret_post) body="$body&client_id=$(form "$client_id")&client_secret=$(form "$client_secret")" ;;
    none) body="$body&client_id=$(form "$client_id")" ;;
  esac
  printf 'data = "%s"\n' "$body"
}

# Header, body and, on a line of its own, curl's exit code
send() {
  {
    request | curl -q -sS -i --basic --proto '=https,http' --connect-timeout "$timeout" --max-time "$timeout" \
      -H 'Accept: application/json' -H 'Expect:' -K -
    printf '\ncurl=%s' $?
  } | head -c $((largest_answer + 16384))
}

# From what send printed: curl, status, retry_after and the answer's members, "name=value" a line. JSON is read by its
# grammar, whole or not at all; a token with a character that RFC 6749 does not allow makes it unreadable.
parse() {
  awk '
    function skip(pattern) {
      if (!match(rest, pattern)) return 0
      taken = substr(rest, 1, RLENGTH)
      rest = substr(rest, RLENGTH + 1)
      return 1
    }
    function blank() { skip("^[ \t\r\n]+") }
    function hex(digits, i, n) {
      n = 0
      for (i = 1; i <= 4; i++) n = n * 16 + index("0123456789abcdef", tolower(substr(digits, i, 1))) - 1
      return n
    }
    function unescape(text, out, at, c, n) {
      out = ""
      while (at = index(text, "\\")) {
        out = out substr(text, 1, at - 1)
        c = substr(text, at + 1, 1)
        if (c == "u") {
          n = hex(substr(text, at + 2, 4))
          out = out (n > 31 && n < 127 ? sprintf("%c", n) : "\001")
          text = substr(text, at + 6)
        } else {
          out = out (c ~ /["\\\/]/ ? c : "\001")
          text = substr(text, at + 2)
        }
      }
      return out text
    }
    function string() {
      if (!skip("^\"([^\"\\\\\001-\037]|\\\\[\"\\\\/bfnrt]|\\\\u[0-9a-fA-F][0-9a-fA-F][0-9a-fA-F][0-9a-fA-F])*\"")) return 0
      return 1
    }
    function value(depth, name) {
      if (depth > 50) return 0
      blank()
      if (skip("^[{]")) {
        blank()
        if (skip("^[}]")) return 1
        do {
          blank()
          if (!string()) return 0
          name = unescape(substr(taken, 2, length(taken) - 2))
          blank()
          if (!skip("^:")) return 0
          blank()
          if (depth == 0 && substr(rest, 1, 1) == "\"") {
            if (!string()) return 0
            member[name] = unescape(substr(taken, 2, length(taken) - 2))
          } else if (!value(depth + 1)) return 0
          blank()
        } while (skip("^,"))
        return skip("^[}]")
      }
      if (skip("^\\[")) {
        blank()
        if (skip("^\\]")) return 1
        do { if (!value(depth + 1)) return 0; blank() } while (skip("^,"))
        return skip("^\\]")
      }
      if (substr(rest, 1, 1) == "\"") return string()
      return skip("^(true|false|null|-?(0|[1-9][0-9]*)([.][0-9]+)?([eE][-+]?[0-9]+)?)")
    }
    # a proxy answers, and "100 Continue" comes, before the real header
    !in_body && /^HTTP\// { status = $2; retry_after = ""; header = 1; next }
    header && /^\r?$/ { header = 0; next }
    header { if (tolower($1) == "retry-after:") { sub(/\r$/, ""); retry_after = $2 } next }
    { in_body = 1; all = all $0 "\n" }
    END {
      if (match(all, /\ncurl=[0-9]+\n$/)) {
        print "curl=" substr(all, RSTART + 6, RLENGTH - 7)
        all = substr(all, 1, RSTART - 1)
      } else if (match(all, /^curl=[0-9]+\n$/)) {
        print "curl=" substr(all, 6, RLENGTH - 6)
        all = ""
      }
      print "status=" status
      if (retry_after ~ /^[0-9]+$/) print "retry_after=" (retry_after > 999999 ? 999999 : retry_after)
      rest = all
      blank()
      if (substr(rest, 1, 1) != "{" || !value(0)) exit
      blank()
      if (rest != "" || member["access_token"] ~ /[^ -~]/ || member["refresh_token"] ~ /[^ -~]/) exit
      print "json=yes"
      print "access_token=" member["access_token"]
      print "refresh_token=" member["refresh_token"]
      print "error=" plain(member["error"])
      print "error_description=" plain(member["error_description"])
    }
    function plain(text) { gsub(/[^ -~]+/, " ", text); return substr(text, 1, 300) }'
}

# Sets $value to a line of $answer. Without a process of its own, which Ctrl-C would end.
member() { # name
  value=
  case $answer in
    *"$newline$1="*)
      value=${answer#*"$newline$1="}
      value=${value%%"$newline"*}
      ;;
  esac
}

# --- trying -----------------------------------------------------------------------------------------------------------

pause() { # seconds; a signal ends it
  [ -z "$signal" ] || exit "$signal"
  sleep "$1" >/dev/null 2>&1 9>&- &
  wait $!
  [ -z "$signal" ] || { kill $! && exit "$signal"; }
}

# 1 to 2 seconds, then 2 to 4, 4 to 8: not all devices at the same moment
back_off() {
  awk -v base=$((1 << ($1 - 1))) -v seed=$(($$ + $(date +%s))) 'BEGIN {
    srand(seed); print base + int(rand() * (base + 1)) }'
}

try_again() { # why
  [ "$try" -lt "$tries" ] || stop 3 "$1; gave up after $tries tries"
  seconds=$(back_off "$try")
  member retry_after
  if [ "${value:-0}" -gt "$longest_wait" ]; then stop 3 "$1 and asks to wait $value seconds: run this again then"; fi
  [ "${value:-0}" -le "$seconds" ] || seconds=$value
  say "$1; trying again in $seconds s"
  try=$((try + 1))
  pause "$seconds"
}

refused() { # exit code, what is wrong, what to do
  member error_description
  said=$error${value:+: $value}
  stop "$1" "$2 ($said). $3"
}

# One try: returns 0 with the tokens in $answer, 1 when it may be tried again.
refresh() {
  # a signal waits: it must not cost the answer to a one-time token
  answer=$newline$([ "$usage" = keep ] || trap '' HUP INT TERM; send | parse)
  [ -z "$signal" ] || [ "$usage" != keep ] || exit "$signal"
  member error && error=$value
  member status && status=$value
  member curl && failed=$value
  case $failed in
    0) ;;
    127) stop 1 "curl is not installed: apt install curl, apk add curl or opkg install curl" ;;
    '') stop 1 "the answer of $token_endpoint is larger than $largest_answer bytes: is it a token endpoint?" ;;
    51 | 60) stop 1 "the certificate of $token_endpoint is not trusted: check this machine's clock, its ca-certificates, or name the authority's file in CURL_CA_BUNDLE" ;;
    1 | 2 | 3 | 4 | 58 | 59 | 77) stop 1 "curl can't ask $token_endpoint (exit code $failed, see above)" ;;
    *)
      lost=' The answer to an earlier try was lost; it may have replaced this token.'
      problem="no whole answer from $token_endpoint (curl's exit code $failed)"
      return 1
      ;;
  esac
  case $status in
    429 | 5??)
      problem="$token_endpoint answered $status"
      return 1
      ;;
  esac
  case $error in
    '') ;;
    invalid_grant | bad_refresh_token)
      refused 2 'the refresh token does not work any more' "Mint a new one with Offline Token Mint and put its device.sh in place of $config.$lost"
      ;;
    invalid_client | unauthorized_client)
      refused 1 "the provider refused the client's credentials" "Check OAUTH2_CLIENT_ID, OAUTH2_CLIENT_SECRET and OAUTH2_TOKEN_ENDPOINT_AUTH_METHOD in $config."
      ;;
    *) refused 1 "the provider refused, with status $status" "Check $config against the client's registration at the provider." ;;
  esac
  case $status in
    200) ;;
    3??) stop 1 "$token_endpoint answered with a redirect ($status), which is not followed: check OAUTH2_TOKEN_ENDPOINT in $config" ;;
    *) stop 1 "$token_endpoint answered $status: check OAUTH2_TOKEN_ENDPOINT in $config" ;;
  esac
  member access_token
  [ -n "$value" ] ||
    stop 1 "$token_endpoint answered something else than tokens: check OAUTH2_TOKEN_ENDPOINT in $config (a sign-in page of the network?)"
}

config=${1:-$(dirname -- "$0")/device.sh}
case $config in */*) ;; *) config=./$config ;; esac
[ ! -h "$config" ] || config=$(readlink -f "$config")
folder=${config%/*}
new=
locked=
signal=
lost=
trap 'signal=129' HUP
trap 'signal=130' INT
trap 'signal=143' TERM
trap '[ -z "$new" ] || rm -f "$new"; [ -z "$locked" ] || rm -rf "$locked"' EXIT

case $tries in '' | *[!0-9]*) stop 1 "REFRESH_TRIES must be a whole number, e.g. 5" ;; esac
case $timeout in '' | *[!0-9]*) stop 1 "REFRESH_TIMEOUT must be a whole number of seconds, e.g. 20" ;; esac

read_config
warn_if_others_can_read
if [ "$usage" != keep ]; then
  lock
  read_config # whoever held the lock may have stored another token
  new=$config.new
  rehearse
fi

try=1
until refresh; do try_again "$problem"; done

member refresh_token
if [ "$usage" != keep ] && [ -n "$value" ] && [ "$value" != "$refresh_token" ]; then
  trap '' HUP INT TERM
  save "$value"
fi
[ -z "$signal" ] || exit "$signal"
member access_token
printf '%s\n' "$value"
