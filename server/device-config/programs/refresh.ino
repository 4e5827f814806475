// Gets a fresh OAuth 2.0 access token on an ESP32 and prints it on the serial port; lines that begin with "# " are messages.
//
// Put this file and arduino_secrets.h into a folder named refresh, and add your network to arduino_secrets.h:
//
//     #define SECRET_SSID "my network"
//     #define SECRET_PASS "its password"
//
// It needs the esp32 core by Espressif and the library ArduinoJson 7. The provider's certificate is checked: by the authorities
// that the core brings (3.3.12 and later), or by the one that you add to arduino_secrets.h, as the openssl command prints it:
//
//     #define SECRET_OAUTH2_CA "-----BEGIN CERTIFICATE-----\n" "MIIB...\n" "-----END CERTIFICATE-----\n"
//
// The refresh token that comes back is kept in Preferences (NVS) before the access token is used, unless the usage is "keep";
// a token that is newly flashed wins over the one kept from an older sketch.
//
// A try whose answer was lost is made again with the same refresh token. If the provider had already replaced it, the next
// answer is invalid_grant: the replacement was in the lost answer, and nobody else has it.

#include <ArduinoJson.h>
#include <HTTPClient.h>
#include <Preferences.h>
#include <WiFi.h>
#include <WiFiClientSecure.h>
#include <time.h>

#include "arduino_secrets.h"

#if !defined(SECRET_SSID) || !defined(SECRET_PASS)
#error "Add your network to arduino_secrets.h: #define SECRET_SSID and #define SECRET_PASS"
#endif
#if !defined(SECRET_OAUTH2_TOKEN_ENDPOINT) || !defined(SECRET_OAUTH2_CLIENT_ID) || !defined(SECRET_OAUTH2_REFRESH_TOKEN)
#error "arduino_secrets.h lacks SECRET_OAUTH2_TOKEN_ENDPOINT, _CLIENT_ID or _REFRESH_TOKEN: download it again from Offline Token Mint"
#endif
#ifndef SECRET_OAUTH2_CLIENT_SECRET
#define SECRET_OAUTH2_CLIENT_SECRET ""
#endif
#ifndef SECRET_OAUTH2_TOKEN_ENDPOINT_AUTH_METHOD
#define SECRET_OAUTH2_TOKEN_ENDPOINT_AUTH_METHOD (sizeof(SECRET_OAUTH2_CLIENT_SECRET) > 1 ? "client_secret_basic" : "none")
#endif
#ifndef SECRET_OAUTH2_REFRESH_TOKEN_USAGE
#define SECRET_OAUTH2_REFRESH_TOKEN_USAGE "store"
#endif
#ifndef REFRESH_TIMEOUT
#define REFRESH_TIMEOUT 20  // seconds for one try
#endif
#ifndef REFRESH_TRIES
#define REFRESH_TRIES 5
#endif
#if !defined(SECRET_OAUTH2_CA) && ESP_ARDUINO_VERSION < ESP_ARDUINO_VERSION_VAL(3, 3, 12)
#error "Add the provider's authority to arduino_secrets.h as SECRET_OAUTH2_CA, or update the esp32 core to 3.3.12"
#endif

// Types stand before the first function: there the Arduino tools put the prototypes of all functions.
enum class Outcome {
  ok,
  fixFirst,  // something must be put right first: the message says what
  dead,      // invalid_grant: mint a new token
  later,     // no luck this time
};

struct Answer {
  int status = 0;  // negative: HTTPClient's error; there was no whole answer
  long asked = 0;  // seconds to wait, as the provider said
  bool tooLarge = false;
  String body;
};

// Text that is compared by the compiler: what is wrong with arduino_secrets.h should show before the sketch is flashed.
constexpr bool startsWith(const char *text, const char *start) {
  return *start == '\0' || (*text == *start && startsWith(text + 1, start + 1));
}
constexpr bool same(const char *a, const char *b) { return *a == *b && (*a == '\0' || same(a + 1, b + 1)); }

constexpr const char *endpoint = SECRET_OAUTH2_TOKEN_ENDPOINT;
constexpr const char *authMethod = SECRET_OAUTH2_TOKEN_ENDPOINT_AUTH_METHOD;
constexpr bool basic = same(authMethod, "client_secret_basic");
constexpr bool basicRaw = same(authMethod, "client_secret_basic_raw");
constexpr bool posted = same(authMethod, "client_secret_post");
constexpr bool storing = !same(SECRET_OAUTH2_REFRESH_TOKEN_USAGE, "keep");

constexpr bool overTls = startsWith(endpoint, "https://");

