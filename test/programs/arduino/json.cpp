#include <nlohmann/json.hpp>

#include "ArduinoJson.h"

DeserializationError deserializeJson(JsonDocument &document, const String &text) {
  nlohmann::json root = nlohmann::json::parse(text.c_str(), nullptr, false);
  if (root.is_discarded()) return true;
  if (!root.is_object()) return false;
  for (auto &[name, value] : root.items()) {
    if (value.is_string()) document.texts[name] = value;
    if (value.is_number_integer()) document.numbers[name] = value;
  }
  return false;
}
