import { API, commands, later, type Part, type Recipe, replaceApi } from './recipe.js'

/** The sketch, which keeps the newest token in the board's NVS; ESP-IDF's partition as another way in. */
export const esp32: Recipe = {
  place: 'esp32',
  steps: ({ saved }) => [
    {
      title: 'Put the header and the sketch into one folder',
      files: ['arduino', 'arduino-program'],
      text: "Replace the network's name and password. You need the esp32 core and the library ArduinoJson 7.",
      code: [
        commands(
          'mkdir -p refresh',
          `mv ${saved('arduino_secrets.h')} refresh/arduino_secrets.h`,
          'mv refresh.ino refresh/',
          "cat >>refresh/arduino_secrets.h <<'end'",
          '#define SECRET_SSID "my network"',
          '#define SECRET_PASS "its password"',
          'end',
        ),
      ],
      ways: [idf(saved('nvs.csv'))],
    },
    {
      title: 'Flash it',
      text: 'Then open the serial port at 115200 baud: the access token comes there. Lines that begin with `#` say what is wrong.',
      code: [
        commands(
          'arduino-cli core install esp32:esp32',
          'arduino-cli lib install ArduinoJson',
          'arduino-cli compile --upload --fqbn esp32:esp32:esp32 --port /dev/ttyUSB0 refresh',
        ),
      ],
      notRun: 'The sketch was compiled and run with stand-ins for the core; no board was at hand.',
    },
    {
      title: 'Call your API',
      text: `In the sketch, \`accessToken()\` returns a good access token; it may block for 150 s. Put this into \`loop()\` in place of the line that prints the token. ${replaceApi}`,
      code: [
        {
          what: 'lines',
          text: `HTTPClient http;  // #include <HTTPClient.h>
http.begin("${API}");
http.addHeader("Authorization", "Bearer " + token);
Serial.println(http.GET());
http.end();`,
        },
      ],
      notRun: 'No board was at hand for these lines.',
    },
    {
      title: 'Keep the token alive',
      text: 'The sketch refreshes when the access token is about to expire. A board that sleeps for weeks must wake up and refresh before the refresh token expires. A token that comes back is stored in NVS before the access token is used; on another Arduino than an ESP32 that is your work.',
    },
    later(
      'To replace it, flash the sketch with the new header: a token that is newly flashed wins over the one in NVS. To take it off the board: `esptool erase_flash`.',
    ),
  ],
}

const idf = (saved: string): Part => ({
  title: 'ESP-IDF, or one firmware for many boards: the token in NVS',
  files: ['nvs'],
  text: 'The sketch reads it from there where the header has no token. `0x9000` and `0x5000` are where the usual partition table has NVS.',
  code: [
    commands(
      'python3 -m pip install esp-idf-nvs-partition-gen esptool',
      `python3 -m esp_idf_nvs_partition_gen generate ${saved} nvs.bin 0x5000`,
      'esptool --port /dev/ttyUSB0 write-flash 0x9000 nvs.bin',
      `rm ${saved} nvs.bin`,
    ),
  ],
  notRun: 'The partition was built and read back; no board was at hand to flash.',
})
