#!/bin/sh
# Gets an OAuth 2.0 access token for this device and prints it on standard output. Messages go to standard error.
#
#   sh refresh.sh [--cached] [CONFIG]
#
# CONFIG is the file that you name, or device.sh in the folder of this program. If there is no device.sh, the program reads the
# same names from the environment. It writes a new refresh token into CONFIG before it prints the access token, unless
# OAUTH2_REFRESH_TOKEN_USAGE is "keep". With --cached it prints the last access token again (from CONFIG.access) while that is
# valid for another minute. It needs a POSIX shell and curl. If your own authority signed the provider's certificate, set
# CURL_CA_BUNDLE to a file with the authority's certificate.
#
# Exit codes: 0  it printed the access token
#             1  a person must fix something: CONFIG, the disk, the client, the account, a certificate
#             2  the refresh token is dead: mint a new one
#             3  it failed for now (network, provider busy, wrong clock): run it again later
# Environment: REFRESH_TIMEOUT  seconds to wait for an answer (120); REFRESH_TRIES  how often to try (5)
#
# docs/one-time-tokens.md of Offline Token Mint says why it takes a lock, tries to write first, and never repeats a lost request.

main() {
  read_options "$@"
  read_config
  ! print_cached || exit 0
  if [ "$usage" != keep ]; then
    lock        # two runs must not send the same one-time token
    read_config # the run before may have stored a new token
    adopt_new   # or a power cut may have left the new token next to the config
    ! print_cached || exit 0
    rehearse    # find out before the request whether a new token can be stored
  fi
  refresh       # sets $access_token and $new_token, or ends the program
  [ "$usage" = keep ] || [ "${new_token:-$refresh_token}" = "$refresh_token" ] || store "$new_token"
  [ -z "$signal" ] || exit "$signal"
  [ -n "$access_token" ] || stop 3 "$token_endpoint sent no access token; the refresh token in $where is good: run this again later"
  cache_access_token
  put "$access_token"
}

set -uf
umask 077
LC_ALL=C # bytes, not characters
export LC_ALL

newline='
'
names='OAUTH2_TOKEN_ENDPOINT OAUTH2_CLIENT_ID OAUTH2_CLIENT_SECRET OAUTH2_SCOPE OAUTH2_TOKEN_ENDPOINT_AUTH_METHOD
  OAUTH2_REFRESH_TOKEN_USAGE OAUTH2_REFRESH_TOKEN' # the token comes last: write_new counts on it
program=${0##*/}
largest_answer=1048576
longest_wait=120 # seconds; if the provider asks for more, leave it to the next run

# Prints a line without starting a program: every user of this machine can see the arguments of programs.
case $(command -v printf):$(command -v print) in
  printf:*) put() { printf '%s\n' "$1"; } ;;
  *:print) put() { print -r -- "$1"; } ;; # mksh
  *) put() { cat <<end
$1
end
  } ;; # yash
esac

say() { put "$program: $1" >&2; }

stop() { # exit code, message
  say "$2"
  exit "$1"
}

# --- options and config -----------------------------------------------------------------------------------------------

