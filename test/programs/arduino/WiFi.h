// A network that is up, and its TCP connections.
#pragma once

#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "Arduino.h"

enum { WIFI_STA, WL_CONNECTED };

struct WiFiClass {
  void mode(int) {}
  void begin(const char *, const char *) {}
  int status() { return WL_CONNECTED; }
};
inline WiFiClass WiFi;

class WiFiClient {
 public:
  virtual ~WiFiClient() { stop(); }
  virtual int connect(const char *host, uint16_t port, int32_t) {
    addrinfo hints{}, *found = nullptr;
    hints.ai_family = AF_INET;
    hints.ai_socktype = SOCK_STREAM;
    if (getaddrinfo(host, std::to_string(port).c_str(), &hints, &found) != 0) return 0;
    socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
    int failed = ::connect(socket_, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    if (failed) stop();
    return !failed;
  }
  size_t write(const uint8_t *bytes, size_t length) {
    ssize_t sent = send(socket_, bytes, length, MSG_NOSIGNAL);
    return sent < 0 ? 0 : sent;
  }
  int available() {
    int waiting = 0;
    if (socket_ >= 0) ioctl(socket_, FIONREAD, &waiting);
    return waiting;
  }
  int read(uint8_t *bytes, size_t length) { return recv(socket_, bytes, length, MSG_DONTWAIT); }
  uint8_t connected() {
    if (socket_ < 0) return 0;
    if (available() > 0) return 1;
    char byte;
    return recv(socket_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
  }
  void stop() {
    if (socket_ >= 0) close(socket_);
    socket_ = -1;
  }

 private:
  int socket_ = -1;
};
