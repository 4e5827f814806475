// Gets OAuth 2.0 access tokens on an ESP32, a new one before the last expires, and prints each on the serial port. Lines that
// begin with "# " are messages.
//
// Put this file and arduino_secrets.h into a folder named refresh, and add your network to arduino_secrets.h:
//
//     #define SECRET_SSID "my network"
//     #define SECRET_PASS "its password"
//
// You need the esp32 core by Espressif and the library ArduinoJson 7. The sketch checks the provider's certificate. The core has a
// list of authorities from version 3.3.12 on. With an older core, or for your own authority, add the authority's certificate to
// arduino_secrets.h, as the openssl command prints it:
//
//     #define SECRET_OAUTH2_CA "-----BEGIN CERTIFICATE-----\n" "MIIB...\n" "-----END CERTIFICATE-----\n"
//
// If arduino_secrets.h has no token, the sketch reads the NVS namespace oauth2, into which you can flash nvs.csv. It stores a new
// refresh token in NVS before it uses the access token, unless the usage is "keep". If you flash another token, the sketch forgets
// the stored one.

#include <ArduinoJson.h>
#include <Preferences.h>
#include <WiFi.h>
#include <WiFiClientSecure.h>
#include <base64.h>
#include <time.h>

#include "arduino_secrets.h"

#if !defined(SECRET_SSID) || !defined(SECRET_PASS)
#error "Add your network to arduino_secrets.h: #define SECRET_SSID and #define SECRET_PASS"
#endif
#if !defined(SECRET_OAUTH2_CA) && ESP_ARDUINO_VERSION < ESP_ARDUINO_VERSION_VAL(3, 3, 12)
#error "Add the provider's authority to arduino_secrets.h as SECRET_OAUTH2_CA, or update the esp32 core to 3.3.12"
#endif
#ifndef REFRESH_IN_TASK
#define REFRESH_IN_TASK 0  // 1: refresh in a separate task, so that loop() never waits
#endif

enum class Outcome {
  ok,
  fixFirst,  // a person must fix something: the message says what. The sketch tries again each hour
  dead,      // you must mint a new token. The sketch sends nothing more
  later,     // the sketch tries again, and waits longer after each failure
};

struct Answer {
  int status = 0;
  long asked = 0;  // seconds that the provider asks to wait
  String body;
};

const unsigned long longestCall = 150000;  // milliseconds
const size_t largestAnswer = 20480, longestToken = 5000;  // bytes; two tokens and WiFi's data fit into the usual nvs partition

String endpoint, clientId, clientSecret, authMethod, flashedToken;  // the config
bool storing = true;
String refreshToken;  // the newest
bool kept = false;    // whether it is in NVS
String accessNow;     // the newest access token; the next line has when it came and how long it is valid
unsigned long since = 0, goodFor = 0, triedAt = 0, pauseFor = 0;
Outcome outcome = Outcome::later;
Preferences preferences;

void setup() {
  Serial.begin(115200);
  readConfig();
  startNetwork();
#if REFRESH_IN_TASK
  xTaskCreate(keepFresh, "oauth2", 16384, nullptr, 1, nullptr);
#endif
}

void loop() {
  static String shown;
#if REFRESH_IN_TASK
  String token = sharedToken();
#else
  String token = accessToken();  // can take 150 s
#endif
  if (token.length() > 0 && token != shown) Serial.println(shown = token);
  // Call your API here while there is a token: http.addHeader("Authorization", "Bearer " + token)
  delay(1000);
}

// Returns a valid access token, or "" if there is none. If it must refresh, it BLOCKS for up to 150 s: 10 s to look up the name,
// 10 s to connect, 10 s for TLS, and the rest for the answer, which may hold the only good token. One call tries once.
String accessToken() {
  if (accessNow.length() > 0 && millis() - since < goodFor) return accessNow;
  accessNow = "";
  if (outcome == Outcome::dead || millis() - triedAt < pauseFor) return "";
  long asked = 0;
  outcome = refresh(asked);
  triedAt = millis();
  pauseFor = pauseAfter(asked);
  return accessNow;
}

