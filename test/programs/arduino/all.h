// Compiled once for all tests.
#include "Arduino.h"
#include "ArduinoJson.h"
#include "Preferences.h"
#include "WiFi.h"
#include "WiFiClientSecure.h"
#include "base64.h"
