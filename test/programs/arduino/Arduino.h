// The part of the ESP32 Arduino core that refresh.ino uses, on the machine that runs the tests: real sockets, real time.
#pragma once

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <random>
#include <string>
#include <unistd.h>

#define ESP_ARDUINO_VERSION_VAL(major, minor, patch) ((major) * 65536 + (minor) * 256 + (patch))
#ifndef ESP_ARDUINO_VERSION
#define ESP_ARDUINO_VERSION ESP_ARDUINO_VERSION_VAL(3, 3, 12)
#endif

using std::max;
using std::min;

class String {
 public:
  String(const char *text = "") : text_(text) {}
  explicit String(int number) : text_(std::to_string(number)) {}
  explicit String(unsigned number) : text_(std::to_string(number)) {}
  explicit String(long number) : text_(std::to_string(number)) {}
  explicit String(unsigned long number) : text_(std::to_string(number)) {}

  unsigned length() const { return text_.size(); }
  const char *c_str() const { return text_.c_str(); }
  char operator[](unsigned index) const { return text_[index]; }
  void setCharAt(unsigned index, char c) { text_[index] = c; }
  bool concat(const char *bytes, unsigned count) {
    text_.append(bytes, count);
    return true;
  }
  String &operator+=(const String &other) {
    text_ += other.text_;
    return *this;
  }
  String &operator+=(const char *other) {
    text_ += other;
    return *this;
  }
  String &operator+=(char c) {
    text_ += c;
    return *this;
  }
  bool operator==(const String &other) const { return text_ == other.text_; }
  bool operator==(const char *other) const { return text_ == other; }
  bool startsWith(const String &start) const { return text_.rfind(start.text_, 0) == 0; }
  bool equalsIgnoreCase(const String &other) const { return strcasecmp(c_str(), other.c_str()) == 0; }
  int indexOf(const char *part, unsigned from = 0) const {
    size_t at = text_.find(part, from);
    return at == std::string::npos ? -1 : static_cast<int>(at);
  }
  String substring(unsigned begin) const { return substring(begin, length()); }
  String substring(unsigned begin, unsigned end) const {
    begin = min(begin, length());
    return String(text_.substr(begin, min(end, length()) - begin).c_str());
  }
  long toInt() const { return atol(c_str()); }

 private:
  std::string text_;
};

inline String operator+(String left, const String &right) { return left += right; }
inline String operator+(String left, const char *right) { return left += right; }

// Lines that begin with "# " are messages, and go where the other programs put theirs.
class HardwareSerial {
 public:
  void begin(unsigned long) {}
  void print(const String &text) { line_ += text; }
  void println(const String &text) {
    line_ += text;
    bool message = line_.startsWith("# ");
    fprintf(message ? stderr : stdout, "%s\n", line_.c_str() + (message ? 2 : 0));
    line_ = "";
  }

 private:
  String line_;
};
inline HardwareSerial Serial;

// Waits for real, but for the long sleep between two rounds.
inline void delay(unsigned long milliseconds) {
  if (milliseconds < 60000) usleep(milliseconds * 1000);
}

inline unsigned long millis() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000UL + now.tv_nsec / 1000000;
}

inline long random(long end) {
  static std::mt19937 generator{std::random_device{}()};
  return end > 0 ? static_cast<long>(generator() % static_cast<unsigned long>(end)) : 0;
}

inline void configTime(long, int, const char *, const char *) {}