read_options() {
  cached='' config='' signal='' new='' locked='' usage='' failed='' sent=''
  for option in "$@"; do
    case $option in
      --cached) cached=yes ;;
      --help) sed -n '2,/^# Environment/s/^# \{0,1\}//p' "$0" && exit ;;
      -*) stop 1 "$option is not an option: sh $program [--cached] [CONFIG]" ;;
      *) config=$option ;;
    esac
  done
  named=$config
  [ -n "$config" ] || config=$(dirname -- "$0")/device.sh
  case $config in */*) ;; *) config=./$config ;; esac
  [ ! -h "$config" ] || config=$(readlink -f "$config")
  folder=${config%/*}
  timeout=${REFRESH_TIMEOUT:-120}
  tries=${REFRESH_TRIES:-5}
  case $timeout in *[!0-9]* | 0) stop 1 "REFRESH_TIMEOUT must be a whole number of seconds, e.g. 120" ;; esac
  case $tries in *[!0-9]* | 0) stop 1 "REFRESH_TRIES must be a whole number, e.g. 5" ;; esac
  longest_run=$((timeout * 5 / 2))
  trap 'signal=129' HUP
  trap 'signal=130' INT
  trap 'signal=143' TERM
  trap '[ -z "$new" ] || rm -f "$new"; [ -z "$locked" ] || rm -rf "$locked"' EXIT
}

# Prints the values of a config, or of the environment, one on each line. In a subshell, so that no program gets exported values.
values() { # [file]
  (
    if [ $# -gt 0 ]; then
      set +u
      for name in $names; do unset "$name"; done
      # shellcheck source=/dev/null
      . "$1" >/dev/null 2>&1 || exit 1
    fi
    for name in $names; do eval "put \"\${$name-}\""; done
    put end # shows a line break at the end of a token
  )
}

read_config() {
  if [ -e "$config" ] || [ -n "$named" ]; then
    where=$config
    [ -e "$config" ] || stop 1 "$config is not there: download it from Offline Token Mint"
    [ -r "$config" ] || stop 1 "$config can't be read by this user ($(id -un)): run as its owner, or chown it"
    read=$(values "$config") ||
      stop 1 "$config is not a shell file that can be read (a missing quote?): download it again from Offline Token Mint"
    [ -z "$(find "$config" -prune -perm -004 2>/dev/null)" ] ||
      say "warning: every user of this machine can read $config: chmod 600 $config"
  else
    where='the environment'
    [ -n "${OAUTH2_TOKEN_ENDPOINT-}" ] ||
      stop 1 "$config is not there, nor is OAUTH2_TOKEN_ENDPOINT in the environment: download device.sh from Offline Token Mint and put it beside this program"
    [ "${OAUTH2_REFRESH_TOKEN_USAGE-}" = keep ] ||
      stop 1 "the refresh token in the environment may work only once, and this program cannot store the next one there: put the values into $config instead (OAUTH2_REFRESH_TOKEN_USAGE is not keep)"
    read=$(values)
  fi
  set_lines "$read" token_endpoint client_id client_secret scope auth_method usage refresh_token
  check_config
}

# Sets variables to the lines of a text, without starting a process, which Ctrl-C would end.
set_lines() { # text, names
  rest=$1$newline
  shift
  for name in "$@"; do eval "$name=\${rest%%\"\$newline\"*} rest=\${rest#*\"\$newline\"}"; done
}

check_config() {
  case ${rest%"$newline"}$token_endpoint$client_id$client_secret$refresh_token$auth_method$usage in
    *[[:cntrl:]]*) stop 1 "$where has an invisible character in a value; if it was edited on Windows: sed -i 's/\\r\$//' $config" ;;
  esac
  [ -n "$token_endpoint" ] || lacks OAUTH2_TOKEN_ENDPOINT
  [ -n "$client_id" ] || lacks OAUTH2_CLIENT_ID
  [ -n "$refresh_token" ] || lacks OAUTH2_REFRESH_TOKEN
  loopback=
  case $token_endpoint in
    http://localhost[:/]* | http://127.* | http://\[::1\]* | https://localhost[:/]* | https://127.* | https://\[::1\]*) loopback=yes ;;
    https://?*) ;;
    http://?*) say "warning: $token_endpoint is plain http: anyone on the network can read the tokens" ;;
    *) stop 1 "OAUTH2_TOKEN_ENDPOINT in $where must begin with https://" ;;
  esac
  [ "$client_secret" != '<CLIENT_SECRET>' ] ||
    stop 1 "OAUTH2_CLIENT_SECRET in $where still is <CLIENT_SECRET>: write the client's secret in its place"
  [ -n "$auth_method" ] || auth_method=${client_secret:+client_secret_basic}
  case ${auth_method:=none} in
    none) ;;
    client_secret_basic | client_secret_basic_raw | client_secret_post) [ -n "$client_secret" ] || lacks OAUTH2_CLIENT_SECRET ;;
    *) stop 1 "OAUTH2_TOKEN_ENDPOINT_AUTH_METHOD in $where must be client_secret_basic, client_secret_basic_raw, client_secret_post or none" ;;
  esac
}

lacks() { stop 1 "$where lacks $1: download it again from Offline Token Mint"; }

# If root made this file, gives it to the owner of the config.
own() {
  # shellcheck disable=SC2046
  set -- "$1" $(ls -nL "$config")
  chown "$4:$5" "$1" 2>/dev/null || :
}

# --- one run at a time ------------------------------------------------------------------------------------------------

lock() {
  waited=0 seen=''
  if ! command -v flock >/dev/null 2>&1; then
    until mkdir "$config.lock.d" 2>/dev/null; do
      [ -d "$config.lock.d" ] || cannot_store "$(mkdir "$config.lock.d" 2>&1)"
      break_lock || wait_for_lock
    done
    locked=$config.lock.d
    put "$$ $longest_run" >"$locked/owner" 2>/dev/null || : # rehearse says why nothing can be written
    return
  fi
  if [ ! -e "$config.lock" ]; then
    problem=$( (: >>"$config.lock") 2>&1) || cannot_store "$problem"
    own "$config.lock"
  fi
  [ -r "$config.lock" ] || stop 1 "can't open $config.lock: another user made it; remove it"
  exec 9<"$config.lock"
  until flock -n 0 <&9; do wait_for_lock; done # <&9, because ksh passes no descriptor above 2 to programs
}

wait_for_lock() {
  waited=$((waited + 1))
  [ "$waited" -le "$longest_run" ] || stop 3 "another run is still busy with $config: try again later"
  pause 1
}

# Removes a lock that was left over: its process is gone, or its owner has not changed for longer than a run can take (another
# process may now have the same number). It counts the seconds itself, because the clock may have been set back. Only one run can
# make "broken" inside a lock. That run reads the owner again before it removes the lock.
break_lock() {
  owner=$(cat "$config.lock.d/owner" 2>/dev/null)
  [ "$owner" = "$seen" ] || waited=0
  seen=$owner
  limit=${owner#* }
  limit=${limit:-300}
  [ "$waited" -lt $((limit + 10)) ] || rmdir "$config.lock.d/broken" 2>/dev/null # a run ended while it broke the lock
  if [ "$waited" -lt "$limit" ] && { [ -z "$owner" ] || ! kill -0 "${owner% *}" 2>&1 | grep -q 'No such process'; }; then
    return 1
  fi
  mkdir "$config.lock.d/broken" 2>/dev/null || return 1
  if [ "$(cat "$config.lock.d/owner" 2>/dev/null)" = "$owner" ]; then
    mv "$config.lock.d" "$config.lock.$$" && rm -rf "$config.lock.$$"
  else
    rmdir "$config.lock.d/broken"
    return 1
  fi
}

# --- storing the refresh token that comes back ------------------------------------------------------------------------

# Replaces the token in its line and changes nothing else, so that systemd or Docker can still read the file.
# shellcheck disable=SC2016
replace_token='
  function spelt(token, quote) {
    if (quote == "\047" && !index(token, "\047")) return quote token quote
    if (quote != "\"" && token ~ /^[A-Za-z0-9._\/+=:@%,^-]+$/) return token
    gsub(/[\\"$`]/, "\\\\&", token)
    return "\"" token "\""
  }
  NR == 1 { token = $0; next }
  match($0, /^[ \t]*(export[ \t]+)?OAUTH2_REFRESH_TOKEN=/) {
    name = substr($0, 1, RLENGTH)
    word = substr($0, RLENGTH + 1)
    match(word, /^(\047[^\047]*\047|"([^"\\]|\\.)*"|\\.|[^ \t\047"\\;&|<>()])*/)
    $0 = name spelt(token, substr(word, 1, 1)) substr(word, RLENGTH + 1)
  }
  { print }'

