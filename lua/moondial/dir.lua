-- Folder targets.
local core, import = ...

local reference = import "reference"
local target = import "target"

local M = {}

local KNOWN = (reference.members "Dir")

---@class moondial.Dir
---@field path string as written: relative to the root; in run, of an output: where it is made
---@field private absolute string
---@field private role "input"|"output"|"file"
local Dir = {}
local DirMeta = { __name = "dir target", is_target = true, is_dir = true, __metatable = false }

function DirMeta.__index(_, name)
  local method = Dir[name]
  if method then return method end
  core.raise(("a dir target has no '%s'%s"):format(tostring(name),
    core.near(tostring(name), KNOWN)))
end

function DirMeta.__newindex(_, name)
  core.raise(("a dir target's %s cannot be set"):format(tostring(name)))
end

function DirMeta.__tostring(self) return self.path end

---@param path string
---@param absolute string
---@param role "input"|"output"|"file"
function M.new(path, absolute, role)
  return setmetatable({ path = path, absolute = absolute, role = role }, DirMeta)
end

---@param path string
---@return moondial.Dir
function M.dir(path)
  if type(path) ~= "string" or path == "" or path:find("\0", 1, true) then
    core.raise("dir: expected a path, got " .. core.describe(path))
  end
  path = path:gsub("(.)/+$", "%1")
  return M.new(path, core.absolute(path), "file")
end

local function folder(self, method)
  if type(self) ~= "table" or getmetatable(self) ~= false or rawget(self, "absolute") == nil then
    core.raise(("%s: call it as a method, target:%s(…)"):format(method, method))
  end
  if core.phase() == "loading" then
    core.raise(("%s: files are not looked at while files load; do it in a function of the task")
      :format(method))
  end
end

function Dir:exists()
  folder(self, "exists")
  return core.file_exists(self.absolute .. "/")
end

---The names of what is in it, sorted.
function Dir:list()
  folder(self, "list")
  return core.dir_list(self.absolute, self.path)
end

---A file in it.
function Dir:file(name)
  folder(self, "file")
  if type(name) ~= "string" or name == "" or name:find("\0", 1, true) or name:sub(1, 1) == "/"
    or ("/" .. name .. "/"):find("/../", 1, true) then
    core.raise("file: expected a path inside " .. self.path .. ", got " .. core.describe(name))
  end
  return target.new(self.path .. "/" .. name, self.absolute .. "/" .. name, self.role)
end

local members = { path = true }
for name, method in next, Dir do members[name] = method end
reference.hold("Dir", KNOWN, members)

for name, method in next, Dir do Dir[name] = core.surface(method) end

return M