Outcome refresh(long &asked) {
  Answer answer;
  String problem = configProblem();
  if (problem.length() > 0) return fixFirst(problem);
  if (!loadRefreshToken()) return fixFirst("the refresh token can't be kept: NVS can't be written. Erase the flash, or give nvs more room");
  problem = ask(answer);
  if (problem.length() > 0) return later(problem);
  asked = answer.asked;
  return judge(answer);
}

Outcome judge(const Answer &answer) {
  JsonDocument document;
  bool json = !deserializeJson(document, answer.body);
  const char *newest = document["refresh_token"] | "", *token = document["access_token"] | "", *error = document["error"] | "";
  bool good = json && answer.status >= 200 && answer.status < 300 && answer.status != 204 && answer.status != 205;
  if (good && isToken(newest)) keep(newest);  // first of all: we can't get it again
  else if (*error != '\0' || !good) return refused(answer.status, error, document["error_description"] | "no description");
  if (!isToken(token)) return later("no access token came: is it the network's sign-in page? Else check the client's scopes");
  accessNow = token;
  since = millis();
  long seconds = document["expires_in"] | 0L;
  if (seconds <= 0) seconds = 300;
  goodFor = 1000UL * min(seconds - min(60L, seconds / 2), 86400L);
  return Outcome::ok;
}

// --- the separate task ---

#if REFRESH_IN_TASK
SemaphoreHandle_t sharing = xSemaphoreCreateMutex();
String shared;

void keepFresh(void *) {
  for (;;) {
    String token = accessToken();
    xSemaphoreTake(sharing, portMAX_DELAY);
    shared = token;
    xSemaphoreGive(sharing);
    delay(1000);
  }
}

String sharedToken() {
  xSemaphoreTake(sharing, portMAX_DELAY);
  String token = shared;
  xSemaphoreGive(sharing);
  return token;
}
#endif

// --- the config ---

void readConfig() {
#ifdef SECRET_OAUTH2_REFRESH_TOKEN
  endpoint = SECRET_OAUTH2_TOKEN_ENDPOINT;
  clientId = SECRET_OAUTH2_CLIENT_ID;
  flashedToken = SECRET_OAUTH2_REFRESH_TOKEN;
#ifdef SECRET_OAUTH2_CLIENT_SECRET
  clientSecret = SECRET_OAUTH2_CLIENT_SECRET;
#endif
#ifdef SECRET_OAUTH2_TOKEN_ENDPOINT_AUTH_METHOD
  authMethod = SECRET_OAUTH2_TOKEN_ENDPOINT_AUTH_METHOD;
#endif
#ifdef SECRET_OAUTH2_REFRESH_TOKEN_USAGE
  storing = String(SECRET_OAUTH2_REFRESH_TOKEN_USAGE) != "keep";
#endif
#else
  preferences.begin("oauth2", true);
  endpoint = preferences.getString("token_endpoint");
  clientId = preferences.getString("client_id");
  flashedToken = preferences.getString("refresh_token");
  clientSecret = preferences.getString("client_secret");
  authMethod = preferences.getString("auth_method");
  storing = preferences.getString("token_usage") != "keep";
  preferences.end();
#endif
  if (authMethod == "") authMethod = clientSecret == "" ? "none" : "client_secret_basic";
  if (endpoint.startsWith("http://")) say("warning: " + endpoint + " is plain http: anyone on the network can read the tokens");
}

// Returns what is wrong with the config, or "".
String configProblem() {
  if (flashedToken == "") return "there is no refresh token: download arduino_secrets.h or nvs.csv from Offline Token Mint, and flash it";
  if (!endpoint.startsWith("https://") && !endpoint.startsWith("http://")) return "the token endpoint must begin with https://";
  if (clientId == "") return "the config lacks the client id: download it again";
  if (clientSecret == "<CLIENT_SECRET>") return "the client secret still is <CLIENT_SECRET>: write the client's secret in its place";
  if (authMethod == "none") return "";
  if (authMethod != "client_secret_basic" && authMethod != "client_secret_basic_raw" && authMethod != "client_secret_post") {
    return "the auth method must be client_secret_basic, client_secret_basic_raw, client_secret_post or none";
  }
  return clientSecret == "" ? "the config lacks the client secret: download it again" : "";
}

// --- storing the refresh token: in two NVS slots in turn, so that a power cut can't damage the older one ---

