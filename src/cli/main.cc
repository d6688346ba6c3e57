#include "cli/app.h"
#include "cli/engine_main.h"
#include "lua/reference.h"

int main(int argc, char** argv) {
  return moondial::cli_main(argc, argv,
                            {&moondial::engine_main, &moondial::loader_entry, &moondial::dsl_types,
                             &moondial::dsl_reference});
#include "cli/record_check.h"

int main(int argc, char** argv) {
  return moondial::cli_main(argc, argv,
                            {&moondial::engine_main, &moondial::loader_entry,
                             &moondial::look_at_file_system, &moondial::look_at_record});
}
