// The part of the ESP32 Arduino core that refresh.ino uses, on the machine that runs the tests: real sockets, a clock that can run faster.
#pragma once

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <mutex>
#include <random>
#include <string>
#include <thread>
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
  bool reserve(unsigned size) { return !getenv("LOW_MEMORY") && (text_.reserve(size), true); }
  void replace(const String &part, const String &other) {
    for (size_t at = 0; part.length() > 0 && (at = text_.find(part.text_, at)) != std::string::npos; at += other.length()) {
      text_.replace(at, part.length(), other.text_);
    }
  }
  void toLowerCase() {
    for (char &c : text_) c = tolower(c);
  }
  void trim() {
    size_t first = text_.find_first_not_of(" \t\r\n");
    text_ = first == std::string::npos ? "" : text_.substr(first, text_.find_last_not_of(" \t\r\n") - first + 1);
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
  bool operator!=(const String &other) const { return text_ != other.text_; }
  bool operator!=(const char *other) const { return text_ != other; }
  bool startsWith(const String &start) const { return text_.rfind(start.text_, 0) == 0; }
  int indexOf(const String &part, unsigned from = 0) const { return found(text_.find(part.text_, from)); }
  int indexOf(char c, unsigned from = 0) const { return found(text_.find(c, from)); }
  int lastIndexOf(char c) const { return found(text_.rfind(c)); }
  String substring(unsigned begin) const { return substring(begin, length()); }
  String substring(unsigned begin, unsigned end) const {
    if (begin > end) std::swap(begin, end);  // as the core does
    begin = min(begin, length());
    return String(text_.substr(begin, min(end, length()) - begin).c_str());
  }
  long toInt() const { return atol(c_str()); }

 private:
  static int found(size_t at) { return at == std::string::npos ? -1 : static_cast<int>(at); }
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
    printed += !message;
    fprintf(message ? stderr : stdout, "%s\n", line_.c_str() + (message ? 2 : 0));
    line_ = "";
  }
  int printed = 0;  // lines that are not messages

 private:
  String line_;
};
inline HardwareSerial Serial;

// The board's clock goes as many times faster as BOARD_SPEED says, and half a second and more that is slept through costs nothing.
inline double boardSpeed = getenv("BOARD_SPEED") ? atof(getenv("BOARD_SPEED")) : 1;
inline unsigned long slept = 0;

inline void delay(unsigned long milliseconds) {
  if (milliseconds >= 500) slept += milliseconds;
  else usleep(milliseconds * 1000 / boardSpeed);
}

inline unsigned long millis() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  static const timespec start = now;
  return ((now.tv_sec - start.tv_sec) * 1000.0 + (now.tv_nsec - start.tv_nsec) / 1e6) * boardSpeed + slept;
}

inline long random(long end) {
  static std::mt19937 generator{std::random_device{}()};
  return end > 0 ? static_cast<long>(generator() % static_cast<unsigned long>(end)) : 0;
}

inline void configTime(long, int, const char *, const char *) {}

// FreeRTOS, as far as a task and a mutex go.
using SemaphoreHandle_t = std::mutex *;
#define portMAX_DELAY 0xffffffffUL
inline SemaphoreHandle_t xSemaphoreCreateMutex() { return new std::mutex; }
inline int xSemaphoreTake(SemaphoreHandle_t mutex, unsigned long) { return mutex->lock(), 1; }
inline int xSemaphoreGive(SemaphoreHandle_t mutex) { return mutex->unlock(), 1; }
inline int xTaskCreate(void (*task)(void *), const char *, uint32_t, void *argument, unsigned, void *) {
  std::thread(task, argument).detach();
  return 1;
}