int keptSlot = 1;
unsigned long keptCount = 0;
const size_t countLength = 10, markLength = 16;

// Returns a hash of the flashed token (FNV-1a, 64 bits). A stored token with another hash came from another flashed token.
String mark() {
  uint64_t hash = 14695981039346656037ULL;
  for (const char *at = flashedToken.c_str(); *at != '\0'; at++) hash = (hash ^ static_cast<uint8_t>(*at)) * 1099511628211ULL;
  char hex[markLength + 1];
  snprintf(hex, sizeof hex, "%08lx%08lx", static_cast<unsigned long>(hash >> 32), static_cast<unsigned long>(hash & 0xffffffff));
  return String(hex);
}

// Loads the newest token. Returns whether NVS can store a token, which we must know before we use up a one-time token.
bool loadRefreshToken() {
  if (refreshToken == "") {
    refreshToken = flashedToken;
    for (int slot = 0; slot < 2 && storing; slot++) {
      String record = readSlot(slot);  // a count, the hash of the flashed token, the stored token
      unsigned long count = record.substring(0, countLength).toInt();
      if (record.substring(countLength, countLength + markLength) != mark() || count <= keptCount) continue;
      refreshToken = record.substring(countLength + markLength);
      keptSlot = slot;
      keptCount = count;
      kept = true;
    }
  }
  return !storing || kept || save();
}

void keep(const char *newest) {
  if (!storing || refreshToken == newest) return;
  refreshToken = newest;
  if (save()) return;
  say("WARNING: the new refresh token (" + String(refreshToken.length()) +
      " characters) can't be kept in NVS and is lost if the power fails: give nvs more space");
}

bool save() {
  char count[countLength + 1];
  snprintf(count, sizeof count, "%010lu", keptCount + 1);
  String record = String(count) + mark() + refreshToken;
  int slot = 1 - keptSlot;
  preferences.begin("oauth2");
  preferences.remove(slotName(slot));  // makes room; the other slot still has the token before this one
  if (refreshToken.length() <= longestToken) preferences.putBytes(slotName(slot), record.c_str(), record.length());
  preferences.end();
  kept = readSlot(slot) == record;
  if (!kept) return false;
  keptSlot = slot;
  keptCount++;
  return true;
}

String readSlot(int slot) {
  static char record[countLength + markLength + longestToken + 1];
  preferences.begin("oauth2");
  size_t length = preferences.isKey(slotName(slot)) ? preferences.getBytes(slotName(slot), record, sizeof record - 1) : 0;
  preferences.end();
  record[length] = '\0';
  return String(record);
}

const char *slotName(int slot) { return slot == 0 ? "kept_a" : "kept_b"; }

// --- one request ---

// Sends the refresh request (RFC 6749 section 6) and reads the answer. Returns what went wrong, or "".
String ask(Answer &answer) {
  unsigned long began = millis();
  bool overTls = endpoint.startsWith("https://");
  int begin = endpoint.indexOf("://") + 3, slash = endpoint.indexOf('/', begin);
  String authority = slash < 0 ? endpoint.substring(begin) : endpoint.substring(begin, slash);
  int colon = authority.lastIndexOf(':');
  String host = colon < 0 ? authority : authority.substring(0, colon);
  int port = colon < 0 ? (overTls ? 443 : 80) : authority.substring(colon + 1).toInt();

  WiFiClient plain;
  WiFiClientSecure secure;
  secure.setHandshakeTimeout(10);
#ifdef SECRET_OAUTH2_CA
  secure.setCACert(SECRET_OAUTH2_CA);
#else
  secure.useBuiltinCACertBundle();
#endif
  WiFiClient &client = overTls ? secure : plain;
  if (!client.connect(host.c_str(), port, 10000)) {
    char reason[100] = "";
    if (overTls) secure.lastError(reason, sizeof reason);
    return "can't connect to " + authority + (overTls ? String(": ") + reason + "; check SECRET_OAUTH2_CA and the clock" : String(""));
  }
  void *parts = malloc(2 * largestAnswer);  // for parsing the answer
  free(parts);
  String all;
  if (parts == nullptr || !all.reserve(largestAnswer)) return "not enough memory for an answer: free some, or refresh before the rest starts";
  String request = requestText(authority, slash < 0 ? "/" : endpoint.substring(slash));
  client.write(reinterpret_cast<const uint8_t *>(request.c_str()), request.length());
  bool whole = readAnswer(client, all, began);
  client.stop();
  if (!whole) return "no whole answer from " + authority + "; the provider may have replaced the refresh token";
  takeApart(all, answer);
  return "";
}

