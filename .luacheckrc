-- Lua 5.4, and the globals of the DSL: read, never assigned.
std = "lua54"
max_line_length = 100
unused_secondaries = true
cache = false

read_globals = {
  "task", "tasks", "external", "pool", "schedule", "on", "each",
  "param", "date", "duration", "today", "yesterday",
  "file", "dir", "mark", "target",
  "sh", "await", "all", "http", "sleep",
  "json", "csv", "emit", "progress", "log", "fail", "skip", "print",
}
