// What every core does with a sketch, once.
void setup();
void loop();

int main() {
  setup();
  loop();
}
