// CSV as RFC 4180 has it. Reading is libcsv's; nothing is trimmed or guessed, and a byte order mark
// before the header is skipped.
#include <csv.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "lua/binding.h"
#include "lua/files.h"
#include "lua/open_file.h"

namespace moondial::script {
namespace {

const char* const kReaderMeta = "moondial.csv";
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

using Row = std::vector<std::string>;

/// Reads rows from a file or from text, some at a time.
class Reader {
 public:
  explicit Reader(std::string shown) : shown_(std::move(shown)) {
    csv_init(&parser_, CSV_STRICT | CSV_STRICT_FINI);
    csv_set_space_func(&parser_, [](unsigned char) { return 0; });
  }
  ~Reader() {
    csv_free(&parser_);
    if (file_ != nullptr) (void)fclose(file_);
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  void open(const std::string& path) {
    file_ = open_file(path, "rbe");
    if (file_ == nullptr) throw ScriptError(shown_ + ": " + why());
  }
  void set_text(std::string_view text) { feed(text), finish(); }

  /// False at the end.
  bool next(Row* row) {
    while (rows_.empty() && !ended_) read_some();
    if (rows_.empty()) return false;
    *row = std::move(rows_.front());
    rows_.pop_front();
    ++count_;
    return true;
  }
  /// The number of the row that next() gave last; the header is 1.
  [[nodiscard]] int64_t number() const { return count_; }
  [[nodiscard]] const std::string& shown() const { return shown_; }

 private:
  static std::string why() { return file_error(); }

  void read_some() {
    char buffer[65536];
    const size_t got = fread(buffer, 1, sizeof buffer, file_);
    if (got > 0) feed({buffer, got});
    if (got == sizeof buffer) return;
    if (ferror(file_) != 0) throw ScriptError(shown_ + ": " + why());
    finish();
  }

  void feed(std::string_view bytes) {
    if (is_start_ && bytes.starts_with(kByteOrderMark)) {
      bytes.remove_prefix(kByteOrderMark.size());
    }
    is_start_ = false;
    if (csv_parse(&parser_, bytes.data(), bytes.size(), on_field, on_row, this) != bytes.size()) {
      refuse();
    }
  }

  void finish() {
    ended_ = true;
    if (csv_fini(&parser_, on_field, on_row, this) != 0) refuse();
  }

  [[noreturn]] void refuse() {
    throw ScriptError(shown_ + ": row " + std::to_string(total_ + 1) +
                      " is not CSV: " + csv_strerror(csv_error(&parser_)) +
                      " (a quote where none may be, or one that is not closed)");
  }

  static void on_field(void* field, size_t size, void* self) {
    static_cast<Reader*>(self)->row_.emplace_back(static_cast<const char*>(field), size);
  }
  static void on_row(int /*end*/, void* self) {
    auto* reader = static_cast<Reader*>(self);
    reader->rows_.push_back(std::exchange(reader->row_, {}));
    ++reader->total_;
  }

  std::string shown_;
  csv_parser parser_{};
  FILE* file_ = nullptr;
  bool is_start_ = true;
  bool ended_ = false;
  Row row_;
  std::deque<Row> rows_;
  int64_t count_ = 0;
  int64_t total_ = 0;
};

struct Holder {
  std::unique_ptr<Reader> reader;
};

int collect(lua_State* L) {
  static_cast<Holder*>(luaL_checkudata(L, 1, kReaderMeta))->reader.reset();
  return 0;
}

int destroy(lua_State* L) {
  static_cast<Holder*>(luaL_checkudata(L, 1, kReaderMeta))->~Holder();
  return 0;
}

Reader& new_reader(lua_State* L, std::string shown) {
  auto* holder = new (lua_newuserdatauv(L, sizeof(Holder), 0)) Holder();
  luaL_setmetatable(L, kReaderMeta);
  holder->reader = std::make_unique<Reader>(std::move(shown));
  return *holder->reader;
}

/// Pushes the list of the columns.
void push_header(lua_State* L, const Row& header) {
  lua_createtable(L, static_cast<int>(header.size()), 0);
  for (size_t i = 0; i < header.size(); ++i) {
    push(L, header[i]);
    lua_rawseti(L, -2, static_cast<lua_Integer>(i) + 1);
  }
}

void check_columns(const Reader& reader, const Row& header) {
  for (size_t i = 0; i < header.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (header[i] == header[j]) {
        throw ScriptError(reader.shown() + ": the header has '" + header[i] + "' twice");
      }
    }
  }
}

// Upvalues: reader, columns, metatable of rows.
int next_row(lua_State* L) {
  auto* holder = static_cast<Holder*>(luaL_checkudata(L, lua_upvalueindex(1), kReaderMeta));
  Row row;
  if (!holder->reader || !holder->reader->next(&row)) {
    holder->reader.reset();
    return 0;
  }
  const auto columns = static_cast<size_t>(lua_rawlen(L, lua_upvalueindex(2)));
  if (row.size() != columns) {
    throw ScriptError(
        holder->reader->shown() + ": row " + std::to_string(holder->reader->number()) + " has " +
        std::to_string(row.size()) + " fields, the header has " + std::to_string(columns));
  }
  lua_createtable(L, 0, static_cast<int>(columns));
  for (size_t i = 0; i < columns; ++i) {
    lua_rawgeti(L, lua_upvalueindex(2), static_cast<lua_Integer>(i) + 1);
    push(L, row[i]);
    lua_rawset(L, -3);
  }
  lua_pushvalue(L, lua_upvalueindex(3));
  lua_setmetatable(L, -2);
  return 1;
}

/// Pushes iterator, nil, nil, closer. `make_meta` (index 3) makes the rows' metatable of columns.
int push_rows(lua_State* L, Reader& reader, int make_meta) {
  const int at = lua_gettop(L);
  Row header;
  (void)reader.next(&header);
  check_columns(reader, header);
  lua_pushvalue(L, at);
  push_header(L, header);
  lua_pushvalue(L, make_meta);
  lua_pushvalue(L, -2);
  push(L, reader.shown());
  lua_call(L, 2, 1);
  lua_pushcclosure(L, bound<next_row>, 3);
  lua_pushnil(L);
  lua_pushnil(L);
  lua_pushvalue(L, at);
  return 4;
}

// core.csv_rows(path, shown, make_meta)
int rows(lua_State* L) {
  Reader& reader = new_reader(L, std::string(view(L, 2)));
  reader.open(std::string(view(L, 1)));
  return push_rows(L, reader, 3);
}

// core.csv_text_rows(text, shown, make_meta)
int text_rows(lua_State* L) {
  Reader& reader = new_reader(L, std::string(view(L, 2)));
  reader.set_text(view(L, 1));
  return push_rows(L, reader, 3);
}

// core.csv_count(path, shown) → rows without the header
int count(lua_State* L) {
  Reader reader(std::string(view(L, 2)));
  reader.open(std::string(view(L, 1)));
  Row row;
  lua_Integer rows = 0;
  while (reader.next(&row)) ++rows;
  lua_pushinteger(L, rows > 0 ? rows - 1 : 0);
  return 1;
}

// core.csv_line({texts}) → one line with its end
int line(lua_State* L) {
  std::string out;
  const auto fields = static_cast<lua_Integer>(lua_rawlen(L, 1));
  for (lua_Integer i = 1; i <= fields; ++i) {
    if (i > 1) out.push_back(',');
    lua_rawgeti(L, 1, i);
    const std::string_view field = view(L, -1);
    const bool lone_and_empty = fields == 1 && field.empty();
    // In quotes, what a text begins with is no mark of its order of bytes.
    const bool is_mark = i == 1 && field.starts_with(kByteOrderMark);
    if (lone_and_empty || is_mark || field.find_first_of(",\"\r\n") != std::string_view::npos) {
      out.push_back('"');
      for (const char c : field) out.append(c == '"' ? 2 : 1, c);
      out.push_back('"');
    } else {
      out.append(field);
    }
    lua_pop(L, 1);
  }
  out.push_back('\n');
  push(L, out);
  return 1;
}

}  // namespace

void open_csv(lua_State* L) {
  static const luaL_Reg kMeta[] = {
      {"__close", bound<collect>}, {"__gc", bound<destroy>}, {nullptr, nullptr}};
  static const luaL_Reg kFunctions[] = {{"csv_rows", bound<rows>},
                                        {"csv_text_rows", bound<text_rows>},
                                        {"csv_count", bound<count>},
                                        {"csv_line", bound<line>},
                                        {nullptr, nullptr}};
  luaL_newmetatable(L, kReaderMeta);
  luaL_setfuncs(L, kMeta, 0);
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 1);
  luaL_newlib(L, kFunctions);
}

}  // namespace moondial::script
