// NVS in a folder, with its limits: a key has 15 characters, a string 4000 bytes with its end, all together must fit, and a value
// that is replaced needs room beside the old one. The power can be cut at the n-th write (POWER_CUT=n): what is written then is gone.
#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "Arduino.h"

class Preferences {
 public:
  bool begin(const char *name, bool readOnly = false) {
    if (strlen(name) > 15) return false;
    folder_ = std::string("nvs-") + name;
    readOnly_ = readOnly;
    if (readOnly) return std::filesystem::exists(folder_);
    mkdir(folder_.c_str(), 0700);
    return true;
  }
  void end() { folder_.clear(); }
  bool isKey(const char *key) { return std::ifstream(path(key)).good(); }
  bool remove(const char *key) {
    cutPower();
    return !readOnly_ && std::filesystem::remove(path(key));
  }
  size_t putBytes(const char *key, const void *value, size_t length) {
    if (folder_.empty() || readOnly_ || strlen(key) > 15 || used() + length > 12000 || getenv("NVS_FULL")) return 0;
    cutPower();
    std::ofstream(path(key)).write(static_cast<const char *>(value), length);
    std::ofstream("flash-writes", std::ios::app) << key << "\n";
    cutPower();
    return length;
  }
  size_t getBytes(const char *key, void *value, size_t size) {
    std::string all = content(key);
    if (all.size() > size) return 0;
    memcpy(value, all.data(), all.size());
    return all.size();
  }
  String getString(const char *key, String otherwise = String()) {
    std::string all = content(key);
    return !isKey(key) || all.size() > 3999 ? otherwise : String(all.c_str());
  }

 private:
  std::string path(const char *key) { return folder_ + "/" + key; }
  std::string content(const char *key) {
    std::stringstream all;
    all << std::ifstream(path(key)).rdbuf();
    return all.str();
  }
  size_t used() {
    size_t bytes = 0;
    for (auto &entry : std::filesystem::directory_iterator(folder_)) bytes += entry.file_size() + 64;
    return bytes;
  }
  static bool cutsNow() { return getenv("POWER_CUT") && atoi(getenv("POWER_CUT")) == writes_ + 1; }
  static void cutPower() {
    if (cutsNow()) _exit(99);
    writes_++;
  }
  static inline int writes_ = 0;
  bool readOnly_ = false;
  std::string folder_;
};