const uint16_t timeout = REFRESH_TIMEOUT * 1000;  // milliseconds for each of: connecting, the header, the body
const int tries = REFRESH_TRIES;
const size_t largestAnswer = 16384;
const long longestWait = 120;  // seconds; asked to wait longer, it starts again later
const size_t longestRecord = 3999;  // what a string in Preferences holds
const size_t fingerprintLength = 16;
const size_t longestToken = longestRecord - fingerprintLength - 1;

static_assert(overTls || startsWith(endpoint, "http://"),
              "SECRET_OAUTH2_TOKEN_ENDPOINT must begin with https://");
static_assert(sizeof(SECRET_OAUTH2_CLIENT_ID) > 1, "arduino_secrets.h lacks SECRET_OAUTH2_CLIENT_ID");
static_assert(sizeof(SECRET_OAUTH2_REFRESH_TOKEN) > 1, "arduino_secrets.h lacks SECRET_OAUTH2_REFRESH_TOKEN");
static_assert(basic || basicRaw || posted || same(authMethod, "none"),
              "SECRET_OAUTH2_TOKEN_ENDPOINT_AUTH_METHOD must be client_secret_basic, client_secret_basic_raw, client_secret_post or none");
static_assert(same(authMethod, "none") || sizeof(SECRET_OAUTH2_CLIENT_SECRET) > 1,
              "arduino_secrets.h lacks SECRET_OAUTH2_CLIENT_SECRET");
static_assert(!same(SECRET_OAUTH2_CLIENT_SECRET, "<CLIENT_SECRET>"),
              "SECRET_OAUTH2_CLIENT_SECRET still is <CLIENT_SECRET>: write the client's secret in its place");
static_assert(!storing || sizeof(SECRET_OAUTH2_REFRESH_TOKEN) - 1 <= longestToken,
              "This refresh token is too long to be kept in Preferences");

Preferences preferences;
String refreshToken;
String accessToken;
long expiresIn = 0;
Outcome outcome = Outcome::later;

void say(const String &message) {
  Serial.print("# ");
  Serial.println(message);
}

// --- keeping the refresh token that comes back ---

// Tells the token in arduino_secrets.h from the one of an older sketch (FNV-1a, 64 bits).
String fingerprint() {
  uint64_t hash = 14695981039346656037ULL;
  for (const char *at = SECRET_OAUTH2_REFRESH_TOKEN; *at != '\0'; at++) hash = (hash ^ static_cast<uint8_t>(*at)) * 1099511628211ULL;
  char hex[fingerprintLength + 1];
  snprintf(hex, sizeof hex, "%08lx%08lx", static_cast<unsigned long>(hash >> 32), static_cast<unsigned long>(hash & 0xffffffff));
  return String(hex);
}

// One record with both, so that a power cut leaves the old one or the new one: whose successor it is, and the token.
String recordOf(const String &token) { return fingerprint() + " " + token; }

String readRecord() {
  static char record[longestRecord + 1];
  record[0] = '\0';
  preferences.begin("oauth2", false);
  if (preferences.isKey("token")) preferences.getString("token", record, sizeof record);
  preferences.end();
  return String(record);
}

bool save(const String &token) {
  if (token.length() > longestToken) return false;
  preferences.begin("oauth2", false);
  preferences.putString("token", recordOf(token).c_str());
  preferences.end();
  return readRecord() == recordOf(token);
}

// The token to begin with. Whether one can be kept must be known before a one-time token is used up.
bool loadRefreshToken() {
  refreshToken = SECRET_OAUTH2_REFRESH_TOKEN;
  if (!storing) return true;
  String record = readRecord();
  if (record.startsWith(fingerprint() + " ")) {
    refreshToken = record.substring(fingerprintLength + 1);
    return true;
  }
  return save(refreshToken);
}

// --- one request ---

// application/x-www-form-urlencoded, of one value
String form(const char *text) {
  String encoded;
  for (; *text != '\0'; text++) {
    unsigned char c = *text;
    char hex[4];
    snprintf(hex, sizeof hex, "%%%02X", c);
    if (isalnum(c) || strchr("*-._", c)) encoded += static_cast<char>(c);
    else encoded += c == ' ' ? "+" : hex;
  }
  return encoded;
}

String requestBody() {
  String body = "grant_type=refresh_token&refresh_token=" + form(refreshToken.c_str());
  if (!basic && !basicRaw) body += "&client_id=" + form(SECRET_OAUTH2_CLIENT_ID);
  if (posted) body += "&client_secret=" + form(SECRET_OAUTH2_CLIENT_SECRET);
  return body;
}

