#include "cli/app.h"
#include "cli/engine_main.h"
#include "cli/record_check.h"
#include "lua/reference.h"

int main(int argc, char** argv) {
  moondial::EntryPoints entries;
  entries.engine = &moondial::engine_main;
  entries.loader = &moondial::loader_entry;
  entries.file_system = &moondial::look_at_file_system;
  entries.record = &moondial::look_at_record;
  entries.dsl_types = &moondial::dsl_types;
  entries.dsl_reference = &moondial::dsl_reference;
  return moondial::cli_main(argc, argv, entries);
}
