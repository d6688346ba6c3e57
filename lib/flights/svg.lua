-- Just enough SVG: elements with attributes in a fixed order, and escaped text.
local M = {}

local NAMESPACE = "http://www.w3.org/2000/svg"
local ESCAPES = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;" }

---@param text string
---@return string
local function escape(text) return (text:gsub('[&<>"]', ESCAPES)) end

---@param x number
---@return string with one decimal at most
local function number(x) return (("%.1f"):format(x):gsub("%.0$", "")) end

---@param x number
---@param y number
---@param width number
---@param height number
---@param class string
---@return string
function M.rect(x, y, width, height, class)
  return ('<rect x="%s" y="%s" width="%s" height="%s" class="%s"/>'):format(
    number(x), number(y), number(width), number(height), class)
end

---@param x1 number
---@param y1 number
---@param x2 number
---@param y2 number
---@param class string
---@return string
function M.line(x1, y1, x2, y2, class)
  return ('<line x1="%s" y1="%s" x2="%s" y2="%s" class="%s"/>'):format(
    number(x1), number(y1), number(x2), number(y2), class)
end

---@param x number
---@param y number
---@param anchor "start"|"middle"|"end"
---@param text string
---@param class string?
---@return string
function M.text(x, y, anchor, text, class)
  return ('<text x="%s" y="%s" text-anchor="%s" class="%s">%s</text>'):format(
    number(x), number(y), anchor, class or "label", escape(text))
end

---@param width integer
---@param height integer
---@param title string what a screen reader says
---@param style string CSS
---@param parts string[]
---@return string
function M.document(width, height, title, style, parts)
  return table.concat({
    ('<svg xmlns="%s" viewBox="0 0 %d %d" width="%d" height="%d" role="img">'):format(
      NAMESPACE, width, height, width, height),
    ("<title>%s</title>"):format(escape(title)),
    ("<style>%s</style>"):format(style),
    M.rect(0, 0, width, height, "paper"),
    table.concat(parts, "\n"),
    "</svg>\n",
  }, "\n")
end

return M