# Writes the config with another refresh token to $new. Returns 1 if that fails ($problem), 2 if it reads back another token.
write_new() { # refresh token
  problem=$({ put "$1" | awk "$replace_token" - "$config" | cat 2>&1 >"$new"; } 2>&1) || return 1
  to_disk "$new"
  [ "$(values "$new")" = "$(with_token "$1")" ] || return 2
}

with_token() { put "${read%"$newline$refresh_token${newline}end"}$newline$1${newline}end"; } # refresh token

to_disk() { sync "$1" 2>/dev/null || sync; }

# The name of $new says which token it replaces, because someone may put another config in its place.
rehearse() {
  new=$config.new-$(fingerprint)
  problem=$({ remove_new && cp -p "$config" "$new"; } 2>&1) || cannot_store "$problem" # cp -p keeps owner, mode and ACL
  write_new "another-$refresh_token"
  case $? in
    1) cannot_store "$problem" ;;
    2) stop 1 "$config sets OAUTH2_REFRESH_TOKEN in a way that can't be changed here: give it a line of its own" ;;
  esac
}

remove_new() { set +f && rm -f "$config".new-*; } # left by power cuts

fingerprint() {
  put "$refresh_token" | awk '
    BEGIN { for (i = 32; i < 127; i++) code[sprintf("%c", i)] = i }
    { for (i = 1; i <= length($0); i++) sum = (sum * 31 + code[substr($0, i, 1)]) % 16777213; printf "%06x", sum }'
}

