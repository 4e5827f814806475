// NVS in a folder, with its limits: a key has 15 characters, a string 4000 bytes with its end, and a write is all or nothing.
#pragma once

#include <sys/stat.h>

#include <fstream>
#include <sstream>

#include "Arduino.h"

class Preferences {
 public:
  bool begin(const char *name, bool) {
    if (strlen(name) > 15) return false;
    folder_ = std::string("nvs-") + name;
    mkdir(folder_.c_str(), 0700);
    return true;
  }
  void end() { folder_.clear(); }
  bool isKey(const char *key) { return std::ifstream(path(key)).good(); }
  size_t putString(const char *key, const char *value) {
    if (folder_.empty() || strlen(key) > 15 || strlen(value) > 3999 || getenv("NVS_FULL")) return 0;
    std::ofstream(path(key) + ".next") << value;
    rename((path(key) + ".next").c_str(), path(key).c_str());
    std::ofstream("flash-writes", std::ios::app) << key << "\n";
    return strlen(value);
  }
  size_t getString(const char *key, char *value, size_t size) {
    std::stringstream all;
    all << std::ifstream(path(key)).rdbuf();
    if (all.str().size() + 1 > size) return 0;
    strcpy(value, all.str().c_str());
    return all.str().size() + 1;
  }

 private:
  std::string path(const char *key) { return folder_ + "/" + key; }
  std::string folder_;
};
