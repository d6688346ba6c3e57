-- The library's door: what C++ loads first. Each module is a chunk that gets `core` (the functions
-- bound in C++) and `import`, and returns a table. User code never sees these chunks.
local core, import = ...

local strict = import "strict"
local fields = import "fields"
local target = import "target"
local own_target = import "own_target"
local sandbox = import "sandbox"
local schedule = import "schedule"
local unfinished = import "unfinished"
local work = import "work"
local config = import "config"

core.keep("strict_table", strict.table)
core.keep("make_target", target.new)
core.keep("make_dir", import("dir").new)
core.keep("seen_target", own_target.new)
core.keep("target_step", own_target.step)
core.keep("run_hooks", import("hooks").run)
core.keep("convert", fields.converters)
core.keep("make_at", schedule.at)
core.keep("await_error", work.await_error)
core.keep("session", function(input) return import("session").input(input) end)

local M = {}

---@param path string
---@param text string
function M.load_pipeline(path, text)
  unfinished.forget()
  sandbox.chunk(path, text, sandbox.environment)()
  unfinished.check()
end

---@param path string
---@param text string
function M.load_config(path, text)
  config.read(path, sandbox.chunk(path, text, sandbox.environment)())
end

return M