cannot_store() { # what the failed command said
  case $1 in
    *ead-only*) cure="that disk is read-only: move $config to a disk that can be written" ;;
    *'o space'* | *uota*) cure='that disk is full: free some space' ;;
    *) cure="make the folder writable for $(id -un)" ;;
  esac
  stop 1 "can't write beside $config, where the next refresh token must be stored (${1##*: }): $cure"
}

store() { # refresh token
  trap '' HUP INT TERM
  write_new "$1" || stop 1 "couldn't write $new (${problem##*: }); the old refresh token may be used up: mint a new one"
  put_in_place
  refresh_token=$1
}

put_in_place() {
  if mv -f "$new" "$config" 2>/dev/null; then
    new= # from here on, the next run may use this name
    to_disk "$folder"
  elif cat "$new" >"$config"; then # a single mounted file can only be overwritten, not replaced
    to_disk "$config"
    say "warning: $config can't be replaced in one step; a power cut while it is written would lose the token: mount its folder instead"
  else
    mv -f "$new" "$config.rescued"
    stop 1 "couldn't write $config; the newest token is in $config.rescued: put it in its place"
  fi
}

# If a power cut left a complete file with the next token, puts it in the place of the config whose token it replaces.
adopt_new() {
  left=$config.new-$(fingerprint)
  [ -r "$left" ] && [ -z "$(tail -c 1 "$left")" ] && seen=$(values "$left") || return 0
  token=${seen%"${newline}end"}
  token=${token##*"$newline"}
  case $token in '' | "another-$refresh_token" | *[!\ -~]*) return 0 ;; esac
  [ "$seen" = "$(with_token "$token")" ] || return 0
  new=$left
  to_disk "$new"
  put_in_place
  read_config
}

# --- CONFIG.access, for --cached. Its lines: received at, expires at, fingerprint of the refresh token, access token --------

print_cached() {
  [ -n "$cached" ] && [ -r "$config.access" ] || return 1
  { IFS= read -r since && IFS= read -r good && IFS= read -r for && IFS= read -r token; } <"$config.access" || return 1
  case $since$good in '' | *[!0-9]*) return 1 ;; esac
  now=$(date +%s)
  [ "$since" -le "$now" ] && [ "$good" -gt $((now + 60)) ] && [ "$for" = "$(fingerprint)" ] && put "$token"
}

cache_access_token() {
  [ -n "$cached" ] && [ "$where" = "$config" ] && [ -n "$expires_in" ] || return 0
  now=$(date +%s)
  if { put "$now$newline$((now + expires_in))$newline$(fingerprint)$newline$access_token" >"$config.access.$$" &&
    own "$config.access.$$" && mv -f "$config.access.$$" "$config.access"; } 2>/dev/null; then :; else
    rm -f "$config.access.$$"
    say "warning: can't write $config.access: the next run will refresh again"
  fi
}

# --- one request ------------------------------------------------------------------------------------------------------

# Encodes one value as application/x-www-form-urlencoded.
form() {
  put "$1" | awk '
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

# Escapes a value for double quotes in a curl config.
escape() { put "$1" | sed 's/[\\"]/\\&/g'; }

# Prints the request for curl's standard input, because every user of this machine can see arguments.
request() {
  put "url = \"$(escape "$token_endpoint")\""
  body="grant_type=refresh_token&refresh_token=$(form "$refresh_token")"
  case $auth_method in
    client_secret_basic) put "user = \"$(form "$client_id"):$(form "$client_secret")\"" ;; # RFC 6749 section 2.3.1
    client_secret_basic_raw) put "user = \"$(escape "$client_id"):$(escape "$client_secret")\"" ;;
    client_secret_post) body="$body&client_id=$(form "$client_id")&client_secret=$(form "$client_secret")" ;;
    none) body="$body&client_id=$(form "$client_id")" ;;
  esac
  put "data = \"$body\""
  [ -z "$loopback" ] || put 'noproxy = "*"'
}

