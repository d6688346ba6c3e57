# moondial_embed(TARGET <target> NAME <symbol> BASE <dir> FILES <files ...>)
# Puts text files into a target. Code that links the target says
#   #include "embed/<symbol>.h"
#   for (const moondial::EmbeddedFile& file : moondial::embedded::<symbol>()) ...
# where file.name is the path relative to BASE, '/'-separated, sorted; file.text has every byte and
# lives as long as the process. A changed file is embedded again by the next build; to notice new
# files, list them with file(GLOB_RECURSE ... CONFIGURE_DEPENDS ...).
function(moondial_embed)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "TARGET;NAME;BASE" "FILES")
  if(NOT arg_TARGET OR NOT arg_NAME OR NOT arg_BASE OR arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "moondial_embed: TARGET, NAME, BASE and FILES are needed")
  endif()
  set(dir "${CMAKE_BINARY_DIR}/generated/embed")
  set(files)
  foreach(file IN LISTS arg_FILES)
    cmake_path(ABSOLUTE_PATH file BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" NORMALIZE)
    list(APPEND files "${file}")
  endforeach()
  list(SORT files)
  cmake_path(ABSOLUTE_PATH arg_BASE BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" NORMALIZE)

  configure_file("${PROJECT_SOURCE_DIR}/cmake/embedded_file.h.in" "${dir}/embedded_file.h" COPYONLY)
  set(MOONDIAL_EMBED_NAME ${arg_NAME})
  configure_file("${PROJECT_SOURCE_DIR}/cmake/embedded_list.h.in" "${dir}/${arg_NAME}.h" @ONLY)
  # The list goes through a file: it may be long, and a file that is taken away must count as a change.
  file(CONFIGURE OUTPUT "${dir}/${arg_NAME}.list" CONTENT "${files}" @ONLY)

  set(script "${PROJECT_SOURCE_DIR}/cmake/embed_files.cmake")
  add_custom_command(OUTPUT "${dir}/${arg_NAME}.cc"
    COMMAND "${CMAKE_COMMAND}" "-DOUT=${dir}/${arg_NAME}.cc" "-DNAME=${arg_NAME}" "-DBASE=${arg_BASE}"
            "-DLIST=${dir}/${arg_NAME}.list" -P "${script}"
    DEPENDS ${files} "${dir}/${arg_NAME}.list" "${script}"
    COMMENT "Embedding ${arg_NAME}" VERBATIM)
  target_sources(${arg_TARGET} PRIVATE "${dir}/${arg_NAME}.cc")
  set_source_files_properties("${dir}/${arg_NAME}.cc" PROPERTIES
    SKIP_PRECOMPILE_HEADERS ON SKIP_UNITY_BUILD_INCLUSION ON)
  target_include_directories(${arg_TARGET} PUBLIC "${CMAKE_BINARY_DIR}/generated")
endfunction()
