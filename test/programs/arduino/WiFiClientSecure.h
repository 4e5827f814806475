// Speaks no TLS: it keeps what it was told, and connects to nothing. There is no setInsecure: a sketch that calls it does not compile.
#pragma once

#include "WiFi.h"

class WiFiClientSecure : public WiFiClient {
 public:
  int connect(const char *host, uint16_t port, int32_t) override {
    fprintf(stderr, "TLS to %s:%u, trusting %s, for %lu s\n", host, port, trusted_, handshake_);
    return 0;
  }
  void setCACert(const char *authority) { trusted_ = authority; }
  void useBuiltinCACertBundle() { trusted_ = "the bundle"; }
  void setHandshakeTimeout(unsigned long seconds) { handshake_ = seconds; }

 private:
  const char *trusted_ = "nobody";
  unsigned long handshake_ = 120;
};
