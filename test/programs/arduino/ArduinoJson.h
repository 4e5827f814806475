// ArduinoJson 7 as far as refresh.ino uses it: a missing member, or one of another kind, gives what stands after the "|".
#pragma once

#include <map>

#include "Arduino.h"

struct JsonVariantConst {
  const std::string *text;
  const long *number;
  const char *operator|(const char *otherwise) const { return text ? text->c_str() : otherwise; }
  long operator|(long otherwise) const { return number ? *number : otherwise; }
};

struct JsonDocument {
  std::map<std::string, std::string> texts;
  std::map<std::string, long> numbers;

  JsonVariantConst operator[](const char *name) const {
    auto text = texts.find(name);
    auto number = numbers.find(name);
    return {text == texts.end() ? nullptr : &text->second, number == numbers.end() ? nullptr : &number->second};
  }
};

// True when something is wrong, as the real one's.
using DeserializationError = bool;
DeserializationError deserializeJson(JsonDocument &document, const String &text);
