-- http.get and http.post, inside run and check.
local core, import = ...

local strict = import "strict"
local target = import "target"
local reference = import "reference"

local M = {}

local OPTIONS = reference.option_types "http"
local OF_A_BODY = { "body", "json", "form" }

---Percent-encodes what is not unreserved in a URL.
local function encoded(text)
  return (text:gsub("[^%w%-._~]", function(c) return ("%%%02X"):format(c:byte()) end))
end

local function value_text(what, name, value)
  local kind = type(value)
  if kind == "table" or kind == "function" or kind == "nil" then
    core.raise(("%s: %s is %s, expected text or a number"):format(what, name, core.describe(value)))
  end
  return tostring(value)
end

---{b = 1, a = "x y"} → "a=x%20y&b=1"
local function form_text(what, map)
  local parts = {}
  for _, name in ipairs(strict.names(map)) do
    parts[#parts + 1] = encoded(name) .. "=" .. encoded(value_text(what, name, map[name]))
  end
  return table.concat(parts, "&")
end

local function header_list(what, map)
  local list = {}
  for _, name in ipairs(strict.names(map)) do
    local value = value_text(what .. ": headers", name, map[name])
    if (name .. value):find("[\r\n%z]") or name:find("[^%w%-_]") then
      core.raise(("%s: header %s is not usable"):format(what, core.describe(name)))
    end
    list[#list + 1] = { name, value }
  end
  return list
end

local function check_options(what, options, has_body)
  if type(options) ~= "table" then
    core.raise(("%s: expected options, got %s"):format(what, core.describe(options)))
  end
  for name, value in next, options do
    local wanted = OPTIONS[name]
    if not wanted then
      core.raise(("%s has no option '%s'%s"):format(what, tostring(name),
        core.near(tostring(name), strict.names(OPTIONS))))
    elseif wanted ~= true and type(value) ~= wanted then
      core.raise(("%s: %s is %s, expected a %s"):format(what, name, core.describe(value), wanted))
    end
  end
  local given = 0
  for _, name in ipairs(OF_A_BODY) do
    if options[name] ~= nil then
      given = given + 1
      if not has_body then core.raise(("%s sends no %s; http.post does"):format(what, name)) end
    end
  end
  if given > 1 then core.raise(what .. ": give one of body, json and form") end
end

local function read_url(what, url, query)
  if type(url) ~= "string" or not url:find("^[Hh][Tt][Tt][Pp][Ss]?://[^/]") then
    core.raise(("%s: expected a URL, http://… or https://…, got %s"):format(what,
      core.describe(url)))
  elseif not query then
    return url
  end
  return url .. (url:find("?", 1, true) and "&" or "?") .. form_text(what .. ": query", query)
end

local function has_header(headers, wanted)
  for _, header in ipairs(headers) do
    if header[1]:lower() == wanted then return true end
  end
  return false
end

local function read_body(what, spec, options)
  local kind
  if options.json ~= nil then
    spec.body, kind = core.json_encode(options.json), "application/json"
  elseif options.form then
    spec.body, kind = form_text(what .. ": form", options.form), "application/x-www-form-urlencoded"
  else
    spec.body, kind = options.body or "", "application/octet-stream"
  end
  if not has_header(spec.headers, "content-type") then
    spec.headers[#spec.headers + 1] = { "Content-Type", kind }
  end
end

local function read_out(what, out)
  if not target.is_target(out) then
    core.raise(("%s: out is %s, expected a target"):format(what, core.describe(out)))
  elseif out.role == "input" then
    core.raise(("%s: %s is another task's output, and not written here"):format(what, out.path))
  end
  return out.absolute
end

local function first_line(text)
  local line = text:match("%S[^\r\n]*")
  if not line then return "" end
  return ": " .. (#line > 200 and line:sub(1, 200) .. "…" or line)
end

local function request(method, what)
  return function(url, options)
    options = options or {}
    check_options(what, options, method ~= "GET")
    local spec = { method = method, url = read_url(what, url, options.query) }
    spec.headers = header_list(what, options.headers or {})
    if method ~= "GET" then read_body(what, spec, options) end
    if options.out ~= nil then spec.out = read_out(what, options.out) end
    if options.timeout ~= nil then
      local micros, message = core.duration(options.timeout)
      if not micros then core.raise(("%s: timeout: %s"):format(what, message)) end
      spec.timeout = micros
    end
    local response, message = core.http(spec)
    if not response then core.raise(("%s %s: %s"):format(what, spec.url, message)) end
    if response.status >= 400 and options.check ~= false then
      core.raise(("%s %s: status %d%s"):format(what, spec.url, response.status,
        first_line(response.body)))
    end
    return response
  end
end

M.http = reference.hold("http", reference.members "http", {
  get = core.surface(request("GET", "http.get")),
  post = core.surface(request("POST", "http.post")),
})

return M