void authorize(HTTPClient &http) {
  if (basic) {  // RFC 6749 section 2.3.1: form-encoded before base64
    http.setAuthorization(form(SECRET_OAUTH2_CLIENT_ID).c_str(), form(SECRET_OAUTH2_CLIENT_SECRET).c_str());
  } else if (basicRaw) {
    http.setAuthorization(SECRET_OAUTH2_CLIENT_ID, SECRET_OAUTH2_CLIENT_SECRET);
  }
}

// Reads until the body is whole or the connection ends. HTTPClient would wait for ever for one that stands still.
int readBody(HTTPClient &http, Answer &answer) {
  long left = http.getSize();  // -1: nobody said
  unsigned long began = millis();
  uint8_t bytes[256];
  while (left != 0 && http.connected()) {
    WiFiClient *stream = http.getStreamPtr();
    size_t waiting = stream ? stream->available() : 0;
    if (waiting == 0) {
      if (millis() - began > timeout) return HTTPC_ERROR_READ_TIMEOUT;
      delay(10);
      continue;
    }
    int count = stream->read(bytes, min(waiting, sizeof bytes));
    if (count <= 0) return HTTPC_ERROR_CONNECTION_LOST;
    answer.tooLarge = answer.body.length() + count > largestAnswer;
    if (answer.tooLarge) return 0;
    if (!answer.body.concat(reinterpret_cast<const char *>(bytes), count)) return HTTPC_ERROR_TOO_LESS_RAM;
    if (left > 0) left -= count;
  }
  return left > 0 ? HTTPC_ERROR_CONNECTION_LOST : 0;
}

// Some servers send chunks to HTTP/1.0, too. Empty unless the last chunk is there.
String withoutChunks(const String &chunked) {
  String body;
  for (unsigned int at = 0;;) {
    int end = chunked.indexOf("\r\n", at);
    if (end < 0) return "";
    long size = strtol(chunked.c_str() + at, nullptr, 16);
    if (size <= 0) return body;
    body += chunked.substring(end + 2, end + 2 + size);
    at = end + 2 + size + 2;
  }
}

void ask(Answer &answer) {
  WiFiClient plain;
  WiFiClientSecure secure;
  secure.setHandshakeTimeout(timeout / 1000);
#ifdef SECRET_OAUTH2_CA
  secure.setCACert(SECRET_OAUTH2_CA);
#else
  secure.useBuiltinCACertBundle();
#endif

  HTTPClient http;
  http.useHTTP10(true);
  http.setFollowRedirects(HTTPC_DISABLE_FOLLOW_REDIRECTS);
  http.setConnectTimeout(timeout);
  http.setTimeout(timeout);
  http.begin(overTls ? static_cast<WiFiClient &>(secure) : plain, endpoint);
  const char *headers[] = {"Retry-After", "Transfer-Encoding"};
  http.collectHeaders(headers, 2);
  http.addHeader("Accept", "application/json");
  http.addHeader("Content-Type", "application/x-www-form-urlencoded");
  authorize(http);
  answer.status = http.POST(requestBody());
  answer.asked = http.header("Retry-After").toInt();
  if (answer.status > 0) {
    int failed = readBody(http, answer);
    if (failed) answer.status = failed;
    if (http.header("Transfer-Encoding").equalsIgnoreCase("chunked")) answer.body = withoutChunks(answer.body);
  }
  http.end();
}

// --- the answer ---

// RFC 6749 appendix A.12 and A.17: printable ASCII, nothing else
bool isToken(const char *text) {
  if (*text == '\0') return false;
  for (; *text != '\0'; text++) {
    if (*text < ' ' || *text > '~') return false;
  }
  return true;
}

String printable(const String &text) {
  String plain = text.substring(0, 300);
  for (size_t i = 0; i < plain.length(); i++) {
    if (plain[i] < ' ' || plain[i] > '~') plain.setCharAt(i, ' ');
  }
  return plain;
}

Outcome refused(int status, const String &error, const char *description) {
  String said = printable(error + ": " + description);
  if (error == "invalid_grant" || error == "bad_refresh_token") {
    say("the refresh token does not work any more (" + said + "). Mint a new one with Offline Token Mint and flash its arduino_secrets.h.");
    return Outcome::dead;
  }
  if (error == "invalid_client" || error == "unauthorized_client") {
    say("the provider refused the client's credentials (" + said + "). Check SECRET_OAUTH2_CLIENT_ID, _CLIENT_SECRET and _TOKEN_ENDPOINT_AUTH_METHOD.");
  } else {
    say("the provider refused, with status " + String(status) + " (" + said + "). Check arduino_secrets.h against the client's registration.");
  }
  return Outcome::fixFirst;
}

