-- notify of moondial.lua: who is told when something is wrong.
local core, import = ...

local strict = import "strict"
local reference = import "reference"

local M = {}

local RECEIVER = reference.set((reference.options "config.notify"))
RECEIVER.group = nil -- that of all
local EMAIL = reference.set((reference.options "config.notify.email"))
local KINDS = { "failure", "recovery", "sla" }

local function fail(i, message, ...)
  core.raise(("notify: receiver %d: "):format(i) .. message:format(...))
end

local function check_known(i, what, value, known)
  for name in next, value do
    if not known[name] then
      fail(i, "%s has no '%s'%s", what, tostring(name),
        core.near(tostring(name), strict.names(known)))
    end
  end
end

local function is_text(value) return type(value) == "string" and value ~= "" end

---A text, or a list of texts, at least one → list
local function texts(i, what, value)
  if is_text(value) then value = { value } end
  if type(value) ~= "table" or #value == 0 then
    fail(i, "%s is %s, expected a text or a list of texts", what, core.describe(value))
  end
  for _, text in ipairs(value) do
    if not is_text(text) or text:find "%c" then
      fail(i, "%s holds %s, which is no text", what, core.describe(text))
    end
  end
  return value
end

local function email(i, value)
  if type(value) ~= "table" then
    fail(i, "email is %s, expected { to =, from =, smtp = }", core.describe(value))
  end
  check_known(i, "email", value, EMAIL)
  local made = { kind = "email", to = texts(i, "to", value.to) }
  for _, name in ipairs{ "from", "smtp", "user", "password_env" } do
    local given = value[name]
    if given ~= nil and (not is_text(given) or given:find "[%c%s]") then
      fail(i, "%s is %s, expected a text without blanks", name, core.describe(given))
    end
    made[name] = given
  end
  for _, address in ipairs(made.to) do
    if not address:find "^[^%s<>]+@[^%s<>]+$" then fail(i, "to: %q is no address", address) end
  end
  if not made.from or not made.from:find "^[^%s<>]+@[^%s<>]+$" then
    fail(i, "from is %s, expected the address that it comes from", core.describe(made.from))
  end
  if not made.smtp or not made.smtp:find "^smtps?://[^/]+$" then
    fail(i, "smtp is %s, expected \"smtp://mail.example:587\" or \"smtps://…\"",
      core.describe(made.smtp))
  end
  if made.user and not made.password_env then
    fail(i, "a user has a password: password_env names the variable that holds it")
  end
  made.url, made.smtp = made.smtp, nil
  return made
end

local function receiver(i, value)
  if type(value) ~= "table" then
    fail(i, "expected { email = … }, { webhook = … } or { command = … }, got %s",
      core.describe(value))
  end
  check_known(i, "it", value, RECEIVER)
  local made, ways = nil, 0
  if value.email ~= nil then made, ways = email(i, value.email), ways + 1 end
  if value.webhook ~= nil then
    if not is_text(value.webhook) or not value.webhook:find "^https?://[^%s%c]+$" then
      fail(i, "webhook is %s, expected an address such as \"https://chat.example/hook\"",
        core.describe(value.webhook))
    end
    made, ways = { kind = "webhook", url = value.webhook }, ways + 1
  end
  if value.command ~= nil then
    made, ways = { kind = "command", command = texts(i, "command", value.command) }, ways + 1
  end
  if ways ~= 1 then fail(i, "it has one of email, webhook and command") end
  if value.on ~= nil then
    made.on = texts(i, "on", value.on)
    for _, kind in ipairs(made.on) do
      if not reference.set(KINDS)[kind] then
        fail(i, "on: there is no %q%s; it is one of %s", kind, core.near(kind, KINDS),
          table.concat(KINDS, ", "))
      end
    end
  end
  return made
end

---@param value table what moondial.lua says
---@return table receivers and how long is waited, in microseconds
function M.read(value)
  local made = {}
  for key in next, value do
    if key ~= "group" and (math.type(key) ~= "integer" or key < 1 or key > #value) then
      core.raise(("notify has no '%s'; it is a list of receivers, and group"):format(tostring(key)))
    end
  end
  if value.group ~= nil then
    local micros, message = core.duration(value.group)
    if not micros then core.raise("notify: group: " .. message) end
    made.group = micros
  end
  for i, one in ipairs(value) do made[i] = receiver(i, one) end
  return made
end

return M
