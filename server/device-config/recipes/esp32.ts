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
      text: 'Then open the serial port at 115200 baud: the sketch prints the access token there. Lines that begin with `#` say what is wrong.',
      code: [
        commands(
          'arduino-cli core install esp32:esp32',
          'arduino-cli lib install ArduinoJson',
          'arduino-cli compile --upload --fqbn esp32:esp32:esp32 --port /dev/ttyUSB0 refresh',
        ),
      ],
      notRun: 'We compiled the sketch and ran it with a simulated core, but we had no board.',
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
      notRun: 'We had no board for these lines.',
    },
    {
      title: 'Keep the token alive',
      text: 'The sketch refreshes when the access token is about to expire. A board that sleeps for weeks must wake up and refresh before the refresh token expires. The sketch stores each new token in NVS before it uses the access token. On a board other than an ESP32, you must write that part yourself.',
    },
    later(
      'To replace it, flash the sketch with the new header: the board then uses that token, not the one in NVS. To remove the token from the board: `esptool erase_flash`.',
    ),
  ],
}

const idf = (saved: string): Part => ({
  title: 'ESP-IDF, or one firmware for many boards: the token in NVS',
  files: ['nvs'],
  text: 'If the header has no token, the sketch reads it from NVS. In the usual partition table, NVS begins at `0x9000` and is `0x5000` bytes long.',
  code: [
    commands(
      'python3 -m pip install esp-idf-nvs-partition-gen esptool',
      `python3 -m esp_idf_nvs_partition_gen generate ${saved} nvs.bin 0x5000`,
      'esptool --port /dev/ttyUSB0 write-flash 0x9000 nvs.bin',
      `rm ${saved} nvs.bin`,
    ),
  ],
  notRun: 'We built the partition and read it back, but we had no board to flash.',
})
