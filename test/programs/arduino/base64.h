// The core's base64, of one String.
#pragma once

#include "Arduino.h"

class base64 {
 public:
  static String encode(const String &text) {
    const char *alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    String out;
    for (unsigned i = 0; i < text.length(); i += 3) {
      unsigned bits = 0;
      for (unsigned j = 0; j < 3; j++) bits = bits << 8 | (i + j < text.length() ? static_cast<unsigned char>(text[i + j]) : 0);
      for (unsigned j = 0; j < 4; j++) out += i + j > text.length() ? '=' : alphabet[bits >> (18 - 6 * j) & 63];
    }
    return out;
  }
};