void keep(const char *newest) {
  if (*newest == '\0' || refreshToken == newest) return;
  refreshToken = newest;
  if (storing && !save(refreshToken)) {
    say("WARNING: the new refresh token could not be kept in Preferences (" + String(refreshToken.length()) +
        " characters); it will be LOST when the power goes, and the old one may be dead");
  }
}

Outcome judge(const Answer &answer) {
  if (answer.tooLarge) {
    say(String("the answer of ") + endpoint + " is larger than " + String(largestAnswer) + " bytes: is it a token endpoint?");
    return Outcome::fixFirst;
  }
  JsonDocument document;
  bool json = !deserializeJson(document, answer.body);
  const char *error = document["error"] | "";
  if (json && *error != '\0') return refused(answer.status, error, document["error_description"] | "no description");
  if (answer.status != 200) {
    bool redirect = answer.status >= 300 && answer.status < 400;
    say(String(endpoint) + " answered " + String(answer.status) +
        (redirect ? ", a redirect, which is not followed" : "") + ": check SECRET_OAUTH2_TOKEN_ENDPOINT");
    return Outcome::fixFirst;
  }
  const char *access = document["access_token"] | "";
  const char *newest = document["refresh_token"] | "";
  if (!json || !isToken(access) || (*newest != '\0' && !isToken(newest))) {
    say(String(endpoint) + " answered something else than tokens: check SECRET_OAUTH2_TOKEN_ENDPOINT (a sign-in page of the network?)");
    return Outcome::fixFirst;
  }
  keep(newest);
  accessToken = access;
  expiresIn = document["expires_in"] | 300L;
  return Outcome::ok;
}

// --- trying ---

Outcome refresh() {
  bool lost = false;
  for (int number = 1;; number++) {
    Answer answer;
    ask(answer);
    bool whole = answer.status > 0;
    if (whole && answer.status != 429 && answer.status < 500) {
      Outcome result = judge(answer);
      if (result == Outcome::dead && lost) say("The answer to an earlier try was lost; it may have replaced this token.");
      return result;
    }
    lost = lost || !whole;
    String problem = whole ? String(endpoint) + " answered " + String(answer.status)
                           : String("no whole answer from ") + endpoint + " (" + HTTPClient::errorToString(answer.status) +
                                 (overTls ? "; a certificate that is not trusted looks the same: check SECRET_OAUTH2_CA and the clock)" : ")");
    if (number >= tries) {
      say(problem + "; gave up after " + String(number) + " tries");
      return Outcome::later;
    }
    if (answer.asked > longestWait) {
      say(problem + " and asks to wait " + String(answer.asked) + " seconds");
      return Outcome::later;
    }
    // 1 to 2 seconds, then 2 to 4, 4 to 8: not all boards at the same moment
    long wait = (1000L << (number - 1)) + random(1000L << (number - 1));
    wait = max(wait, answer.asked * 1000);
    say(problem + "; trying again in " + String(wait / 1000) + " s");
    delay(wait);
  }
}

void setup() {
  Serial.begin(115200);
  if (!overTls) say(String("warning: ") + endpoint + " is plain http: anybody on the way can read the tokens");
  WiFi.mode(WIFI_STA);
  WiFi.begin(SECRET_SSID, SECRET_PASS);
  for (int waited = 0; WiFi.status() != WL_CONNECTED && waited < 60; waited++) delay(500);
  if (WiFi.status() != WL_CONNECTED) say("no WiFi yet: check SECRET_SSID and SECRET_PASS");

  configTime(0, 0, "pool.ntp.org", "time.nist.gov");  // a certificate that is not yet valid is refused
  for (int waited = 0; time(nullptr) < 1735689600 && waited < 40; waited++) delay(500);

  if (!loadRefreshToken()) {
    say("Preferences can't be written, where the refresh token that comes back must be kept: erase the flash, or give nvs more room");
    outcome = Outcome::fixFirst;
  }
}

void loop() {
  if (outcome == Outcome::dead || outcome == Outcome::fixFirst) {  // only a new sketch helps
    delay(60000);
    return;
  }
  outcome = refresh();
  if (outcome == Outcome::ok) {
    Serial.println(accessToken);  // use it here: "Authorization: Bearer " + accessToken
    delay(1000UL * min(max(expiresIn - 60L, 60L), 86400L));
  } else if (outcome == Outcome::later) {
    delay(300000);
  }
}