# Prints the header and the body, then one line for when the request was sent ("0.000000": never) and one for curl's exit code.
send() {
  {
    connect=$((timeout < 20 ? timeout : 20))
    request | curl -q -g -sS -i --basic --proto '=https,http' --connect-timeout $connect --max-time $((timeout + connect)) \
      -H 'Accept: application/json' -H 'Expect:' -w '\nsent=%{time_pretransfer}' -K -
    put "${newline}curl=$?"
  } | head -c $((largest_answer + 16384))
}

# Reads what send printed. Prints the verdict and the values that refresh needs, one on each line. Accepts only valid JSON.
judge() {
  awk -v now="$(date +%s)" -v largest="$largest_answer" '
    # What the answer means, if cure_of knows no cure. The function refresh explains each verdict.
    function verdict() {
      if (good()) return "tokens"
      if (code ~ /^(invalid_grant|bad_refresh_token|token_inactive|invalid_code)$/ ||
        said ~ /RefreshToken refresh_token invalid|is invalid or has already been claimed by another client|Refresh token expired/)
        return "dead"
      if (code ~ /^(invalid_client|unauthorized_client|incorrect_client_credentials)$/ || status == 401) return "client"
      if (status == 504) return "lost"
      if (status ~ /^(408|425|429|5..)$/ || code ~ /^(temporarily_unavailable|server_error|slow_down)$/ || said ~ /[Tt]oo many requests/)
        return "busy"
      if (code != "" && status !~ /^(3..|403|404)$/) return "wrong"
      return "elsewhere"
    }
    function good() { return status ~ /^2/ && status !~ /20[45]/ && (usable("access_token") || usable("refresh_token")) }
    function usable(name) {
      return name in member && member[name] ~ /^[ -~]+$/ && length(member[name]) <= 49152
    }
    function first(names,    list, count, i) {
      count = split(names, list, " ")
      for (i = 1; i <= count; i++) if (member[list[i]] != "") return member[list[i]]
      return ""
    }
    function plain(text) { gsub(/[^ -~]+/, " ", text); return substr(text, 1, 300) }

    # the header of a proxy or of "100 Continue" can come before the real one
    !in_body && /^HTTP\// { status = $2; retry_after = date = ""; header = 1; next }
    header && /^\r?$/ { header = 0; next }
    header {
      text = $0
      gsub(/^[^:]*:[ \t]*|[ \t\r]+$/, "", text)
      if (tolower($1) ~ /^retry-after:/) retry_after = text
      if (tolower($1) ~ /^date:/) date = text
      next
    }
    { in_body = 1; all = all $0 "\n" }
    END {
      if (!match(all, /\n(sent=[0-9.,]+\n)?curl=[0-9]+\n$/)) exit # cut off by head
      split(substr(all, RSTART), part, /[\n=]+/)
      sent = part[2] == "sent" ? part[3] : ""
      failed = part[2] == "sent" ? part[5] : part[3]
      all = substr(all, 1, RSTART - 1)
      at = substr(all, 1, 3) == "\357\273\277" ? 4 : 1 # a BOM
      if (length(all) > largest || !document()) split("", member)
      code = plain(first("error error/code error/type errors/0/errorType"))
      if (code == "" && member["errors/0/code"] != "")
        code = plain(member["errors/0/resource"] " " member["errors/0/field"] " " member["errors/0/code"])
      words = plain(first("error_description error/message message errors/0/message errmsg detail title"))
      said = code (code != "" && words != "" ? ": " : "") words
      lifetime = member["expires_in"]
      print verdict() "\n" status "\n" said "\n" seconds(retry_after)
      print usable("access_token") ? member["access_token"] : ""
      print usable("refresh_token") ? member["refresh_token"] : ""
      print (member["refresh_token"] == "" || usable("refresh_token") ? "" : "yes")
      print (lifetime ~ /^[0-9.]+$/ && lifetime + 0 < 1e9 ? int(lifetime) : "")
      print sent "\n" failed
    }

    # Retry-After (RFC 9110 section 10.2.3): seconds, or a date, which we compare with the Date header of the same answer
    function seconds(text) {
      if (text ~ /^[0-9]+$/) return text > 999999 ? 999999 : text + 0
      text = epoch(text) ? epoch(text) - (epoch(date) ? epoch(date) : now) : 0
      return text > 999999 ? 999999 : text > 0 ? text : 0
    }
    function epoch(text,    part, y, m) {
      if (split(text, part, /[ :]+/) < 7) return 0
      m = (index("JanFebMarAprMayJunJulAugSepOctNovDec", part[3]) + 2) / 3
      y = part[4] - (m < 3)
      m = (m + 9) % 12
      y = 365 * y + int(y / 4) - int(y / 100) + int(y / 400) + int((153 * m + 2) / 5) + part[2] - 719469
      return ((y * 24 + part[5]) * 60 + part[6]) * 60 + part[7]
    }

    function document() { return value("") && blank() && at > length(all) }
    function skip(pattern) {
      if (!match(substr(all, at, 400), pattern)) return 0
      taken = substr(all, at, RLENGTH)
      at += RLENGTH
      return 1
    }
    function blank() { while (skip("^[ \t\r\n]+")); return 1 }
    function comma() { return blank() && skip("^,") }
    function string(    start) {
      if (!skip("^\"")) return 0
      for (start = at; skip("^([^\"\\\\\001-\037]|\\\\[\"\\\\/bfnrt]|\\\\u[0-9a-fA-F][0-9a-fA-F][0-9a-fA-F][0-9a-fA-F])+"););
      taken_string = substr(all, start, at - start)
      return skip("^\"")
    }
    function value(path,    name, i) {
      if (split(path, parts, "/") > 50) return 0
      blank()
      if (skip("^[{]")) {
        blank()
        if (skip("^[}]")) return 1
        do {
          blank()
          if (!string()) return 0
          name = unescape(taken_string)
          blank()
          if (!skip("^:") || !value(path == "" ? name : path "/" name)) return 0
        } while (comma())
        return skip("^[}]")
      }
      if (skip("^\\[")) {
        blank()
        if (skip("^\\]")) return 1
        do if (!value(path "/" (i++ + 0))) return 0; while (comma())
        return skip("^\\]")
      }
      member[path] = ""
      if (string()) { member[path] = unescape(taken_string); return 1 }
      if (!skip("^(true|false|null|-?(0|[1-9][0-9]*)([.][0-9]+)?([eE][-+]?[0-9]+)?)")) return 0
      if (path == "expires_in" || path == "error/code") member[path] = taken
      return 1
    }
    function unescape(text,    out, from, c, n, i) {
      out = ""
      while (from = index(text, "\\")) {
        out = out substr(text, 1, from - 1)
        c = substr(text, from + 1, 1)
        text = substr(text, from + 2)
        if (c == "u") {
          n = 0
          for (i = 1; i <= 4; i++) n = n * 16 + index("0123456789abcdef", tolower(substr(text, i, 1))) - 1
          c = n > 31 && n < 127 ? sprintf("%c", n) : "\001" # no token has any other character
          text = substr(text, 5)
        } else if (c !~ /["\\\/]/) c = "\001"
        out = out c
      }
      return out text
    }'
}

# --- trying -----------------------------------------------------------------------------------------------------------

refresh() {
  began=$(date +%s)
  try=1
  while :; do
    # delay signals: they must not lose the answer to a one-time token
    answer=$([ "$usage" = keep ] || trap '' HUP INT TERM; send | judge)
    [ -z "$signal" ] || [ "$usage" != keep ] || exit "$signal"
    set_lines "$answer" verdict status said asked access_token new_token unusable expires_in sent failed
    if [ "$verdict" != tokens ]; then
      check_curl
      ! cure=$(cure_of "$said ") || verdict=refused
    fi
    case $verdict in
      tokens) break ;;
      dead) stop 2 "the refresh token does not work any more ($said). Mint a new one with Offline Token Mint and put it in $where" ;;
      refused) stop 1 "the provider refuses the refresh token for now ($said). $cure" ;;
      client) stop 1 "the provider refused the client's credentials (${said:-status $status}). Check OAUTH2_CLIENT_ID, OAUTH2_CLIENT_SECRET and OAUTH2_TOKEN_ENDPOINT_AUTH_METHOD in $where" ;;
      wrong) stop 1 "the provider refused, with status $status ($said). Check $where against the client's registration at the provider" ;;
      elsewhere) stop 3 "$token_endpoint did not answer with tokens (status $status${said:+, $said}): a sign-in page of the network, or maintenance? Run this again later; if that does not help, check OAUTH2_TOKEN_ENDPOINT in $where" ;;
      unsent) try_again "can't reach $token_endpoint (curl's exit code $failed, see above)" ;;
      busy) try_again "$token_endpoint answered $status${said:+ ($said)}" ;;
      *)
        lost="no whole answer from $token_endpoint (status ${status:-none}, curl's exit code $failed)"
        [ "$usage" = keep ] || stop 3 "$lost. This run does not send it again: if the provider has replaced the token, using the old one again could end the new one. Run this again later"
        try_again "$lost"
        ;;
    esac
  done
  [ -z "$unusable" ] || say "warning: $token_endpoint sent a refresh token with characters that no token may have; the old one stays in $where"
}