String requestText(const String &authority, const String &path) {
  String credentials, body = "grant_type=refresh_token&refresh_token=" + form(refreshToken);
  if (authMethod == "client_secret_basic") credentials = form(clientId) + ":" + form(clientSecret);  // section 2.3.1: form-encoded first
  else if (authMethod == "client_secret_basic_raw") credentials = clientId + ":" + clientSecret;
  else body += "&client_id=" + form(clientId);
  if (authMethod == "client_secret_post") body += "&client_secret=" + form(clientSecret);
  String head = "POST " + path + " HTTP/1.1\r\nHost: " + authority + "\r\nConnection: close\r\nAccept: application/json\r\n";
  if (credentials != "") head += "Authorization: Basic " + base64::encode(credentials) + "\r\n";
  return head + "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: " + String(body.length()) + "\r\n\r\n" + body;
}

// Encodes one value as application/x-www-form-urlencoded.
String form(const String &text) {
  String encoded;
  for (const char *at = text.c_str(); *at != '\0'; at++) {
    unsigned char c = *at;
    char hex[4];
    snprintf(hex, sizeof hex, "%%%02X", c);
    if (isalnum(c) || strchr("*-._", c)) encoded += static_cast<char>(c);
    else encoded += c == ' ' ? "+" : hex;
  }
  return encoded;
}

// Reads until the answer is complete, the connection ends, or the time is over. Returns whether it is complete.
bool readAnswer(WiFiClient &client, String &all, unsigned long began) {
  uint8_t bytes[256];
  while (millis() - began < longestCall && all.length() < largestAnswer) {
    int waiting = client.available();
    if (waiting > 0) {
      int count = client.read(bytes, min(static_cast<size_t>(waiting), sizeof bytes));
      if (count > 0) all.concat(reinterpret_cast<const char *>(bytes), count);
      if (isWhole(all, false)) return true;
    } else if (!client.connected()) {
      return isWhole(all, true);
    } else {
      delay(10);
    }
  }
  return false;
}

// Returns whether the answer is complete. If no header says how long it is, it ends with the connection.
bool isWhole(const String &all, bool ended) {
  int body = all.indexOf("\r\n\r\n") + 4;
  if (body < 4) return false;
  String unchunked;
  if (header(all, "transfer-encoding").indexOf("chunked") >= 0) return withoutChunks(all.substring(body), unchunked);
  String length = header(all, "content-length");
  return length == "" ? ended : static_cast<long>(all.length()) - body >= length.toInt();
}

void takeApart(const String &all, Answer &answer) {
  answer.status = all.substring(all.indexOf(' ') + 1).toInt();
  answer.asked = header(all, "retry-after").toInt();
  answer.body = all.substring(all.indexOf("\r\n\r\n") + 4);
  if (header(all, "transfer-encoding").indexOf("chunked") >= 0) withoutChunks(String(answer.body), answer.body);
  if (answer.body.startsWith("\xEF\xBB\xBF")) answer.body = answer.body.substring(3);
}

// Returns the value of a header field, in lower case.
String header(const String &all, const String &name) {
  String head = all.substring(0, all.indexOf("\r\n\r\n") + 2);
  head.toLowerCase();
  int at = head.indexOf("\r\n" + name + ":");
  if (at < 0) return "";
  String value = head.substring(at + name.length() + 3, head.indexOf("\r\n", at + 2));
  value.trim();
  return value;
}

// Returns whether the last chunk has come. If so, sets the body.
bool withoutChunks(const String &chunked, String &body) {
  body = "";
  for (int at = 0;;) {
    int end = chunked.indexOf("\r\n", at);
    if (end < 0) return false;
    long size = strtol(chunked.c_str() + at, nullptr, 16);
    if (size <= 0) return true;
    body += chunked.substring(end + 2, end + 2 + size);
    at = end + 2 + size + 2;
  }
}

