// A network that is up, and its TCP connections.
#pragma once

#include <fcntl.h>
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
  // Gives up after `timeout` milliseconds of the board's clock.
  virtual int connect(const char *host, uint16_t port, int32_t timeout) {
    addrinfo hints{}, *found = nullptr;
    hints.ai_family = AF_INET;
    hints.ai_socktype = SOCK_STREAM;
    if (getaddrinfo(host, std::to_string(port).c_str(), &hints, &found) != 0) return 0;
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    ::connect(socket_, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    pollfd ready{socket_, POLLOUT, 0};
    int failed = poll(&ready, 1, timeout / boardSpeed) != 1;
    socklen_t size = sizeof failed;
    if (!failed) getsockopt(socket_, SOL_SOCKET, SO_ERROR, &failed, &size);
    fcntl(socket_, F_SETFL, 0);
    if (failed) stop();
    return !failed;
  }
  virtual size_t write(const uint8_t *bytes, size_t length) {
    ssize_t sent = send(socket_, bytes, length, MSG_NOSIGNAL);
    return sent < 0 ? 0 : sent;
  }
  virtual int available() {
    int waiting = 0;
    if (socket_ >= 0) ioctl(socket_, FIONREAD, &waiting);
    return waiting;
  }
  virtual int read(uint8_t *bytes, size_t length) { return recv(socket_, bytes, length, MSG_DONTWAIT); }
  virtual uint8_t connected() {
    if (socket_ < 0) return 0;
    if (available() > 0) return 1;
    char byte;
    return recv(socket_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
  }
  virtual void stop() {
    if (socket_ >= 0) close(socket_);
    socket_ = -1;
  }

 protected:
  int socket_ = -1;
};
