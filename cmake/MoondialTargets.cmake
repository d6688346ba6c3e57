# moondial_library, moondial_executable, moondial_test: see cmake/README.md.

# base -> moondial_base; names with :: and targets stay as they are.
function(moondial_resolve_deps out)
  set(resolved)
  foreach(dep IN LISTS ARGN)
    if(dep MATCHES "::" OR dep MATCHES "^moondial_")
      list(APPEND resolved ${dep})
    else()
      list(APPEND resolved moondial_${dep})
    endif()
  endforeach()
  set(${out} ${resolved} PARENT_SCOPE)
endfunction()

# moondial_library(NAME <folder> SOURCES <files ...> [DEPS <folders or targets ...>] [PCH <headers ...>])
# Static target moondial_<folder>.
function(moondial_library)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME" "SOURCES;DEPS;PCH")
  moondial_check_arguments(moondial_library)
  moondial_resolve_deps(deps ${arg_DEPS})
  add_library(moondial_${arg_NAME} STATIC ${arg_SOURCES})
  set_target_properties(moondial_${arg_NAME} PROPERTIES LINKER_LANGUAGE CXX)
  target_include_directories(moondial_${arg_NAME} PUBLIC "${PROJECT_SOURCE_DIR}/src")
  target_link_libraries(moondial_${arg_NAME} PUBLIC ${deps})
  if(arg_PCH)
    target_precompile_headers(moondial_${arg_NAME} PRIVATE ${arg_PCH})
  endif()
endfunction()

# moondial_executable(NAME <target> SOURCES ... [DEPS ...] [PCH ...]): ends in the build folder's root.
function(moondial_executable)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME" "SOURCES;DEPS;PCH")
  moondial_check_arguments(moondial_executable)
  moondial_resolve_deps(deps ${arg_DEPS})
  add_executable(${arg_NAME} ${arg_SOURCES})
  target_include_directories(${arg_NAME} PRIVATE "${PROJECT_SOURCE_DIR}/src")
  target_link_libraries(${arg_NAME} PRIVATE ${deps})
  if(arg_PCH)
    target_precompile_headers(${arg_NAME} PRIVATE ${arg_PCH})
  endif()
endfunction()

# moondial_test(NAME <folder> SOURCES <files ...> [DEPS ...] [ENV <NAME=value ...>]
#               [TIMEOUT <seconds>] [BINARY] [SERIAL] [PCH <headers ...>])
# Executable test_<folder>; each Catch2 test case becomes the ctest test "<folder>: <name>".
# Tests run beside each other (SERIAL: not). BINARY: needs the moondial binary, whose path is in
# the environment as MOONDIAL_BIN; MOONDIAL_SOURCE_DIR is always there.
function(moondial_test)
  cmake_parse_arguments(PARSE_ARGV 0 arg "BINARY;SERIAL" "NAME;TIMEOUT" "SOURCES;DEPS;ENV;PCH")
  moondial_check_arguments(moondial_test)
  moondial_resolve_deps(deps ${arg_DEPS})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  if(MOONDIAL_SANITIZE MATCHES "thread")
    math(EXPR arg_TIMEOUT "${arg_TIMEOUT} * 5") # each step takes five to fifteen times as long
  endif()
  set(target test_${arg_NAME})
  add_executable(${target} ${arg_SOURCES} $<TARGET_OBJECTS:moondial_test_leftovers>)
  target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}/src" "${PROJECT_SOURCE_DIR}")
  target_link_libraries(${target} PRIVATE ${deps} moondial::catch)
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests"
    UNITY_BUILD "${moondial_unity}" UNITY_BUILD_BATCH_SIZE 5)
  if(arg_PCH)
    target_precompile_headers(${target} PRIVATE "${PROJECT_SOURCE_DIR}/tests/catch.h" ${arg_PCH})
  else()
    target_precompile_headers(${target} REUSE_FROM moondial_test_pch)
  endif()
  if(arg_BINARY AND TARGET moondial)
    add_dependencies(${target} moondial)
  endif()
  set(properties TIMEOUT ${arg_TIMEOUT} LABELS ${arg_NAME})
  if(arg_SERIAL)
    list(APPEND properties RUN_SERIAL TRUE)
  endif()
  # A name that does not come back as it was listed (one with a semicolon) must fail, not run nothing.
  if(Catch2_VERSION VERSION_LESS 3)
    set(no_tests_is_failure EXTRA_ARGS --warn NoTests)
  endif()
  # Tests are listed at build time: a program that cannot even do that fails the build.
  catch_discover_tests(${target} TEST_PREFIX "${arg_NAME}: " WORKING_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}"
    TEST_LIST moondial_tests ${no_tests_is_failure} PROPERTIES ${properties})

  # catch_discover_tests cannot carry a list as a property's value, so ctest reads this after it.
  list(APPEND arg_ENV "MOONDIAL_SOURCE_DIR=${PROJECT_SOURCE_DIR}" "MOONDIAL_BIN=${CMAKE_BINARY_DIR}/moondial")
  set(environment_file "${CMAKE_CURRENT_BINARY_DIR}/${target}_environment.cmake")
  file(CONFIGURE OUTPUT "${environment_file}" @ONLY CONTENT
"foreach(test IN LISTS moondial_tests)
  set_tests_properties(\"\${test}\" PROPERTIES ENVIRONMENT [==[${arg_ENV}]==])
endforeach()
set(moondial_tests)
")
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES "${environment_file}")
endfunction()

macro(moondial_check_arguments function)
  if(NOT arg_NAME OR NOT arg_SOURCES)
    message(FATAL_ERROR "${function}: NAME and SOURCES are needed (cmake/README.md)")
  endif()
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "${function}(${arg_NAME}): cannot read '${arg_UNPARSED_ARGUMENTS}' (cmake/README.md)")
  endif()
endmacro()