// RFC 6749 appendix A.12 and A.17: printable ASCII, nothing else
bool isToken(const char *text) {
  if (*text == '\0') return false;
  for (; *text != '\0'; text++) {
    if (*text < ' ' || *text > '~') return false;
  }
  return true;
}

// --- what went wrong ---

const char *const deadErrors[] = {"invalid_grant", "bad_refresh_token", "token_inactive", "invalid_code", nullptr};
const char *const deadWords[] = {
  "RefreshToken refresh_token invalid", "is invalid or has already been claimed by another client", "Refresh token expired", nullptr,
};
// Refused for now: after a person has fixed it, the same token works again (Keycloak, Entra).
const char *const refusedWords[] = {
  "User disabled", "offline access not granted anymore", "Invalid token issuer",
  "Token client and authorized client don't match", "AADSTS50076", "AADSTS50079", "AADSTS53003", nullptr,
};
const char *const clientErrors[] = {"invalid_client", "unauthorized_client", "incorrect_client_credentials", nullptr};
const char *const busyErrors[] = {"temporarily_unavailable", "server_error", "slow_down", nullptr};

Outcome refused(int status, const String &error, const String &description) {
  String said = error.length() > 0 ? " (" + printable(error + ": " + description) + ")" : String("");
  if (holdsOneOf(description, refusedWords)) {
    return fixFirst("the provider refuses the refresh token for now" + said + ". It is not dead: fix that at the provider");
  }
  if (holdsOneOf(error, deadErrors) || holdsOneOf(description, deadWords)) {
    say("the refresh token does not work any more" + said + ". Mint a new one with Offline Token Mint and flash it.");
    return Outcome::dead;
  }
  if (holdsOneOf(error, clientErrors)) {
    return fixFirst("the provider refused the client's credentials" + said + ". Check the client's id, secret and auth method.");
  }
  if (error.length() > 0 && !holdsOneOf(error, busyErrors) && (status == 200 || status == 400 || status == 401)) {
    return fixFirst("the provider refused, with status " + String(status) + said + ". Check the config against the client's registration.");
  }
  bool redirect = status >= 300 && status < 400;
  return later(endpoint + " answered " + String(status) + said +
               (redirect ? ", a redirect, which this program does not follow" : "") +
               ": is it the network's sign-in page? If that does not help, check the token endpoint");
}

bool holdsOneOf(const String &text, const char *const *list) {
  for (; *list != nullptr; list++) {
    int at = text.indexOf(*list);
    if (at >= 0 && !isdigit(text.c_str()[at + strlen(*list)])) return true;  // AADSTS500760 is another code
  }
  return false;
}

Outcome fixFirst(const String &message) {
  say(message);
  return Outcome::fixFirst;
}

Outcome later(const String &message) {
  say(message + "; trying again");
  return Outcome::later;
}

// Returns milliseconds: about 2 s after the first failure, then twice as long each time, up to an hour. The random part spreads
// the retries of many boards.
unsigned long pauseAfter(long asked) {
  static int failures = 0;
  if (outcome == Outcome::ok) return failures = 0;
  long seconds = outcome == Outcome::fixFirst ? 3600 : min(1L << min(++failures, 12), 3600L);
  return 1000UL * min(max(seconds, asked), 86400L) + random(seconds * 1000);
}

void say(const String &message) {
  Serial.print("# ");
  Serial.println(message);
}

String printable(const String &text) {
  String plain = text.substring(0, 300);
  plain.replace(refreshToken, "...");
  for (size_t i = 0; i < plain.length(); i++) {
    if (plain[i] < ' ' || plain[i] > '~') plain.setCharAt(i, ' ');
  }
  return plain;
}

// --- the network ---

void startNetwork() {
  WiFi.mode(WIFI_STA);
  WiFi.begin(SECRET_SSID, SECRET_PASS);
  for (int waited = 0; WiFi.status() != WL_CONNECTED && waited < 60; waited++) delay(500);
  if (WiFi.status() != WL_CONNECTED) say("no WiFi yet: check SECRET_SSID and SECRET_PASS");
  configTime(0, 0, "pool.ntp.org", "time.nist.gov");  // tries in the background until the clock is set
}
