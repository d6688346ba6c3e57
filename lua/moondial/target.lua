-- File targets. Paths are relative to the project's root, whatever the current directory is.
local core, import = ...

local strict = import "strict"
local reference = import "reference"

local M = {}

---@class moondial.File
---@field path string as written: relative to the root; in run, of an output: where it is written
---@field private absolute string
---@field private role "input"|"output"|"file"
local File = {}
local Meta = { __name = "file target", is_target = true, __metatable = false }
local KNOWN = (reference.members "File")

function Meta.__index(_, name)
  local method = File[name]
  if method then return method end
  core.raise(("a file target has no '%s'%s"):format(tostring(name),
    core.near(tostring(name), KNOWN)))
end

function Meta.__newindex(_, name)
  core.raise(("a file target's %s cannot be set"):format(tostring(name)))
end

function Meta.__tostring(self) return self.path end

---@param path string
---@param absolute string
---@param role "input"|"output"|"file"
function M.new(path, absolute, role)
  return setmetatable({ path = path, absolute = absolute, role = role }, Meta)
end

---@param path string
---@return moondial.File
function M.file(path)
  if type(path) ~= "string" or path == "" or path:find("\0", 1, true) then
    core.raise("file: expected a path, got " .. core.describe(path))
  end
  return M.new(path, core.absolute(path), "file")
end

---@param value any
---@return boolean
function M.is_target(value) return type(value) == "table" and rawget(value, "absolute") ~= nil end

local function check(self, method)
  if not M.is_target(self) then
    core.raise(("%s: call it as a method, target:%s(…)"):format(method, method))
  end
  return self
end

local function readable(self, method)
  check(self, method)
  if core.phase() == "loading" then
    core.raise(("%s: files are not read while files load; do it in run"):format(method))
  end
end

local function writable(self, method)
  readable(self, method)
  if core.phase() ~= "working" then
    core.raise(("%s works in run and check only: everything else is pure"):format(method))
  elseif self.role == "input" then
    core.raise(("%s: %s is another task's output, and not written here"):format(method, self.path))
  end
end

function File:exists()
  check(self, "exists")
  if core.phase() == "loading" then
    core.raise("exists: files are not looked at while files load; do it in a function of the task")
  end
  return core.file_exists(self.absolute)
end

function File:read()
  readable(self, "read")
  return core.file_read(self.absolute, self.path)
end

function File:lines()
  readable(self, "lines")
  return core.file_lines(self.absolute, self.path)
end

function File:rows()
  readable(self, "rows")
  return core.csv_rows(self.absolute, self.path, strict.row_meta)
end

function File:count_rows()
  readable(self, "count_rows")
  return core.csv_count(self.absolute, self.path)
end

function File:json()
  readable(self, "json")
  local ok, value = pcall(core.json_decode, core.file_read(self.absolute, self.path))
  if not ok then core.raise(("%s: %s"):format(self.path, (value:gsub("^[^:]*:%d+: ", "")))) end
  return value
end

function File:size()
  readable(self, "size")
  return (core.file_info(self.absolute, self.path))
end

function File:mtime()
  readable(self, "mtime")
  return (select(2, core.file_info(self.absolute, self.path)))
end

function File:write(text)
  writable(self, "write")
  if type(text) == "number" then text = tostring(text) end
  if type(text) ~= "string" then core.raise("write: expected text, got " .. core.describe(text)) end
  core.file_write(self.absolute, self.path, text)
end

function File:write_json(value)
  writable(self, "write_json")
  core.file_write(self.absolute, self.path, core.json_encode(value) .. "\n")
end

function File:write_rows(rows, options)
  writable(self, "write_rows")
  core.file_write(self.absolute, self.path, import("data").csv_text(rows, options))
end

function File:open(mode)
  writable(self, "open")
  if mode ~= "w" and mode ~= "a" then
    core.raise(("open: the mode is %s, expected \"w\" or \"a\"; read, lines and rows read")
      :format(core.describe(mode)))
  end
  return core.file_open(self.absolute, self.path, mode)
end

for name, method in next, File do File[name] = core.surface(method) end

-- Beside the methods there is the path, a field.
local members = { path = true }
for name, method in next, File do members[name] = method end
reference.hold("File", KNOWN, members)

return M
