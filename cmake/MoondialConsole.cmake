# moondial_embed_console(TARGET <target> ABSENT <source>)
# Bundles web/ with Node and npm, and puts the bundle into a target, compressed, to be looked up by
# embed/console.h as with moondial_embed. Without Node, or with MOONDIAL_CONSOLE=OFF, the target gets
# ABSENT instead, and the build goes on.
option(MOONDIAL_CONSOLE "Put the console into the binary (takes Node 18 and npm)" ON)

find_program(MOONDIAL_NPM npm)
find_program(MOONDIAL_NODE NAMES node nodejs)
set(MOONDIAL_HAS_CONSOLE OFF)
if(MOONDIAL_CONSOLE AND MOONDIAL_NPM AND MOONDIAL_NODE)
  set(MOONDIAL_HAS_CONSOLE ON)
elseif(MOONDIAL_CONSOLE)
  message(STATUS "There is no node or no npm here: the binary goes without the console")
endif()

function(moondial_embed_console)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "TARGET;ABSENT" "")
  set(web "${PROJECT_SOURCE_DIR}/web")
  set(dir "${CMAKE_BINARY_DIR}/generated/embed")
  set(MOONDIAL_EMBED_NAME console)
  configure_file("${PROJECT_SOURCE_DIR}/cmake/embedded_file.h.in" "${dir}/embedded_file.h" COPYONLY)
  configure_file("${PROJECT_SOURCE_DIR}/cmake/embedded_list.h.in" "${dir}/console.h" @ONLY)
  target_include_directories(${arg_TARGET} PUBLIC "${CMAKE_BINARY_DIR}/generated")

  if(NOT MOONDIAL_HAS_CONSOLE)
    target_sources(${arg_TARGET} PRIVATE ${arg_ABSENT})
    return()
  endif()

  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${web}/src/*" "${web}/public/*" "${web}/tools/*")
  list(FILTER sources EXCLUDE REGEX "\\.gen\\.ts$")
  set(installed "${web}/node_modules/.package-lock.json")
  add_custom_command(OUTPUT "${installed}"
    COMMAND "${MOONDIAL_NPM}" ci --silent
    COMMAND "${CMAKE_COMMAND}" -E touch "${installed}"
    DEPENDS "${web}/package.json" "${web}/package-lock.json"
    WORKING_DIRECTORY "${web}" COMMENT "Installing what the console is bundled with" VERBATIM)
  add_custom_command(OUTPUT "${dir}/console.cc"
    COMMAND "${CMAKE_COMMAND}" -E env "MOONDIAL_CONSOLE_OUT=${CMAKE_BINARY_DIR}/console"
            "${MOONDIAL_NPM}" run --silent bundle
    COMMAND "${MOONDIAL_NODE}" tools/embed.mjs "${CMAKE_BINARY_DIR}/console" "${dir}/console.cc"
    DEPENDS ${sources} "${installed}" "${web}/index.html" "${web}/vite.config.ts"
            "${web}/tsconfig.json" "${PROJECT_SOURCE_DIR}/src/http/openapi/schemas.json"
    WORKING_DIRECTORY "${web}" COMMENT "Bundling the console" VERBATIM)
  target_sources(${arg_TARGET} PRIVATE "${dir}/console.cc")
  set_source_files_properties("${dir}/console.cc" PROPERTIES
    SKIP_PRECOMPILE_HEADERS ON SKIP_UNITY_BUILD_INCLUSION ON)
endfunction()

# moondial_test_console(): the files of web/tests are the ctest test "console: pages", against the binary
# in a real browser: in one process, which starts one browser for each of its two workers, as starting
# them for each file would take longer than many files do. "console: types" is the type check.
function(moondial_test_console)
  if(NOT MOONDIAL_HAS_CONSOLE OR NOT TARGET moondial)
    return()
  endif()
  set(web "${PROJECT_SOURCE_DIR}/web")
  add_test(NAME "console: types" COMMAND "${MOONDIAL_NPM}" run --silent check WORKING_DIRECTORY "${web}")
  set_tests_properties("console: types" PROPERTIES LABELS console TIMEOUT 120)
  find_program(MOONDIAL_CHROMIUM NAMES chromium chromium-browser google-chrome headless_shell)
  if(NOT MOONDIAL_CHROMIUM)
    message(STATUS "There is no Chromium here: the console is not tested")
    return()
  endif()
  add_test(NAME "console: pages" WORKING_DIRECTORY "${web}"
    COMMAND "${MOONDIAL_NODE}" node_modules/@playwright/test/cli.js test)
  set_tests_properties("console: pages" PROPERTIES LABELS console TIMEOUT 1200 PROCESSORS 2
    ENVIRONMENT "MOONDIAL_BIN=$<TARGET_FILE:moondial>;MOONDIAL_CHROMIUM=${MOONDIAL_CHROMIUM};MOONDIAL_CONSOLE_REPORT=${CMAKE_BINARY_DIR}/console-report")
endfunction()
