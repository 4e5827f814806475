// The board: runs the sketch in this folder for as many rounds as BOARD_ROUNDS says, and tells its outcome as the exit code.
#include "all.h"

#include "refresh.ino"

int main() {
  const char *rounds = getenv("BOARD_ROUNDS");
  setup();
  for (int round = rounds ? atoi(rounds) : 1; round > 0; round--) loop();
  return static_cast<int>(outcome);
}