# Prints what a person must do, if the same token works again after that. Returns 1 if the refusal has no such words.
cure_of() {
  case $1 in
    *'User disabled'*) put "Let an administrator enable the account, then run this again" ;;
    *'offline access not granted anymore'*) put "Give the user the role and the client the scope offline_access again, then run this again" ;;
    *'Invalid token issuer'*) put "It was minted through another address: mint again with OAUTH2_ISSUER set to the address that this device uses" ;;
    *"Token client and authorized client don't match"*) put "It was minted for another client: set OAUTH2_CLIENT_ID in $where to that one" ;;
    *AADSTS50076[!0-9]* | *AADSTS50079[!0-9]* | *AADSTS53003[!0-9]*)
      put "Sign in again as the policy requires, or ask an administrator to exempt this account"
      ;;
    *) return 1 ;;
  esac
}

# If curl failed, its exit code decides the verdict.
check_curl() {
  case $failed in
    0) ;;
    '') verdict=elsewhere said="more than $largest_answer bytes" ;;
    126 | 127) stop 1 "curl is not installed: apt install curl, apk add curl or opkg install curl" ;;
    51 | 60)
      [ "$(date +%Y)" -ge 2025 ] || stop 3 "this machine's clock says $(date +%Y), so no certificate can be checked: set the clock (NTP), then run this again"
      stop 1 "the certificate of $token_endpoint is not trusted: check its name and date, this machine's ca-certificates and clock, or name the authority's file in CURL_CA_BUNDLE"
      ;;
    [1-4] | 58 | 59 | 77) stop 1 "curl can't ask $token_endpoint (exit code $failed, see above): check OAUTH2_TOKEN_ENDPOINT in $where" ;;
    *) case $sent in *[1-9]*) verdict=lost ;; *) verdict=unsent ;; esac ;;
  esac
}

try_again() { # why
  [ "$try" -lt "$tries" ] || stop 3 "$1; gave up after $tries tries: run this again later"
  # 1 to 2 seconds, then 2 to 4, 4 to 8; random, so that not all devices retry at the same moment
  seconds=$(awk -v base=$((1 << (try - 1))) -v seed=$(($$ + $(date +%s))) 'BEGIN { srand(seed); print base + int(rand() * (base + 1)) }')
  [ "${asked:-0}" -le "$longest_wait" ] || stop 3 "$1 and asks to wait $asked seconds: run this again then"
  [ "${asked:-0}" -le "$seconds" ] || seconds=$asked
  [ $(($(date +%s) - began + seconds)) -lt "$longest_run" ] || stop 3 "$1; gave up after $try tries: run this again later"
  say "$1; trying again in $seconds s"
  try=$((try + 1))
  pause "$seconds"
}

pause() { # seconds; a signal ends it
  [ -z "$signal" ] || exit "$signal"
  sleep "$1" >/dev/null 2>&1 9>&- &
  wait $!
  [ -z "$signal" ] || { kill $! && exit "$signal"; }
}

main "$@"
