// The board: runs the sketch in this folder for as many rounds of loop() as BOARD_ROUNDS says, or until it has printed as many access
// tokens as BOARD_TOKENS says. Its outcome is the exit code.
#include "all.h"

#include "refresh.ino.cpp"

int main() {
  const char *rounds = getenv("BOARD_ROUNDS"), *tokens = getenv("BOARD_TOKENS");
  setup();
  for (int round = rounds ? atoi(rounds) : 1; round > 0; round--) {
    loop();
    if (tokens && Serial.printed >= atoi(tokens)) break;
    if (REFRESH_IN_TASK) usleep(10000);
  }
  fflush(nullptr);
  _exit(static_cast<int>(outcome));
}
