// Real TLS by OpenSSL, with the core's habits: without an authority it trusts no server, and an error is a number with a text.
// The built-in bundle is what the machine trusts. There is no setInsecure: a sketch that calls it does not compile.
#pragma once

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "WiFi.h"

class WiFiClientSecure : public WiFiClient {
 public:
  WiFiClientSecure() { SSL_CTX_set_verify(context_, SSL_VERIFY_PEER, nullptr); }
  ~WiFiClientSecure() override {
    stop();
    SSL_CTX_free(context_);
  }
  int connect(const char *host, uint16_t port, int32_t timeout) override {
    if (!WiFiClient::connect(host, port, timeout)) return 0;
    timeval limit{static_cast<time_t>(handshake_ / boardSpeed), 999999};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ssl_ = SSL_new(context_);
    SSL_set_fd(ssl_, socket_);
    SSL_set_tlsext_host_name(ssl_, host);
    if (!X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_), host)) SSL_set1_host(ssl_, host);
    if (SSL_connect(ssl_) == 1) return 1;
    long verified = SSL_get_verify_result(ssl_);
    error_ = verified == X509_V_OK ? "the handshake failed" : X509_verify_cert_error_string(verified);
    stop();
    return 0;
  }
  size_t write(const uint8_t *bytes, size_t length) override { return max(SSL_write(ssl_, bytes, length), 0); }
  int available() override {
    char byte;
    if (ssl_ == nullptr) return 0;
    if (SSL_pending(ssl_) == 0 && readable() && SSL_peek(ssl_, &byte, 1) <= 0) stop();
    return ssl_ ? SSL_pending(ssl_) : 0;
  }
  int read(uint8_t *bytes, size_t length) override { return SSL_read(ssl_, bytes, length); }
  uint8_t connected() override { return available() > 0 || ssl_ != nullptr; }
  void stop() override {
    if (ssl_ != nullptr) SSL_free(ssl_);
    ssl_ = nullptr;
    WiFiClient::stop();
  }
  void setCACert(const char *authority) {
    BIO *text = BIO_new_mem_buf(authority, -1);
    while (X509 *certificate = PEM_read_bio_X509(text, nullptr, nullptr, nullptr)) {
      X509_STORE_add_cert(SSL_CTX_get_cert_store(context_), certificate);
      X509_free(certificate);
    }
    BIO_free(text);
  }
  void useBuiltinCACertBundle() { SSL_CTX_set_default_verify_paths(context_); }
  void setHandshakeTimeout(unsigned long seconds) { handshake_ = seconds; }
  int lastError(char *text, size_t size) {
    snprintf(text, size, "%s", error_);
    return -1;
  }

 private:
  bool readable() {
    pollfd ready{socket_, POLLIN, 0};
    return poll(&ready, 1, 0) == 1;
  }
  SSL_CTX *context_ = SSL_CTX_new(TLS_client_method());
  SSL *ssl_ = nullptr;
  unsigned long handshake_ = 120;
  const char *error_ = "can't connect";
};
