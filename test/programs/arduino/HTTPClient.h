// The core's HTTP client, as far as refresh.ino uses it, with the core's own habits: end() forgets, errors are negative numbers.
#pragma once

#include <map>

#include "WiFi.h"

#define HTTPC_ERROR_CONNECTION_REFUSED (-1)
#define HTTPC_ERROR_CONNECTION_LOST (-5)
#define HTTPC_ERROR_TOO_LESS_RAM (-8)
#define HTTPC_ERROR_READ_TIMEOUT (-11)
enum followRedirects_t { HTTPC_DISABLE_FOLLOW_REDIRECTS, HTTPC_STRICT_FOLLOW_REDIRECTS, HTTPC_FORCE_FOLLOW_REDIRECTS };

class HTTPClient {
 public:
  bool begin(WiFiClient &client, String url) {
    client_ = &client;
    std::string rest = url.c_str();
    port_ = rest.rfind("https:", 0) == 0 ? 443 : 80;
    rest = rest.substr(rest.find("//") + 2);
    size_t slash = std::min(rest.find('/'), rest.size());
    path_ = slash < rest.size() ? rest.substr(slash) : "/";
    host_ = rest.substr(0, slash);
    size_t colon = host_.find(':');
    if (colon != std::string::npos) {
      port_ = atoi(host_.c_str() + colon + 1);
      host_ = host_.substr(0, colon);
    }
    return true;
  }
  void useHTTP10(bool yes = true) { version_ = yes ? "1.0" : "1.1"; }
  void setFollowRedirects(followRedirects_t follow) { follow_ = follow; }
  void setConnectTimeout(int32_t milliseconds) { connectTimeout_ = milliseconds; }
  void setTimeout(uint16_t milliseconds) { timeout_ = milliseconds; }
  void collectHeaders(const char *names[], const size_t count) {
    for (size_t i = 0; i < count; i++) collected_[names[i]] = "";
  }
  void addHeader(const String &name, const String &value) { headers_ += std::string(name.c_str()) + ": " + value.c_str() + "\r\n"; }
  void setAuthorization(const char *user, const char *password) {
    addHeader("Authorization", ("Basic " + base64(std::string(user) + ":" + password)).c_str());
  }

  int POST(String body) {
    if (!client_->connect(host_.c_str(), port_, connectTimeout_)) return HTTPC_ERROR_CONNECTION_REFUSED;
    std::string request = "POST " + path_ + " HTTP/" + version_ + "\r\nHost: " + host_ + ":" + std::to_string(port_) +
                          "\r\nConnection: close\r\nContent-Length: " + std::to_string(body.length()) + "\r\n" + headers_ +
                          "\r\n" + body.c_str();
    client_->write(reinterpret_cast<const uint8_t *>(request.data()), request.size());
    return readHeader();
  }
  int getSize() { return size_; }
  bool connected() { return client_ && client_->connected(); }
  WiFiClient *getStreamPtr() { return connected() ? client_ : nullptr; }
  String header(const char *name) { return collected_[name].c_str(); }
  void end() { client_->stop(); }
  static String errorToString(int error) {
    switch (error) {
      case HTTPC_ERROR_CONNECTION_REFUSED: return "connection refused";
      case HTTPC_ERROR_CONNECTION_LOST: return "connection lost";
      case HTTPC_ERROR_READ_TIMEOUT: return "read Timeout";
      default: return "";
    }
  }

 private:
  int readHeader() {
    int status = 0;
    std::string line;
    for (unsigned long last = millis(); connected();) {
      uint8_t byte;
      if (client_->available() == 0) {
        if (millis() - last > timeout_) return HTTPC_ERROR_READ_TIMEOUT;
        delay(10);
        continue;
      }
      last = millis();
      client_->read(&byte, 1);
      if (byte != '\n') {
        if (byte != '\r') line += static_cast<char>(byte);
        continue;
      }
      if (line.empty()) return status;
      if (status == 0) status = atoi(line.c_str() + line.find(' '));
      else readField(line);
      line.clear();
    }
    return HTTPC_ERROR_CONNECTION_LOST;
  }
  void readField(const std::string &line) {
    size_t colon = line.find(':');
    std::string name = line.substr(0, colon), value = line.substr(line.find_first_not_of(' ', colon + 1));
    if (strcasecmp(name.c_str(), "content-length") == 0) size_ = atoi(value.c_str());
    for (auto &entry : collected_) {
      if (strcasecmp(entry.first.c_str(), name.c_str()) == 0) entry.second = value;
    }
  }
  static std::string base64(const std::string &text) {
    const char *alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    for (size_t i = 0; i < text.size(); i += 3) {
      unsigned bits = 0;
      for (size_t j = 0; j < 3; j++) bits = bits << 8 | (i + j < text.size() ? static_cast<unsigned char>(text[i + j]) : 0);
      for (size_t j = 0; j < 4; j++) out += i + j > text.size() ? '=' : alphabet[bits >> (18 - 6 * j) & 63];
    }
    return out;
  }

  WiFiClient *client_ = nullptr;
  std::string host_, path_, headers_, version_ = "1.1";
  std::map<std::string, std::string> collected_;
  uint16_t port_ = 80, timeout_ = 5000;
  int32_t connectTimeout_ = 5000;
  int size_ = -1;
  followRedirects_t follow_ = HTTPC_DISABLE_FOLLOW_REDIRECTS;
};
