#include "cli/app.h"
#include "cli/engine_main.h"

int main(int argc, char** argv) {
  return moondial::cli_main(argc, argv, {&moondial::engine_main, &moondial::loader_entry});
}
