# Every library we use, as a target moondial::<name>. third_party/README.md says where each comes
# from and why; third_party/packages/ has the names of the packages. moondial::lua,
# moondial::curl and moondial::microhttpd are made by the folders of their names there.

option(MOONDIAL_ARCHIVES "Link libraries statically where the system has them as archives" ON)

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)

# moondial_dependency(<name> <targets ...>)
function(moondial_dependency name)
  add_library(moondial_dep_${name} INTERFACE)
  target_link_libraries(moondial_dep_${name} INTERFACE ${ARGN})
  add_library(moondial::${name} ALIAS moondial_dep_${name})
endfunction()

# moondial_use_archives(<imported target> <archives ...>)
# Links that target as these archives, the library's own first, if all of them are there. What is not
# loaded with each process halves the time of its start, and so of every short command.
function(moondial_use_archives target)
  set(files)
  foreach(name IN LISTS ARGN)
    find_library(MOONDIAL_ARCHIVE_${name} "lib${name}.a")
    mark_as_advanced(MOONDIAL_ARCHIVE_${name})
    if(NOT MOONDIAL_ARCHIVES OR NOT MOONDIAL_ARCHIVE_${name})
      return()
    endif()
    list(APPEND files "${MOONDIAL_ARCHIVE_${name}}")
  endforeach()
  get_target_property(type ${target} TYPE)
  if(type STREQUAL "INTERFACE_LIBRARY")
    set_target_properties(${target} PROPERTIES INTERFACE_LINK_LIBRARIES "${files}")
  else()
    get_target_property(configurations ${target} IMPORTED_CONFIGURATIONS)
    list(POP_FRONT files own)
    set_target_properties(${target} PROPERTIES IMPORTED_LOCATION "${own}" INTERFACE_LINK_LIBRARIES "${files}")
    foreach(configuration IN LISTS configurations)
      set_target_properties(${target} PROPERTIES IMPORTED_LOCATION_${configuration} "${own}")
    endforeach()
  endif()
endfunction()

# libuv: the loop. 1.44 is Debian 12's.
pkg_check_modules(MOONDIAL_UV REQUIRED IMPORTED_TARGET libuv>=1.44)
moondial_use_archives(PkgConfig::MOONDIAL_UV uv_a)
moondial_dependency(uv PkgConfig::MOONDIAL_UV Threads::Threads ${CMAKE_DL_LIBS})

# SQLite, and SQLiteCpp over it.
find_package(SQLite3 3.38 REQUIRED)
moondial_use_archives(SQLite::SQLite3 sqlite3)
find_package(SQLiteCpp REQUIRED)
moondial_dependency(sqlite SQLiteCpp SQLite::SQLite3 ${CMAKE_DL_LIBS} m)

# Compiled into the one folder that uses them, for the same reason.
find_package(spdlog REQUIRED)
find_package(fmt REQUIRED)
moondial_dependency(spdlog fmt::fmt-header-only Threads::Threads)
foreach(property IN ITEMS COMPILE_DEFINITIONS INCLUDE_DIRECTORIES)
  get_target_property(value spdlog::spdlog_header_only INTERFACE_${property})
  set_target_properties(moondial_dep_spdlog PROPERTIES INTERFACE_${property} "${value}")
endforeach()

find_package(CLI11 REQUIRED)
moondial_dependency(cli11 CLI11::CLI11)

find_package(nlohmann_json 3.10 REQUIRED)
moondial_dependency(json nlohmann_json::nlohmann_json)

# Dates and the system's time zones (tzdata).
find_package(date REQUIRED)
moondial_dependency(date date::date date::date-tz)

pkg_check_modules(MOONDIAL_XXHASH REQUIRED IMPORTED_TARGET libxxhash)
moondial_use_archives(PkgConfig::MOONDIAL_XXHASH xxhash)
moondial_dependency(xxhash PkgConfig::MOONDIAL_XXHASH)

# SHA-256: <sha256.h>.
pkg_check_modules(MOONDIAL_MD REQUIRED IMPORTED_TARGET libmd)
moondial_use_archives(PkgConfig::MOONDIAL_MD md)
moondial_dependency(md PkgConfig::MOONDIAL_MD)

# HMAC and comparing in constant time: <nettle/hmac.h>, <nettle/memops.h>.
pkg_check_modules(MOONDIAL_NETTLE REQUIRED IMPORTED_TARGET nettle>=3.4)
moondial_use_archives(PkgConfig::MOONDIAL_NETTLE nettle)
moondial_dependency(nettle PkgConfig::MOONDIAL_NETTLE)

# libcsv ships no description of itself: <csv.h>.
find_path(MOONDIAL_CSV_INCLUDE csv.h REQUIRED)
find_library(MOONDIAL_CSV_LIBRARY csv REQUIRED)
mark_as_advanced(MOONDIAL_CSV_INCLUDE MOONDIAL_CSV_LIBRARY)
add_library(moondial_csv_imported UNKNOWN IMPORTED)
set_target_properties(moondial_csv_imported PROPERTIES
  IMPORTED_LOCATION "${MOONDIAL_CSV_LIBRARY}"
  INTERFACE_INCLUDE_DIRECTORIES "${MOONDIAL_CSV_INCLUDE}")
moondial_use_archives(moondial_csv_imported csv)
moondial_dependency(csv moondial_csv_imported)

# Line editing: <histedit.h>. macOS has it without a description.
pkg_check_modules(MOONDIAL_EDIT IMPORTED_TARGET libedit)
if(MOONDIAL_EDIT_FOUND)
  moondial_use_archives(PkgConfig::MOONDIAL_EDIT edit tinfo bsd md)
  moondial_dependency(edit PkgConfig::MOONDIAL_EDIT)
else()
  find_path(MOONDIAL_EDIT_INCLUDE histedit.h REQUIRED)
  find_library(MOONDIAL_EDIT_LIBRARY edit REQUIRED)
  mark_as_advanced(MOONDIAL_EDIT_INCLUDE MOONDIAL_EDIT_LIBRARY)
  add_library(moondial_edit_imported UNKNOWN IMPORTED)
  set_target_properties(moondial_edit_imported PROPERTIES
    IMPORTED_LOCATION "${MOONDIAL_EDIT_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${MOONDIAL_EDIT_INCLUDE}")
  moondial_dependency(edit moondial_edit_imported)
endif()

find_package(ZLIB REQUIRED)
moondial_use_archives(ZLIB::ZLIB z)
moondial_dependency(zlib ZLIB::ZLIB)

# Catch2: 2.13 on Debian 12, 3 on newer systems. tests/catch.h bridges.
if(MOONDIAL_TESTS)
  find_package(Catch2 REQUIRED)
  moondial_dependency(catch Catch2::Catch2WithMain)
  include(Catch)
endif()
